"""What is approved, promised or logged cannot be changed, on any path; what moves is queued."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from allimi.models import DisclosureQueue
from ccs.models import Organization
from pmis.database import FIRST_PROMISES, record_models
from pmis.models import (
    ApprovalEvent,
    Contract,
    DailyReport,
    Line,
    Project,
    Record,
    RecordState,
    Schedule,
    WorkItem,
    WorkLine,
)
from tests.factories.pmis import (
    ContractFactory,
    DraftProjectFactory,
    ParticipantFactory,
    ProjectFactory,
    Site,
    SubcontractFactory,
)

pytestmark = pytest.mark.django_db
LATER = datetime.date(2030, 1, 1)


def _refused(change: Any, words: str | None = None) -> None:
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        change()


def _sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _lines_of(record: models.Model) -> list[tuple[type[models.Model], str]]:
    return [
        (relation.related_model, relation.field.column)
        for relation in record._meta.related_objects
        if relation.one_to_many and issubclass(relation.related_model, Line)
    ]


@pytest.fixture
def approved(site: Site) -> DailyReport:
    """An approved report with a line of every kind."""
    report = site.report()
    photo = site.project.photos.create(uploader=site["site_agent"])
    report.planned_lines.create(activity="내일")
    report.material_lines.create(item="철근")
    report.visitors.create(body="구청", purpose="점검")
    report.report_photos.create(photo=photo)
    return site.lead(report, RecordState.APPROVED)


@pytest.fixture
def schedule(site: Site) -> Schedule:
    schedule = site.schedule()
    schedule.work_groups.create(code="W1", name="상부공")
    schedule.milestones.create(name="준공", planned_date=LATER)
    schedule.site_days.create(date=LATER, name="현장 휴무")
    return site.lead(schedule, RecordState.APPROVED)


# -- Approved records ---------------------------------------------------------------------------


def test_no_column_of_an_approved_record_can_change(
    approved: DailyReport, schedule: Schedule
) -> None:
    for record in (approved, schedule):
        for field in record._meta.concrete_fields:
            if field.column in ("state", "updated_at"):
                continue
            value = field.get_db_prep_value(_other(field, record), connection)
            table = record._meta.db_table
            _refused(
                lambda table=table, column=field.column, value=value, key=record.pk: _sql(
                    f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', value, key
                ),
                "locked|public id",
            )


def _other(field: models.Field, record: models.Model) -> Any:
    old = getattr(record, field.attname)
    match field:
        case models.BooleanField():
            return not old
        case models.UUIDField():
            return uuid4()
        case models.DateTimeField():
            return datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
        case models.DateField():
            return LATER
        case models.TimeField():
            return datetime.time(23, 59)
        case models.CharField() | models.TextField():
            return "x"
    return (old or 0) + 1


@pytest.mark.parametrize("state", [state for state in RecordState if state != "superseded"])
def test_an_approved_record_takes_no_other_state_than_superseded(
    approved: DailyReport, state: str
) -> None:
    if state != RecordState.APPROVED:
        _refused(lambda: DailyReport.objects.filter(pk=approved.pk).update(state=state))
    DailyReport.objects.filter(pk=approved.pk).update(state="superseded")
    _refused(lambda: DailyReport.objects.filter(pk=approved.pk).update(state=state))


def test_superseding_cannot_carry_another_change_along(approved: DailyReport) -> None:
    _refused(
        lambda: DailyReport.objects.filter(pk=approved.pk).update(
            state="superseded", work_summary="X"
        ),
        "locked",
    )


def test_an_approved_record_cannot_be_deleted_by_any_path(
    approved: DailyReport, schedule: Schedule
) -> None:
    for record in (approved, schedule):
        table = record._meta.db_table
        _refused(record.delete)
        _refused(lambda record=record: type(record).objects.filter(pk=record.pk).delete())
        _refused(lambda table=table: _sql(f'DELETE FROM "{table}"'))
        assert type(record).objects.filter(pk=record.pk).exists()


def test_the_lines_of_an_approved_record_cannot_change_go_or_come(
    approved: DailyReport, schedule: Schedule
) -> None:
    tried = 0
    for record in (approved, schedule):
        for model, owner in _lines_of(record):
            table = model._meta.db_table
            rows = model.objects.filter(**{owner: record.pk})
            assert rows.exists(), table
            copy = rows.get() if rows.count() == 1 else rows.first()
            copy.pk = None
            _refused(lambda rows=rows: rows.delete())
            _refused(lambda copy=copy, model=model: model.objects.bulk_create([copy]))
            _refused(
                lambda table=table, owner=owner, key=record.pk: _sql(
                    f'UPDATE "{table}" SET id = id WHERE "{owner}" = %s', key
                ),
                "locked",
            )
            tried += 1
    assert tried == 11


def test_a_line_cannot_be_moved_into_an_approved_record_nor_out_of_it(
    site: Site, approved: DailyReport
) -> None:
    draft = site.report(date=datetime.date(2026, 11, 21))
    inside, outside = approved.work_lines.first(), draft.work_lines.first()
    _refused(lambda: WorkLine.objects.filter(pk=inside.pk).update(report=draft), "locked")
    _refused(lambda: WorkLine.objects.filter(pk=outside.pk).update(report=approved), "locked")


def test_a_statement_over_many_lines_is_refused_when_one_of_them_is_locked(
    site: Site, approved: DailyReport
) -> None:
    site.report(date=datetime.date(2026, 11, 21))
    _refused(lambda: WorkLine.objects.update(activity="X"), "locked")
    assert not WorkLine.objects.filter(activity="X").exists()


def test_a_draft_and_its_lines_stay_free(site: Site, schedule: Schedule) -> None:
    draft = site.report()
    draft.work_lines.update(activity="X")
    draft.work_lines.all().delete()
    draft.delete()
    WorkItem.objects.create(
        schedule=site.schedule(),
        code="B1",
        name="x",
        quantity=1,
        weight=1,
        planned_start_date=LATER,
        planned_finish_date=LATER,
    )


def test_every_record_type_and_every_line_of_it_has_its_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE tgname LIKE 'pmis\\_locked%%' AND tgenabled = 'O'"
        )
        locks = set(cursor.fetchall())
    assert len(record_models()) >= 2
    for model in record_models():
        assert (model._meta.db_table, "pmis_locked") in locks
        for line, _owner in _lines_of(model()):
            for event in ("insert", "update", "move", "delete"):
                assert (line._meta.db_table, f"pmis_locked_{event}") in locks


def test_what_goes_with_a_record_is_a_line_of_it_or_a_record_of_its_own() -> None:
    """Nothing else hangs on a record by CASCADE, so no content is without a lock."""
    for model in record_models():
        for relation in model._meta.related_objects:
            if relation.one_to_many and relation.on_delete is models.CASCADE:
                assert issubclass(relation.related_model, (Line, Record)), relation


# -- First promises -----------------------------------------------------------------------------


def test_the_first_promise_of_a_registered_project_is_kept() -> None:
    project = ProjectFactory()
    for column, value in (
        ("original_completion_date", LATER),
        ("original_completion_date", None),
        ("original_cost_amount", 1),
        ("original_cost_amount", None),
    ):
        rows = Project.objects.filter(pk=project.pk)
        _refused(lambda rows=rows, change={column: value}: rows.update(**change), "promise")
    Project.objects.filter(pk=project.pk).update(planned_completion_date=LATER, total_cost_amount=1)


def test_the_first_promise_of_a_signed_contract_is_kept() -> None:
    contract = ContractFactory()
    for column, value in (("original_completion_date", LATER), ("original_amount", 1)):
        rows = Contract.objects.filter(pk=contract.pk)
        _refused(lambda rows=rows, change={column: value}: rows.update(**change), "promise")
    Contract.objects.filter(pk=contract.pk).update(completion_date=LATER, amount=1)


def test_before_anything_is_promised_the_figures_are_free() -> None:
    draft = DraftProjectFactory()
    Project.objects.filter(pk=draft.pk).update(
        original_completion_date=LATER, original_cost_amount=1
    )
    contract = ContractFactory(state="draft", signed_date=None)
    Contract.objects.filter(pk=contract.pk).update(original_amount=1)
    late = ProjectFactory(original_completion_date=None, original_cost_amount=None)
    Project.objects.filter(pk=late.pk).update(original_cost_amount=7)
    _refused(lambda: Project.objects.filter(pk=late.pk).update(original_cost_amount=8), "promise")


def test_a_promise_cannot_be_lost_by_stepping_back_to_a_draft() -> None:
    contract = ContractFactory()
    _refused(lambda: Contract.objects.filter(pk=contract.pk).update(state="draft"), "promise")
    _refused(
        lambda: Contract.objects.filter(pk=contract.pk).update(state="draft", original_amount=1),
        "promise",
    )
    project = ProjectFactory()
    _refused(
        lambda: Project.objects.filter(pk=project.pk).update(state="draft", registered_at=None),
        "promise",
    )
    _refused(
        lambda: Project.objects.filter(pk=project.pk).update(
            state="draft", registered_at=None, original_cost_amount=1
        ),
        "promise",
    )


def test_every_original_column_is_a_first_promise() -> None:
    kept = {(table, column) for table, _, _, columns in FIRST_PROMISES for column in columns}
    named = {
        (model._meta.db_table, field.column)
        for model in apps.get_app_config("pmis").get_models()
        for field in model._meta.concrete_fields
        if field.column.startswith("original_") and model._meta.db_table != "pmis_photo"
    }
    assert named == kept


# -- Identities and the log ----------------------------------------------------------------------


def test_no_public_id_ever_changes(site: Site) -> None:
    records = [
        site.project,
        site.report(),
        site.project.participants.first(),
        site.project.ordering_body,
        SubcontractFactory(contract__project=site.project),
        site.project.contracts.first(),
    ]
    for record in records:
        rows = type(record).objects.filter(pk=record.pk)
        _refused(lambda rows=rows: rows.update(public_id=uuid4()), "public id")


def test_every_table_with_a_public_id_refuses_a_new_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'ccs_public_id_fixed' AND tgenabled = 'O'"
        )
        fixed = {table for (table,) in cursor.fetchall()}
    for label in ("ccs", "pmis"):
        for model in apps.get_app_config(label).get_models():
            if any(field.name == "public_id" for field in model._meta.concrete_fields):
                assert model._meta.db_table in fixed


def test_the_log_of_approvals_can_only_grow(approved: DailyReport) -> None:
    events = ApprovalEvent.objects.filter(record_public_id=approved.public_id)
    assert events.count() == 3
    _refused(lambda: events.update(comment="nothing happened"), "append-only")
    _refused(lambda: events.delete(), "append-only")
    _refused(lambda: _sql("DELETE FROM pmis_approvalevent"), "append-only")
    assert events.count() == 3


# -- What moves or goes is queued ----------------------------------------------------------------


def _queued(kind: str) -> set[Any]:
    return set(DisclosureQueue.objects.filter(kind=kind).values_list("public_id", flat=True))


def _forget() -> None:
    DisclosureQueue.objects.all().delete()


def test_a_line_moved_to_another_record_queues_both(site: Site) -> None:
    one = site.report()
    other = site.report(date=datetime.date(2026, 11, 21))
    _forget()
    one.work_lines.update(report=other)
    assert _queued("daily_report") == {one.public_id, other.public_id}


def test_a_contract_moved_to_another_project_queues_both_projects(site: Site) -> None:
    contract = ContractFactory(project=site.project)
    subcontract = SubcontractFactory(contract=contract)
    other = ProjectFactory()
    _forget()
    Contract.objects.filter(pk=contract.pk).update(project=other)
    assert _queued("project") == {site.project.public_id, other.public_id}
    assert _queued("contract") == {contract.public_id}
    assert _queued("subcontract") == {subcontract.public_id}


def test_a_subcontract_moved_to_another_contract_is_queued(site: Site) -> None:
    subcontract = SubcontractFactory(contract=ContractFactory(project=site.project))
    other = ContractFactory(project=site.project)
    _forget()
    type(subcontract).objects.filter(pk=subcontract.pk).update(contract=other)
    assert _queued("subcontract") == {subcontract.public_id}


def test_what_is_deleted_is_queued_with_what_named_it(site: Site) -> None:
    participant = ParticipantFactory(project=site.project)
    contract = ContractFactory(project=site.project)
    party = contract.parties.create(organization=contract.contractor, is_lead=True)
    report = site.report()
    _forget()
    party.delete()
    assert _queued("contract") == {contract.public_id}
    assert _queued("project") == {site.project.public_id}
    contract.delete()
    participant.delete()
    report.delete()
    assert _queued("contract") == {contract.public_id}
    assert _queued("participant") == {participant.public_id}
    assert _queued("daily_report") == {report.public_id}


def test_a_deleted_organization_is_queued() -> None:
    firm = Organization.objects.create(kind="supplier", name="누리")
    _forget()
    Organization.objects.filter(pk=firm.pk).delete()
    assert _queued("organization") == {firm.public_id}


def test_a_change_that_was_rolled_back_queues_nothing(site: Site) -> None:
    _forget()
    with transaction.atomic():
        Project.objects.filter(pk=site.project.pk).update(name="X")
        assert _queued("project")
        transaction.set_rollback(True)
    assert not _queued("project")
