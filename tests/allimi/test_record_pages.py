"""Pages of projects, reports and every other record: whole, versioned, withdrawn with a reason."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from allimi.models import Narrowing, PublishedRecord
from allimi.presentation import cache
from allimi.presentation.reading import record_url
from allimi.publication import publish_pending
from pmis.models import Withdrawal
from tests.allimi.conftest import Site


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.forget()


def address(record: PublishedRecord, language: str = "ko") -> str:
    """Return the address of a published record's page."""
    with translation.override(language):
        return record_url(record)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_published_record_is_without_a_page(site: Site, client: Client, language: str) -> None:
    site.approve(site.schedule())
    site.approve(site.report())
    publish_pending()
    kinds = set()
    for record in PublishedRecord.objects.all():
        answer = client.get(address(record, language))
        assert answer.status_code == 200, (record.kind, answer.status_code)
        assert f'<html lang="{language}"' in answer.text
        kinds.add(record.kind)
    assert kinds >= {"project", "participant", "contract", "schedule", "daily_report", "approval"}
    assert "organization" in kinds


def test_project_page_shows_plan_beside_fact_and_what_is_withheld(
    site: Site, client: Client
) -> None:
    site.approve(site.schedule())
    site.approve(site.report())
    publish_pending()
    page = client.get(address(PublishedRecord.objects.get(kind="project"))).text
    assert "성수대교 보수공사" in page
    assert "900,000원" in page
    assert "공사일보 제1호" in page
    assert 'class="panel withheld"' in page
    assert "내부 위험 등급과 주의 목록" in page


def test_project_without_entries_says_not_entered_and_never_zero(
    site: Site, client: Client
) -> None:
    page = client.get(address(PublishedRecord.objects.get(kind="project"))).text
    assert "적지 않음" in page
    assert "0.00" not in page


def test_report_page_shows_every_open_line_and_the_way_it_took(site: Site, client: Client) -> None:
    report = site.approve(site.report(resident_notice="자전거길을 돌립니다", had_accident=False))
    publish_pending()
    record = PublishedRecord.objects.get(public_id=report.public_id)
    page = client.get(address(record)).text
    for words in (
        "교면포장",
        "포장공",
        "굴착기",
        "자전거길을 돌립니다",
        "책임감리원",
        "공사관리관",
    ):
        assert words in page, words
    assert "12가3456" not in page
    for step in ("제출", "확인", "승인", "공개"):
        assert step in page


def test_every_published_version_stays_readable(site: Site, client: Client) -> None:
    record = PublishedRecord.objects.get(kind="project")
    site.project.description = "다리 길이 1,161 m"
    site.project.save(update_fields=["description"])
    publish_pending()
    first = client.get(f"/ko/records/{record.public_id}/versions/1/")
    second = client.get(f"/ko/records/{record.public_id}/versions/2/")
    assert "1,161 m" not in first.text and "1,161 m" in second.text
    assert "최신이 아닌" in first.text
    assert client.get(f"/ko/records/{record.public_id}/versions/3/").status_code == 404


def test_withdrawn_report_answers_gone_with_ground_reason_and_time(
    site: Site, client: Client
) -> None:
    report = site.approve(site.report(special_notes="비밀스러운 내용"))
    publish_pending()
    record = PublishedRecord.objects.get(public_id=report.public_id)
    Withdrawal.objects.create(
        record_type="daily_report",
        record_public_id=report.public_id,
        ground="G6",
        reason="사진 설명에 이름이 있음",
        role="officer",
        by=site.officer,
    )
    publish_pending()
    for path in (address(record), f"/ko/reports/{report.public_id}/versions/1/"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert "제9조 1항 6호" in answer.text
        assert "사진 설명에 이름이 있음" in answer.text
        assert "공사관리관" in answer.text
        assert "비밀스러운" not in answer.text


def test_narrowed_item_is_named_with_its_ground_and_end(site: Site, client: Client) -> None:
    from_now = site.project.created_at
    Narrowing.objects.create(
        record_type="project",
        public_id=site.project.public_id,
        item="purpose",
        ground="G4",
        reason="조사 중",
        decided_by=site.officer,
        starts_at=from_now,
        ends_at=from_now.replace(year=from_now.year + 1),
    )
    publish_pending()
    record = PublishedRecord.objects.get(kind="project")
    page = client.get(address(record)).text
    assert "조사 중" in page and "제9조 1항 4호" in page
    register = client.get("/ko/withheld/").text
    assert "조사 중" in register


@pytest.mark.parametrize(
    "path",
    [
        "/ko/records/00000000-0000-7000-8000-000000000000/",
        "/ko/projects/00000000-0000-7000-8000-000000000000/",
        "/ko/areas/nowhere/",
    ],
)
def test_unknown_address_is_a_public_page_that_leads_on(
    site: Site, client: Client, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'href="/ko/projects/"' in answer.text
    assert "ETag" not in answer.headers
