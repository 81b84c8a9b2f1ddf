"""Writing, copying, submitting, correcting and timing out daily reports."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import Holiday, RuleValue
from pmis import tasks
from pmis.models import Approval, ApprovalEvent, DailyReport, RecordState, WorkItem
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.daily_reports import (
    copy_from_previous,
    correct_daily_report,
    due_at,
    missing_reports,
    open_daily_report,
    save_daily_report,
)
from pmis.services.records import RecordChanged, discard_version
from tests.factories.pmis import PhotoFactory, Site

FRIDAY = datetime.date(2026, 11, 20)
SATURDAY = datetime.date(2026, 11, 21)
MONDAY = datetime.date(2026, 11, 23)


def at(day: datetime.date, hour: int) -> str:
    """Return an hour of the city's own time (UTC+9) for the frozen clock."""
    return f"{day.isoformat()}T{hour:02}:00:00+09:00"


@time_machine.travel(at(FRIDAY, 17), tick=False)
def test_opening_a_day_twice_gives_one_report(site: Site) -> None:
    first = open_daily_report(project=site.project, date=FRIDAY, by=site[Role.SITE_AGENT])
    again = open_daily_report(project=site.project, date=FRIDAY, by=site[Role.ENGINEER])
    assert first == again
    assert DailyReport.objects.count() == 1


@time_machine.travel(at(FRIDAY, 17), tick=False)
def test_a_report_cannot_be_opened_for_a_day_ahead(site: Site) -> None:
    with pytest.raises(ValidationError):
        open_daily_report(project=site.project, date=SATURDAY, by=site[Role.SITE_AGENT])


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR, Role.SUBCONTRACTOR])
def test_only_the_contractor_opens_a_report(site: Site, role: Role) -> None:
    with pytest.raises(RoleNotAllowed):
        open_daily_report(project=site.project, date=FRIDAY, by=site[role])


def test_the_approved_report_is_opened_and_not_a_second_one(site: Site) -> None:
    approved = site.report(RecordState.APPROVED)
    assert (
        open_daily_report(project=site.project, date=FRIDAY, by=site[Role.SITE_AGENT]) == approved
    )


def test_saving_replaces_the_lines_that_are_given_and_keeps_the_others(site: Site) -> None:
    report = site.report()
    saved = save_daily_report(
        report=report,
        fields={"work_summary": "바닥판", "temperature_min": Decimal("3.0")},
        lines={"workforce_lines": [{"trade": "형틀 목공", "count": 8}]},
        by=site[Role.SITE_AGENT],
        revision=report.revision,
    )
    assert saved.revision == report.revision + 1
    assert [line.trade for line in saved.workforce_lines.all()] == ["형틀 목공"]
    assert saved.equipment_lines.count() == 1


def test_lines_that_did_not_change_are_not_written_again(site: Site) -> None:
    report = site.report()
    line = report.workforce_lines.get()
    lines = {"workforce_lines": [{"trade": line.trade, "count": line.count}]}
    save_daily_report(report=report, fields={}, lines=lines, by=site[Role.SITE_AGENT])
    assert report.workforce_lines.get().pk == line.pk


def test_a_form_read_before_another_save_is_refused(site: Site) -> None:
    report = site.report()
    read = report.revision
    agent = site[Role.SITE_AGENT]
    save_daily_report(report=report, fields={"work_summary": "하나"}, by=agent, revision=read)
    with pytest.raises(RecordChanged) as conflict:
        save_daily_report(report=report, fields={"work_summary": "둘"}, by=agent, revision=read)
    assert conflict.value.revision == read + 1
    report.refresh_from_db()
    assert report.work_summary == "하나"


def test_faults_of_lines_are_named_by_line_and_field(site: Site) -> None:
    lines = {"workforce_lines": [{"trade": "철근공", "count": 2, "foreign_count": 3}]}
    with pytest.raises(ValidationError) as refused:
        save_daily_report(report=site.report(), fields={}, lines=lines, by=site[Role.SITE_AGENT])
    assert "workforce_lines-0-__all__" in refused.value.message_dict


def test_life_and_identity_cannot_be_written_as_content(site: Site) -> None:
    report = site.report()
    fields = {"state": "approved", "version_no": 9, "is_late": True, "date": SATURDAY, "number": 7}
    saved = save_daily_report(report=report, fields=fields, by=site[Role.SITE_AGENT])
    saved.refresh_from_db()
    assert (saved.state, saved.version_no, saved.date) == ("draft", 1, FRIDAY)
    assert (saved.is_late, saved.number) == (False, None)


def test_a_photo_of_another_project_is_refused(site: Site, other_site: Site) -> None:
    photo = PhotoFactory(project=other_site.project)
    with pytest.raises(ValidationError):
        save_daily_report(
            report=site.report(),
            fields={},
            lines={"report_photos": [{"photo": photo}]},
            by=site[Role.SITE_AGENT],
        )


def test_a_submitted_report_cannot_be_written(site: Site) -> None:
    report = site.report(RecordState.SUBMITTED)
    with pytest.raises(TransitionNotAllowed):
        save_daily_report(report=report, fields={}, by=site[Role.SITE_AGENT])


def test_the_day_before_gives_people_and_machines_and_no_quantities(site: Site) -> None:
    source = site.report(resident_notice="자전거길을 돌립니다.")
    source.planned_lines.create(activity="볼트 본조임", location="3번 교각")
    copied = copy_from_previous(project=site.project, date=SATURDAY)
    assert copied is not None
    assert copied.fields == {"resident_notice": "자전거길을 돌립니다."}
    assert copied.lines["workforce_lines"][0]["count"] == 12
    assert copied.lines["equipment_lines"][0]["size"] == "250 t"
    work = {line["activity"]: line for line in copied.lines["work_lines"]}
    assert set(work) == {"볼트 본조임", "거더 거치"}
    assert "quantity" not in work["거더 거치"]


def test_there_is_nothing_to_copy_on_the_first_day(site: Site) -> None:
    assert copy_from_previous(project=site.project, date=FRIDAY) is None


def test_an_empty_report_cannot_be_submitted(site: Site) -> None:
    report = site.report(work_summary="")
    report.work_lines.all().delete()
    with pytest.raises(ValidationError) as refused:
        perform(subject=report, action="submit", by=site[Role.SITE_AGENT])
    assert "work_summary" in refused.value.message_dict


@pytest.mark.parametrize(
    ("day", "hour", "is_late"),
    [(FRIDAY, 23, False), (MONDAY, 9, False), (MONDAY, 11, True)],
)
def test_late_is_told_by_the_servers_clock(
    site: Site, day: datetime.date, hour: int, is_late: bool
) -> None:
    with time_machine.travel(at(day, hour), tick=False):
        report = site.report(RecordState.SUBMITTED)
    assert report.is_late is is_late


def test_a_holiday_row_moves_the_hour_a_report_is_due(site: Site) -> None:
    Holiday.objects.create(date=MONDAY, name="임시공휴일")
    assert due_at(FRIDAY).date() == datetime.date(2026, 11, 24)


def test_a_correction_in_time_stays_in_time(site: Site) -> None:
    with time_machine.travel(at(FRIDAY, 18), tick=False):
        report = site.report(RecordState.RETURNED)
    with time_machine.travel(at(MONDAY, 18), tick=False):
        report = perform(subject=report, action="submit", by=site[Role.SITE_AGENT])
    assert report.is_late is False


def test_cumulative_figures_and_rates_are_copied_into_the_report(site: Site) -> None:
    schedule = site.schedule(RecordState.APPROVED)
    item = WorkItem.objects.get(schedule=schedule, code="A1")
    reports = []
    for day in (FRIDAY - datetime.timedelta(days=1), FRIDAY):
        report = site.report(date=day)
        report.work_lines.create(work_item=item, activity=item.name, quantity=2, unit="t")
        reports.append(site.lead(report, RecordState.APPROVED))
    first, second = reports
    assert second.work_lines.get(work_item=item).cumulative_quantity == 4
    assert second.workforce_lines.get().cumulative_count == 24
    assert second.equipment_lines.get().cumulative_count == 2
    # 2 and 4 of 10 t, which weigh 60 per cent.
    assert (first.actual_rate, second.actual_rate) == (Decimal("12.00"), Decimal("24.00"))
    # 320 of 365 days.
    assert second.planned_rate == Decimal("87.67")


def test_cumulative_figures_do_not_depend_on_the_order_of_approval(site: Site) -> None:
    first = site.report(RecordState.SUBMITTED, date=FRIDAY - datetime.timedelta(days=1))
    second = site.report(RecordState.APPROVED)
    assert second.workforce_lines.get().cumulative_count == 24
    perform(subject=first, action="confirm", by=site[Role.SUPERVISOR])
    assert first.workforce_lines.get().cumulative_count == 12


def test_without_a_plan_there_is_no_rate_and_never_zero(site: Site) -> None:
    report = site.report(RecordState.APPROVED)
    assert report.planned_rate is None
    assert report.actual_rate is None


def test_with_a_plan_and_no_quantities_the_actual_rate_is_not_entered(site: Site) -> None:
    site.schedule(RecordState.APPROVED)
    report = site.report(RecordState.APPROVED)
    assert report.planned_rate is not None
    assert report.actual_rate is None


def test_a_correction_is_a_new_version_with_its_reason_and_all_lines(site: Site) -> None:
    approved = site.report(RecordState.APPROVED)
    version = correct_daily_report(report=approved, reason="인원 정정", by=site[Role.SITE_AGENT])
    assert (version.public_id, version.version_no) == (approved.public_id, 2)
    assert (version.supersedes, version.reason) == (approved, "인원 정정")
    assert version.workforce_lines.count() == version.work_lines.count() == 1
    approved.refresh_from_db()
    assert approved.state == RecordState.APPROVED
    version = site.lead(version, RecordState.APPROVED)
    approved.refresh_from_db()
    assert (version.state, approved.state) == (RecordState.APPROVED, RecordState.SUPERSEDED)
    assert version.number == approved.number
    assert version.workforce_lines.get().cumulative_count == 12


def test_a_correction_needs_a_reason_and_an_approved_version(site: Site) -> None:
    approved = site.report(RecordState.APPROVED)
    with pytest.raises(ValidationError):
        correct_daily_report(report=approved, reason=" ", by=site[Role.SITE_AGENT])
    correct_daily_report(report=approved, reason="정정", by=site[Role.SITE_AGENT])
    with pytest.raises(TransitionNotAllowed):
        correct_daily_report(report=approved, reason="또", by=site[Role.SITE_AGENT])


def test_a_correction_that_was_never_sent_can_be_discarded(site: Site) -> None:
    approved = site.report(RecordState.APPROVED)
    version = correct_daily_report(report=approved, reason="정정", by=site[Role.SITE_AGENT])
    discard_version(record=version, by=site[Role.SITE_AGENT])
    assert DailyReport.objects.get() == approved


def test_an_approved_report_and_its_lines_are_locked_by_the_database(site: Site) -> None:
    report = site.report(RecordState.APPROVED)
    for change in (
        lambda: DailyReport.objects.filter(pk=report.pk).update(work_summary="X"),
        lambda: report.workforce_lines.update(count=1),
        lambda: report.work_lines.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_missing_report_is_one_of_a_working_day_that_nobody_sent(
    site: Site, other_site: Site
) -> None:
    site.report(RecordState.SUBMITTED)
    other_site.report(RecordState.DRAFT)
    assert list(missing_reports(FRIDAY)) == [other_site.project]
    assert not missing_reports(SATURDAY).exists()


def wait(site: Site, submitted: datetime.date, **fields: object) -> DailyReport:
    with time_machine.travel(at(submitted, 17), tick=False):
        return site.report(RecordState.SUBMITTED, **fields)


@pytest.mark.parametrize(("day", "state"), [(27, "submitted"), (30, "approved")])
def test_a_report_is_approved_when_its_working_days_are_over(
    site: Site, day: int, state: str
) -> None:
    report = wait(site, FRIDAY)
    with time_machine.travel(at(datetime.date(2026, 11, day), 9), tick=False):
        tasks.approve_by_timeout()
    report.refresh_from_db()
    assert report.state == state


def test_approval_by_time_out_names_the_role_that_let_it_pass(site: Site) -> None:
    report = wait(site, FRIDAY)
    with time_machine.travel(at(datetime.date(2026, 12, 7), 9), tick=False):
        assert tasks.approve_by_timeout() == 1
        assert tasks.approve_by_timeout() == 0
    report.refresh_from_db()
    assert report.approved_by_timeout
    assert report.unreviewed_by == Role.SUPERVISOR
    event = ApprovalEvent.objects.latest("id")
    assert (event.role, event.by) == ("system", None)
    assert Approval.objects.get().is_by_timeout


def test_one_bad_report_never_stops_the_rest_of_a_batch(
    site: Site, other_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = wait(site, FRIDAY), wait(other_site, FRIDAY)
    real = tasks.approve_record

    def fail_for_one(*, record: DailyReport) -> DailyReport:
        if record.pk == bad.pk:
            raise RuntimeError("broken row")
        return real(record=record)

    monkeypatch.setattr(tasks, "approve_record", fail_for_one)
    with time_machine.travel(at(datetime.date(2026, 12, 7), 9), tick=False):
        assert tasks.approve_by_timeout(limit=1) == 1
    good.refresh_from_db()
    assert good.state == RecordState.APPROVED


def test_the_days_of_the_time_out_are_a_dated_rule(site: Site) -> None:
    report = wait(site, FRIDAY)
    RuleValue.objects.create(
        key="daily_report_timeout_working_days",
        value=1,
        valid_from=datetime.date(2026, 11, 1),
        ground="시험",
    )
    with time_machine.travel(at(datetime.date(2026, 11, 24), 9), tick=False):
        assert tasks.approve_by_timeout() == 1
    report.refresh_from_db()
    assert report.state == RecordState.APPROVED
