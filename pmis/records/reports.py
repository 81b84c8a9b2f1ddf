"""Supervision logs, weekly and monthly reports as the generic pages see them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, models, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day_long, format_month
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.forms.records import LineForm, LineSpec, Values, form_of
from pmis.models import (
    DutyLine,
    MonthlyEquipmentLine,
    MonthlyPhoto,
    MonthlyReport,
    MonthlyWorkforceLine,
    MonthlyWorkLine,
    PeriodicReport,
    Project,
    Record,
    SupervisedLine,
    SupervisionLog,
    SupervisionPhoto,
    WeeklyEquipmentLine,
    WeeklyPhoto,
    WeeklyReport,
    WeeklyWorkforceLine,
    WeeklyWorkLine,
)
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    register,
)
from pmis.services import periodic_reports, supervision_logs
from pmis.services.periodic_reports import Made, month_of, week_of
from pmis.services.records import require_writer

Period = tuple[datetime.date, datetime.date]


def _newest(model: type[Record], project: Project, **which: Any) -> Record | None:
    versions = model._default_manager.latest_versions().filter(project=project, **which)
    return versions.order_by("-version_no", "-id").first()


def _opened(
    model: type[Record], project: Project, by: User, key: dict[str, Any], **more: Any
) -> Record:
    """Return the record with this key, or make its first version."""
    if record := _newest(model, project, **key):
        return record
    require_writer(by, project, model.record_type)
    try:
        with transaction.atomic():
            return model._default_manager.create(project=project, author=by, **key, **more)
    except IntegrityError:
        # Somebody opened the same one in the same moment.
        record = _newest(model, project, **key)
        if record is None:
            raise
        return record


# -- Supervision log ----------------------------------------------------------------------------


def _day(key: str) -> datetime.date:
    """Return the day of a key such as 2026-11-20; raise 404 for another or one ahead."""
    try:
        day = parse_date(key) if len(key) == 10 else None
    except ValueError:
        day = None
    if day is None or day > timezone.localdate():
        raise Http404
    return day


def _log_prefill(project: Project, key: str) -> Prefill:
    fields, lines = supervision_logs.prefilled(project=project, date=_day(key))
    sentence = _("Taken from the day's report, inspections and receipts of material.")
    return Prefill(Values(fields, lines), sentence)


def _photos(model: type[models.Model]) -> LineSpec:
    form = form_of(model, ("photo",), LineForm)
    return LineSpec("photos", gettext_lazy("photos"), form, is_photos=True)


register(
    RecordType(
        model=SupervisionLog,
        slug="supervision-logs",
        group=Group.PROGRESS,
        form=form_of(
            SupervisionLog,
            (
                "weather_am",
                "weather_pm",
                "inspections",
                "material_checks",
                "tests_witnessed",
                "instructions",
                "contractor_measures",
                "safety_environment",
                "design_questions",
                "visitor_count",
                "complaint_count",
                "next_plan",
                "inquiry_notes",
            ),
        ),  # fmt: skip
        lines=(
            LineSpec(
                "duty_lines",
                gettext_lazy("supervisors on duty"),
                form_of(DutyLine, ("participant", "hours"), LineForm),
                blank=1,
            ),
            LineSpec(
                "work_lines",
                gettext_lazy("work supervised"),
                form_of(SupervisedLine, ("discipline", "work", "location"), LineForm),
                blank=1,
            ),
            _photos(SupervisionPhoto),
        ),
        sections=(
            Section(gettext_lazy("Day"), ("weather_am", "weather_pm"), ("duty_lines",)),
            Section(gettext_lazy("Work supervised"), (), ("work_lines",)),
            Section(gettext_lazy("Checks"), ("inspections", "material_checks", "tests_witnessed")),
            Section(
                gettext_lazy("Instructions and measures"),
                ("instructions", "contractor_measures", "safety_environment", "design_questions"),
            ),
            Section(
                gettext_lazy("Visitors, complaints, tomorrow"),
                ("visitor_count", "complaint_count", "next_plan"),
                ("photos",),
            ),
            Section(gettext_lazy("Not public"), ("inquiry_notes",)),
        ),
        columns=(
            Column(gettext_lazy("Date"), lambda log: log.date, "day"),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Inspections"), lambda log: log.inspections),
            Column(gettext_lazy("Instructions"), lambda log: log.instructions),
        ),
        sorted_by="date",
        find=lambda project, key: _newest(SupervisionLog, project, date=_day(key)),
        open=lambda project, key, by: _opened(SupervisionLog, project, by, {"date": _day(key)}),
        heading=lambda _project, key: format_day_long(_day(key), reader_language()),
        key_of=lambda log: log.date.isoformat(),
        default_key=lambda _project: timezone.localdate().isoformat(),
        check_key=lambda key: _day(key).isoformat(),
        prefill=_log_prefill,
        check=supervision_logs.check_complete,
        may_batch=True,
        prefetch=("duty_lines__participant", "work_lines", "photos__photo"),
    )
)


# -- Weekly and monthly report ------------------------------------------------------------------

WEEK_KEY = re.compile(r"(\d{4})-W(\d{2})")


def _week(key: str) -> Period:
    """Return the days of a week such as 2026-W47; raise 404 for another or one ahead."""
    found = WEEK_KEY.fullmatch(key)
    try:
        monday = datetime.date.fromisocalendar(*map(int, found.groups()), 1) if found else None
    except ValueError:
        monday = None
    if monday is None or monday > timezone.localdate():
        raise Http404
    return week_of(monday)


def _month(key: str) -> Period:
    """Return the days of a month such as 2026-11; raise 404 for another or one ahead."""
    try:
        first = parse_date(f"{key}-01") if len(key) == 7 else None
    except ValueError:
        first = None
    if first is None or first > timezone.localdate():
        raise Http404
    return month_of(first)


def _week_key(day: datetime.date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def _last_week(_project: Project) -> str:
    """Return the week to report on: this one from Friday on, else the last."""
    today = timezone.localdate()
    return _week_key(today if today.weekday() >= 4 else today - datetime.timedelta(days=7))


def _last_month(_project: Project) -> str:
    """Return the month to report on: this one from its 25th day on, else the last."""
    today = timezone.localdate()
    day = today if today.day >= 25 else today.replace(day=1) - datetime.timedelta(days=1)
    return f"{day:%Y-%m}"


def _prefill(
    made: Callable[[Project, datetime.date, datetime.date], Made],
    period: Callable[[str], Period],
) -> Callable[[Project, str], Prefill]:
    def prefill(project: Project, key: str) -> Prefill:
        found = made(project, *period(key))
        sentence = _("Made from %(count)s daily reports of these days; edit what it says too much.")
        return Prefill(Values(found.fields, found.lines), sentence % {"count": found.report_count})

    return prefill


def _period_lines(
    work: type[models.Model],
    people: type[models.Model],
    machines: type[models.Model],
    photos: type[models.Model],
) -> tuple[LineSpec, ...]:
    columns = ("activity", "unit", "quantity", "cumulative_quantity")
    return (
        LineSpec(
            "work_lines", gettext_lazy("work of the period"), form_of(work, columns, LineForm)
        ),
        LineSpec(
            "workforce_lines",
            gettext_lazy("man-days by trade"),
            form_of(people, ("name", "days"), LineForm),
        ),
        LineSpec(
            "equipment_lines",
            gettext_lazy("machine-days by type"),
            form_of(machines, ("name", "days"), LineForm),
        ),
        _photos(photos),
    )


def _totals(report: PeriodicReport) -> list[tuple[Any, str]]:
    """Return the frozen totals of a submitted report."""
    if report.submitted_at is None:
        return []
    names = ("report_count", "non_working_days", "man_days", "equipment_days")
    facts = [(_label(report, name), str(getattr(report, name))) for name in names]
    for name in ("planned_rate", "actual_rate"):
        rate = getattr(report, name)
        facts.append((_label(report, name), f"{rate} %" if rate is not None else ""))
    return facts


def _label(report: PeriodicReport, name: str) -> str:
    label = str(report._meta.get_field(name).verbose_name)
    return label[:1].upper() + label[1:]


COMMON = ("summary", "main_events", "next_plan", "issues")
PERIOD_COLUMNS = (
    PROJECT_COLUMN,
    NUMBER_COLUMN,
    Column(gettext_lazy("Planned"), lambda report: report.planned_rate, "rate"),
    Column(gettext_lazy("Actual"), lambda report: report.actual_rate, "rate"),
    Column(gettext_lazy("Work"), lambda report: report.summary),
)
WORK_SECTION = Section(
    gettext_lazy("Work, people, machines"), (), ("work_lines", "workforce_lines", "equipment_lines")
)

register(
    RecordType(
        model=WeeklyReport,
        slug="weekly-reports",
        group=Group.PROGRESS,
        form=form_of(WeeklyReport, (*COMMON, "safety_summary", "resident_notice")),
        lines=_period_lines(WeeklyWorkLine, WeeklyWorkforceLine, WeeklyEquipmentLine, WeeklyPhoto),
        sections=(
            Section(gettext_lazy("This week"), COMMON),
            WORK_SECTION,
            Section(
                gettext_lazy("Safety and residents"),
                ("safety_summary", "resident_notice"),
                ("photos",),
            ),
        ),
        columns=(Column(gettext_lazy("Week"), str), *PERIOD_COLUMNS),
        sorted_by="starts_on",
        find=lambda project, key: _newest(WeeklyReport, project, starts_on=_week(key)[0]),
        open=lambda project, key, by: _opened(
            WeeklyReport, project, by, {"starts_on": _week(key)[0]}, ends_on=_week(key)[1]
        ),
        heading=lambda _project, key: " ~ ".join(f"{day:%Y.%m.%d}" for day in _week(key)),
        key_of=lambda report: _week_key(report.starts_on),
        default_key=_last_week,
        check_key=lambda key: _week_key(_week(key)[0]),
        prefill=_prefill(periodic_reports.made_of_dailies, _week),
        check=periodic_reports.check_complete,
        more_facts=_totals,
        may_batch=True,
    )
)

OFFICE = (
    "budget_executed_amount",
    "payment_status",
    "quality_summary",
    "change_summary",
    "subcontract_summary",
    "accident_count",
    "meeting_summary",
)

register(
    RecordType(
        model=MonthlyReport,
        slug="monthly-reports",
        group=Group.PROGRESS,
        form=form_of(
            MonthlyReport,
            (*COMMON, "safety_summary", "resident_notice", *OFFICE, "risk_evaluation"),
        ),
        lines=_period_lines(
            MonthlyWorkLine, MonthlyWorkforceLine, MonthlyEquipmentLine, MonthlyPhoto
        ),
        sections=(
            Section(gettext_lazy("This month"), COMMON),
            WORK_SECTION,
            Section(gettext_lazy("Money, quality, changes, subcontracts"), OFFICE),
            Section(
                gettext_lazy("Safety and residents"),
                ("safety_summary", "resident_notice"),
                ("photos",),
            ),
            Section(gettext_lazy("Not public"), ("risk_evaluation",)),
        ),
        columns=(
            Column(
                gettext_lazy("Month"),
                lambda report: format_month(report.starts_on, reader_language()),
            ),
            *PERIOD_COLUMNS,
        ),
        sorted_by="starts_on",
        find=lambda project, key: _newest(MonthlyReport, project, starts_on=_month(key)[0]),
        open=lambda project, key, by: _opened(
            MonthlyReport, project, by, {"starts_on": _month(key)[0]}, ends_on=_month(key)[1]
        ),
        heading=lambda _project, key: format_month(_month(key)[0], reader_language()),
        key_of=lambda report: f"{report.starts_on:%Y-%m}",
        default_key=_last_month,
        check_key=lambda key: f"{_month(key)[0]:%Y-%m}",
        prefill=_prefill(periodic_reports.made_of_month, _month),
        check=periodic_reports.check_complete,
        more_facts=_totals,
    )
)
