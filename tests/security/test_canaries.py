"""What is withheld stands in no public answer: a marker in every place, and a walk everywhere."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from PIL import Image
from pytest_django.plugin import DjangoDbBlocker

from allimi.catalogue import CATALOGUE, Disclosure
from allimi.catalogue.sql import key_of
from allimi.models import (
    Narrowing,
    PublishedDocument,
    PublishedFile,
    PublishedRecord,
    PublishedVersion,
)
from allimi.presentation import cache
from allimi.presentation.reading import record_url
from allimi.publication import publish_pending
from allimi.views import public as public_views
from ccs.lib.codes import check_letter, grouped
from ccs.models import AccessToken, History, Registration, User
from pmis.models import (
    Approval,
    Contract,
    DailyReport,
    Delegation,
    Draft,
    IdempotencyKey,
    Photo,
    Project,
    Schedule,
    ScreenRelease,
    Subcontract,
)
from pmis.services.approvals import perform
from pmis.services.photos import add_photo, check_photo, process_photo
from pmis.services.withdrawals import withdraw_record
from tests.allimi.conftest import DAY, Site, one_of
from tests.pmis.photo_files import MARKER as IN_PHOTO
from tests.pmis.photo_files import camera_jpeg
from tests.security.addresses import all_addresses
from tests.security.crawler import Answer, crawl
from tests.security.markers import (
    Markers,
    closed_columns,
    fill,
    marker_of,
    plant,
    plant_in_all_texts,
    plant_outside_the_catalogue,
)

UNKNOWN = "01940000-0000-7000-8000-00000000dead"
#: One open text of every record type, and of some lines: the walk must find these.
OPEN = {
    "project": ("description", "budgets.fund_source"),
    "participant": ("department",),
    "contract": ("award_method", "guarantees.issuer", "amendments.reason"),
    "subcontract": ("work_scope",),
    "schedule": ("notes", "work_items.name", "milestones.name", "work_groups.name"),
    "catch_up_plan": ("cause", "measures.measure"),
    "daily_report": ("special_notes", "work_lines.location", "visitors.body"),
    "supervision_log": ("instructions", "work_lines.work"),
    "weekly_report": ("summary", "work_lines.activity"),
    "monthly_report": ("change_summary", "work_lines.activity"),
    "letter": ("related_record", "attachments.title"),
    "meeting": ("decisions", "action_items.task", "attendees.body", "carried_items.remark"),
    "design_change": ("description", "quantity_lines.name"),
    "time_extension": ("description",),
    "progress_claim": ("supervision_statement", "attachments.remark"),
    "evaluation": ("summary", "scores.evidence"),
    "penalty": ("legal_ground",),
    "photo": ("caption",),
    "approval": ("title",),
    "organization": ("address",),
}
#: Items of a project that are closed by decision after they were published.
NARROWED = (
    *("purpose", "site_address", "cost", "geometry", "start_date", "procurement_number"),
    *("status", "work_type", "ordering_body", "planned_completion_date"),
)


@dataclass
class Harvest:
    """What was hidden, what was open, and every answer of the public side."""

    closed: Markers
    shown: Markers
    answers: list[Answer]
    records: list[tuple[str, str]]
    texts: list[tuple[str, str]]
    files: list[bytes]
    history: str


@pytest.fixture(scope="module")
def harvest(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Harvest]:
    """Fill, publish and walk once for all tests of this module; nothing of it is kept."""
    folder = tmp_path_factory.mktemp("stores")
    stores = {
        alias: {**options, "OPTIONS": {"location": folder / alias}}
        if alias != "staticfiles"
        else options
        for alias, options in settings.STORAGES.items()
    }
    cache.forget()
    with (
        override_settings(STORAGES=stores),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        made = _harvest(folder)
        transaction.set_rollback(True)
    cache.forget()
    yield made


def _harvest(folder: Path) -> Harvest:
    site = Site()
    records = _one_of_each(site)
    closed = _taken_back(site)
    shown: Markers = {}
    _lift_checks()
    for kind, record in records.items():
        closed |= plant(CATALOGUE[kind], record, closed_columns(CATALOGUE[kind]))
        shown |= plant(CATALOGUE[kind], record, iter(OPEN.get(kind, ())))
    for hidden in _never_published(site):
        closed |= plant_in_all_texts(hidden)
    _private_rows(site)
    closed |= plant_outside_the_catalogue()
    publish_pending()
    published = PublishedRecord.objects.values_list("kind", "public_id")
    return Harvest(
        closed=closed | {"metadata of a photo": IN_PHOTO.lower()},
        shown=shown,
        answers=crawl(Client(raise_request_exception=False), _starts()),
        records=[(kind, str(public_id)) for kind, public_id in published],
        texts=list(PublishedVersion.objects.exclude(body=None).values_list("kind", "body")),
        files=[path.read_bytes() for path in (folder / "public").rglob("*.jpg")],
        history=json.dumps(list(History.objects.values_list("new", flat=True)), default=str),
    )


def _lift_checks() -> None:
    """Let a marker stand in any column: no figure that adds up could be told from another."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conrelid::regclass, conname FROM pg_constraint"
            " WHERE (contype = 'c' OR conname = 'claim_item_code_once')"
            " AND conrelid::regclass::text LIKE 'pmis%'"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def _one_of_each(site: Site) -> dict[str, Any]:
    records = {kind: one_of(site, kind) for kind in CATALOGUE if kind not in ("approval", "photo")}
    report = records["daily_report"]
    records["approval"] = Approval.objects.get(record_public_id=report.public_id)
    # A second line, so that the published total is not the price of the only one.
    records["contract"].bill_items.create(
        section="포장", name="표층", unit="t", quantity=1, unit_price_amount=1, amount=1
    )
    _second_line(records["design_change"].quantity_lines.first())
    _second_line(records["progress_claim"].items.first())
    records["photo"] = _released_photo(site)
    return records


def _second_line(line: Any) -> None:
    """Put a line like this one beside it, in a record that is locked already."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        line.pk, line.order = None, line.order + 7
        line.code = f"{getattr(line, 'code', '')}2"
        line._state.adding = True
        line.save()
        cursor.execute("SET LOCAL session_replication_role = origin")


def _photo(site: Site) -> Photo:
    file = ContentFile(camera_jpeg(), name="IMG_0001.JPG")
    return add_photo(project=site.project, file=file, by=site.agent)


def _released_photo(site: Site) -> Photo:
    photo = _photo(site)
    assert process_photo(photo.pk) == "processed"
    photo.refresh_from_db()
    return check_photo(photo=photo, boxes=photo.blur_boxes, by=site.supervisor)


def _taken_back(site: Site) -> Markers:
    """Publish texts and figures, then withdraw one record and narrow items of another."""
    hidden = {}
    report = site.approve(site.report(DAY + datetime.timedelta(days=3)))
    narrowed = Project.objects.create(
        code="P-2",
        name="정자 보수공사",
        work_type="park",
        ordering_body=site.body,
        currency="KRW",
        state="planned",
        registered_at=timezone.now(),
    )
    for model, record, columns in (
        (DailyReport, report, ("special_notes", "work_summary")),
        (
            Project,
            narrowed,
            ("purpose", "site_address", "original_cost_amount", "total_cost_amount")
            + ("longitude", "latitude", "procurement_number"),
        ),
    ):
        for column in columns:
            place = f"taken back {model.__name__}.{column}"
            hidden[place] = fill(model, column, place, f"id = {record.pk}")
    Project.objects.filter(pk=narrowed.pk).update(start_date=datetime.date(1987, 6, 5))
    publish_pending()
    withdraw_record(
        record_type="daily_report",
        public_id=report.public_id,
        ground="G6",
        reason="이름이 있음",
        by=site.officer,
    )
    for item in NARROWED:
        Narrowing.objects.create(
            record_type="project",
            public_id=narrowed.public_id,
            item=item,
            ground="G4",
            reason="조사 중",
            decided_by=site.officer,
            starts_at=timezone.now() - datetime.timedelta(minutes=1),
            ends_at=timezone.now() + datetime.timedelta(days=1),
        )
    return {**hidden, "taken back Project.start_date": "1987-06-05", "the same day": "1987. 6. 5"}


def _never_published(site: Site) -> list[Any]:
    """Return rows of every kind that are not public: drafts, and what waits for a decision."""
    report = site.report(DAY + datetime.timedelta(days=1))
    waiting = perform(
        subject=site.report(DAY + datetime.timedelta(days=2)), action="submit", by=site.agent
    )
    contract = Contract.objects.create(
        project=site.project,
        kind="design",
        number="C-2",
        title="설계",
        contractor=site.firm,
        currency="KRW",
        original_amount=1,
        amount=1,
    )
    return [
        Project.objects.create(
            code="P-9", name="밑그림", work_type="road", ordering_body=site.body, currency="KRW"
        ),
        contract,
        Subcontract.objects.create(
            contract=site.contract,
            subcontractor=site.firm,
            work_scope="철근",
            contract_date=DAY,
            amount=10,
        ),
        Schedule.objects.create(project=site.project, author=site.agent, as_of_date=DAY),
        _photo(site),
        waiting,
        Approval.objects.get(record_public_id=waiting.public_id),
        report,
        report.work_lines.get(),
        report.workforce_lines.get(),
        report.equipment_lines.get(),
    ]


def _private_rows(site: Site) -> None:
    """Make one row of every table that holds words of people and is in no record type."""
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    Draft.objects.create(
        author=site.agent, project=site.project, record_type="daily_report", key="x", fields={}
    )
    IdempotencyKey.objects.create(actor=site.agent, key="x", body_sha256="x", answer={})
    Delegation.objects.create(
        participant=site.project.participants.first(),
        delegate=site.agent,
        valid_from=DAY,
        valid_to=DAY,
        reason="x",
    )
    Registration.objects.create(user=site.agent, ordering_body=site.body, firm_name="x")
    AccessToken.objects.create(user=site.agent, name="x", digest="x", hint="x", expires_at=tomorrow)
    ScreenRelease.objects.create(
        record_type="project",
        record_public_id=site.project.public_id,
        item="none",
        text_sha256="x",
        reason="x",
        by=site.officer,
    )
    for report in DailyReport.objects.all():
        PublishedDocument.objects.create(
            source_id=report.public_id,
            code_sha256=hashlib.sha256(_code_of(report.pk).encode()).hexdigest(),
            sha256=hashlib.sha256(str(report.pk).encode()).hexdigest(),
            kind="record",
            record_type="daily_report",
            record_public_id=report.public_id,
            project_public_id=report.project.public_id,
            ordering_body=report.project.ordering_body.public_id,
            version_no=report.version_no,
            role="officer",
            issued_at=timezone.now(),
        )


def _code_of(number: int) -> str:
    """Return the verification code that stands for a number."""
    letters = f"{number:015}"
    return letters + check_letter(letters)


def _starts() -> list[str]:
    starts = ["/", "/healthz", "/nowhere/", "/ko/nowhere/", "/en/nowhere/", "/files/" + "0" * 64]
    starts += [reverse(f"api-{name}") for name in ("areas", "projects", "record-types", "docs")]
    starts += [reverse("api-schema"), reverse("api-schema") + "?format=yaml"]
    starts += [f"{reverse('api-records')}?kind={kind}" for kind in CATALOGUE]
    for number in DailyReport.objects.values_list("pk", flat=True):
        shown = grouped(_code_of(number))
        starts += [f"/{language}/verify/{shown}/" for language, _name in settings.LANGUAGES]
    for record in PublishedRecord.objects.all():
        key = [record.public_id]
        starts += [reverse("api-record", args=key), reverse("api-versions", args=key)]
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                starts += [reverse("allimi:front"), record_url(record)]
                starts += _versions_of(record)
                starts += [f"/{language}/records/{UNKNOWN}/", f"/{language}/areas/{UNKNOWN}/"]
    return starts


def _versions_of(record: PublishedRecord) -> list[str]:
    name = "report-version" if record.kind == "daily_report" else "record-version"
    return [
        reverse(f"allimi:{name}", args=[record.public_id, number])
        for number in range(1, record.version_no + 2)
    ]


def _found(markers: Markers, answers: list[Answer]) -> dict[str, str]:
    """Return the place of each marker that was found, with the first address that shows it."""
    found = {}
    for answer in answers:
        text, digits = answer.text, answer.digits
        for place, marker in markers.items():
            if marker in (digits if marker.isdigit() else text):
                found.setdefault(place, f"{answer.status} {answer.address}")
    return found


def test_no_withheld_value_stands_in_any_public_answer(harvest: Harvest) -> None:
    assert len(harvest.closed) > 150
    assert _found(harvest.closed, harvest.answers) == {}


def test_the_walk_finds_every_open_marker_on_pages_in_both_languages_and_in_the_api(
    harvest: Harvest,
) -> None:
    """A control: a walk that finds nothing would find no leak either."""
    for part in ("/ko/", "/en/", "/api/"):
        answers = [answer for answer in harvest.answers if answer.address.startswith(part)]
        assert set(_found(harvest.shown, answers)) == set(harvest.shown), part


def test_the_walk_opens_every_public_address_and_every_record(harvest: Harvest) -> None:
    opened = set()
    for answer in harvest.answers:
        try:
            match = resolve(answer.address.partition("?")[0])
        except Resolver404:
            continue
        if answer.status == 200:
            opened.add(match.view_name)
    public = {address.name for address in all_addresses() if address.is_public}
    assert public - opened == {"choose-language", "api-root", "allimi:nowhere"}
    walked = " ".join(answer.address for answer in harvest.answers)
    assert {kind for kind, _ in harvest.records} == set(CATALOGUE)
    assert [key for _, key in harvest.records if walked.count(key) < 4] == []


def test_the_walk_meets_missing_and_withdrawn_records_and_no_failure(harvest: Harvest) -> None:
    statuses = {answer.status for answer in harvest.answers}
    assert {200, 302, 404, 410} <= statuses
    assert [answer.address for answer in harvest.answers if answer.status >= 500] == []


def test_history_keeps_the_markers_that_the_public_never_sees(harvest: Harvest) -> None:
    """A control: the markers really were in the working tables."""
    assert marker_of("daily_report.internal_remarks") in harvest.history
    assert marker_of("subcontract.bank_account") in harvest.history


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)


def test_no_key_of_a_withheld_column_stands_in_any_published_text(harvest: Harvest) -> None:
    for kind, record_type in CATALOGUE.items():
        closed, opened = set(), set()
        for item, column in record_type.item_columns():
            key = key_of(column.rpartition(".")[2])
            (closed if item.disclosure == Disclosure.WITHHELD else opened).add(key)
        texts = [json.loads(body) for text_kind, body in harvest.texts if text_kind == kind]
        assert texts, kind
        assert not (closed - opened) & {key for text in texts for key in _keys(text)}, kind


def test_a_public_photo_is_pixels_and_nothing_else(harvest: Harvest) -> None:
    assert len(harvest.files) == 2
    for content in harvest.files:
        assert IN_PHOTO.encode() not in content
        for sign in (b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"Photoshop", b"xmpmeta"):
            assert sign not in content
    original = camera_jpeg()
    assert IN_PHOTO.encode() in original and b"Exif" in original and b"ICC_PROFILE" in original
    photos = [answer for answer in harvest.answers if answer.address.startswith("/files/")]
    assert {200} <= {answer.status for answer in photos}


def test_every_part_of_a_public_jpeg_is_needed_to_draw_it(harvest: Harvest, tmp_path: Path) -> None:
    path = tmp_path / "public.jpg"
    for content in harvest.files:
        path.write_bytes(content)
        with Image.open(path) as image:
            image.load()
            assert not image.getexif()
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"} | {
                "progressive",
                "progression",
            }


@pytest.mark.parametrize("path", ["/ko/", "/en/"])
def test_a_failing_public_page_tells_reader_and_log_nothing_of_the_visitor(
    site: Site,
    signed_in: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    User.objects.filter(pk=site.officer.pk).update(name="zqname", email="zqmail@example.org")
    signed_in.raise_request_exception = False

    def reach_for_people() -> list[User]:
        return list(User.objects.filter(email__startswith="zqm"))

    monkeypatch.setattr(public_views, "front_page", reach_for_people)
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    with caplog.at_level(logging.DEBUG), transaction.atomic():
        answer = signed_in.get(path)
        transaction.set_rollback(True)
    assert answer.status_code == 500
    said = f"{answer.headers} {answer.content.decode()}"
    for secret in ("zqname", "zqmail", session, "Traceback", "ccs_user"):
        assert secret not in said
    for secret in ("zqname", "zqmail", session):
        assert secret not in caplog.text
    assert "Internal Server Error" in caplog.text
    assert PublishedFile.objects.count() == 0
