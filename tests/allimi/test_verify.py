"""Verification of issued documents: genuine, which version, newer, withdrawn, and nothing more."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from allimi.models import PublicationState, PublishedDocument
from allimi.publication import publish_pending
from allimi.roles import PUBLISHER
from ccs.lib.codes import LENGTH, grouped, new_code
from pmis.models import DailyReport, IssuedDocument
from pmis.printing.documents import record_content
from pmis.records import REGISTRY
from pmis.services.documents import issue_record
from pmis.services.records import correct_record
from pmis.services.withdrawals import withdraw_record
from tests.allimi.conftest import DAY, Site
from tests.allimi.test_roles import acting_as


def issued(site: Site, report: DailyReport) -> IssuedDocument:
    """Return a document of a report, known to the portal."""
    report = DailyReport.objects.select_related("project").get(pk=report.pk)
    content = record_content(REGISTRY["daily_report"], report)
    document = issue_record(record=report, content=content, by=site.officer).document
    publish_pending()
    return document


def answer(client: Client, key: str, language: str = "en", status: int = 200) -> str:
    key = grouped(key) if len(key) == LENGTH else key
    response = client.get(f"/{language}/verify/{key}/")
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    return response.content.decode()


def test_a_public_record_is_named_with_its_version(site: Site, client: Client) -> None:
    report = site.approve(site.report())
    document = issued(site, report)
    page = answer(client, grouped(document.code))
    assert "the newest version of a public record" in page
    assert f"/en/reports/{report.public_id}/" in page
    assert "성수대교 보수공사" in page
    assert "성동구청" in page
    assert document.sha256 in page


def test_the_file_itself_is_known_by_its_bytes(site: Site, client: Client) -> None:
    document = issued(site, site.approve(site.report()))
    assert "This file is genuine" in answer(client, document.sha256)
    forged = hashlib.sha256(b"forged").hexdigest()
    assert "No document with this code or content was issued" in answer(client, forged, status=404)


def test_codes_are_read_as_people_type_them(site: Site, client: Client) -> None:
    document = issued(site, site.approve(site.report()))
    shown = f"/en/verify/{grouped(document.code)}/"
    for typed in (document.code.lower(), grouped(document.code).lower(), f" {document.code} "):
        assert client.get("/en/verify/", {"code": typed})["Location"] == shown
    assert client.get(f"/en/verify/{document.code.lower()}/")["Location"] == shown
    for typed in (f"SHA256: {document.sha256.upper()}", document.sha256):
        found = client.get("/en/verify/", {"code": typed})
        assert found["Location"] == f"/en/verify/{document.sha256}/"


def test_a_mistyped_code_is_told_from_an_unknown_one(site: Site, client: Client) -> None:
    page = client.get("/en/verify/", {"code": "7K3F-9QXM"})
    assert page.status_code == 400
    assert b"This is no verification code" in page.content
    assert "This is no verification code" in answer(client, "x", status=404)


def test_a_newer_version_is_named(site: Site, client: Client) -> None:
    report = site.approve(site.report())
    document = issued(site, report)
    site.approve(correct_record(record=report, reason="오기", by=site.agent))
    publish_pending()
    assert "There is a newer version: 2" in answer(client, document.code)


def test_a_withdrawn_record_is_named_withdrawn(site: Site, client: Client) -> None:
    report = site.approve(site.report())
    document = issued(site, report)
    withdraw_record(
        record_type="daily_report",
        public_id=report.public_id,
        ground="G6",
        reason="이름이 있음",
        by=site.officer,
    )
    publish_pending()
    page = answer(client, document.code)
    assert "The record was withdrawn from the public" in page
    assert "성수대교" not in page


def test_a_document_from_before_the_approval_is_named_so(site: Site, client: Client) -> None:
    report = site.report()
    document = issued(site, report)
    site.approve(report)
    publish_pending()
    assert "issued before the record was approved" in answer(client, document.code)


def test_a_record_that_is_not_public_shows_number_and_moment_alone(
    site: Site, client: Client
) -> None:
    report = site.report(special_notes="비밀 사항")
    document = issued(site, report)
    for language in ("ko", "en"):
        page = answer(client, document.code, language)
        for hidden in (
            "비밀",
            site.project.name,
            site.project.code,
            str(report.public_id),
            str(site.project.public_id),
            site.officer.name,
            str(DAY),
            "Daily report" if language == "en" else "공사일보",
        ):
            assert hidden not in page, hidden
    assert "officer in charge" in page
    assert "Its record is not public" in page


def test_the_portal_holds_no_code_and_no_person(site: Site) -> None:
    document = issued(site, site.report())
    row = PublishedDocument.objects.values().get()
    text = " ".join(map(str, row.values()))
    assert document.code not in text
    assert site.officer.name not in text and site.project.name not in text
    assert row["code_sha256"] == hashlib.sha256(document.code.encode()).hexdigest()


def test_the_publisher_lists_documents_once_and_ages_no_page(site: Site) -> None:
    before = list(PublicationState.objects.order_by("scope").values_list("scope", "version"))
    document = _bare(site)
    with acting_as(PUBLISHER):
        publish_pending()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO allimi_disclosurequeue (kind, public_id, queued_at)"
            " VALUES ('issued_document', %s, now())",
            [document.public_id],
        )
    with acting_as(PUBLISHER):
        publish_pending()
    assert PublishedDocument.objects.filter(source_id=document.public_id).count() == 1
    after = list(PublicationState.objects.order_by("scope").values_list("scope", "version"))
    assert after == before


def test_a_register_is_named_by_its_rows(site: Site, client: Client) -> None:
    document = _bare(site)
    publish_pending()
    page = answer(client, document.code)
    assert "Register: " in page
    assert "12" in page


def _bare(site: Site, **fields: Any) -> IssuedDocument:
    """Return a register that was issued, without its bytes."""
    return IssuedDocument.objects.create(
        code=new_code(),
        kind="register",
        record_type="daily_report",
        project=site.project,
        row_count=12,
        language="ko",
        content_sha256="a" * 64,
        sha256="b" * 64,
        issued_at=timezone.make_aware(datetime.datetime(2026, 11, 20, 9)),
        by=site.officer,
        role="officer",
        **fields,
    )


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_that_asks_is_kept_like_every_page(
    site: Site, client: Client, language: str
) -> None:
    page = client.get(f"/{language}/verify/")
    assert page.status_code == 200
    assert page["ETag"]
