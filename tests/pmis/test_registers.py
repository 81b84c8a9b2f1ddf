"""The page of a project's registers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pmis.records import RecordType, types
from pmis.roles import Role
from pmis.workflows import WRITERS
from tests.factories.pmis import Site
from tests.pmis.test_rights import drafted


def test_every_register_of_a_project_stands_on_one_page(site: Site, client: Client) -> None:
    client.force_login(site[Role.SUPERVISOR])
    page = client.get(reverse("pmis:project-registers", args=[site.project.public_id]))
    assert page.status_code == 200
    text = page.content.decode()
    for entry in types():
        address = reverse(f"pmis:{entry.name}-of-project", args=[site.project.public_id])
        assert address in text, entry.record_type


def test_only_those_who_write_a_record_type_are_offered_to(site: Site, client: Client) -> None:
    begin = reverse("pmis:daily-report-begin", args=[site.project.public_id])
    for role, offered in ((Role.SITE_AGENT, True), (Role.OFFICER, False)):
        client.force_login(site[role])
        page = client.get(reverse("pmis:project-registers", args=[site.project.public_id]))
        assert (begin in page.content.decode()) is offered


def test_the_page_asks_once_for_all_counts(
    site: Site, client: Client, django_assert_max_num_queries: object
) -> None:
    client.force_login(site[Role.SUPERVISOR])
    with django_assert_max_num_queries(12):
        client.get(reverse("pmis:project-registers", args=[site.project.public_id]))


@pytest.mark.parametrize("entry", types(), ids=lambda entry: entry.name)
def test_a_register_asks_no_more_than_twelve_times(
    site: Site, client: Client, django_assert_max_num_queries: Any, entry: RecordType
) -> None:
    drafted(entry, site)
    client.force_login(site[WRITERS[entry.record_type][0]])
    address = reverse(f"pmis:{entry.name}-of-project", args=[site.project.public_id])
    with django_assert_max_num_queries(12):
        assert client.get(address).status_code == 200
