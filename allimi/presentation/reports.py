"""What the page of a daily report shows: its day, its lines, the way it took, its versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from allimi.models import PublishedRecord, PublishedVersion
from allimi.presentation.photos import PhotoCard, photo_cards
from allimi.presentation.reading import Items, Named, names_of, rate, record_url
from allimi.presentation.vocabulary import role_label, weather_label
from ccs.lib.charts import Bar
from ccs.templatetags.formats import as_moment


@dataclass(frozen=True)
class WayStep:
    """A step that the report took before it was public."""

    label: str
    state: str
    at: datetime | None
    role: str


@dataclass
class ReportSheet:
    """Everything on the page of a daily report."""

    record: PublishedRecord
    items: Items
    weather: str
    bar: Bar
    change: Decimal | None
    work: list[dict[str, Any]]
    planned: list[dict[str, Any]]
    workforce: list[dict[str, Any]]
    photos: list[PhotoCard]
    way: list[WayStep]
    approval_url: str
    before: PublishedRecord | None
    after: PublishedRecord | None

    @property
    def people(self) -> int | None:
        """People on site that day, None where no line was entered."""
        return _total(self.items.get("workforce_lines"))

    @property
    def machines(self) -> int | None:
        """Machines on site that day, None where no line was entered."""
        return _total(self.items.get("equipment_lines"))


def report_sheet(record: PublishedRecord, items: Items, published_at: datetime) -> ReportSheet:
    """Read the page of a report from the text of one of its versions."""
    names = names_of(
        line.get("organization")
        for key in ("work_lines", "workforce_lines")
        for line in items.get(key) or []
    )
    before, after = _neighbors(record)
    approval = _approval(record, items)
    return ReportSheet(
        record=record,
        items=items,
        weather=_weather(items),
        bar=Bar(rate(items.get("planned_rate")), rate(items.get("actual_rate"))),
        change=_change(items, before),
        work=_with_firm(items.get("work_lines"), names),
        planned=items.get("planned_lines") or [],
        workforce=_with_firm(items.get("workforce_lines"), names),
        photos=photo_cards(line.get("photo") for line in items.get("report_photos") or []),
        way=_way(items, approval, published_at),
        approval_url=record_url(approval) if approval else "",
        before=before,
        after=after,
    )


def _with_firm(lines: list[dict[str, Any]] | None, names: dict[str, Named]) -> list[dict[str, Any]]:
    return [{**line, "firm": names.get(str(line.get("organization")))} for line in lines or []]


def _total(lines: list[dict[str, Any]] | None) -> int | None:
    counts = [line["count"] for line in lines or [] if line.get("count") is not None]
    return sum(counts) if counts else None


def _weather(items: Items) -> str:
    morning = weather_label(items.get("weather_am") or "")
    afternoon = weather_label(items.get("weather_pm") or "")
    if not morning or not afternoon or morning == afternoon:
        return morning or afternoon
    return _("%(morning)s, afternoon %(afternoon)s") % {
        "morning": morning,
        "afternoon": afternoon,
    }


def _change(items: Items, before: PublishedRecord | None) -> Decimal | None:
    now = rate(items.get("actual_rate"))
    last = rate(before.items.get("actual_rate")) if before else None
    return None if now is None or last is None else now - last


def _neighbors(record: PublishedRecord) -> tuple[PublishedRecord | None, PublishedRecord | None]:
    """Return the reports of the day before and after, among those published."""
    reports = PublishedRecord.objects.filter(
        project_public_id=record.project_public_id, kind="daily_report", is_withdrawn=False
    )
    before = reports.filter(sort_date__lt=record.sort_date).order_by("-sort_date", "-id").first()
    after = reports.filter(sort_date__gt=record.sort_date).order_by("sort_date", "id").first()
    return before, after


def _approval(record: PublishedRecord, items: Items) -> PublishedRecord | None:
    """Return the published approval of this version of the report.

    Approvals are found by the project and the day of the decision, then by the report they name.
    """
    decided = as_moment(items.get("approved_at"))
    if decided is None:
        return None
    days = (decided.date() - timedelta(days=1), decided.date() + timedelta(days=1))
    approvals = PublishedRecord.objects.filter(
        project_public_id=record.project_public_id,
        kind="approval",
        is_withdrawn=False,
        sort_date__range=days,
        body__contains=str(record.public_id),
    )
    version = items.get("source_version")
    return next((found for found in approvals if found.items.get("version_no") == version), None)


def _way(items: Items, approval: PublishedRecord | None, published_at: datetime) -> list[WayStep]:
    words = {
        "submit": _("Submitted"),
        "confirm": _("Confirmed"),
        "approve": _("Approved"),
        "return": _("Returned"),
        "time_out": _("Approved by time-out"),
    }
    steps = [
        WayStep(
            label=words.get(event.get("action") or "", event.get("action") or ""),
            state="submitted" if event.get("action") == "submit" else "",
            at=as_moment(event.get("at")),
            role=role_label(event.get("role") or ""),
        )
        for event in (approval.items.get("events") or [] if approval else [])
    ]
    if not steps:
        submitted, approved = (
            as_moment(items.get("submitted_at")),
            as_moment(items.get("approved_at")),
        )
        steps = [
            WayStep(_("Submitted"), "submitted", submitted, ""),
            WayStep(_("Approved"), "", approved, ""),
        ]
    return [*steps, WayStep(_("Published"), "published", published_at, "")]


@dataclass(frozen=True)
class VersionRow:
    """A published version of a record."""

    number: int
    url: str
    change: str
    reason: str
    role: str
    published_at: datetime
    commitment: str
    is_sealed: bool
    is_newest: bool


def version_rows(record: PublishedRecord) -> list[VersionRow]:
    """Return all published versions of a record, newest first, without their texts."""
    versions = list(
        PublishedVersion.objects.filter(public_id=record.public_id)
        .defer("body", "salt", "previous_commitment")
        .annotate(is_sealed=ExpressionWrapper(Q(body=None), output_field=BooleanField()))
        .order_by("-version_no")
    )
    newest = versions[0].version_no if versions else 0
    return [
        VersionRow(
            number=version.version_no,
            url=version_url(record, version.version_no),
            change=version.get_change_class_display(),
            reason=version.reason,
            role=role_label(version.actor_role) if version.actor_role else "",
            published_at=version.published_at,
            commitment=bytes(version.commitment).hex(),
            is_sealed=version.is_sealed,
            is_newest=version.version_no == newest,
        )
        for version in versions
    ]


def version_url(record: PublishedRecord, number: int) -> str:
    """Return the address of one published version of a record."""
    name = "report-version" if record.kind == "daily_report" else "record-version"
    return reverse(f"allimi:{name}", args=[record.public_id, number])
