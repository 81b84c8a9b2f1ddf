"""The figures of the front page: computed from the counters and the catalogue when it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connections, router
from django.urls import reverse
from django.utils.translation import gettext as _

from allimi.models import PublishedRecord
from allimi.presentation.disclosure import (
    GroundCount,
    catalogue_rates,
    items_by_ground,
    narrowings_in_force,
)
from allimi.presentation.frame import Link
from allimi.presentation.places import (
    NOTHING,
    Below,
    Counts,
    area_url,
    below_of,
    children_of,
    counts_key,
    project_counts,
    root_areas,
    type_counts,
)
from allimi.presentation.reading import title_language, title_of
from allimi.presentation.rows import ReportRow, report_rows
from allimi.presentation.vocabulary import work_type_label
from ccs.models import Area

NEWEST = 6
#: Up to here records are counted one by one, above it the database's own estimate is shown.
EXACT_UP_TO = 20_000


RECORD_COUNT = """
SELECT reltuples::bigint, CASE WHEN reltuples <= %(most)s
    THEN (SELECT count(*) FROM allimi_publishedrecord WHERE NOT is_withdrawn) END
FROM pg_class WHERE oid = 'allimi_publishedrecord'::regclass
"""
NEWEST_REPORTS = """
SELECT r.id, r.version_no, r.published_at, p.id, p.version_no, p.published_at FROM (
    SELECT * FROM allimi_publishedrecord WHERE kind = 'daily_report' AND NOT is_withdrawn
    ORDER BY sort_date DESC, id DESC LIMIT %s
) AS r
LEFT JOIN allimi_publishedrecord AS p
    ON p.public_id = r.project_public_id AND NOT p.is_withdrawn
ORDER BY r.sort_date DESC, r.id DESC
"""


@dataclass(frozen=True)
class Place:
    """A root area with the areas below it."""

    name: str
    url: str
    heading: str
    key: tuple[object, ...]
    below: Callable[[], Below]
    map_label: str
    map_note: str


@dataclass(frozen=True)
class TypeRow:
    """A type of work and how many projects there are of it."""

    label: str
    url: str
    count: int


@dataclass(frozen=True)
class RecordCount:
    """How many records are published; an estimate of the database above `EXACT_UP_TO`."""

    number: int
    is_estimate: bool


@dataclass(frozen=True)
class Front:
    """Everything on the front page; what is to be called belongs to parts that are remembered."""

    projects: int
    ongoing: int
    records: RecordCount
    newest_at: datetime | None
    rate: Decimal
    withheld_rate: Decimal
    open_items: int
    all_items: int
    withheld_items: int
    narrowings: int
    grounds: Callable[[], list[GroundCount]]
    places: list[Place]
    type_counts: tuple[tuple[str, int], ...]
    types: Callable[[], list[TypeRow]]
    newest_key: tuple[tuple[object, ...], ...]
    reports: Callable[[], list[ReportRow]]
    shortcuts: list[Link]


def front_page(newest_at: datetime | None) -> Front:
    """Read the front page; the number of queries hangs on the number of root areas only."""
    roots = root_areas()
    children = {root.pk: children_of(root) for root in roots}
    counts = project_counts(
        [root.pk for root in roots] + [c.pk for below in children.values() for c in below]
    )
    types = type_counts(root.pk for root in roots)
    totals = [counts.get(root.pk, NOTHING) for root in roots]
    rates = catalogue_rates()
    return Front(
        projects=sum(total.total for total in totals),
        ongoing=sum(total.ongoing for total in totals),
        records=published_records(),
        newest_at=newest_at,
        rate=rates.rate,
        withheld_rate=rates.withheld_rate,
        open_items=rates.open_items,
        all_items=rates.all_items,
        withheld_items=rates.withheld_items,
        narrowings=narrowings_in_force().count(),
        grounds=items_by_ground,
        places=[_place(root, counts) for root in roots],
        type_counts=types,
        types=lambda: _types(types),
        newest_key=newest_key(),
        reports=newest_reports,
        shortcuts=_shortcuts(),
    )


def published_records() -> RecordCount:
    """Return how many records are published, without ever counting a large table."""
    with connections[router.db_for_read(PublishedRecord) or "default"].cursor() as cursor:
        cursor.execute(RECORD_COUNT, {"most": EXACT_UP_TO})
        estimate, exact = cursor.fetchone()
    return RecordCount(round(estimate, -3), True) if exact is None else RecordCount(exact, False)


def newest_key() -> tuple[tuple[object, ...], ...]:
    """Return what the list of the newest daily reports hangs on, in one query."""
    with connections[router.db_for_read(PublishedRecord) or "default"].cursor() as cursor:
        cursor.execute(NEWEST_REPORTS, [NEWEST])
        return tuple(cursor.fetchall())


def newest_reports() -> list[ReportRow]:
    """Return the newest daily reports with the names of their projects, in two queries."""
    reports = list(
        PublishedRecord.objects.filter(kind="daily_report", is_withdrawn=False).order_by(
            "-sort_date", "-id"
        )[:NEWEST]
    )
    projects = PublishedRecord.objects.filter(
        public_id__in={report.project_public_id for report in reports}, is_withdrawn=False
    )
    names = {
        str(project.public_id): (title_of(project), title_language(project)) for project in projects
    }
    return report_rows(reports, names)


def _place(root: Area, counts: dict[int, Counts]) -> Place:
    return Place(
        name=_("All of %(area)s") % {"area": root.name},
        url=area_url(root),
        heading=_("%(area)s by area") % {"area": root.name},
        key=counts_key(root, counts),
        below=lambda: below_of(root, counts),
        map_label=_("Map of %(area)s: published projects by area") % {"area": root.name},
        map_note=_("published projects by area"),
    )


def _types(counts: Iterable[tuple[str, int]]) -> list[TypeRow]:
    address = reverse("allimi:projects")
    return [
        TypeRow(work_type_label(kind), f"{address}?type={kind}", count) for kind, count in counts
    ]


def _shortcuts() -> list[Link]:
    projects = reverse("allimi:projects")
    return [
        Link(_("Under construction"), f"{projects}?status=ongoing"),
        Link(_("Suspended works"), f"{projects}?status=suspended"),
        Link(_("Within 1 km of me"), reverse("allimi:near")),
    ]
