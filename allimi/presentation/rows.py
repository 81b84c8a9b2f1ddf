"""Rows of lists, drawn once for each version of a record and language and then remembered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import PublishedRecord, PublishedRecordArea
from allimi.presentation import cache
from allimi.presentation.listing import RecordPage
from allimi.presentation.reading import (
    Progress,
    newest_progress,
    rate,
    record_url,
    title_language,
    title_of,
)
from allimi.presentation.vocabulary import state_label, work_type_label
from ccs.lib.charts import Bar
from ccs.lib.formats import NBSP, format_number
from ccs.models import Area


@dataclass(frozen=True)
class ProjectRow:
    """A project in a list."""

    title: str
    url: str
    language: str
    place: str
    work_type: str
    state: str
    bar: Bar
    amount: int | None
    currency: str
    published_at: datetime
    metres: int | None
    distance: str


@dataclass(frozen=True)
class Listing:
    """A page of rows with the addresses of the pages around it."""

    rows: list[SafeString]
    first_url: str
    next_url: str


def listing_of(page: RecordPage, path: str, query: str) -> Listing:
    """Return the rows of a page of projects and where its links lead.

    `query` is the query string of the list itself, without the keyset's place.
    """
    joined = f"{query}&" if query else ""
    first = f"{path}?{query}" if query else path
    return Listing(
        rows=project_rows(page.records),
        first_url="" if page.is_first else first,
        next_url=f"{path}?{joined}after={page.next_after}" if page.next_after else "",
    )


def project_rows(records: list[PublishedRecord]) -> list[SafeString]:
    """Return each project as a drawn row; only rows that are not remembered are drawn."""
    progress = newest_progress(record.public_id for record in records)
    language, today = get_language() or "en", timezone.localdate()
    keys = [_key(record, progress.get(record.public_id), language, today) for record in records]
    drawn = [cache.fragments.get(key) for key in keys]
    missing = [record for record, text in zip(records, drawn, strict=True) if text is None]
    places = places_of(missing) if missing else {}
    rows = []
    for record, key, text in zip(records, keys, drawn, strict=True):
        if text is None:
            row = _row(record, progress.get(record.public_id), places.get(record.pk, ""))
            text = get_template("allimi/_project_row.html").render({"row": row})
            cache.fragments.put(key, text)
        # SECURITY: the text is the output of an autoescaping template.
        rows.append(mark_safe(text))  # noqa: S308
    return rows


def places_of(records: list[PublishedRecord]) -> dict[int, str]:
    """Return the names of the smallest areas of each record, in two queries."""
    pairs = list(
        PublishedRecordArea.objects.filter(record__in=[record.pk for record in records])
        .order_by("record_id", "area_id")
        .values_list("record_id", "area_id")
    )
    areas = (
        Area.objects.filter(pk__in={area for _record, area in pairs})
        .defer("polygon", "map_path")
        .in_bulk()
    )
    found: dict[int, list[Area]] = defaultdict(list)
    for record, area in pairs:
        if area in areas:
            found[record].append(areas[area])
    return {record: _smallest(here) for record, here in found.items()}


def _smallest(areas: list[Area]) -> str:
    above = {pk for area in areas for pk in area.path[:-1]}
    language = get_language() or "en"
    leaves = [area for area in areas if area.pk not in above]
    names = [area.name_in(language) for area in leaves]
    if len(leaves) == 1:
        parent = next((area for area in areas if area.pk == leaves[0].parent_id), None)
        if parent is not None and parent.level > 0:
            return _("%(area)s, %(parent)s") % {
                "area": names[0],
                "parent": parent.name_in(language),
            }
    return ", ".join(names)


def _key(
    record: PublishedRecord, progress: Progress | None, language: str, today: date
) -> tuple[object, ...]:
    metres = getattr(record, "metres", None)
    return ("project", record.pk, record.version_no, language, progress, metres, today)


def _row(record: PublishedRecord, progress: Progress | None, place: str) -> ProjectRow:
    metres = getattr(record, "metres", None)
    newest = max(record.published_at, progress.published_at) if progress else record.published_at
    return ProjectRow(
        title=title_of(record),
        url=record_url(record),
        language=title_language(record),
        place=place,
        work_type=work_type_label(record.work_type),
        state=state_label(record.status),
        bar=progress.bar if progress else Bar(None, None),
        amount=record.amount,
        currency=record.currency,
        published_at=newest,
        metres=metres,
        distance="" if metres is None else _distance(metres),
    )


def _distance(metres: int) -> str:
    return f"{format_number(metres, get_language() or 'en')}{NBSP}m"


@dataclass(frozen=True)
class ReportRow:
    """A daily report in a list."""

    day: date
    label: str
    url: str
    project: str
    language: str
    bar: Bar
    published_at: datetime


def report_rows(
    reports: list[PublishedRecord], projects: dict[str, tuple[str, str]] | None = None
) -> list[ReportRow]:
    """Return daily reports as rows. `projects` gives title and language by project identity."""
    rows = []
    for report in reports:
        items = report.items
        title, language = (projects or {}).get(str(report.project_public_id), ("", ""))
        rows.append(
            ReportRow(
                day=report.sort_date,
                label=report_label(items.get("number")),
                url=reverse("allimi:report", args=[report.public_id]),
                project=title,
                language=language,
                bar=Bar(rate(items.get("planned_rate")), rate(items.get("actual_rate"))),
                published_at=report.published_at,
            )
        )
    return rows


def report_label(number: int | None) -> str:
    """Return the words for a daily report with its number."""
    if number is None:
        return _("Daily report")
    return _("Daily report no. %(number)s") % {"number": number}
