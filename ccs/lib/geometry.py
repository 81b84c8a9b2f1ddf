"""Pure geometry on WGS84 coordinates: boxes, distances, coverages, map drawings, location check.

Geometries come and go as GeoJSON dictionaries (longitude, latitude) or as shapely objects.
Distances over a few kilometres use an equirectangular projection at the place's own latitude;
its error there is far below the tolerance of the location check.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

GeoJSON: TypeAlias = dict[str, Any]
Box: TypeAlias = tuple[float, float, float, float]

EARTH_RADIUS_KM = 6371.0088
METRES_PER_DEGREE = 111_195.0
#: Six decimals of a degree are about 0.1 m.
COORDINATE_DECIMALS = 6
#: Sites touch their neighborhood's border, and borders are drawn coarsely.
LOCATION_TOLERANCE_METRES = 100.0
#: Width of a map drawing in its own units; the height follows from the area's shape.
GRID_WIDTH = 1000
#: Visvalingam tolerance of a map drawing and the smallest island drawn, in grid units.
DRAWING_TOLERANCE = 3.0
SMALLEST_ISLAND = 12.0


def geometry_from(geojson: GeoJSON) -> BaseGeometry:
    """Return the shapely geometry of a GeoJSON geometry; raises ValueError if it is none."""
    try:
        geometry = shape(geojson)
    except (KeyError, TypeError, AttributeError, ValueError, shapely.errors.ShapelyError) as error:
        raise ValueError(f"not a GeoJSON geometry: {error}") from error
    if geometry.is_empty or not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ValueError("the geometry has no coordinates")
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise ValueError("the coordinates are no longitudes and latitudes")
    return geometry


def to_geojson(geometry: BaseGeometry) -> GeoJSON:
    """Return the GeoJSON geometry with coordinates rounded to about 0.1 m, as plain lists."""
    return {
        "type": geometry.geom_type,
        "coordinates": _rounded(mapping(geometry)["coordinates"]),
    }


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (int, float)):
        return round(float(coordinates), COORDINATE_DECIMALS)
    return [_rounded(part) for part in coordinates]


def distance_km(
    longitude: float, latitude: float, to_longitude: float, to_latitude: float
) -> float:
    """Return the great-circle distance of two points in kilometres (haversine)."""
    south, north = math.radians(latitude), math.radians(to_latitude)
    half_height = math.sin((north - south) / 2) ** 2
    half_width = math.sin(math.radians(to_longitude - longitude) / 2) ** 2
    chord = half_height + math.cos(south) * math.cos(north) * half_width
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def box_around(longitude: float, latitude: float, radius_km: float) -> Box:
    """Return west, south, east, north of the box that holds the circle of `radius_km`."""
    height = radius_km * 1000 / METRES_PER_DEGREE
    width = height / max(0.01, math.cos(math.radians(latitude)))
    return longitude - width, latitude - height, longitude + width, latitude + height


def contains(polygon: GeoJSON, longitude: float, latitude: float) -> bool:
    """Return whether the point lies in the polygon, its border included."""
    return covers_point(shape(polygon), longitude, latitude)


def covers_point(geometry: BaseGeometry, longitude: float, latitude: float) -> bool:
    """Return whether the point lies in the geometry, its border included."""
    return bool(shapely.intersects_xy(geometry, longitude, latitude))


def place(
    geometry: GeoJSON | None,
    polygon: GeoJSON | None,
    tolerance_metres: float = LOCATION_TOLERANCE_METRES,
) -> Literal["inside", "outside", "not_checked"]:
    """Check that a site lies where the record says.

    A point has to lie in the area, a line or polygon has to touch it, each within the
    tolerance. Without a site or without the area's polygon nothing can be said:
    "not_checked". Raises ValueError for a geometry that is no GeoJSON.
    """
    if geometry is None or polygon is None:
        return "not_checked"
    site, area = geometry_from(geometry), geometry_from(polygon)
    middle = site.centroid.y
    distance = shapely.distance(_in_metres(site, middle), _in_metres(area, middle))
    return "inside" if distance <= tolerance_metres else "outside"


def place_in_any(
    geometry: GeoJSON | None, polygons: Iterable[GeoJSON | None]
) -> Literal["inside", "outside", "not_checked"]:
    """Check a site against several areas of one record: in any of them is inside.

    "outside" needs the polygon of every area; where one has none nothing can be said.
    """
    answers = {place(geometry, polygon) for polygon in polygons}
    if "inside" in answers:
        return "inside"
    return "outside" if answers == {"outside"} else "not_checked"


def _in_metres(geometry: BaseGeometry, latitude: float) -> BaseGeometry:
    scale = np.array([METRES_PER_DEGREE * math.cos(math.radians(latitude)), METRES_PER_DEGREE])
    return shapely.transform(geometry, lambda points: points * scale)


def clean_coverage(
    polygons: Sequence[BaseGeometry], gap_degrees: float = 0.0
) -> list[BaseGeometry]:
    """Return polygons that share their borders exactly, on coordinates of six decimals.

    Overlaps go to one of the neighbors; gaps narrower than `gap_degrees` are closed.
    """
    rounded = [shapely.set_precision(polygon, 10**-COORDINATE_DECIMALS) for polygon in polygons]
    return [*shapely.coverage_clean(np.array(rounded), gap_width=gap_degrees)]


def dissolve(polygons: Iterable[BaseGeometry]) -> BaseGeometry:
    """Return the union of polygons that share their borders."""
    return shapely.union_all(list(polygons))


def uncovered_piece(
    whole: BaseGeometry, parts: Iterable[BaseGeometry], narrow_degrees: float = 0.0005
) -> BaseGeometry:
    """Return the largest piece of `whole` that `parts` leave open, without slivers.

    What is narrower than twice `narrow_degrees` counts as a difference of drawing.
    """
    rest = whole.difference(dissolve(parts))
    core = rest.buffer(-narrow_degrees, join_style="mitre")
    opened = core.buffer(narrow_degrees * 1.5, join_style="mitre").intersection(rest)
    return max(polygons_of(opened), key=lambda piece: piece.area)


def polygons_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the polygons a geometry is made of."""
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]


@dataclass(frozen=True)
class Grid:
    """The drawing grid of one map: 1000 units wide, equirectangular at the middle latitude."""

    west: float
    north: float
    units_per_longitude: float
    units_per_latitude: float
    height: int

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> "Grid":
        """Return the grid that holds all boxes (west, south, east, north)."""
        wests, souths, easts, norths = zip(*boxes, strict=True)
        west, south, east, north = min(wests), min(souths), max(easts), max(norths)
        across = GRID_WIDTH / max(east - west, 1e-6)
        along = across / math.cos(math.radians((south + north) / 2))
        return cls(west, north, across, along, max(1, math.ceil((north - south) * along)))

    @property
    def view_box(self) -> str:
        """Return the value of the SVG attribute `viewBox`."""
        return f"0 0 {GRID_WIDTH} {self.height}"

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return the geometry in grid units, y downwards."""
        origin = np.array([self.west, self.north])
        scale = np.array([self.units_per_longitude, -self.units_per_latitude])
        return shapely.transform(geometry, lambda points: (points - origin) * scale)


@dataclass(frozen=True)
class Drawn:
    """One area of a map drawing: SVG path and the point for its label, in grid units."""

    path: str
    label: dict[str, int]


def draw(polygons: Sequence[BaseGeometry], grid: Grid) -> list[Drawn]:
    """Draw neighbors on one grid: simplified together, so that shared borders stay shared."""
    projected = np.array([grid.project(polygon) for polygon in polygons])
    simplified = shapely.coverage_simplify(projected, DRAWING_TOLERANCE)
    return [
        Drawn(svg_path(piece) or svg_path(original), _label_point(original))
        for piece, original in zip(simplified, projected, strict=True)
    ]


def svg_path(geometry: BaseGeometry) -> str:
    """Return the SVG path of polygons in grid units: integers, relative steps, no tiny islands."""
    polygons = sorted(polygons_of(geometry), key=lambda polygon: -polygon.area)
    visible = [
        polygon for polygon in polygons if polygon is polygons[0] or polygon.area >= SMALLEST_ISLAND
    ]
    return "".join(
        _ring_path(shapely.get_coordinates(ring))
        for polygon in visible
        for ring in (polygon.exterior, *polygon.interiors)
    )


def _ring_path(coordinates: np.ndarray) -> str:
    points = [(round(x), round(y)) for x, y in coordinates[:-1]]
    points = [point for at, point in enumerate(points) if point != points[at - 1]]
    if len(points) < 3:
        return ""
    steps = [
        f"{x - before_x} {y - before_y}"
        for (before_x, before_y), (x, y) in zip(points, points[1:], strict=False)
    ]
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps).replace(' -', '-')}z"


def _label_point(geometry: BaseGeometry) -> dict[str, int]:
    """Return the middle of the largest circle in the largest polygon."""
    largest = max(polygons_of(geometry), key=lambda polygon: polygon.area)
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=1.0))[0]
    return {"x": round(x), "y": round(y)}
