"""Rows of lists, drawn once for each version of a record and language and then remembered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connections, router
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import PublishedRecord, PublishedRecordArea
from allimi.presentation import cache
from allimi.presentation.listing import Listed, ProjectPage
from allimi.presentation.places import areas_of
from allimi.presentation.reading import rate, record_url, title_language, title_of
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
    """The rows of a page, drawn, with the addresses of the pages around it."""

    rows: SafeString
    first_url: str
    next_url: str


def listing_of(page: ProjectPage, path: str, query: str) -> Listing:
    """Return the rows of a page of projects and where its links lead.

    `query` is the query string of the list itself, without the keyset's place.
    """
    joined = f"{query}&" if query else ""
    first = f"{path}?{query}" if query else path
    return Listing(
        rows=project_rows(page.projects),
        first_url="" if page.is_first else first,
        next_url=f"{path}?{joined}after={page.next_after}" if page.next_after else "",
    )


#: The columns that a row shows.
ROW_COLUMNS = ("id", "kind", "public_id", "title", "title_en", "status", "work_type")
ROW_COLUMNS += ("amount", "currency", "is_withdrawn")
#: Withdrawn since the list was read, a record is not found.
ROW_RECORDS = f"""
SELECT {", ".join(ROW_COLUMNS)} FROM allimi_publishedrecord
WHERE id = ANY(%s) AND NOT is_withdrawn
"""
AREAS_OF_RECORDS = """
SELECT record_id, area_id FROM allimi_publishedrecordarea
WHERE record_id = ANY(%s) ORDER BY record_id, area_id
"""


def project_rows(projects: list[Listed]) -> SafeString:
    """Return the projects as drawn rows; only rows that are not remembered are read and drawn."""
    language, today = get_language() or "en", timezone.localdate()
    keys = [("project", language, today, project) for project in projects]
    drawn = {key: cache.fragments.get(key) for key in keys}
    missing = [key for key, text in drawn.items() if text is None]
    if missing:
        records = _row_records([key[-1].pk for key in missing])
        places = places_of(list(records))
        for key in missing:
            project = key[-1]
            if project.pk in records:
                row = _row(records[project.pk], project, places.get(project.pk, ""))
                drawn[key] = get_template("allimi/_project_row.html").render({"row": row})
                cache.fragments.put(key, drawn[key])
    # SECURITY: each text is the output of an autoescaping template.
    return mark_safe("".join(filter(None, drawn.values())))  # noqa: S308


def _row_records(ids: list[int]) -> dict[int, PublishedRecord]:
    database = router.db_for_read(PublishedRecord) or "default"
    with connections[database].cursor() as cursor:
        cursor.execute(ROW_RECORDS, [ids])
        rows = cursor.fetchall()
    return {row[0]: PublishedRecord.from_db(database, ROW_COLUMNS, row) for row in rows}


def places_of(records: list[int]) -> dict[int, str]:
    """Return the names of the smallest areas of each record, by key: one query."""
    with connections[router.db_for_read(PublishedRecordArea) or "default"].cursor() as cursor:
        cursor.execute(AREAS_OF_RECORDS, [records])
        pairs = cursor.fetchall()
    areas = areas_of({area for _record, area in pairs})
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


def _row(record: PublishedRecord, project: Listed, place: str) -> ProjectRow:
    return ProjectRow(
        title=title_of(record),
        url=record_url(record),
        language=title_language(record),
        place=place,
        work_type=work_type_label(record.work_type),
        state=state_label(record.status),
        bar=Bar(rate(project.planned_rate), rate(project.actual_rate)),
        amount=record.amount,
        currency=record.currency,
        published_at=max(project.published_at, project.reported_at or project.published_at),
        metres=project.metres,
        distance="" if project.metres is None else _distance(project.metres),
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
