"""The figures of the front page: computed from the counters and the catalogue when it is drawn."""

from __future__ import annotations

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
    AreaMap,
    AreaRow,
    area_map,
    area_rows,
    area_url,
    children_of,
    project_counts,
)
from allimi.presentation.reading import title_language, title_of
from allimi.presentation.rows import ReportRow, report_rows
from allimi.presentation.vocabulary import work_type_label
from ccs.models import Area

NEWEST = 6
#: Up to here records are counted one by one, above it the database's own estimate is shown.
EXACT_UP_TO = 20_000


@dataclass(frozen=True)
class Place:
    """A root area with the areas below it."""

    name: str
    url: str
    heading: str
    rows: list[AreaRow]
    map: AreaMap | None
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
    """Everything on the front page."""

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
    grounds: list[GroundCount]
    places: list[Place]
    types: list[TypeRow]
    reports: list[ReportRow]
    shortcuts: list[Link]


def front_page(newest_at: datetime | None) -> Front:
    """Read the front page; the number of queries hangs on the number of root areas only."""
    roots = list(Area.objects.filter(parent=None).defer("polygon", "map_path"))
    children = {root.pk: children_of(root) for root in roots}
    counts = project_counts(
        [root.pk for root in roots] + [c.pk for below in children.values() for c in below]
    )
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
        grounds=items_by_ground(),
        places=[_place(root, children[root.pk], counts) for root in roots],
        types=_types(totals),
        reports=newest_reports(),
        shortcuts=_shortcuts(),
    )


def published_records() -> RecordCount:
    """Return how many records are published, without ever counting a large table."""
    table = PublishedRecord._meta.db_table
    with connections[router.db_for_read(PublishedRecord) or "default"].cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table]
        )
        estimate = cursor.fetchone()[0]
    if estimate <= EXACT_UP_TO:
        return RecordCount(PublishedRecord.objects.filter(is_withdrawn=False).count(), False)
    return RecordCount(round(estimate, -3), True)


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


def _place(root: Area, children: list[Area], counts: dict) -> Place:
    return Place(
        name=_("All of %(area)s") % {"area": root.name},
        url=area_url(root),
        heading=_("%(area)s by area") % {"area": root.name},
        rows=area_rows(children, counts),
        map=area_map(root, counts),
        map_label=_("Map of %(area)s: published projects by area") % {"area": root.name},
        map_note=_("published projects by area"),
    )


def _types(totals: list) -> list[TypeRow]:
    counts: dict[str, int] = {}
    for total in totals:
        for kind, count in total.by_type.items():
            counts[kind] = counts.get(kind, 0) + count
    found = sorted(counts.items(), key=lambda pair: -pair[1])
    address = reverse("allimi:projects")
    return [
        TypeRow(work_type_label(kind), f"{address}?type={kind}", count)
        for kind, count in found
        if count
    ]


def _shortcuts() -> list[Link]:
    projects = reverse("allimi:projects")
    return [
        Link(_("Under construction"), f"{projects}?status=ongoing"),
        Link(_("Suspended works"), f"{projects}?status=suspended"),
        Link(_("Within 1 km of me"), reverse("allimi:near")),
    ]
