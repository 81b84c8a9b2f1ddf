"""Where the invented projects lie: inside real neighborhoods, at places nobody planned."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, Point, box, shape
from shapely.geometry.base import BaseGeometry

from ccs.lib.geometry import METRES_PER_DEGREE, place, to_geojson
from ccs.models import Area

#: A line belongs to a neighborhood when this much of it lies there, in degrees (some 40 m).
TOUCH = 0.0004
TRIES = 60


@dataclass(frozen=True)
class Quarter:
    """A neighborhood and its polygon."""

    area: Area
    polygon: BaseGeometry


@dataclass(frozen=True)
class District:
    """A district with its neighborhoods."""

    area: Area
    quarters: tuple[Quarter, ...]


@dataclass(frozen=True)
class Site:
    """A place in a city: geometry, its middle, the neighborhoods it touches, the check's answer."""

    geometry: dict[str, Any]
    longitude: float
    latitude: float
    quarters: tuple[Quarter, ...]
    location_check: str


def districts(city_code: str) -> list[District]:
    """Return the districts of a city with all neighborhoods that have a polygon."""
    city = Area.objects.get(code=city_code)
    rows = Area.objects.filter(path__contains=[city.pk], polygon__isnull=False).order_by("code")
    by_parent: dict[int, list[Quarter]] = {}
    for area in rows.filter(kind=Area.Kind.NEIGHBORHOOD):
        by_parent.setdefault(area.parent_id, []).append(Quarter(area, shape(area.polygon)))
    return [
        District(area, tuple(by_parent[area.pk]))
        for area in rows.filter(kind=Area.Kind.DISTRICT)
        if area.pk in by_parent
    ]


def find_site(district: District, kind_of_shape: str, length: float, rng: random.Random) -> Site:
    """Return a site in the district: a point, a line of `length` metres, a block of that side."""
    home = rng.choice(district.quarters)
    middle = _inside(home.polygon, rng)
    geometry: BaseGeometry = middle
    if kind_of_shape == "line":
        geometry = _line(middle, district, length, rng)
    elif kind_of_shape == "polygon":
        geometry = _block(middle, home.polygon, length, rng)
    centre = geometry.interpolate(0.5, normalized=True) if kind_of_shape == "line" else middle
    touched = tuple(
        quarter
        for quarter in district.quarters
        if quarter is home
        or (kind_of_shape == "line" and geometry.intersection(quarter.polygon).length > TOUCH)
    )
    geojson = to_geojson(geometry)
    return Site(
        geojson,
        round(centre.x, 6),
        round(centre.y, 6),
        (home, *(quarter for quarter in touched if quarter is not home)),
        place(geojson, home.area.polygon),
    )


def _inside(polygon: BaseGeometry, rng: random.Random) -> Point:
    core = polygon.buffer(-0.0008)
    polygon = polygon if core.is_empty else core
    west, south, east, north = polygon.bounds
    for _ in range(TRIES):
        point = Point(rng.uniform(west, east), rng.uniform(south, north))
        if polygon.contains(point):
            return point
    return polygon.representative_point()


def _degrees(metres: float, latitude: float) -> tuple[float, float]:
    height = metres / METRES_PER_DEGREE
    return height / math.cos(math.radians(latitude)), height


def _line(start: Point, district: District, length: float, rng: random.Random) -> BaseGeometry:
    """Return a bent line from `start` that stays in the district, shortened until it does."""
    whole = shapely.union_all([quarter.polygon for quarter in district.quarters]).buffer(1e-5)
    for attempt in range(TRIES):
        heading = rng.uniform(0, 2 * math.pi)
        x, y = start.x, start.y
        points = [(x, y)]
        for _ in range(5):
            heading += rng.gauss(0, 0.22)
            width, height = _degrees(length / 5 * (1 - attempt / TRIES / 1.2), start.y)
            x, y = x + width * math.cos(heading), y + height * math.sin(heading)
            points.append((x, y))
        line = LineString(points)
        if whole.contains(line):
            return line
    return LineString([start, (start.x + 0.0003, start.y)])


def _block(middle: Point, within: BaseGeometry, side: float, rng: random.Random) -> BaseGeometry:
    """Return a block around `middle` that stays in the neighborhood, made smaller until it does."""
    angle, ratio = rng.uniform(0, 90), rng.uniform(0.6, 1.5)
    for attempt in range(TRIES):
        width, height = _degrees(side / 2 * (1 - attempt / (TRIES + 4)), middle.y)
        block = rotate(box(-width, -height * ratio, width, height * ratio), angle)
        block = translate(block, middle.x, middle.y)
        if within.contains(block):
            return block
    return box(middle.x - 1e-4, middle.y - 1e-4, middle.x + 1e-4, middle.y + 1e-4)


def english(quarters: Sequence[Quarter]) -> str:
    """Return the English name of the first neighborhood."""
    return quarters[0].area.names.get("en") or quarters[0].area.names["ko"]
