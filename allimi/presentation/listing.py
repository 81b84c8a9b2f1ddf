"""Pages of lists by keyset: no OFFSET, no count(*); one more row than shown says if more follow."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import F, FloatField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Cos, Power, Radians, Sqrt

from allimi.models import PublishedRecord
from allimi.presentation import cache
from allimi.presentation.filters import as_identity

PAGE_SIZE = 20
PROJECT = "project"
#: Kilometres of one degree of latitude.
KM_PER_DEGREE = 111.195


@dataclass(frozen=True)
class RecordPage:
    """Some records and where the next ones begin."""

    records: list[PublishedRecord]
    is_first: bool
    #: Public id to ask for as `after`, or None at the end.
    next_after: UUID | None


@dataclass(frozen=True)
class Ordered:
    """Records in the order of their list, from where its page begins."""

    records: QuerySet[PublishedRecord]
    is_first: bool


class Listed(NamedTuple):
    """A project of a list with the newest report of its progress: what its row hangs on."""

    pk: int
    public_id: UUID
    version_no: int
    published_at: datetime
    #: Distance from the point that was asked for, where one was.
    metres: int | None
    planned_rate: str | None
    actual_rate: str | None
    reported_at: datetime | None


@dataclass(frozen=True)
class ProjectPage:
    """Some projects and where the next ones begin."""

    projects: list[Listed]
    is_first: bool
    next_after: UUID | None


#: One index entry for each project (`published_of_a_project`), not one for each report.
LISTED = """
SELECT l.id, l.public_id, l.version_no, l.published_at, l.metres,
       r.body::json ->> 'planned_rate', r.body::json ->> 'actual_rate', r.published_at
FROM (SELECT *, row_number() OVER () AS place
      FROM ({ordered}) AS o (id, public_id, version_no, published_at, metres)) AS l
LEFT JOIN LATERAL (
    SELECT body, published_at FROM allimi_publishedrecord
    WHERE project_public_id = l.public_id AND kind = 'daily_report' AND NOT is_withdrawn
    ORDER BY sort_date DESC, id DESC LIMIT 1
) AS r ON TRUE
ORDER BY l.place
"""


def published(kind: str) -> QuerySet[PublishedRecord]:
    """Return the records of one kind that may be read."""
    return PublishedRecord.objects.filter(kind=kind, is_withdrawn=False)


def newest_first(
    records: QuerySet[PublishedRecord], after: str, size: int = PAGE_SIZE
) -> RecordPage:
    """Return a page of `records` by day, newest first, beginning after the record named."""
    return _page(by_day(records, after), size)


def newest_in_area(
    records: QuerySet[PublishedRecord],
    area_id: int,
    after: str,
    size: int = PAGE_SIZE,
    *,
    work_type: str = "",
    statuses: Sequence[str] = (),
) -> RecordPage:
    """Return a page of the projects of an area, newest first, by the index of the area."""
    ordered = by_day_in_area(records, area_id, after, work_type=work_type, statuses=statuses)
    return _page(ordered, size)


def listed_projects(ordered: Callable[[], Ordered], key: Hashable = None) -> ProjectPage:
    """Return a page of projects with their progress, in one query.

    `key` names all that the query hangs on; with it the query is compiled once. Without it (where
    the query holds what other queries found) it is compiled each time.
    """
    remembered = None if key is None else cache.statements.get(key)
    is_first = True
    if remembered is None:
        found = ordered()
        is_first = found.is_first
        try:
            remembered = _statement(found.records)
        except EmptyResultSet:
            return ProjectPage([], is_first, None)
        if key is not None:
            cache.statements.put(key, remembered)
    with connections[router.db_for_read(PublishedRecord) or "default"].cursor() as cursor:
        cursor.execute(*remembered)
        projects = [Listed(*row) for row in cursor.fetchall()]
    shown = projects[:PAGE_SIZE]
    following = shown[-1].public_id if len(projects) > PAGE_SIZE else None
    return ProjectPage(shown, is_first, following)


def _statement(records: QuerySet[PublishedRecord]) -> tuple[str, tuple[object, ...]]:
    if "metres" not in records.query.annotations:
        records = records.annotate(metres=Value(None, IntegerField()))
    columns = records.values_list("id", "public_id", "version_no", "published_at", "metres")
    sql, params = columns[: PAGE_SIZE + 1].query.sql_with_params()
    return LISTED.format(ordered=sql), params


def by_day(records: QuerySet[PublishedRecord], after: str) -> Ordered:
    """Order `records` by day, newest first, beginning after the record named."""
    start = _position(after)
    if start is not None:
        day, pk = start
        # The range alone lets the index begin at the right row; the OR settles ties.
        records = records.filter(sort_date__lte=day)
        records = records.filter(Q(sort_date__lt=day) | Q(id__lt=pk))
    return Ordered(records.order_by("-sort_date", "-id"), start is None)


def by_day_in_area(
    records: QuerySet[PublishedRecord],
    area_id: int,
    after: str,
    *,
    work_type: str = "",
    statuses: Sequence[str] = (),
) -> Ordered:
    """Order the projects of an area by day, newest first, by the index of the area.

    Type and status are asked of the area's own rows, whose index holds them; asked of the records
    they would make the database read all projects of that type and sort them.
    """
    # One filter call: each call over a to-many relation would join its table once more.
    here = Q(record_areas__area_id=area_id, record_areas__kind=PROJECT)
    if work_type:
        here &= Q(record_areas__work_type=work_type)
    if statuses:
        here &= Q(record_areas__status__in=statuses)
    start = _position(after)
    if start is not None:
        day, pk = start
        here &= Q(record_areas__sort_date__lte=day)
        here &= Q(record_areas__sort_date__lt=day) | Q(record_areas__record_id__lt=pk)
    records = records.filter(here)
    ordered = records.order_by("-record_areas__sort_date", "-record_areas__record_id")
    return Ordered(ordered, start is None)


def by_distance(
    records: QuerySet[PublishedRecord],
    *,
    latitude: float,
    longitude: float,
    radius_km: float,
    after: str,
) -> Ordered:
    """Order the projects within a radius of a point, nearest first.

    Distances are on the flat (good to a few metres within 5 km); the box of the radius is what
    the index of latitude and longitude finds. Each record carries `metres`.
    """
    reach = radius_km / KM_PER_DEGREE
    wide = reach / cos(radians(min(abs(latitude), 89.0)))
    east = (F("longitude") - Value(longitude)) * Cos(Radians(Value(latitude, FloatField())))
    north = F("latitude") - Value(latitude)
    metres = Cast(
        Sqrt(Power(east, 2) + Power(north, 2)) * Value(KM_PER_DEGREE * 1000), IntegerField()
    )
    records = records.filter(
        latitude__range=(latitude - reach, latitude + reach),
        longitude__range=(longitude - wide, longitude + wide),
    ).annotate(metres=metres)
    within = records.filter(metres__lte=round(radius_km * 1000))
    identity = as_identity(after)
    start = (
        within.filter(public_id=identity).values_list("metres", "id").first() if identity else None
    )
    if start is not None:
        within = within.filter(Q(metres__gt=start[0]) | Q(metres=start[0], id__gt=start[1]))
    return Ordered(within.order_by("metres", "id"), start is None)


def _page(ordered: Ordered, size: int) -> RecordPage:
    found = list(ordered.records[: size + 1])
    shown = found[:size]
    return RecordPage(
        records=shown,
        is_first=ordered.is_first,
        next_after=shown[-1].public_id if len(found) > size else None,
    )


def _position(after: str) -> tuple[object, int] | None:
    identity = as_identity(after)
    if identity is None:
        return None
    return PublishedRecord.objects.filter(public_id=identity).values_list("sort_date", "id").first()
