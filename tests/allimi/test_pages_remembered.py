"""What the pages remember: it goes with the versions of all it shows, and never outlives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from allimi.models import Narrowing
from allimi.presentation import cache
from allimi.publication import publish_pending
from pmis.models import ProjectArea, Withdrawal
from tests.allimi.conftest import Site
from tests.factories.pmis import ProjectFactory

LISTS = ["/ko/projects/", "/ko/areas/S1/", "/ko/areas/S/"]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.forget()


def tag(client: Client, address: str) -> str:
    """Return the ETag of a page."""
    return client.get(address).headers["ETag"]


def withdraw(site: Site, kind: str, record: Any) -> None:
    """Withdraw a record and publish that."""
    Withdrawal.objects.create(
        record_type=kind,
        record_public_id=record.public_id,
        ground="G6",
        reason="이름",
        role="officer",
        by=site.officer,
    )
    publish_pending()


def narrow(site: Site, item: str) -> None:
    """Close an item of the project and publish that."""
    # The database's clock stands still within a test.
    since = site.project.created_at - timedelta(days=1)
    Narrowing.objects.create(
        record_type="project",
        public_id=site.project.public_id,
        item=item,
        ground="G4",
        reason="조사 중",
        decided_by=site.officer,
        starts_at=since,
        ends_at=since.replace(year=since.year + 1),
    )
    publish_pending()


def test_pages_of_a_record_stay_while_another_project_is_published(
    site: Site, client: Client
) -> None:
    report = site.approve(site.report())
    publish_pending()
    addresses = [f"/ko/projects/{site.project.public_id}/", f"/ko/reports/{report.public_id}/"]
    before = [tag(client, address) for address in addresses]
    everything = tag(client, "/ko/projects/")
    ProjectFactory(name="다른 공사", ordering_body=site.body)
    publish_pending()
    assert [tag(client, address) for address in addresses] == before
    assert tag(client, "/ko/projects/") != everything


def test_pages_of_a_record_follow_their_project_and_what_belongs_to_none(
    site: Site, client: Client
) -> None:
    report = site.approve(site.report())
    publish_pending()
    addresses = [f"/ko/projects/{site.project.public_id}/", f"/ko/reports/{report.public_id}/"]
    seen = [[tag(client, address) for address in addresses]]
    site.project.name = "새 이름의 다리"
    site.project.save(update_fields=["name"])
    publish_pending()
    seen.append([tag(client, address) for address in addresses])
    assert "새 이름의 다리" in client.get(addresses[1]).text
    site.body.name = "새 이름의 구청"
    site.body.save(update_fields=["name"])
    publish_pending()
    seen.append([tag(client, address) for address in addresses])
    assert "새 이름의 구청" in client.get(addresses[0]).text
    narrow(site, "description")
    seen.append([tag(client, address) for address in addresses])
    assert "조사 중" in client.get(addresses[0]).text
    for tags in zip(*seen, strict=True):
        assert len(set(tags)) == len(seen)


@pytest.mark.parametrize("address", LISTS)
def test_withdrawn_project_vanishes_from_remembered_lists_at_once(
    site: Site, client: Client, address: str
) -> None:
    assert "성수대교 보수공사" in client.get(address).text
    withdraw(site, "project", site.project)
    assert "성수대교 보수공사" not in client.get(address).text


@pytest.mark.parametrize("address", LISTS)
def test_changed_and_narrowed_title_replaces_the_remembered_row(
    site: Site, client: Client, address: str
) -> None:
    assert "성수대교 보수공사" in client.get(address).text
    site.project.name = "새 이름의 다리"
    site.project.save(update_fields=["name"])
    publish_pending()
    page = client.get(address).text
    assert "새 이름의 다리" in page and "성수대교" not in page
    narrow(site, "name")
    assert "새 이름의 다리" not in client.get(address).text


def test_withdrawn_report_takes_its_progress_out_of_lists_project_and_front(
    site: Site, client: Client
) -> None:
    report = site.approve(site.report(actual_rate="61.70", planned_rate="60.10"))
    publish_pending()
    addresses = [*LISTS, "/ko/", f"/ko/projects/{site.project.public_id}/"]
    before = [client.get(address).text for address in addresses]
    shown = ["61.7" in page for page in before]
    withdraw(site, "daily_report", report)
    for address in addresses:
        page = client.get(address).text
        assert "61.7" not in page
        assert f"/ko/reports/{report.public_id}/" not in page
    assert shown == [shown[0]] * len(shown)
    assert f"/ko/reports/{report.public_id}/" in before[3]


def test_front_page_counts_follow_each_publication(site: Site, client: Client) -> None:
    first = client.get("/en/").text
    project = ProjectFactory(work_type="park")
    ProjectArea.objects.create(project=project, area=site.district)
    publish_pending()
    second = client.get("/en/").text
    assert "?type=park" in second and "?type=park" not in first
    assert '<span class="num">2</span>' in second


@pytest.mark.parametrize(("address", "questions"), [(LISTS[0], 4), (LISTS[1], 5), ("/ko/", 6)])
def test_after_a_publication_a_list_asks_few_questions_and_draws_one_row(
    site: Site,
    client: Client,
    django_assert_num_queries: Callable[[int], Any],
    address: str,
    questions: int,
) -> None:
    for _ in range(10):
        project = ProjectFactory()
        ProjectArea.objects.create(project=project, area=site.district)
    publish_pending()
    client.get(address)
    project.description = "바뀜"
    project.save(update_fields=["description"])
    publish_pending()
    drawn = len(cache.fragments)
    # Two questions more: the test's own SET ROLE and RESET ROLE.
    with django_assert_num_queries(questions + 2):
        assert client.get(address).status_code == 200
    assert len(cache.fragments) <= drawn + 1
