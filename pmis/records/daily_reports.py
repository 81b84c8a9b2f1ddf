"""The daily report as the generic pages see it: one per project and day."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day_long
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.filters import DailyReportFilter
from pmis.forms import daily_reports as daily_report_forms
from pmis.forms.offers import offer_of
from pmis.forms.records import Values, values_of
from pmis.models import DailyReport, Project
from pmis.records.quality_warnings import quality_warnings
from pmis.records.types import Column, Group, Prefill, RecordType, Warning, register
from pmis.services import daily_reports
from pmis.services.contents import Lines


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
    offer = offer_of(project, *(spec.form for spec in daily_report_forms.LINE_SPECS))
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
    return [*found, *quality_warnings(report)]


register(
    RecordType(
        model=DailyReport,
        slug="daily-reports",
        group=Group.PROGRESS,
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
        save=_save_report,
        before=_report_before,
        prefill=_copied_report,
        compared=("resident_notice", "is_non_working_day", "had_accident"),
        may_batch=True,
        works_offline=True,
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
