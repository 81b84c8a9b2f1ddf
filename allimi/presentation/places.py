"""Areas as public pages show them: names, counts, lists and maps. Reads areas and counts only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections, router
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import AreaCount
from allimi.presentation import cache
from allimi.presentation.frame import Crumb
from allimi.presentation.vocabulary import status_group
from ccs.lib import charts
from ccs.models import Area
from ccs.services.areas import drawing

#: Name endings that a label on the map does without.
MAP_ENDINGS = {"ko": ("구", "동"), "en": ("-gu", "-dong", " Region")}
SHORTEST_LABEL = 2


@dataclass(frozen=True)
class AreaRow:
    """An area of the list, with what lies in it."""

    name: str
    url: str
    ongoing: int
    total: int


@dataclass(frozen=True)
class Shape:
    """An area on the map."""

    name: str
    url: str
    path: str
    count: int
    shade: int
    label: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class Key:
    """A shade and what it stands for."""

    shade: int
    label: str


@dataclass(frozen=True)
class AreaMap:
    """The map of an area's children."""

    view_box: str
    shapes: list[Shape]
    keys: list[Key]


@dataclass(frozen=True)
class Below:
    """The areas below one, to be listed and mapped."""

    rows: list[AreaRow]
    map: AreaMap | None


@dataclass(frozen=True)
class Counts:
    """Published projects of one area: by status group, and all of them."""

    by_group: dict[str, int]
    total: int

    @property
    def ongoing(self) -> int:
        """Projects under construction."""
        return self.by_group.get("ongoing", 0)


NOTHING = Counts({}, 0)
#: At most a few dozen rows for each area; each area and kind by the index `area_count_once`.
PROJECT_COUNTS = """
SELECT area_id, status, sum(count)::bigint FROM allimi_areacount
WHERE area_id = ANY(%s::bigint[]) AND kind = 'project' GROUP BY area_id, status
"""
TYPE_COUNTS = """
SELECT work_type, sum(count)::bigint AS number FROM allimi_areacount
WHERE area_id = ANY(%s::bigint[]) AND kind = 'project'
GROUP BY work_type HAVING sum(count) > 0 ORDER BY number DESC, work_type
"""


def _counted(sql: str, area_ids: Iterable[int]) -> list[tuple[Any, ...]]:
    with connections[router.db_for_read(AreaCount) or "default"].cursor() as cursor:
        cursor.execute(sql, [list(area_ids)])
        return cursor.fetchall()


def project_counts(area_ids: Iterable[int]) -> dict[int, Counts]:
    """Return the counts of several areas in one query over the kept counters."""
    groups: dict[int, dict[str, int]] = {}
    totals: dict[int, int] = {}
    for area_id, status, number in _counted(PROJECT_COUNTS, area_ids):
        by_group = groups.setdefault(area_id, {})
        group = status_group(status)
        by_group[group] = by_group.get(group, 0) + number
        totals[area_id] = totals.get(area_id, 0) + number
    return {area_id: Counts(groups[area_id], total) for area_id, total in totals.items()}


def type_counts(area_ids: Iterable[int]) -> tuple[tuple[str, int], ...]:
    """Return how many projects there are of each type of work in these areas, most first."""
    return tuple(_counted(TYPE_COUNTS, area_ids))


def area_url(area: Area) -> str:
    """Return the address of an area's page."""
    return reverse("allimi:area", args=[area.code])


def root_areas() -> list[Area]:
    """Return the areas that lie in no other, without their polygons. Remembered."""
    key = ("roots", cache.moment())
    roots = cache.areas.get(key)
    if roots is None:
        roots = list(Area.objects.roots().defer("polygon", "map_path"))
        if roots:
            cache.areas.put(key, roots)
    return roots


def area_with(code: str) -> Area | None:
    """Return the area of this code without its polygon, None where there is none. Remembered."""
    key = ("area", code, cache.moment())
    found = cache.areas.get(key)
    if found is None:
        found = list(Area.objects.filter(code=code).defer("polygon", "map_path")[:1])
        if found:
            cache.areas.put(key, found)
    return found[0] if found else None


def areas_of(ids: set[int]) -> dict[int, Area]:
    """Return areas by their key, without their polygons. Remembered."""
    keys = {pk: ("area", pk, cache.moment()) for pk in ids}
    known = {pk: found[0] for pk, key in keys.items() if (found := cache.areas.get(key))}
    if len(known) < len(ids):
        for area in Area.objects.filter(pk__in=ids - known.keys()).defer("polygon", "map_path"):
            cache.areas.put(keys[area.pk], [area])
            known[area.pk] = area
    return known


def children_of(area: Area) -> list[Area]:
    """Return the areas directly below, by name, without their polygons. Remembered."""
    language = get_language() or "en"
    key = ("areas below", area.pk, language, cache.moment())
    children = cache.areas.get(key)
    if children is None:
        found = Area.objects.filter(parent=area).defer("polygon", "map_path")
        children = sorted(found, key=lambda child: child.name_in(language))
        cache.areas.put(key, children)
    return children


def below_of(area: Area, counts: dict[int, Counts]) -> Below:
    """Return the list and the map of the areas below `area`."""
    children = children_of(area)
    return Below(area_rows(children, counts), area_map(area, counts) if children else None)


def counts_key(area: Area, counts: dict[int, Counts]) -> tuple[object, ...]:
    """Return what the figures of `area` and the list and map of those below it hang on."""
    numbers = ((child.pk, counts.get(child.pk, NOTHING)) for child in children_of(area))
    own = tuple(counts.get(area.pk, NOTHING).by_group.items())
    return (area.pk, own, tuple((pk, count.ongoing, count.total) for pk, count in numbers))


def crumbs_to(area: Area, *, with_itself: bool) -> list[Crumb]:
    """Return the way from the root to `area`; the area itself is linked unless it is the page."""
    way = [Crumb(step.name, area_url(step)) for step in _above(area)]
    return [*way, Crumb(area.name, "" if not with_itself else area_url(area))]


def _above(area: Area) -> list[Area]:
    ids = [pk for pk in area.path if pk != area.pk]
    if not ids:
        return []
    key = ("areas above", area.pk, cache.moment())
    above = cache.areas.get(key)
    if above is None:
        above = list(Area.objects.filter(pk__in=ids).defer("polygon", "map_path").order_by("level"))
        cache.areas.put(key, above)
    return above


def area_rows(children: Iterable[Area], counts: dict[int, Counts]) -> list[AreaRow]:
    """Return the list of areas with their counts."""
    rows = []
    for child in children:
        count = counts.get(child.pk, NOTHING)
        rows.append(AreaRow(child.name, area_url(child), count.ongoing, count.total))
    return rows


def area_map(parent: Area, counts: dict[int, Counts]) -> AreaMap | None:
    """Return the map of the areas below `parent`, None where none of them has a polygon."""
    drawn = drawing(parent)
    children = drawn["children"]
    if not children:
        return None
    values = [counts.get(child["area"].pk, NOTHING).total for child in children]
    steps = charts.shade_steps(values)
    language = get_language() or "en"
    shapes = []
    for child, value in zip(children, values, strict=True):
        area, label = child["area"], child["label"] or {}
        shapes.append(
            Shape(
                name=area.name_in(language),
                url=area_url(area),
                path=child["path"],
                count=value,
                shade=charts.shade(value, steps),
                label=_map_label(area.name_in(language), language) if label else "",
                label_x=label.get("x", 0),
                label_y=label.get("y", 0),
            )
        )
    return AreaMap(drawn["view_box"], shapes, _keys(steps, max(values)))


def _map_label(name: str, language: str) -> str:
    for ending in MAP_ENDINGS.get(language, ()):
        if name.endswith(ending) and len(name) - len(ending) >= SHORTEST_LABEL:
            return name.removesuffix(ending)
    return name


def _keys(steps: list[int], most: int) -> list[Key]:
    first = steps[0] - 1
    keys = [Key(0, _("none") if first == 0 else f"–{first}")]
    for shade, least in enumerate(steps, start=1):
        if least > most:
            break
        last = steps[shade] - 1 if shade < len(steps) and steps[shade] <= most else most
        keys.append(Key(shade, str(least) if least >= last else f"{least}–{last}"))
    return keys
