"""Weekly and monthly reports made from the daily reports: one entry feeds all."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from ccs.lib.formats import format_day_short
from ccs.templatetags.formats import reader_language
from pmis.models import (
    ContractAmendment,
    DailyReport,
    DailyReportPhoto,
    EquipmentLine,
    MonthlyReport,
    PeriodicReport,
    PlannedLine,
    Project,
    RecordState,
    Subcontract,
    WeeklyReport,
    WorkforceLine,
    WorkLine,
)
from pmis.services.approvals import EFFECTS, Effects

#: Photos that a new report names; the author takes away and adds.
MOST_PHOTOS = 8
#: Daily reports that count: sent in by the site agent, whatever was decided since.
COUNTED = (RecordState.SUBMITTED, RecordState.CONFIRMED, RecordState.APPROVED)


@dataclass
class Made:
    """What a new report of a period says."""

    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: Daily reports that it was made from.
    report_count: int = 0


def week_of(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return Monday and Sunday of the week of a day (ISO 8601)."""
    monday = day - datetime.timedelta(days=day.weekday())
    return monday, monday + datetime.timedelta(days=6)


def month_of(day: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return the first and the last day of the month of a day."""
    first = day.replace(day=1)
    following = (first + datetime.timedelta(days=32)).replace(day=1)
    return first, following - datetime.timedelta(days=1)


def dailies_of(
    project: Project, starts_on: datetime.date, ends_on: datetime.date
) -> models.QuerySet[DailyReport]:
    """Return the daily reports of a period that count, oldest first."""
    reports = DailyReport.objects.latest_versions().filter(project=project, state__in=COUNTED)
    return reports.filter(date__range=(starts_on, ends_on)).order_by("date", "version_no")


def made_of_dailies(project: Project, starts_on: datetime.date, ends_on: datetime.date) -> Made:
    """Return what the daily reports of a period add up to: sentences, sums and newest photos."""
    reports = list(dailies_of(project, starts_on, ends_on))
    made = Made(report_count=len(reports))
    if not reports:
        return made
    made.fields = {
        "summary": _by_day(reports, "work_summary"),
        "issues": _by_day(reports, "special_notes"),
        "safety_summary": _safety(reports),
        "resident_notice": next(
            (one.resident_notice for one in reversed(reports) if one.resident_notice), ""
        ),
        "next_plan": _plan(reports[-1]),
    }
    keys = [report.pk for report in reports]
    made.lines = {
        "work_lines": _work(keys),
        "workforce_lines": _counts(WorkforceLine, "trade", keys),
        "equipment_lines": _counts(EquipmentLine, "type", keys),
        "photos": [
            {"photo": line.photo}
            for line in DailyReportPhoto.objects.filter(report__in=keys)
            .select_related("photo")
            .order_by("-report__date", "order")[:MOST_PHOTOS]
        ],
    }
    return made


def made_of_month(project: Project, starts_on: datetime.date, ends_on: datetime.date) -> Made:
    """Return what a month adds up to: its daily reports, changes, subcontracts and accidents."""
    made = made_of_dailies(project, starts_on, ends_on)
    amendments = ContractAmendment.objects.filter(
        contract__project=project, date__range=(starts_on, ends_on)
    ).order_by("date")
    made.fields["change_summary"] = "\n".join(
        f"{_day(amendment.date)} {amendment.reason}" for amendment in amendments
    )
    running = Subcontract.objects.filter(contract__project=project, state="approved").count()
    made.fields["subcontract_summary"] = (
        _("Approved subcontracts under way: %(count)s") % {"count": running} if running else ""
    )
    made.fields["accident_count"] = (
        dailies_of(project, starts_on, ends_on).filter(had_accident=True).count()
    )
    return made


def check_complete(report: PeriodicReport) -> None:
    """Raise `ValidationError` where a report says nothing about its period."""
    if not report.summary.strip() and not report.work_lines.exists():
        raise ValidationError({"summary": _("Say in a sentence what was done in this period.")})


def _submitted(report: PeriodicReport) -> None:
    """Check the report, and freeze what the daily reports of its days add up to."""
    check_complete(report)
    dailies = list(dailies_of(report.project, report.starts_on, report.ends_on))
    report.report_count = len(dailies)
    report.non_working_days = sum(one.is_non_working_day for one in dailies)
    report.man_days = _sum(report.workforce_lines)
    report.equipment_days = _sum(report.equipment_lines)
    last = next((one for one in reversed(dailies) if one.planned_rate is not None), None)
    report.planned_rate = last.planned_rate if last else None
    report.actual_rate = last.actual_rate if last else None


for _model in (WeeklyReport, MonthlyReport):
    EFFECTS[_model.record_type] = Effects(submitted=_submitted)


def _sum(lines: Any) -> int:
    return lines.aggregate(models.Sum("days"))["days__sum"] or 0


def _day(day: datetime.date) -> str:
    return format_day_short(day, reader_language())


def _by_day(reports: list[DailyReport], name: str) -> str:
    return "\n".join(
        f"{_day(report.date)} {text}" for report in reports if (text := getattr(report, name))
    )


def _safety(reports: list[DailyReport]) -> str:
    held = sum(report.toolbox_held for report in reports)
    lines = [_("Toolbox meetings: %(count)s") % {"count": held}] if held else []
    lines += [f"{_day(report.date)} {report.hazards}" for report in reports if report.hazards]
    return "\n".join(lines)


def _plan(last: DailyReport) -> str:
    planned = PlannedLine.objects.filter(report=last).values_list("activity", flat=True)
    return last.tomorrow_summary or ", ".join(dict.fromkeys(name for name in planned if name))


def _work(keys: list[int]) -> list[dict[str, Any]]:
    rows = (
        WorkLine.objects.filter(report__in=keys)
        .values("activity", "unit")
        .annotate(
            quantity=models.Sum("quantity"),
            cumulative_quantity=models.Max("cumulative_quantity"),
            first_day=models.Min("report__date"),
        )
        .order_by("first_day", "activity")
    )
    columns = ("activity", "unit", "quantity", "cumulative_quantity")
    return [{name: row[name] for name in columns} for row in rows if row["activity"]]


def _counts(model: type[models.Model], name: str, keys: list[int]) -> list[dict[str, Any]]:
    rows = model._default_manager.filter(report__in=keys).values(name)
    rows = rows.annotate(days=models.Sum("count")).order_by("-days", name)
    return [{"name": row[name], "days": row["days"]} for row in rows if row["days"]]
