"""The public API: what the portal shows, to everyone, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from allimi.catalogue import CATALOGUE
from allimi.publication import publish_pending
from ccs.models import Area
from pmis.models import Withdrawal
from tests.allimi.conftest import Site

pytestmark = pytest.mark.django_db
NOBODY = UUID(int=7)


def ask(client: Client, name: str, *args: Any, **query: Any) -> Any:
    return client.get(reverse(name, args=args), query)


def test_projects_are_listed_with_items_version_and_links(client: Client, site: Site) -> None:
    answer = ask(client, "api-projects")
    row = answer.json()["results"][0]
    assert row["public_id"] == str(site.project.public_id)
    assert row["items"]["name"] == "성수대교 보수공사"
    assert (row["version"], row["amount"], row["currency"]) == (row["version"], 1_000_000, "KRW")
    assert row["links"]["pages"]["ko"].endswith(f"/ko/projects/{site.project.public_id}/")
    assert client.get(row["links"]["self"]).json() == row
    assert client.get(row["links"]["versions"]).status_code == 200


def test_items_are_those_of_the_published_text(
    client: Client, site: Site, published: Callable[[Any], Any]
) -> None:
    report = site.approve(site.report())
    record = published(report)
    answer = ask(client, "api-record", report.public_id).json()
    assert answer["items"] == json.loads(record.body)
    assert "12가3456" not in json.dumps(answer, ensure_ascii=False)


def test_every_version_can_be_checked_against_its_commitment(client: Client, site: Site) -> None:
    site.project.name = "성수대교 전면 보수"
    site.project.save()
    publish_pending()
    versions = ask(client, "api-versions", site.project.public_id).json()["results"]
    assert [version["version"] for version in versions] == [1, 2]
    for version in versions:
        digest = hashlib.sha256(bytes.fromhex(version["salt"]) + version["text"].encode())
        assert digest.hexdigest() == version["commitment"]
    assert versions[1]["previous_commitment"] == versions[0]["commitment"]
    newest = ask(client, "api-project", site.project.public_id).json()
    assert newest["commitment"] == versions[1]["commitment"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"type": "road"}, 1),
        ({"type": "park"}, 0),
        ({"status": "planned"}, 1),
        ({"status": "completed"}, 0),
        ({"area": "S"}, 1),
        ({"area": "S1"}, 1),
        ({"area": "nowhere"}, 0),
        ({"ordering_body": "성동"}, 1),
        ({"firm": "한빛"}, 1),
        ({"firm": "다른"}, 0),
        ({"text": "성수대교"}, 1),
        ({"text": "한강대교"}, 0),
        ({"amount_from": 1_000_000}, 1),
        ({"amount_from": 1_000_001}, 0),
        ({"amount_to": 999_999}, 0),
        ({"date_to": "2026-10-20"}, 0),
        ({"date_from": "2026-12-01"}, 1),
    ],
)
def test_projects_are_filtered(
    client: Client, site: Site, query: dict[str, Any], found: int
) -> None:
    assert len(ask(client, "api-projects", **query).json()["results"]) == found


def test_pages_follow_each_other_by_key(client: Client, site: Site) -> None:
    for day in range(3):
        site.approve(site.report(day=site.contract.signed_date.replace(day=10 + day)))
    publish_pending()
    first = ask(client, "api-records", kind="daily_report", page_size=2).json()
    second = client.get(first["next"]).json()
    dates = [row["items"]["date"] for page in (first, second) for row in page["results"]]
    assert dates == ["2026-11-12", "2026-11-11", "2026-11-10"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("api-projects", {"type": "castle"}),
        ("api-projects", {"amount_from": "-1"}),
        ("api-projects", {"after": "not-an-id"}),
        ("api-projects", {"date_from": "yesterday"}),
        ("api-records", {}),
        ("api-records", {"kind": "user"}),
        ("api-areas", {"page_size": "0"}),
        ("api-projects", {"text": "\x00"}),
    ],
)
def test_a_filter_that_cannot_be_read_answers_400(
    client: Client, site: Site, name: str, query: dict[str, Any]
) -> None:
    answer = ask(client, name, **query)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 400


@pytest.mark.parametrize("name", ["api-project", "api-record", "api-versions"])
def test_unknown_record_answers_404(client: Client, site: Site, name: str) -> None:
    answer = ask(client, name, NOBODY)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_report_is_no_project(client: Client, site: Site) -> None:
    report = site.approve(site.report())
    publish_pending()
    assert ask(client, "api-project", report.public_id).status_code == 404
    assert ask(client, "api-record", report.public_id).status_code == 200


def test_a_draft_is_not_there_for_anybody(client: Client, site: Site) -> None:
    report = site.report()
    publish_pending()
    client.force_login(site.officer)
    assert ask(client, "api-record", report.public_id).status_code == 404


def test_withdrawn_record_answers_410_with_the_reason(client: Client, site: Site) -> None:
    report = site.approve(site.report())
    publish_pending()
    Withdrawal.objects.create(
        record_type="daily_report",
        record_public_id=report.public_id,
        ground="G6",
        reason="이름이 실렸습니다.",
        role="officer",
        by=site.officer,
    )
    publish_pending()
    answer = ask(client, "api-record", report.public_id)
    assert answer.status_code == 410
    assert answer.json()["detail"] == "이름이 실렸습니다."
    assert ask(client, "api-records", kind="daily_report").json()["results"] == []
    texts = ask(client, "api-versions", report.public_id).json()["results"]
    assert [version["change_class"] for version in texts] == ["new", "withdrawal"]
    assert texts[0]["text"] is None and texts[0]["salt"] is None and texts[0]["commitment"]
    assert "포장" not in json.dumps(texts, ensure_ascii=False)


def test_areas_form_a_tree_with_counts(client: Client, site: Site) -> None:
    rows = {row["code"]: row for row in ask(client, "api-areas").json()["results"]}
    assert rows["S1"]["parent"] == "S" and rows["S"]["parent"] is None
    assert sum(rows["S"]["projects"].values()) == 1
    below = ask(client, "api-areas", parent="S").json()["results"]
    assert [row["code"] for row in below] == ["S1"]
    assert ask(client, "api-area", "S1").json()["geometry"] is None
    assert ask(client, "api-area", "X").status_code == 404


def test_areas_are_paged_by_code(client: Client, site: Site) -> None:
    for number in range(5):
        Area.objects.create(kind="neighborhood", code=f"S1{number}", names={"ko": f"{number}동"})
    first = ask(client, "api-areas", page_size=4).json()
    second = client.get(first["next"]).json()
    codes = [row["code"] for row in first["results"] + second["results"]]
    assert codes == ["S", "S1", "S10", "S11", "S12", "S13", "S14"]


def test_types_name_every_item_of_the_catalogue_with_its_class(client: Client, db: None) -> None:
    answer = ask(client, "api-record-types").json()
    given = {
        (row["kind"], item["code"]): (item["disclosure"], item["ground"])
        for row in answer["results"]
        for item in row["items"]
    }
    declared = {
        (kind, item.code): (str(item.disclosure), item.ground.value if item.ground else None)
        for kind, record_type in CATALOGUE.items()
        for item in record_type.items
    }
    assert given == declared
    assert 85 <= float(answer["catalogue_rate"]) <= 100


def test_open_keys_stand_in_the_published_text(client: Client, site: Site) -> None:
    text = ask(client, "api-project", site.project.public_id).json()["items"]
    types = ask(client, "api-record-types").json()["results"]
    items = next(row["items"] for row in types if row["kind"] == "project")
    for item in items:
        for key in item["keys"]:
            assert key.partition(".")[0] in text, item["code"]


PAGES = ("api-areas", "api-projects", "api-record-types", "api-schema", "api-docs")


@pytest.mark.parametrize("name", PAGES)
def test_answers_are_the_same_for_everyone_and_may_be_cached(
    client: Client, site: Site, name: str
) -> None:
    anonymous = ask(client, name)
    client.force_login(site.officer)
    with CaptureQueriesContext(connection) as queries:
        signed_in = ask(client, name)
    assert signed_in.status_code == 200
    assert signed_in.content == anonymous.content
    assert not signed_in.cookies
    assert "Cookie" not in signed_in.headers.get("Vary", "")
    assert "public" in signed_in.headers["Cache-Control"]
    assert not any("django_session" in query["sql"] for query in queries.captured_queries)


def test_unchanged_answer_costs_one_query_and_no_body(client: Client, site: Site) -> None:
    first = ask(client, "api-projects")
    with CaptureQueriesContext(connection) as queries:
        again = client.get(
            reverse("api-projects"), headers={"if-none-match": first.headers["ETag"]}
        )
    assert again.status_code == 304 and again.content == b""
    assert len([query for query in queries if "SELECT" in query["sql"]]) == 1
    site.project.name = "새 이름"
    site.project.save()
    publish_pending()
    later = client.get(reverse("api-projects"), headers={"if-none-match": first.headers["ETag"]})
    assert later.status_code == 200


def test_list_asks_few_queries_however_long(client: Client, site: Site) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            ask(client, "api-records", kind="daily_report")
        return len([query for query in asked if query["sql"].startswith("SELECT")])

    site.approve(site.report())
    publish_pending()
    few = queries()
    for day in range(4):
        site.approve(site.report(day=site.contract.signed_date.replace(day=1 + day)))
    publish_pending()
    assert queries() == few <= 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_public_can_be_changed(client: Client, site: Site, method: str) -> None:
    answer = getattr(client, method)(reverse("api-projects"))
    assert answer.status_code == 405


def test_long_answers_are_compressed_with_a_tag_of_their_own(client: Client, site: Site) -> None:
    plain = ask(client, "api-record-types")
    packed = client.get(reverse("api-record-types"), headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_documentation_needs_nobody_else(client: Client, db: None) -> None:
    page = ask(client, "api-docs").content.decode()
    assert "http://" not in page and "https://" not in page
    assert "<style" not in page and " style=" not in page
    assert all("src=" in piece.split(">")[0] for piece in page.split("<script")[1:])


def test_description_names_every_address(client: Client, db: None) -> None:
    paths = ask(client, "api-schema").json()["paths"]
    assert {
        "/api/v1/areas/",
        "/api/v1/projects/",
        "/api/v1/projects/{public_id}/",
        "/api/v1/records/",
        "/api/v1/records/types/",
        "/api/v1/records/{public_id}/",
        "/api/v1/records/{public_id}/versions/",
        "/api/v1/pmis/projects/",
        "/api/v1/pmis/daily-reports/",
        "/api/v1/pmis/daily-reports/{public_id}/submit/",
        "/api/v1/pmis/daily-reports/{public_id}/photos/",
    } <= set(paths)
    yaml = ask(client, "api-schema", format="yaml")
    assert yaml.content.startswith(b"openapi: 3")
