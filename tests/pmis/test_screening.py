"""A text that looks like personal data is shown to its author and released by an officer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from allimi.models import PublishedRecord
from allimi.publication import publish_pending
from ccs.lib.extensions import held_texts
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import DailyReport, ScreenRelease
from pmis.roles import Role
from pmis.services.screening import release_text
from tests.factories.pmis import Site

NOTICE = "문의 010-1234-5678"


@pytest.fixture
def report(site: Site) -> DailyReport:
    return site.report("approved", resident_notice=NOTICE)


def _public_notice(report: DailyReport) -> str | None:
    publish_pending()
    return PublishedRecord.objects.get(public_id=report.public_id).items["resident_notice"]


def test_the_author_is_asked_before_submitting(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    draft = site.report(resident_notice=NOTICE)
    page = as_user(site[Role.SITE_AGENT]).get(
        reverse("pmis:daily-report-check", args=[draft.public_id])
    )
    assert "looks like personal data" in page.content.decode()


def test_an_officer_releases_a_held_text_with_a_reason(
    site: Site, report: DailyReport, as_user: Callable[[User], Client]
) -> None:
    assert _public_notice(report) is None
    (held,) = held_texts(report)
    assert (held.item, held.found) == ("resident_notice", ["mobile"])
    officer = as_user(site[Role.OFFICER])
    address = reverse("pmis:daily-report-release", args=[report.public_id])
    refused = officer.post(address, {"text": held.text_sha256, "reason": " "}, follow=True)
    assert "Say why" in refused.content.decode() and not ScreenRelease.objects.exists()
    officer.post(address, {"text": held.text_sha256, "reason": "현장 공용 전화"})
    assert held_texts(report) == []
    assert _public_notice(report) == NOTICE


def test_nobody_else_releases_a_held_text(site: Site, report: DailyReport) -> None:
    (held,) = held_texts(report)
    for role in (Role.SITE_AGENT, Role.SUPERVISOR, Role.AUDITOR):
        with pytest.raises(RoleNotAllowed):
            release_text(record=report, text_sha256=held.text_sha256, reason="x", by=site[role])


def test_a_text_that_is_not_held_cannot_be_released(site: Site, report: DailyReport) -> None:
    with pytest.raises(ValidationError, match="not held"):
        release_text(record=report, text_sha256="0" * 64, reason="x", by=site[Role.OFFICER])
