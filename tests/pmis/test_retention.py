"""Records past their time: reviewed, then archived or deleted, and nothing else touched."""

from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from allimi.models import PublishedRecord, PublishedVersion
from allimi.publication import publish_pending
from ccs.models import History
from pmis.models import (
    Disposal,
    DisposalEntry,
    DisposalItem,
    Project,
    RecordState,
    RetentionRule,
    StoredFile,
    Visit,
    Visitor,
)
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.disposals import carry_out, folder_of, open_disposals
from pmis.services.retention import due_disposals, due_records, holds_of, kept_from, proposed_lines
from tests.factories.documents import DOCUMENT_LINE, DRAWING_LINE, approved, document, drawing
from tests.factories.letters import complaint, visit
from tests.factories.pmis import Site

Decision = DisposalItem.Decision
TEST_ROW = "홍길남"


def end(site: Site, years_ago: int = 5) -> None:
    """Let the project have been closed so many years ago."""
    day = datetime.date(timezone.localdate().year - years_ago - 1, 6, 30)
    Project.objects.filter(pk=site.project.pk).update(
        state=Project.State.CLOSED, actual_completion_date=day
    )
    site.project.refresh_from_db()


def listed(site: Site, **changes: Any) -> Disposal:
    """Return a submitted list of all that is past its time."""
    made = Disposal.objects.create(
        project=site.project, author=site[Role.OFFICER], as_of_date=timezone.localdate()
    )
    for line in proposed_lines(site.project):
        DisposalItem.objects.create(disposal=made, **{**line, **changes})
    return perform(subject=made, action="submit", by=site[Role.OFFICER])


def reviewed(site: Site, **changes: Any) -> Disposal:
    """Return an approved list."""
    return perform(
        subject=listed(site, **changes),
        action="approve",
        by=site[Role.DEPARTMENT_HEAD],
        fields={"review_date": timezone.localdate(), "reviewers": "기록관장 외 2인"},
    )


def test_periods_are_counted_from_the_first_of_january_after_the_end(site: Site) -> None:
    assert kept_from(site.project) is None
    end(site, years_ago=3)
    year = timezone.localdate().year
    assert kept_from(site.project) == datetime.date(year - 3, 1, 1)
    visit(site)
    (due,) = due_records(site.project)
    assert (due.subject_type, due.decision) == ("visit", Decision.DELETE)
    assert due.since == datetime.date(year, 1, 1)
    assert due_records(site.project, datetime.date(year - 1, 12, 31)) == []


def test_a_later_rule_and_the_class_of_a_document_win(site: Site) -> None:
    visit(site)
    approved(site, document(site, retention_class="1y"), *DOCUMENT_LINE)
    end(site)
    assert {row.subject_type for row in due_records(site.project)} == {"visit", "filed_document"}
    RetentionRule.objects.create(
        subject_type="visit",
        retention_class="10y",
        valid_from=timezone.localdate(),
        ground="기록관리기준표 개정",
    )
    assert {row.subject_type for row in due_records(site.project)} == {"filed_document"}


def test_a_record_without_a_rule_or_of_a_running_project_stays(site: Site) -> None:
    visit(site)
    assert due_records(site.project) == []
    end(site, years_ago=50)
    RetentionRule.objects.all().delete()
    assert due_records(site.project) == []


def test_what_is_open_holds_everything(site: Site) -> None:
    visit(site)
    complaint(site)
    end(site)
    assert len(holds_of(site.project)) == 1
    with pytest.raises(ValidationError):
        listed(site)


def test_a_hold_that_comes_after_the_approval_holds_as_well(site: Site) -> None:
    made = visit(site)
    end(site)
    disposal = reviewed(site)
    complaint(site)
    assert carry_out(disposal).held
    made.refresh_from_db()
    assert made.visitor_name == TEST_ROW


def test_nobody_reviews_their_own_list_and_nothing_goes_before(site: Site) -> None:
    visit(site)
    end(site)
    disposal = listed(site)
    assert open_disposals() == []
    assert carry_out(disposal).deleted == 0
    with pytest.raises((PermissionDenied, Exception)):
        perform(subject=disposal, action="approve", by=site[Role.OFFICER])


def test_deleting_takes_personal_data_out_of_row_and_history_and_leaves_the_rest(
    site: Site,
) -> None:
    made = visit(site)
    end(site)
    assert carry_out(reviewed(site), dry_run=True).deleted == 1
    made.refresh_from_db()
    assert made.visitor_name == TEST_ROW
    disposal = Disposal.objects.get()
    assert carry_out(disposal).deleted == 1
    after = Visit.objects.get(pk=made.pk)
    assert (after.visitor_name, after.visitor_position) == ("", "")
    assert (after.body, after.purpose, after.state) == (made.body, made.purpose, made.state)
    history = History.objects.filter(table="pmis_visit", row_id=made.pk)
    assert history.count() >= 3
    assert TEST_ROW not in json.dumps(list(history.values("old", "new")), ensure_ascii=False)
    entry = DisposalEntry.objects.get()
    assert (entry.record_public_id, entry.kind) == (made.public_id, DisposalEntry.Kind.DELETED)
    assert entry.decided_by == site[Role.DEPARTMENT_HEAD]
    assert len(entry.content_sha256) == 64
    assert carry_out(disposal).deleted == 0
    assert open_disposals() == []
    assert due_records(site.project) == []


def test_lines_that_were_replaced_long_ago_are_erased_in_the_history_too(site: Site) -> None:
    report = site.report(worker_names="홍길동")
    Visitor.objects.create(report=report, body="구청", name=TEST_ROW)
    Visitor.objects.all().delete()
    Visitor.objects.create(report=report, body="시청", name=TEST_ROW)
    report = site.lead(report, RecordState.APPROVED)
    end(site, years_ago=12)
    carry_out(reviewed(site))
    report.refresh_from_db()
    assert report.worker_names == ""
    assert [row.body for row in report.visitors.all()] == ["시청"]
    rows = History.objects.filter(table__in=("pmis_dailyreport", "pmis_visitor"))
    text = json.dumps(list(rows.values("old", "new")), ensure_ascii=False)
    assert TEST_ROW not in text and "홍길동" not in text and "(erased)" in text


def test_what_is_published_stays_to_the_byte(site: Site) -> None:
    report = site.report(worker_names="홍길동")
    site.lead(report, RecordState.APPROVED)
    publish_pending()
    versions = PublishedVersion.objects.filter(public_id=report.public_id)
    before = list(versions.values_list("body", "commitment"))
    assert before
    end(site, years_ago=12)
    publish_pending()
    carry_out(reviewed(site))
    publish_pending()
    assert list(versions.values_list("body", "commitment")) == before
    assert not PublishedRecord.objects.get(public_id=report.public_id).is_withdrawn


def test_files_are_deleted_after_their_hash_was_checked(
    site: Site, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    made = approved(site, document(site, retention_class="1y"), *DOCUMENT_LINE)
    stored = made.files.get().file
    end(site)
    disposal = reviewed(site)
    name = stored.content.name
    with django_capture_on_commit_callbacks(execute=True):
        done = carry_out(disposal)
    assert (done.deleted, done.files) == (1, 1)
    assert not default_storage.exists(name)
    after = StoredFile.objects.get(pk=stored.pk)
    assert (after.content.name, after.text) == ("", "")
    assert (after.name, after.sha256, after.size) == (stored.name, stored.sha256, stored.size)
    assert DisposalEntry.objects.get().files[0]["sha256"] == stored.sha256
    client.force_login(site[Role.OFFICER])
    page = client.get(reverse("pmis:stored-file", args=[stored.public_id]))
    assert page.status_code == 410
    page = client.get(reverse("pmis:filed-document-detail", args=[made.public_id]))
    assert site[Role.DEPARTMENT_HEAD].name in page.content.decode()


def test_a_damaged_file_keeps_its_record(site: Site) -> None:
    made = approved(site, document(site, retention_class="1y"), *DOCUMENT_LINE)
    stored = made.files.get().file
    default_storage.delete(stored.content.name)
    default_storage.save(stored.content.name, ContentFile(b"something else"))
    end(site)
    done = carry_out(reviewed(site))
    assert done.deleted == 0
    assert "is not what was taken in" in done.problems[0]
    assert default_storage.exists(stored.content.name)


def test_a_file_that_another_record_names_stays(site: Site) -> None:
    first = approved(site, document(site, retention_class="1y"), *DOCUMENT_LINE)
    other = document(site, retention_class="permanent")
    shared = first.files.get().file
    other.files.update(file=shared)
    approved(site, other, *DOCUMENT_LINE)
    end(site)
    disposal = reviewed(site)
    done = carry_out(disposal)
    assert (done.deleted, done.archived) == (1, 1)
    shared.refresh_from_db()
    assert default_storage.exists(shared.content.name)


def test_archiving_moves_files_into_a_package_with_a_manifest(
    site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    made = approved(site, drawing(site, retention_class="permanent"), *DRAWING_LINE)
    stored = made.files.get().file
    before = stored.content.name
    end(site)
    disposal = reviewed(site)
    with django_capture_on_commit_callbacks(execute=True):
        assert carry_out(disposal).archived == 1
    stored.refresh_from_db()
    assert stored.content.name.startswith(folder_of(disposal))
    assert not default_storage.exists(before)
    with default_storage.open(f"{folder_of(disposal)}/manifest.json") as text:
        manifest = json.load(text)
    (record,) = manifest["records"]
    assert record["record_public_id"] == str(made.public_id)
    assert record["files"][0]["path"] == stored.content.name
    assert due_records(site.project) == []


def test_only_what_an_approved_list_names_is_erased(site: Site) -> None:
    made = visit(site)
    end(site)
    disposal = reviewed(site)
    for fields in ({"record_public_id": site.project.public_id}, {"subject_type": "accident"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            given = {
                "disposal": disposal,
                "project": site.project,
                "kind": DisposalEntry.Kind.DELETED,
                "subject_type": "visit",
                "record_public_id": made.public_id,
                "decided_by": site[Role.OFFICER],
                "decided_at": timezone.now(),
                **fields,
            }
            entry = DisposalEntry.objects.create(**given)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pmis_erase(%s)", [[entry.pk]])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pmis_erase(%s)", [[0]])
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.update(visitor_name="")
    with pytest.raises(IntegrityError), transaction.atomic():
        History.objects.update(old=None)


def test_the_application_erases_by_the_function_and_by_nothing_else(site: Site) -> None:
    made = visit(site)
    end(site)
    disposal = reviewed(site)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE ccs_app")
        assert carry_out(disposal).deleted == 1
        cursor.execute("SELECT set_config('ccs.erasing', 'mine', true)")
        with pytest.raises(DatabaseError), transaction.atomic():
            Visit.objects.filter(pk=made.pk).update(body="")
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("UPDATE ccs_history SET old = NULL")
        cursor.execute("RESET ROLE")


def test_the_command_says_what_it_would_do_and_does_it(site: Site) -> None:
    visit(site)
    end(site)
    reviewed(site)
    out = io.StringIO()
    call_command("retention", "--dry-run", stdout=out)
    assert "1 would be deleted" in out.getvalue()
    assert not DisposalEntry.objects.exists()
    out = io.StringIO()
    call_command("retention", stdout=out)
    assert "1 deleted" in out.getvalue()
    assert DisposalEntry.objects.count() == 1


def test_the_form_begins_with_what_is_past_its_time(site: Site, client: Client) -> None:
    visit(site)
    end(site)
    client.force_login(site[Role.OFFICER])
    begin = reverse("pmis:disposal-begin", args=[site.project.public_id])
    page = client.get(begin, follow=True)
    assert page.status_code == 200
    assert 'value="visit" selected' in page.content.decode()


def test_the_officer_is_asked_for_a_list_until_there_is_one(site: Site) -> None:
    visit(site)
    end(site, years_ago=0)
    assert list(due_disposals(site[Role.OFFICER])) == []
    end(site)
    assert [item.project_name for item in due_disposals(site[Role.OFFICER])] == [site.project.name]
    assert list(due_disposals(site[Role.SITE_AGENT])) == []
    listed(site)
    assert list(due_disposals(site[Role.OFFICER])) == []
