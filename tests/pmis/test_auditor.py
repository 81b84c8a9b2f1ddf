"""The auditor changes nothing, by any address and method, and reads all of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import URLPattern, reverse

from ccs.models import History, User
from pmis.api.urls import urlpatterns as api_patterns
from pmis.models import Record
from pmis.records import RecordType, types
from tests.factories.ccs import UserFactory
from tests.factories.pmis import Site
from tests.pmis.test_rights import ADDRESSES, WITHOUT_CONTENT, address, targets

AsUser = Callable[[User], Client]
#: What a person keeps for themselves: filters, mails, their own practice project.
OWN = {"filter-save", "filter-delete", "messages", "practice-start", "practice-act"}
UNSAFE = ("post", "put", "patch", "delete")
REFUSED = (403, 404, 405)
#: Tables of what anybody leaves behind by reading: when they signed in.
QUIET = ("ccs_user",)


@pytest.fixture
def auditor(db: None) -> User:
    """An auditor by office, who takes part in no project."""
    return UserFactory(office_role=User.OfficeRole.AUDITOR)


def changes() -> int:
    """Return the newest change of any row."""
    newest = History.objects.exclude(table__in=QUIET).aggregate(models.Max("id"))
    return newest["id__max"] or 0


def test_no_page_takes_anything_from_an_auditor(site: Site, as_user: AsUser, auditor: User) -> None:
    rows = targets(site)
    client = as_user(auditor)
    for name, arguments in ADDRESSES:
        if name in OWN or name in WITHOUT_CONTENT:
            continue
        url = address(name, arguments, site, rows)
        for method in UNSAFE:
            before = changes()
            status = getattr(client, method)(url).status_code
            assert status in (*REFUSED, 302, 400, 409), (name, method, status)
            assert changes() == before, (name, method)


def api_addresses(site: Site, rows: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and address of every endpoint of the API of One-PMIS."""
    by_slug: dict[str, tuple[RecordType, Record]] = {
        entry.slug: (entry, rows[entry.name]) for entry in types()
    }
    for pattern in api_patterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        if "<" not in route:
            yield pattern.name, reverse(pattern.name)
            continue
        slug = route.split("/", 1)[0]
        row = by_slug[slug][1] if slug in by_slug else site.project
        yield pattern.name, reverse(pattern.name, args=[row.public_id])


def test_the_api_shows_an_auditor_everything_and_takes_nothing(
    site: Site, as_user: AsUser, auditor: User
) -> None:
    rows = targets(site)
    client = as_user(auditor)
    body = {"project": str(site.project.public_id), "comment": "까닭", "reason": "까닭"}
    for name, url in api_addresses(site, rows):
        status = client.get(url).status_code
        assert status in (200, 405) or (name == "api-pmis-letter" and status == 404), (name, status)
        for method in UNSAFE:
            before = changes()
            send = getattr(client, method)
            status = send(url, body, content_type="application/json").status_code
            assert status < 500 and status != 201, (name, method, status)
            assert changes() == before, (name, method)


def test_registers_and_records_of_every_project_are_read(
    site: Site, other_site: Site, as_user: AsUser, auditor: User
) -> None:
    client = as_user(auditor)
    for where in (site, other_site):
        rows = targets(where)
        for entry in types():
            of_project = reverse(f"pmis:{entry.name}-of-project", args=[where.project.public_id])
            assert client.get(of_project).status_code == 200, entry.name
            if entry.visible is None:
                url = reverse(f"pmis:{entry.name}-detail", args=[rows[entry.name].public_id])
                assert client.get(url).status_code == 200, entry.name
