"""Areas as public pages show them: names, counts, lists and maps. Reads areas and counts only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import AreaCount
from allimi.presentation.frame import Crumb
from allimi.presentation.vocabulary import STATUS_GROUPS, status_group
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
class Counts:
    """Projects of one area by status group and by type of work."""

    by_group: dict[str, int]
    by_type: dict[str, int]

    @property
    def ongoing(self) -> int:
        """Projects under construction."""
        return self.by_group.get("ongoing", 0)

    @property
    def total(self) -> int:
        """All published projects."""
        return sum(self.by_type.values())


NOTHING = Counts({}, {})


def project_counts(area_ids: Iterable[int]) -> dict[int, Counts]:
    """Return the counts of several areas in one query over the kept counters."""
    rows = (
        AreaCount.objects.filter(area_id__in=list(area_ids), kind="project")
        .values("area_id", "status", "work_type")
        .annotate(total=Sum("count"))
    )
    counts: dict[int, Counts] = {}
    for row in rows:
        count = counts.setdefault(row["area_id"], Counts(dict.fromkeys(STATUS_GROUPS, 0), {}))
        group, kind = status_group(row["status"]), row["work_type"]
        if group:
            count.by_group[group] += row["total"]
        count.by_type[kind] = count.by_type.get(kind, 0) + row["total"]
    return counts


def area_url(area: Area) -> str:
    """Return the address of an area's page."""
    return reverse("allimi:area", args=[area.code])


def children_of(area: Area) -> list[Area]:
    """Return the areas directly below, by name, without their polygons."""
    children = Area.objects.filter(parent=area).defer("polygon", "map_path")
    language = get_language() or "en"
    return sorted(children, key=lambda child: child.name_in(language))


def crumbs_to(area: Area, *, with_itself: bool) -> list[Crumb]:
    """Return the way from the root to `area`; the area itself is linked unless it is the page."""
    ids = [pk for pk in area.path if pk != area.pk]
    above = Area.objects.filter(pk__in=ids).defer("polygon", "map_path") if ids else []
    way = [Crumb(step.name, area_url(step)) for step in sorted(above, key=lambda a: a.level)]
    return [*way, Crumb(area.name, "" if not with_itself else area_url(area))]


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
