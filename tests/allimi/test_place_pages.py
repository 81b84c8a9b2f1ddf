"""Front, areas, lists and near me: figures computed, filters in the address, no cookie, ETags."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedRecord
from allimi.presentation import cache
from allimi.presentation.curves import planned_curve, planned_items
from allimi.presentation.disclosure import catalogue_rates
from allimi.publication import publish_pending
from pmis import progress
from pmis.models import ProjectArea
from tests.allimi.conftest import Site
from tests.factories.pmis import ProjectFactory

#: Every page without a record in its address.
PLAIN_PAGES = ["", "projects/", "near/", "withheld/", "about/", "help/", "areas/S/", "areas/S1/"]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.forget()


def project_titles(page: str) -> list[str]:
    """Return the titles of the project rows of a page, in order."""
    return re.findall(r'<p class="name"><a [^>]*>([^<]*)</a>', page)


@pytest.mark.parametrize("path", PLAIN_PAGES)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_page_is_whole_in_its_language_and_links_the_other(
    site: Site, client: Client, path: str, language: str
) -> None:
    answer = client.get(f"/{language}/{path}")
    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="ltr">' in answer.text
    assert f'hreflang="ko" href="/ko/{path}"' in answer.text
    assert f'hreflang="en" href="/en/{path}"' in answer.text
    assert " style=" not in answer.text and "<style" not in answer.text
    assert not re.search(r"<script(?! src=)", answer.text)
    assert not re.search(r"\son\w+=", answer.text)


@pytest.mark.parametrize("path", PLAIN_PAGES)
def test_public_page_knows_nobody_and_sets_no_cookie(site: Site, client: Client, path: str) -> None:
    client.force_login(site.officer)
    answer = client.get(f"/ko/{path}")
    assert "Set-Cookie" not in answer.headers
    assert not answer.cookies
    assert "cookie" not in answer.headers["Vary"].lower()
    assert "max-age=0" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Language"] == "ko"


@pytest.mark.parametrize(
    ("header", "expected"),
    [("ko-KR,ko;q=0.9", "/ko/"), ("en-US,en;q=0.8", "/en/"), ("fr,en;q=0.5", "/en/"), ("", "/ko/")],
)
@pytest.mark.django_db
def test_the_root_leads_to_the_language_of_the_browser(
    client: Client, header: str, expected: str
) -> None:
    answer = client.get("/", headers={"accept-language": header})
    assert (answer.status_code, answer.headers["Location"]) == (302, expected)
    assert answer.headers["Vary"] == "Accept-Language"
    assert not answer.cookies


def test_etag_follows_publication_and_answers_unchanged_pages_with_304(
    site: Site, client: Client
) -> None:
    first = client.get("/ko/")
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = client.get("/ko/", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    site.approve(site.report())
    publish_pending()
    fresh = client.get("/ko/", headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != tag
    assert "공사일보 제1호" in fresh.text


def test_compressed_page_is_another_representation_of_the_same_text(
    site: Site, client: Client
) -> None:
    plain = client.get("/ko/")
    packed = client.get("/ko/", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("", 16),
        ("areas/S/", 14),
        ("areas/S1/", 14),
        ("projects/", 8),
        ("near/?lat=37.5&lon=127&radius=1", 6),
        ("withheld/", 6),
        ("about/", 2),
    ],
)
def test_cold_page_asks_a_fixed_number_of_questions_and_a_warm_one_asks_one(
    site: Site,
    client: Client,
    django_assert_max_num_queries: Callable[[int], Any],
    django_assert_num_queries: Callable[[int], Any],
    path: str,
    most: int,
) -> None:
    for _ in range(25):
        project = ProjectFactory(latitude=37.5, longitude=127.0)
        ProjectArea.objects.create(project=project, area=site.district)
    publish_pending()
    # Two questions more: the test's own SET ROLE and RESET ROLE.
    with django_assert_max_num_queries(most + 2):
        assert client.get(f"/ko/{path}").status_code == 200
    with django_assert_num_queries(1 + 2):
        assert client.get(f"/ko/{path}").status_code == 200


def test_list_pages_by_keyset_show_every_project_once(site: Site, client: Client) -> None:
    for number in range(45):
        project = ProjectFactory(start_date=date(2026, 1, 1 + number % 3))
        ProjectArea.objects.create(project=project, area=site.district)
    publish_pending()
    for start in ("/ko/projects/", "/ko/areas/S1/", "/ko/areas/S/"):
        seen, address = [], start
        while address:
            page = client.get(address).text
            seen += project_titles(page)
            following = re.search(r'href="([^"]*)" rel="next"', page)
            address = following.group(1).replace("&amp;", "&") if following else ""
        assert len(seen) == len(set(seen)) == 46


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=park", ["가람공원"]),
        ("status=ended", ["가람공원"]),
        ("status=ongoing", ["한빛도로", "성수대교 보수공사"]),
        ("q=한빛", ["한빛도로"]),
        ("amount_from=5,000,000", ["가람공원"]),
        ("amount_to=1000000", ["성수대교 보수공사"]),
        ("date_to=2026-01-31", ["한빛도로"]),
        ("firm=한빛건설", ["성수대교 보수공사"]),
        ("body=성동구청", ["성수대교 보수공사"]),
        ("type=nonsense&amount_from=x&date_from=2026-99-99", None),
    ],
)
def test_filters_narrow_the_list_from_a_stable_address(
    site: Site, client: Client, query: str, expected: list[str] | None
) -> None:
    site.project.state = "ongoing"
    site.project.save(update_fields=["state"])
    ProjectFactory(
        name="가람공원",
        work_type="park",
        state="completed",
        total_cost_amount=9_000_000,
        start_date=date(2026, 6, 1),
    )
    ProjectFactory(
        name="한빛도로",
        work_type="road",
        state="ongoing",
        total_cost_amount=4_000_000,
        start_date=date(2026, 1, 5),
    )
    publish_pending()
    found = project_titles(client.get(f"/ko/projects/?{query}").text)
    every = {"가람공원", "한빛도로", "성수대교 보수공사"}
    assert set(found) == (every if expected is None else set(expected))


def test_near_me_lists_the_nearest_first_and_nothing_beyond_the_radius(
    site: Site, client: Client
) -> None:
    for name, latitude in (("가까움", 37.5005), ("멂", 37.504), ("너무 멂", 37.52)):
        ProjectFactory(name=name, latitude=latitude, longitude=127.0)
    publish_pending()
    page = client.get("/ko/near/?lat=37.5&lon=127&radius=1").text
    assert project_titles(page) == ["가까움", "멂"]


@pytest.mark.parametrize("query", ["lat=x&lon=127", "lat=91&lon=NaN"])
def test_near_me_says_what_is_wrong_with_a_point(site: Site, client: Client, query: str) -> None:
    page = client.get(f"/ko/near/?{query}").text
    assert 'class="summary" role="alert"' in page and 'href="#lat"' in page


def test_disclosure_rate_is_computed_from_the_catalogue(site: Site, client: Client) -> None:
    items = [item for record_type in CATALOGUE.values() for item in record_type.items]
    rates = catalogue_rates()
    assert rates.all_items == len(items)
    assert rates.open_items == sum(item.disclosure in ("open", "masked") for item in items)
    assert f"{rates.rate:.1f}" in client.get("/ko/").text


def test_counts_by_area_follow_the_published_projects(site: Site, client: Client) -> None:
    page = client.get("/en/areas/S/").text
    assert re.search(r'href="/en/areas/S1/"><b>.*?</b>.*?<span class="num">1</span>', page)


def test_search_finds_areas_and_firms_by_name(site: Site, client: Client) -> None:
    page = client.get("/ko/projects/?q=성동구").text
    assert 'href="/ko/areas/S1/"' in page
    assert "성동구청" in page


def test_public_curve_is_the_curve_of_the_working_side(site: Site) -> None:
    schedule = site.approve(site.schedule())
    publish_pending()
    lines = PublishedRecord.objects.get(public_id=schedule.public_id).items["work_items"]
    items = [
        progress.Item(
            item.code,
            item.quantity,
            item.weight,
            item.planned_start_date,
            item.planned_finish_date,
        )
        for item in schedule.work_items.all()
    ]
    assert planned_curve(planned_items(lines)) == progress.planned_curve(items)
    assert planned_curve(planned_items(lines))[-1][1] == Decimal(100)


def test_remembered_pages_and_rows_stay_within_their_room() -> None:
    shelf: cache.Shelf[str] = cache.Shelf(100, len)
    for number in range(30):
        shelf.put(number, "x" * 10)
    assert len(shelf) == 10
    assert shelf.get(0) is None and shelf.get(29) == "x" * 10
    shelf.put("too large", "x" * 101)
    assert shelf.get("too large") is None


def test_words_of_the_reader_are_complete_in_korean(site: Site, client: Client) -> None:
    with translation.override("ko"):
        pages = [client.get(f"/ko/{path}").text for path in PLAIN_PAGES]
    for page in pages:
        main = re.search(r"<main[^>]*>(.*)</main>", page, re.DOTALL)
        assert main is not None
        text = re.sub(r"<[^>]*>", " ", main.group(1))
        left = set(re.findall(r"\b[a-z]{4,}\b", text))
        assert not left, left
