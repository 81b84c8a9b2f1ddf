"""Pages of lists by keyset: no OFFSET, no count(*); one more row than shown says if more follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from uuid import UUID

from django.db.models import F, FloatField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast, Cos, Power, Radians, Sqrt

from allimi.models import PublishedRecord
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


#: Long columns that no row of a list shows.
UNSEEN = ("body", "search", "firms")


def published(kind: str) -> QuerySet[PublishedRecord]:
    """Return the records of one kind that may be read."""
    return PublishedRecord.objects.filter(kind=kind, is_withdrawn=False)


def newest_first(
    records: QuerySet[PublishedRecord], after: str, size: int = PAGE_SIZE
) -> RecordPage:
    """Return a page of `records` by day, newest first, beginning after the record named."""
    start = _position(after)
    if start is not None:
        day, pk = start
        # The range alone lets the index begin at the right row; the OR settles ties.
        records = records.filter(sort_date__lte=day)
        records = records.filter(Q(sort_date__lt=day) | Q(id__lt=pk))
    return _page(records.order_by("-sort_date", "-id"), start is None, size)


def newest_in_area(
    records: QuerySet[PublishedRecord],
    area_id: int,
    after: str,
    size: int = PAGE_SIZE,
    *,
    work_type: str = "",
    statuses: Sequence[str] = (),
) -> RecordPage:
    """Return a page of the projects of an area, newest first, by the index of the area.

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
    return _page(ordered, start is None, size)


def nearest_first(
    records: QuerySet[PublishedRecord],
    *,
    latitude: float,
    longitude: float,
    radius_km: float,
    after: str,
    size: int = PAGE_SIZE,
) -> RecordPage:
    """Return a page of the projects within a radius of a point, nearest first.

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
    return _page(within.order_by("metres", "id"), start is None, size)


def _page(records: QuerySet[PublishedRecord], is_first: bool, size: int) -> RecordPage:
    found = list(records[: size + 1])
    shown = found[:size]
    return RecordPage(
        records=shown,
        is_first=is_first,
        next_after=shown[-1].public_id if len(found) > size else None,
    )


def _position(after: str) -> tuple[object, int] | None:
    identity = as_identity(after)
    if identity is None:
        return None
    return PublishedRecord.objects.filter(public_id=identity).values_list("sort_date", "id").first()
