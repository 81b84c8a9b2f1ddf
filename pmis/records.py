"""The registry of record types: what the generic pages need to know of each.

To add a record type: its model (`pmis/models/`), its form (`pmis/forms/`), its workflow row
(`pmis/workflows.py`), its entry here, its page fragment (`templates/pmis/records/`), and its
disclosure (`allimi/catalogue/`). Views, addresses, frame and scripts are shared.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import django_filters
from django.db import models
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day_long
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.filters import DailyReportFilter, ScheduleFilter
from pmis.forms import daily_reports as daily_report_forms
from pmis.forms import schedules as schedule_forms
from pmis.forms.records import LineSpec, Offer, PlainForm, Values, project_offer, values_of
from pmis.models import DailyReport, Project, Record, Schedule
from pmis.services import daily_reports, schedules
from pmis.services.records import Lines, save_record


@dataclass(frozen=True)
class Column:
    """A column of the register: heading, value, and how it is shown."""

    label: Any
    value: Callable[[Any], Any]
    #: text, day, number or rate.
    kind: str = "text"
    #: Left out in the register of one project.
    names_project: bool = False


@dataclass(frozen=True)
class Prefill:
    """What a new record starts with, and where it comes from."""

    values: Values
    sentence: str


@dataclass(frozen=True)
class Warning:
    """Something that looks wrong before a record is submitted; it can be submitted all the same."""

    field_id: str
    sentence: str


SaveRecord = Callable[..., Record]


@dataclass(frozen=True)
class RecordType:
    """One record type as the generic pages see it."""

    model: type[Record]
    #: Name in addresses' names (`daily-report-list`) and in addresses (`daily-reports`).
    name: str
    slug: str
    label: Any
    label_plural: Any
    form: type[PlainForm]
    lines: tuple[LineSpec, ...]
    columns: tuple[Column, ...]
    filters: type[django_filters.FilterSet]
    #: Field by which the register is sorted, newest first; the id decides between equals.
    sorted_by: str
    #: Fragments: content of the record, body of its form, rows of the check page.
    content_template: str
    form_template: str
    find: Callable[[Project, str], Record | None]
    open: Callable[[Project, str, User], Record]
    #: Heading of a record or of a form that has none yet.
    heading: Callable[[Project, str], str]
    key_of: Callable[[Any], str]
    default_key: Callable[[Project], str]
    check_key: Callable[[str], str]
    #: Rows of the check page with links to the form; without it the content is shown.
    check_template: str = ""
    offer: Callable[[Project], Offer] = project_offer
    save: SaveRecord = save_record
    #: Content of the record before, for marks; and what a new record copies from it.
    before: Callable[[Project, str], Values | None] = lambda _project, _key: None
    prefill: Callable[[Project, str], Prefill | None] = lambda _project, _key: None
    compared: tuple[str, ...] = ()
    warnings: Callable[[Any], list[Warning]] = lambda _record: []
    check: Callable[[Any], None] = lambda _record: None
    select: tuple[str, ...] = ("project",)
    #: Relations that the content fragment reads.
    prefetch: tuple[str, ...] = field(default=())
    #: Whether several may be decided in one step from the inbox; money and plans never.
    may_batch: bool = False

    @property
    def record_type(self) -> str:
        """The type as stored in approvals and events."""
        return self.model.record_type

    def values(self, record: Record) -> Values:
        """Return the content of a record for its form."""
        return values_of(record, self.form, self.lines)

    def queryset(self) -> models.QuerySet:
        """Return the records with what the register shows of them."""
        return self.model._default_manager.select_related(*self.select)


REGISTRY: dict[str, RecordType] = {}


def register(record_type: RecordType) -> None:
    """Make a record type known to the generic pages."""
    REGISTRY[record_type.record_type] = record_type


# -- Daily report -------------------------------------------------------------------------------


def _day_of(key: str) -> datetime.date:
    """Return the day of a key such as 2026-11-20; raise 404 for anything else."""
    try:
        day = parse_date(key) if len(key) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise Http404
    return day


def _find_report(project: Project, key: str) -> DailyReport | None:
    return daily_reports.report_of_day(project=project, date=_day_of(key))


def _open_report(project: Project, key: str, by: User) -> DailyReport:
    return daily_reports.open_daily_report(project=project, date=_day_of(key), by=by)


def _check_day(key: str) -> str:
    if _day_of(key) > timezone.localdate():
        raise Http404
    return key


def _save_report(
    *, record: DailyReport, fields: dict[str, Any], lines: Lines, by: User, revision: int | None
) -> DailyReport:
    return daily_reports.save_daily_report(
        report=record, fields=fields, lines=lines, by=by, revision=revision
    )


def _report_before(project: Project, key: str) -> Values | None:
    source = daily_reports.previous_report(project=project, date=_day_of(key))
    if source is None:
        return None
    return values_of(source, daily_report_forms.DailyReportForm, daily_report_forms.LINE_SPECS[:5])


def _copied_report(project: Project, key: str) -> Prefill | None:
    copied = daily_reports.copy_from_previous(project=project, date=_day_of(key))
    if copied is None:
        return None
    offer = daily_report_forms.daily_report_offer(project)
    by_key = {row.pk: row for rows in offer.rows.values() for row in rows.values()}
    values = Values(dict(copied.fields))
    for name, rows in copied.lines.items():
        values.lines[name] = [
            {
                key: by_key.get(value) if key in ("work_item", "organization") else value
                for key, value in row.items()
            }
            for row in rows
        ]
    day = format_day_long(copied.source.date, reader_language())
    sentence = _("Taken from the report of %(day)s: people, machines, stock and planned work.")
    return Prefill(values, sentence % {"day": day})


def _report_warnings(report: DailyReport) -> list[Warning]:
    """Return what looks forgotten or mistyped in a report."""
    found = []
    if report.is_non_working_day:
        return found
    if not report.workforce_lines.all():
        found.append(Warning("workforce_lines", _("Nobody was on site, says this report.")))
    if not report.report_photos.all():
        found.append(Warning("report_photos", _("There is no photo.")))
    if report.toolbox_held and report.toolbox_time is None:
        found.append(Warning("id_toolbox_time", _("The time of the toolbox meeting is missing.")))
    for index, line in enumerate(report.workforce_lines.all()):
        differs = line.attendance_count not in (None, line.count)
        if differs and not line.difference_reason:
            sentence = _("%(trade)s: %(count)s here, %(attendance)s by attendance, no reason.") % {
                "trade": line.trade,
                "count": line.count,
                "attendance": line.attendance_count,
            }
            found.append(Warning(f"id_workforce_lines-{index}-difference_reason", sentence))
    return found


register(
    RecordType(
        model=DailyReport,
        name="daily-report",
        slug="daily-reports",
        label=gettext_lazy("Daily report"),
        label_plural=gettext_lazy("Daily reports"),
        form=daily_report_forms.DailyReportForm,
        lines=daily_report_forms.LINE_SPECS,
        columns=(
            Column(gettext_lazy("Date"), lambda report: report.date, "day"),
            Column(gettext_lazy("Project"), lambda report: report.project.name, names_project=True),
            Column(gettext_lazy("Number"), lambda report: report.number, "number"),
            Column(gettext_lazy("Planned"), lambda report: report.planned_rate, "rate"),
            Column(gettext_lazy("Actual"), lambda report: report.actual_rate, "rate"),
            Column(gettext_lazy("Work"), lambda report: report.work_summary),
        ),
        filters=DailyReportFilter,
        sorted_by="date",
        content_template="pmis/records/_daily_report.html",
        form_template="pmis/records/_daily_report_form.html",
        check_template="pmis/records/_daily_report_check.html",
        find=_find_report,
        open=_open_report,
        heading=lambda _project, key: format_day_long(_day_of(key), reader_language()),
        key_of=lambda report: report.date.isoformat(),
        default_key=lambda _project: timezone.localdate().isoformat(),
        check_key=_check_day,
        offer=daily_report_forms.daily_report_offer,
        save=_save_report,
        before=_report_before,
        prefill=_copied_report,
        compared=("resident_notice", "is_non_working_day", "had_accident"),
        may_batch=True,
        warnings=_report_warnings,
        check=daily_reports.check_complete,
        prefetch=(
            "work_lines__organization",
            "work_lines__work_item",
            "planned_lines",
            "workforce_lines__organization",
            "equipment_lines",
            "material_lines",
            "visitors",
            "report_photos__photo",
        ),
    )
)


# -- Schedule -----------------------------------------------------------------------------------

#: A project has one schedule at a time: its key in addresses.
PLAN = "plan"


def _check_plan(key: str) -> str:
    if key != PLAN:
        raise Http404
    return key


def _plan_before(project: Project, _key: str) -> Values | None:
    approved = Schedule.objects.approved().filter(project=project).first()
    if approved is None:
        return None
    return values_of(approved, schedule_forms.ScheduleForm, schedule_forms.LINE_SPECS)


register(
    RecordType(
        model=Schedule,
        name="schedule",
        slug="schedules",
        label=gettext_lazy("Schedule"),
        label_plural=gettext_lazy("Schedules"),
        form=schedule_forms.ScheduleForm,
        lines=schedule_forms.LINE_SPECS,
        columns=(
            Column(gettext_lazy("As of"), lambda schedule: schedule.as_of_date, "day"),
            Column(
                gettext_lazy("Project"),
                lambda schedule: schedule.project.name,
                names_project=True,
            ),
            Column(gettext_lazy("Revision"), lambda schedule: schedule.version_no, "number"),
        ),
        filters=ScheduleFilter,
        sorted_by="as_of_date",
        content_template="pmis/records/_schedule.html",
        form_template="pmis/records/_schedule_form.html",
        find=lambda project, _key: schedules.current_schedule(project=project),
        open=lambda project, _key, by: schedules.open_schedule(project=project, by=by),
        heading=lambda _project, _key: "",
        key_of=lambda _schedule: PLAN,
        default_key=lambda _project: PLAN,
        check_key=_check_plan,
        before=_plan_before,
        prefill=lambda _project, _key: Prefill(Values({"as_of_date": timezone.localdate()}), ""),
        check=schedules.check_complete,
        prefetch=("work_items",),
    )
)


def types() -> Sequence[RecordType]:
    """Return all record types in the order of the menu."""
    return list(REGISTRY.values())
