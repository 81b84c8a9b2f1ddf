"""Files that whoever takes a step attaches: kept with the checks of every upload, never public."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ccs.lib.identity import new_public_id
from ccs.models import User
from pmis.demo.pdfs import pdf_of
from pmis.models import (
    Letter,
    NonConformance,
    Penalty,
    RecordReading,
    SafetyFinding,
    StoredFile,
)
from pmis.records import types
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.file_access import may_open
from pmis.workflows import WORKFLOWS
from tests.factories.ccs import UserFactory
from tests.factories.documents import stored_pdf, upload
from tests.factories.letters import lead_letter, letter
from tests.factories.pmis import Site

AsUser = Callable[[User], Client]
DAY = datetime.date(2026, 11, 20)


def pdf(name: str = "evidence.pdf") -> SimpleUploadedFile:
    """Return a small PDF as a form sends it."""
    return upload(name, pdf_of(["evidence"]))


def received(site: Site) -> Letter:
    """Return a letter that the contractor has received."""
    return lead_letter(site, letter(site), "received")


def non_conformance(site: Site) -> NonConformance:
    """Return a non-conformance that the contractor has to put right."""
    row = NonConformance.objects.create(
        project=site.project, author=site[Role.INSPECTOR], title="cover", found_date=DAY,
        location="pier 1", description="thin", requirement="40 mm", rectify_by_date=DAY,
        organization=site.firms["contractor"],
    )  # fmt: skip
    return perform(subject=row, action="issue", by=site[Role.INSPECTOR])


def finding(site: Site) -> SafetyFinding:
    """Return a finding that is somebody's to put right."""
    row = SafetyFinding.objects.create(
        project=site.project, author=site[Role.INSPECTOR], hazard="edge", place="deck",
        found_date=DAY, due_date=DAY, organization=site.firms["contractor"],
    )  # fmt: skip
    return perform(subject=row, action="assign_action", by=site[Role.INSPECTOR])


def penalty(site: Site) -> Penalty:
    """Return a penalty that waits for its hearing."""
    row = Penalty.objects.create(
        project=site.project, author=site[Role.OFFICER], firm=site.firms["contractor"],
        points=1, legal_ground="annex 8", violation_date=DAY, description="text",
    )  # fmt: skip
    return perform(subject=row, action="submit", by=site[Role.OFFICER])


#: Record, who takes which step, what it needs, name of the lines.
CASES: dict[str, tuple[Any, ...]] = {
    "letter": (received, Role.SITE_AGENT, "reply", {"reply": "done"}, "reply_files"),
    "non_conformance": (
        non_conformance, Role.SITE_AGENT, "rectify",
        {"cause": "c", "correction": "d", "rectified_date": "2026-11-21"}, "report_files",
    ),
    "safety_finding": (finding, Role.SUBCONTRACTOR, "done", {"action_note": "rail"},
                       "action_files"),
    "penalty": (penalty, Role.OFFICER, "hear", {"hearing_date": "2026-11-22"},
                "statement_files"),
}  # fmt: skip
each_case = pytest.mark.parametrize("case", CASES)


def address(record: Any, action: str) -> str:
    """Return where a step is taken."""
    return reverse(f"pmis:{record.record_type.replace('_', '-')}-{action}", args=[record.public_id])


@each_case
def test_a_step_takes_files_and_its_record_shows_them(
    site: Site, as_user: AsUser, case: str
) -> None:
    make, role, action, fields, lines = CASES[case]
    record, client = make(site), as_user(site[role])
    page = client.get(address(record, action)).content.decode()
    assert 'name="files"' in page
    answer = client.post(address(record, action), {**fields, "files": [pdf(), pdf("b.pdf")]})
    assert answer.status_code == 302, answer.content.decode()
    names = [line.file.name for line in getattr(record, lines).all()]
    assert names == ["evidence.pdf", "b.pdf"]
    detail = reverse(f"pmis:{case.replace('_', '-')}-detail", args=[record.public_id])
    assert "evidence.pdf" in client.get(detail).content.decode()


@each_case
def test_a_file_that_is_not_kept_takes_no_step_and_is_named(
    site: Site, as_user: AsUser, case: str
) -> None:
    make, role, action, fields, lines = CASES[case]
    record = make(site)
    bad = upload("run.exe", b"MZ")
    answer = as_user(site[role]).post(address(record, action), {**fields, "files": [bad, pdf()]})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "run.exe" in page and 'href="#files"' in page
    assert type(record).objects.get(pk=record.pk).state == record.state
    assert not getattr(record, lines).exists() and not StoredFile.objects.exists()


def test_a_form_with_a_fault_says_that_files_are_to_be_chosen_again(
    site: Site, as_user: AsUser
) -> None:
    record = received(site)
    answer = as_user(site[Role.SITE_AGENT]).post(
        address(record, "reply"), {"reply": "", "files": [pdf()]}
    )
    assert answer.status_code == 400
    assert "Choose the files again" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_whoever_sees_the_record_opens_its_files_and_is_noted(
    site: Site, other_site: Site, as_user: AsUser
) -> None:
    record = non_conformance(site)
    fields = {"cause": "c", "correction": "d", "rectified_date": "2026-11-21", "files": [pdf()]}
    as_user(site[Role.SITE_AGENT]).post(address(record, "rectify"), fields)
    stored = record.report_files.get().file
    url = reverse("pmis:stored-file", args=[stored.public_id])
    assert as_user(site[Role.INSPECTOR]).get(url).status_code == 200
    assert RecordReading.objects.filter(file=stored, user=site[Role.INSPECTOR]).exists()
    assert as_user(other_site[Role.INSPECTOR]).get(url).status_code == 404
    assert as_user(UserFactory()).get(url).status_code == 404


def test_statements_at_a_hearing_are_for_the_ordering_body_and_who_sent_them(
    site: Site, as_user: AsUser
) -> None:
    record = perform(
        subject=penalty(site), action="hear", by=site[Role.OFFICER],
        fields={"hearing_date": DAY},
        lines={"statement_files": [{"file": stored_pdf(site)}]},
    )  # fmt: skip
    record = perform(
        subject=record, action="impose", by=site[Role.DEPARTMENT_HEAD],
        fields={"hearing_minutes": "said"},
    )  # fmt: skip
    stored = record.statement_files.get().file
    assert may_open(stored, site[Role.DEPARTMENT_HEAD])
    assert may_open(stored, site[Role.SITE_AGENT])  # who sent it
    assert not may_open(stored, site[Role.ENGINEER])
    detail = reverse("pmis:penalty-detail", args=[record.public_id])
    assert stored.name in as_user(site[Role.OFFICER]).get(detail).content.decode()
    assert stored.name not in as_user(site[Role.ENGINEER]).get(detail).content.decode()
    api = reverse("api-pmis-penalty", args=[record.public_id])
    assert "statement_files" not in as_user(site[Role.ENGINEER]).get(api).json()


def test_a_letter_goes_out_with_its_files(site: Site, as_user: AsUser) -> None:
    client, key = as_user(site[Role.OFFICER]), new_public_id()
    form = reverse("pmis:letter-write", args=[site.project.public_id, key])
    client.post(form, {"title": "title", "attach": "1", "files": [pdf("plan.pdf")]})
    page = client.get(form).content.decode()
    stored = StoredFile.objects.get()
    assert stored.name == "plan.pdf" and str(stored.public_id) in page
    client.post(form, {
        "kind": "directive", "receiver_side": "contractor", "title": "title", "body": "body",
        "needs_reply": "on", "due_date": "2026-12-01",
        "files-0-file": str(stored.public_id), "save": "1",
    })  # fmt: skip
    row = Letter.objects.get(public_id=key)
    assert row.files.get().file == stored
    perform(subject=row, action="issue", by=site[Role.OFFICER])
    assert may_open(stored, site[Role.SITE_AGENT])
    assert not may_open(stored, UserFactory())


def test_the_api_names_stored_files_in_a_step(site: Site, as_user: AsUser) -> None:
    record, stored = received(site), stored_pdf(site)
    url = reverse("api-pmis-letter-reply", args=[record.public_id])
    body = {"fields": {"reply": "done"}, "reply_files": [{"file": str(stored.public_id)}]}
    answer = as_user(site[Role.SITE_AGENT]).post(url, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert record.reply_files.get().file == stored


def test_every_file_line_of_a_step_is_a_line_of_its_type() -> None:
    for entry in types():
        known = {spec.name for spec in (*entry.lines, *entry.step_lines)}
        added = {name for row in WORKFLOWS[entry.record_type] for name in row.adds_lines}
        assert added <= known, entry.record_type
