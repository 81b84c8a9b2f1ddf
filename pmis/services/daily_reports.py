"""The daily work report: opened, written, copied from the day before, submitted, corrected."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import RuleValue, User
from pmis import progress
from pmis.calendar import around, next_working_day
from pmis.models import (
    ApprovalEvent,
    DailyReport,
    EquipmentLine,
    Photo,
    Project,
    RecordState,
    Schedule,
    WorkforceLine,
    WorkItem,
    WorkLine,
)
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.records import Lines, correct_record, require_writer, save_record

#: The lines of a report, by related name, in the order of the form.
LINES = (
    "work_lines",
    "planned_lines",
    "workforce_lines",
    "equipment_lines",
    "material_lines",
    "visitors",
    "report_photos",
)
State = RecordState
Rule = RuleValue.Key


@dataclass
class Copied:
    """What a new report takes over from the report before it."""

    source: DailyReport
    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def report_of_day(*, project: Project, date: datetime.date) -> DailyReport | None:
    """Return the day's version in work, else its approved one, else None."""
    reports = DailyReport.objects.latest_versions().filter(project=project, date=date)
    return reports.order_by("-version_no", "-id").first()


def open_daily_report(*, project: Project, date: datetime.date, by: User) -> DailyReport:
    """Return the report of the day, in work or approved; make its first version where none is.

    Raises:
        RoleNotAllowed: there is none yet and the actor does not write reports here.
        ValidationError: the day lies ahead.
    """
    if report := report_of_day(project=project, date=date):
        return report
    require_writer(by, project, DailyReport.record_type)
    if date > timezone.localdate():
        raise ValidationError({"date": _("The day lies ahead: a report tells what was done.")})
    try:
        with transaction.atomic():
            return DailyReport.objects.create(project=project, date=date, author=by)
    except IntegrityError:
        # Somebody opened the same day in the same moment.
        report = report_of_day(project=project, date=date)
        if report is None:
            raise
        return report


def save_daily_report(
    *,
    report: DailyReport,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> DailyReport:
    """Write the report; see `save_record` for the meaning of the arguments and what is raised.

    SECURITY: photos and work items of other projects are refused.
    """
    fields = {name: value for name, value in fields.items() if name != "date"}
    _require_own(report.project_id, lines or {})
    return save_record(record=report, fields=fields, lines=lines, by=by, revision=revision)


def correct_daily_report(*, report: DailyReport, reason: str, by: User) -> DailyReport:
    """Return a new version that corrects the approved report; see `correct_record`."""
    return correct_record(record=report, reason=reason, by=by)


def previous_report(*, project: Project, date: datetime.date) -> DailyReport | None:
    """Return the newest report before `date`, whatever its state."""
    reports = DailyReport.objects.latest_versions().filter(project=project, date__lt=date)
    return reports.prefetch_related(*LINES[:5]).order_by("-date", "-version_no").first()


def copy_from_previous(*, project: Project, date: datetime.date) -> Copied | None:
    """Return what stays from one day to the next, None where there is no report before.

    People, machines and stock stay; yesterday's plan becomes today's work. Quantities, weather,
    safety and photos are facts of one day and are never copied.
    """
    source = previous_report(project=project, date=date)
    if source is None:
        return None
    copied = Copied(source, fields={"resident_notice": source.resident_notice})
    copied.lines["work_lines"] = _work_of_today(source)
    copied.lines["workforce_lines"] = [
        {"trade": line.trade, "organization": line.organization_id, "count": line.count}
        | {"foreign_count": line.foreign_count}
        for line in source.workforce_lines.all()
    ]
    kept = ("type", "size", "count", "hours", "owner_registration_number", "plate")
    copied.lines["equipment_lines"] = _values(source.equipment_lines.all(), kept)
    kept = ("item", "standard", "unit", "stock_quantity", "approval_number", "is_client_supplied")
    copied.lines["material_lines"] = _values(source.material_lines.all(), kept)
    return copied


def missing_reports(day: datetime.date) -> models.QuerySet[Project]:
    """Return the projects under construction without a submitted report about `day`.

    None is missing on a day on which nobody works.
    """
    projects = Project.objects.under_construction().filter(
        models.Q(start_date=None) | models.Q(start_date__lte=day)
    )
    if not around(day).is_working(day):
        return projects.none()
    sent = DailyReport.objects.filter(
        project=models.OuterRef("pk"),
        date=day,
        state__in=(State.SUBMITTED, State.CONFIRMED, State.APPROVED),
    )
    return projects.filter(~models.Exists(sent))


def due_at(date: datetime.date) -> datetime.datetime:
    """Return the moment after which a report about `date` is late: next working day, set hour."""
    day = next_working_day(date)
    hour = int(RuleValue.objects.on(Rule.DAILY_REPORT_LATE_HOUR, day))
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour)))


def check_complete(report: DailyReport) -> None:
    """Raise `ValidationError` by field for what a report needs before anyone is asked about it."""
    errors = {}
    says_work = report.work_summary.strip() or report.work_lines.exists()
    if not says_work and not report.is_non_working_day:
        errors["work_summary"] = _(
            "Say what was done today, or tick “no work today” and give the reason."
        )
    if report.had_accident and not report.accident_note.strip():
        errors["accident_note"] = _("Say what happened in the accident.")
    if errors:
        raise ValidationError(errors)


def copy_facts(report: DailyReport) -> None:
    """Copy cumulative figures and rates into the lines and the row, as of the report's day.

    The row is not saved here. Counted are approved reports of earlier days, and first versions
    that were sent in and wait: what stands in a report does not depend on the order of decisions.
    """
    before = _quantities_before(report)
    done = _accumulate_work(report, before)
    _accumulate_people(report)
    _accumulate_machines(report)
    items = schedule_items(report.project_id)
    report.planned_rate = progress.planned_rate(items, report.date)
    by_code = {key[0]: total for key, total in done.items() if key[0]}
    report.actual_rate = progress.actual_rate(items, by_code)


def schedule_items(project_id: int) -> list[progress.Item]:
    """Return the work items of the project's approved schedule for the arithmetic."""
    schedule = Schedule.objects.approved().filter(project=project_id).first()
    if schedule is None:
        return []
    columns = ("code", "quantity", "weight", "planned_start_date", "planned_finish_date")
    rows = schedule.work_items.values_list(*columns)
    return [progress.Item(*row) for row in rows]


def reported_quantities(project_id: int) -> list[tuple[datetime.date, str, Decimal]]:
    """Return (day, code, quantity) of all counted reports of a project."""
    lines = WorkLine.objects.filter(_counted(), report__project=project_id)
    rows = lines.exclude(work_item=None).exclude(quantity=None)
    grouped = rows.values("report__date", "work_item__code").annotate(total=models.Sum("quantity"))
    return [(row["report__date"], row["work_item__code"], row["total"]) for row in grouped]


@transaction.atomic
def name_photos(*, project: Project, words: Mapping[str, tuple[str, str]], by: User) -> None:
    """Write caption and activity, by public id, of photos that `by` took and nobody released.

    Anything else is left alone: a released photo is public as it is.
    """
    photos = Photo.objects.select_for_update().filter(
        project=project, uploader=by, public_id__in=list(words)
    )
    for photo in photos.filter(state__in=(Photo.State.UPLOADED, Photo.State.PROCESSED)):
        caption, activity = (text.strip() for text in words[str(photo.public_id)])
        if (photo.caption, photo.activity) != (caption, activity[:200]):
            photo.caption, photo.activity = caption, activity[:200]
            photo.save(update_fields=["caption", "activity"])


def _submitted(report: DailyReport) -> None:
    check_complete(report)
    first_time = not ApprovalEvent.objects.filter(
        record_public_id=report.public_id, action="submit"
    ).exists()
    if first_time:
        report.is_late = report.submitted_at > due_at(report.date)
    copy_facts(report)


EFFECTS[DailyReport.record_type] = Effects(submitted=_submitted, approved=copy_facts)


def _require_own(project_id: int, lines: Lines) -> None:
    """Raise `ValidationError` where a line names a photo or work item of another project."""
    photos = [_key(line.get("photo")) for line in lines.get("report_photos", ())]
    if Photo.objects.filter(pk__in=photos).exclude(project=project_id).exists():
        raise ValidationError({"report_photos": _("A photo belongs to another project.")})
    items = [
        _key(line.get("work_item"))
        for name in ("work_lines", "planned_lines")
        for line in lines.get(name, ())
    ]
    foreign = WorkItem.objects.filter(pk__in=items)
    if foreign.exclude(schedule__project=project_id).exists():
        raise ValidationError({"work_lines": _("A work item belongs to another project.")})


def _key(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _values(lines: models.QuerySet, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: getattr(line, name) for name in names} for line in lines]


def _work_of_today(source: DailyReport) -> list[dict[str, Any]]:
    names = ("work_item_id", "activity", "location", "unit")
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in (*source.planned_lines.all(), *source.work_lines.all()):
        values = {name.removesuffix("_id"): getattr(line, name) for name in names}
        values["organization"] = getattr(line, "organization_id", None)
        key = (line.work_item_id or line.activity, line.location)
        if values["organization"] or key not in rows:
            rows[key] = values
    return list(rows.values())


def _counted() -> models.Q:
    return models.Q(report__state=State.APPROVED) | models.Q(
        report__state__in=(State.SUBMITTED, State.CONFIRMED), report__version_no=1
    )


def _lines_before(model: type[models.Model], report: DailyReport) -> models.QuerySet:
    lines = model._default_manager.filter(
        _counted(), report__project=report.project_id, report__date__lt=report.date
    )
    return lines.exclude(report__public_id=report.public_id).order_by()


WorkKey = tuple[str, str, str]


def _work_key(code: str | None, activity: str, unit: str) -> WorkKey:
    return (code, "", "") if code else ("", activity, unit)


def _quantities_before(report: DailyReport) -> dict[WorkKey, Decimal]:
    rows = (
        _lines_before(WorkLine, report)
        .exclude(quantity=None)
        .values_list("work_item__code", "activity", "unit")
        .annotate(total=models.Sum("quantity"))
    )
    totals: dict[WorkKey, Decimal] = {}
    for code, activity, unit, total in rows:
        key = _work_key(code, activity, unit)
        totals[key] = totals.get(key, Decimal(0)) + total
    return totals


def _accumulate_work(report: DailyReport, totals: dict[WorkKey, Decimal]) -> dict[WorkKey, Decimal]:
    changed = []
    for line in report.work_lines.select_related("work_item"):
        code = line.work_item.code if line.work_item else None
        key = _work_key(code, line.activity, line.unit)
        if line.quantity is not None:
            totals[key] = totals.get(key, Decimal(0)) + line.quantity
        if line.cumulative_quantity != totals.get(key):
            line.cumulative_quantity = totals.get(key)
            changed.append(line)
    WorkLine.objects.bulk_update(changed, ["cumulative_quantity"])
    return totals


def _accumulate_people(report: DailyReport) -> None:
    rows = _lines_before(WorkforceLine, report).values_list("trade", "organization")
    before = {(trade, firm): total for trade, firm, total in rows.annotate(models.Sum("count"))}
    changed = []
    for line in report.workforce_lines.all():
        key = (line.trade, line.organization_id)
        before[key] = before.get(key, 0) + line.count
        if line.cumulative_count != before[key]:
            line.cumulative_count = before[key]
            changed.append(line)
    WorkforceLine.objects.bulk_update(changed, ["cumulative_count"])


def _accumulate_machines(report: DailyReport) -> None:
    rows = _lines_before(EquipmentLine, report).values_list("type", "size")
    before = {(kind, size): total for kind, size, total in rows.annotate(models.Sum("count"))}
    changed = []
    for line in report.equipment_lines.all():
        key = (line.type, line.size)
        before[key] = before.get(key, 0) + line.count
        if line.cumulative_count != before[key]:
            line.cumulative_count = before[key]
            changed.append(line)
    EquipmentLine.objects.bulk_update(changed, ["cumulative_count"])
