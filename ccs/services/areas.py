"""Areas: taking them over from files, deriving tree and maps, drawing a map's pieces.

The readers of files are in `ccs/services/area_files.py`; this module takes their rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypedDict

from django.db import connection, transaction
from django.db.models import Q

from ccs.lib import geometry
from ccs.lib.geometry import BaseGeometry, Grid
from ccs.lib.romanise import has_hangul, romanise_place
from ccs.models import Area, AreaCode

BATCH = 500
#: Columns that an import may change; tree and drawings are derived afterwards.
IMPORTED_FIELDS = (
    "parent_id", "kind", "names", "derived_names", "polygon", "west", "south", "east", "north",
    "longitude", "latitude", "valid_from_year", "valid_to_year",
)  # fmt: skip


@dataclass
class AreaRow:
    """One area as a file states it. What the file does not say stays as it is."""

    source: str
    line: int
    code: str
    kind: str
    names: dict[str, str]
    #: Code of the parent in the same scheme; empty for a root or where the file does not say.
    parent: str = ""
    derived_names: list[str] = field(default_factory=list)
    #: Codes in other schemes: (scheme, code).
    codes: list[tuple[str, str]] = field(default_factory=list)
    polygon: BaseGeometry | None = None
    #: Longitude and latitude, where the file has them; else they come from the polygon.
    centroid: tuple[float, float] | None = None
    valid_from_year: int | None = None
    valid_to_year: int | None = None


@dataclass(frozen=True)
class Problem:
    """A row that could not be placed, and why."""

    source: str
    line: int
    code: str
    reason: str


@dataclass
class AreaImport:
    """What an import did."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    codes: int = 0
    problems: list[Problem] = field(default_factory=list)


class DrawnArea(TypedDict):
    """One child on its parent's map."""

    area: Area
    path: str
    label: dict[str, int]


class Drawing(TypedDict):
    """A parent's map: SVG viewBox and its pieces; no pieces where no child has a polygon."""

    view_box: str
    children: list[DrawnArea]


@transaction.atomic
def import_areas(rows: Iterable[AreaRow | Problem], *, scheme: str) -> AreaImport:
    """Create and update areas from `rows`; codes and parents are codes of `scheme`.

    Set-based and repeatable: a second run with the same rows writes nothing. A row that cannot
    be placed is reported with its reason and stops no other row.
    """
    result = AreaImport()
    usable = _checked(rows, result)
    known = _known_areas(scheme, usable)
    placed = _place_rows(usable, known, result)
    _add_codes(scheme, placed, result)
    refresh_tree()
    if result.created or result.updated:
        draw_maps()
    return result


def _checked(rows: Iterable[AreaRow | Problem], result: AreaImport) -> list[AreaRow]:
    usable: dict[str, AreaRow] = {}
    for row in rows:
        if isinstance(row, Problem):
            result.problems.append(row)
        elif reason := _refusal(row, usable):
            result.problems.append(Problem(row.source, row.line, row.code, reason))
        else:
            usable[row.code] = row
    return list(usable.values())


def _refusal(row: AreaRow, seen: dict[str, AreaRow]) -> str:
    """Return why the row cannot be used, or an empty string."""
    if not row.code:
        return "the row has no code"
    if first := seen.get(row.code):
        return f"the code stands already in line {first.line} of {first.source}"
    if row.kind not in Area.Kind.values:
        return f"the kind is {row.kind!r}; it must be one of {', '.join(Area.Kind.values)}"
    if row.polygon is not None and row.polygon.geom_type not in ("Polygon", "MultiPolygon"):
        return f"the geometry is a {row.polygon.geom_type}, no polygon"
    if row.valid_from_year and row.valid_to_year and row.valid_to_year < row.valid_from_year:
        return f"the area ends in {row.valid_to_year}, before it begins in {row.valid_from_year}"
    return ""


def _known_areas(scheme: str, rows: list[AreaRow]) -> dict[str, Area]:
    """Return the areas that exist, by code of the scheme, else by the code used in addresses."""
    wanted = {row.code for row in rows} | {row.parent for row in rows}
    known = {area.code: area for area in Area.objects.filter(code__in=wanted)}
    codes = AreaCode.objects.filter(scheme=scheme, code__in=wanted).select_related("area")
    return known | {code.code: code.area for code in codes}


def _place_rows(
    rows: list[AreaRow], known: dict[str, Area], result: AreaImport
) -> list[tuple[AreaRow, Area]]:
    """Save the rows from the root downwards: a parent has to exist before its children."""
    placed: list[tuple[AreaRow, Area]] = []
    waiting = rows
    while waiting:
        own = {row.code for row in waiting}
        ready = [
            row
            for row in waiting
            if not row.parent or (row.parent in known and row.parent not in own)
        ]
        if not ready:
            break
        placed += _save_level(ready, known, result)
        done = {row.code for row in ready}
        waiting = [row for row in waiting if row.code not in done]
    result.problems += [
        Problem(row.source, row.line, row.code, f"no area has the parent's code {row.parent}")
        for row in waiting
    ]
    return placed


def _save_level(
    rows: list[AreaRow], known: dict[str, Area], result: AreaImport
) -> list[tuple[AreaRow, Area]]:
    created: list[Area] = []
    changed: list[Area] = []
    placed: list[tuple[AreaRow, Area]] = []
    for row in rows:
        area = known.get(row.code) or Area(code=row.code, names={})
        before = [getattr(area, name) for name in IMPORTED_FIELDS]
        _fill(area, row, known.get(row.parent))
        if not area.names:
            result.problems.append(Problem(row.source, row.line, row.code, "the area has no name"))
            continue
        if area.pk is None:
            created.append(area)
        elif before != [getattr(area, name) for name in IMPORTED_FIELDS]:
            changed.append(area)
        else:
            result.unchanged += 1
        placed.append((row, area))
    Area.objects.bulk_create(created, batch_size=BATCH)
    Area.objects.bulk_update(changed, IMPORTED_FIELDS, batch_size=BATCH)
    result.created += len(created)
    result.updated += len(changed)
    known.update((row.code, area) for row, area in placed)
    return placed


def _fill(area: Area, row: AreaRow, parent: Area | None) -> None:
    area.kind = row.kind
    if parent is not None:
        area.parent_id = parent.pk
    area.names, area.derived_names = _merged_names(area, row)
    area.valid_from_year = row.valid_from_year or area.valid_from_year
    area.valid_to_year = row.valid_to_year or area.valid_to_year
    if row.polygon is not None:
        area.polygon = geometry.to_geojson(row.polygon)
        area.west, area.south, area.east, area.north = _rounded(*row.polygon.bounds)
        middle = row.polygon.centroid
        area.longitude, area.latitude = _rounded(middle.x, middle.y)
    if row.centroid is not None:
        area.longitude, area.latitude = _rounded(*row.centroid)


def _rounded(*degrees: float) -> list[float]:
    return [round(degree, geometry.COORDINATE_DECIMALS) for degree in degrees]


def _merged_names(area: Area, row: AreaRow) -> tuple[dict[str, str], list[str]]:
    """Return names and derived languages: an official name always goes before a derived one."""
    names = {language: name for language, name in area.names.items() if name}
    derived = set(area.derived_names)
    for language, name in row.names.items():
        is_derived = language in row.derived_names
        if not name or (is_derived and language in names and language not in derived):
            continue
        names[language] = name
        (derived.add if is_derived else derived.discard)(language)
    korean = names.get("ko", "")
    if "en" not in names and has_hangul(korean):
        names["en"] = romanise_place(korean)
        derived.add("en")
    return names, sorted(derived)


def _add_codes(scheme: str, placed: list[tuple[AreaRow, Area]], result: AreaImport) -> None:
    wanted = {key: (row, area) for row, area in placed for key in [(scheme, row.code), *row.codes]}
    schemes = {key[0] for key in wanted}
    owners = {
        (code.scheme, code.code): code.area_id
        for code in AreaCode.objects.filter(
            Q(scheme__in=schemes), code__in={key[1] for key in wanted}
        )
    }
    missing = []
    for key, (row, area) in wanted.items():
        if key not in owners:
            missing.append(AreaCode(area=area, scheme=key[0], code=key[1]))
        elif owners[key] != area.pk:
            reason = f"the {key[0]} code {key[1]} belongs to another area already"
            result.problems.append(Problem(row.source, row.line, row.code, reason))
    result.codes = len(AreaCode.objects.bulk_create(missing, batch_size=BATCH))


def refresh_tree() -> int:
    """Derive `path` and `level` of all areas from their parents; return how many rows changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE tree AS (
                SELECT id, ARRAY[id]::bigint[] AS path FROM ccs_area WHERE parent_id IS NULL
                UNION ALL
                SELECT child.id, tree.path || child.id
                FROM ccs_area AS child JOIN tree ON child.parent_id = tree.id
                WHERE child.id <> ALL (tree.path)
            )
            UPDATE ccs_area AS area
            SET path = tree.path, level = cardinality(tree.path) - 1
            FROM tree
            WHERE area.id = tree.id
              AND (area.path <> tree.path OR area.level <> cardinality(tree.path) - 1)
            """
        )
        return cursor.rowcount


def draw_maps() -> int:
    """Draw the children of each area on one grid; return how many rows changed."""
    drawable = Area.objects.exclude(parent=None).filter(polygon__isnull=False)
    families: dict[int, list[Area]] = {}
    for child in drawable.order_by("parent_id", "code"):
        families.setdefault(child.parent_id, []).append(child)
    changed = []
    for family in families.values():
        polygons = [geometry.geometry_from(child.polygon) for child in family]
        drawn = geometry.draw(polygons, _grid(family))
        for child, piece in zip(family, drawn, strict=True):
            if (child.map_path, child.map_label) != (piece.path, piece.label):
                child.map_path, child.map_label = piece.path, piece.label
                changed.append(child)
    Area.objects.bulk_update(changed, ["map_path", "map_label"], batch_size=BATCH)
    return len(changed)


def _grid(children: list[Area]) -> Grid:
    return Grid.around((child.west, child.south, child.east, child.north) for child in children)


def drawing(parent: Area, *, using: str | None = None) -> Drawing:
    """Return the map of the parent's children in one query, without their polygons.

    The viewBox is that of the grid on which `draw_maps` drew them: it follows from the boxes of
    the drawn children. Children without a polygon are not on the map; list them beside it.
    """
    children = list(
        Area.objects.using(using)
        .filter(parent=parent)
        .exclude(map_path="")
        .defer("polygon")
        .order_by("code")
    )
    if not children:
        return {"view_box": f"0 0 {geometry.GRID_WIDTH} 1", "children": []}
    return {
        "view_box": _grid(children).view_box,
        "children": [
            {"area": child, "path": child.map_path, "label": child.map_label} for child in children
        ],
    }
