"""Public lists of a project's records by type."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils import translation

from allimi.publication import publish_pending
from tests.allimi.conftest import Site


def test_a_project_lists_its_public_records_by_type(site: Site, client: Client) -> None:
    publish_pending()
    project = site.project.public_id
    page = client.get(f"/ko/projects/{project}/records/")
    assert page.status_code == 200
    with translation.override("ko"):
        address = reverse("allimi:records-of-kind", args=[project, "contract"])
    assert address in page.content.decode()
    listed = client.get(address)
    assert listed.status_code == 200


def test_an_unknown_type_has_no_list(site: Site, client: Client) -> None:
    publish_pending()
    project = site.project.public_id
    for kind in ("nonsense", "participant", "project"):
        assert client.get(f"/ko/projects/{project}/records/{kind}/").status_code == 404
