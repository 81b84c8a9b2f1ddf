"""Reading areas from files: GeoJSON, CSV and TSV by a mapping, and the data sets shipped here.

A reader yields an `AreaRow` for each row it understands and a `Problem` for each it does not.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from shapely.geometry.base import BaseGeometry

from ccs.lib import geometry
from ccs.models import Area
from ccs.services.areas import AreaRow, Problem

DATA_DIR: Path = settings.BASE_DIR / "data"
SEOUL_DIR = "seoul-boundaries"
PSGC_DIR = "ph-psgc"
DELIMITERS = {".csv": ",", ".tsv": "\t"}
#: Gaps between neighbors narrower than this (about 10 m) are differences of drawing.
DRAWING_GAP_DEGREES = 0.0001


class FileNotUsable(ValueError):
    """Raised when a whole file cannot be read: wrong kind, wrong encoding, missing column."""


@dataclass(frozen=True)
class Mapping:
    """Which column or property holds what."""

    kind: str
    code: str
    #: Language code → column.
    names: dict[str, str]
    parent: str = ""
    #: Code of the one parent of all rows, where no column states it.
    parent_code: str = ""
    #: Scheme → column, for further official codes.
    codes: dict[str, str] = field(default_factory=dict)
    longitude: str = ""
    latitude: str = ""
    valid_from: str = ""
    valid_to: str = ""

    @property
    def columns(self) -> set[str]:
        """Return every column the mapping names."""
        named = {self.code, self.parent, self.longitude, self.latitude}
        named |= {self.valid_from, self.valid_to, *self.names.values(), *self.codes.values()}
        return named - {""}


def read_file(path: Path, mapping: Mapping) -> Iterator[AreaRow | Problem]:
    """Read one GeoJSON, CSV or TSV file (UTF-8); raises FileNotUsable with a sentence.

    The line of a GeoJSON row is the number of its feature.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in DELIMITERS:
            records = _table_records(path, DELIMITERS[suffix])
        elif suffix in (".geojson", ".json"):
            records = _feature_records(path)
        else:
            raise FileNotUsable(f"{path} is no .geojson, .json, .csv or .tsv file.")
        for line, properties, shape in records:
            if missing := mapping.columns - properties.keys():
                names = ", ".join(sorted(missing))
                raise FileNotUsable(f"{path}, line {line}, has no column or property {names}.")
            yield _read_row(path.name, line, properties, shape, mapping)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise FileNotUsable(f"{path} cannot be read: {error}") from error


Record = tuple[int, dict[str, Any], dict[str, Any] | None]


def _table_records(path: Path, delimiter: str) -> Iterator[Record]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        for row in reader:
            yield reader.line_num, row, None


def _feature_records(path: Path) -> Iterator[Record]:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise FileNotUsable(f"{path} is no GeoJSON feature collection.")
    for number, feature in enumerate(features, start=1):
        yield number, feature.get("properties") or {}, feature.get("geometry")


def _read_row(
    source: str, line: int, row: dict[str, Any], shape: dict[str, Any] | None, mapping: Mapping
) -> AreaRow | Problem:
    code = _text(row, mapping.code)
    try:
        polygon = geometry.geometry_from(shape) if shape else None
        centroid = _centroid(row, mapping)
        if polygon is not None and polygon.geom_type == "Point":
            centroid, polygon = centroid or (polygon.x, polygon.y), None
        return AreaRow(
            source=source,
            line=line,
            code=code,
            kind=mapping.kind,
            names={language: _text(row, column) for language, column in mapping.names.items()},
            parent=_text(row, mapping.parent) or mapping.parent_code,
            codes=[
                (scheme, _text(row, column))
                for scheme, column in mapping.codes.items()
                if _text(row, column)
            ],
            polygon=polygon,
            centroid=centroid,
            valid_from_year=_year(row, mapping.valid_from),
            valid_to_year=_year(row, mapping.valid_to),
        )
    except ValueError as error:
        return Problem(source, line, code, str(error))


def _text(row: dict[str, Any], column: str) -> str:
    value = row.get(column) if column else None
    return "" if value is None else str(value).strip()


def _year(row: dict[str, Any], column: str) -> int | None:
    text = _text(row, column)
    if text and not (text.isdigit() and len(text) == 4):
        raise ValueError(f"{column} is {text!r}, no year of four digits")
    return int(text) if text else None


def _centroid(row: dict[str, Any], mapping: Mapping) -> tuple[float, float] | None:
    longitude, latitude = _text(row, mapping.longitude), _text(row, mapping.latitude)
    if not longitude or not latitude:
        return None
    point = {"type": "Point", "coordinates": [float(longitude), float(latitude)]}
    geometry.geometry_from(point)
    return float(longitude), float(latitude)


# -- Seoul (data/seoul-boundaries/README.md) ---------------------------------------------------


def seoul(folder: Path | None = None) -> list[AreaRow]:
    """Return Seoul, its 25 gu and its dong; codes are those of the Ministry of the Interior.

    The gu are dissolved from their dong, so that borders are shared. Two dong stand in the
    code table and not on the map; their ground is what the map leaves open of their gu.
    """
    folder = folder or DATA_DIR / SEOUL_DIR
    dong = _seoul_dong(folder)
    polygons = geometry.clean_coverage([row.polygon for row in dong], DRAWING_GAP_DEGREES)
    members: dict[str, list[BaseGeometry]] = {}
    for row, polygon in zip(dong, polygons, strict=True):
        row.polygon = polygon
        members.setdefault(row.parent, []).append(polygon)
    gu = _seoul_gu(folder)
    for row in gu:
        row.polygon = geometry.dissolve(members[row.code])
    city = AreaRow(
        source="README.md",
        line=1,
        code="11",
        kind=Area.Kind.CITY,
        names={"ko": "서울특별시", "en": "Seoul"},
        codes=[("KOSTAT", "11"), ("legal dong", "1100000000"), ("ISO 3166-2", "KR-11")],
        polygon=geometry.dissolve(row.polygon for row in gu),
    )
    return [city, *gu, *dong]


def _seoul_gu(folder: Path) -> list[AreaRow]:
    """Return the gu in the order of their codes, without polygons."""
    found: dict[str, AreaRow] = {}
    path = folder / "seoul_dong_names.csv"
    for line, row, _ in _table_records(path, ","):
        code = row["gu_code5"]
        if code not in found:
            found[code] = AreaRow(
                source=path.name,
                line=line,
                code=code,
                kind=Area.Kind.DISTRICT,
                names={"ko": row["gu_ko"], "en": row["gu_en"]},
                parent="11",
                codes=[
                    ("KOSTAT", row["kostat_code7"][:5]),
                    ("legal dong", f"{code}00000"),
                    ("JUSO", code),
                ],
            )
    return [found[code] for code in sorted(found)]


def _seoul_dong(folder: Path) -> list[AreaRow]:
    """Return the dong of the code table, each with its polygon and English name if known."""
    english = {
        row["mois_code10"]: row["dong_en"]
        for _, row, _ in _table_records(folder / "seoul_dong_names.csv", ",")
    }
    drawn = {
        properties["adm_cd2"]: geometry.geometry_from(shape)
        for _, properties, shape in _feature_records(folder / "seoul_dong_admdongkor.geojson")
    }
    path = folder / "seoul_dong_codes_2022-03-09.tsv"
    rows = [
        AreaRow(
            source=path.name,
            line=line,
            code=row["adm_cd2"],
            kind=Area.Kind.NEIGHBORHOOD,
            names={"ko": row["emd_nm"], "en": english.get(row["adm_cd2"], "")},
            parent=row["sgg"],
            codes=[("KOSTAT", row["adm_cd"])],
            polygon=drawn.get(row["adm_cd2"]),
        )
        for line, row, _ in _table_records(path, "\t")
    ]
    _fill_open_ground(folder, rows, drawn)
    return rows


def _fill_open_ground(folder: Path, rows: list[AreaRow], drawn: dict[str, BaseGeometry]) -> None:
    """Give a dong without polygon the piece of its gu that no other dong covers."""
    gu = {
        properties["SIG_CD"]: geometry.geometry_from(shape)
        for _, properties, shape in _feature_records(folder / "seoul_gu_juso2015.geojson")
    }
    for row in rows:
        if row.polygon is None:
            row.polygon = geometry.uncovered_piece(gu[row.parent], drawn.values())


# -- Philippines (data/ph-psgc/README.md) ------------------------------------------------------

#: Names on the region map of 2011 → code of today's region.
PH_REGION_POLYGONS = {
    "Autonomous Region of Muslim Mindanao (ARMM)": "1900000000",
    "Bicol Region (Region V)": "0500000000",
    "CALABARZON (Region IV-A)": "0400000000",
    "Cagayan Valley (Region II)": "0200000000",
    "Caraga (Region XIII)": "1600000000",
    "Central Luzon (Region III)": "0300000000",
    "Central Visayas (Region VII)": "0700000000",
    "Cordillera Administrative Region (CAR)": "1400000000",
    "Davao Region (Region XI)": "1100000000",
    "Eastern Visayas (Region VIII)": "0800000000",
    "Ilocos Region (Region I)": "0100000000",
    "MIMAROPA (Region IV-B)": "1700000000",
    "Metropolitan Manila": "1300000000",
    "Northern Mindanao (Region X)": "1000000000",
    "SOCCSKSARGEN (Region XII)": "1200000000",
    "Western Visayas (Region VI)": "0600000000",
    "Zamboanga Peninsula (Region IX)": "0900000000",
}
PH_CITY_OF_MANILA = "1380600000"
#: The one grouping row that stands for real ground of its own: eight new municipalities.
PH_SPECIAL_GEOGRAPHIC_AREA = "1999900000"


def philippines(folder: Path | None = None) -> list[AreaRow]:
    """Return country, regions, provinces, cities and municipalities; codes are PSGC, 10 digits.

    Rows that only group an independent city with itself ("City of Angeles (Independent City)",
    "City of Isabela (Not a Province)") or repeat Metro Manila are left out: these cities
    belong to their region directly.
    """
    folder = folder or DATA_DIR / PSGC_DIR
    provinces = _psgc_rows(folder / "provinces.json", Area.Kind.PROVINCE)
    groupings = {
        record["psgc_code"]: record["region_code"]
        for record in _psgc_records(folder / "provinces.json")
        if record.get("is_pseudo") and record["psgc_code"] != PH_SPECIAL_GEOGRAPHIC_AREA
    }
    places = _psgc_rows(folder / "cities.json", Area.Kind.MUNICIPALITY)
    for place in places:
        place.parent = groupings.get(place.parent, place.parent)
    regions = _psgc_rows(folder / "regions.json", Area.Kind.REGION)
    _give_polygons(folder, regions, places)
    country = AreaRow(
        source="README.md",
        line=1,
        code="PH",
        kind=Area.Kind.COUNTRY,
        names={"en": "Philippines", "ko": "필리핀"},
        codes=[("ISO 3166-1", "PH")],
        polygon=geometry.dissolve(row.polygon for row in regions if row.polygon is not None),
    )
    return [country, *regions, *(row for row in provinces if row.code not in groupings), *places]


def _psgc_records(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))


def _psgc_rows(path: Path, kind: str) -> list[AreaRow]:
    rows = []
    for number, record in enumerate(_psgc_records(path), start=1):
        point, old_code = record["coordinate"], record.get("correspondence_code")
        parent = record.get("province_code") or record.get("region_code") or "PH"
        if record.get("geographic_level") == "SubMun":
            parent = PH_CITY_OF_MANILA
        rows.append(
            AreaRow(
                source=path.name,
                line=number,
                code=record["psgc_code"],
                kind=kind,
                names={"en": record["name"]},
                parent=parent,
                codes=[("PSGC 9", old_code)] if old_code else [],
                centroid=(point["longitude"], point["latitude"]),
            )
        )
    return rows


def _give_polygons(folder: Path, regions: list[AreaRow], places: list[AreaRow]) -> None:
    """Give the regions the ground of the map of 2011, moved island by island to today's region.

    Since then the Negros Island Region was made and Sulu left the Bangsamoro: an island
    whose places all belong to another region today goes there as a whole.
    """
    # The first two digits of a PSGC code are those of the region.
    points = [(row.centroid, f"{row.code[:2]}00000000") for row in places if row.centroid]
    ground: dict[str, list[BaseGeometry]] = {}
    path = folder / "regions_2011_lowres.geojson"
    for _, properties, shape in _feature_records(path):
        mapped = PH_REGION_POLYGONS[properties["REGION"]]
        for island in geometry.polygons_of(geometry.geometry_from(shape)):
            today = {code for point, code in points if geometry.covers_point(island, *point)}
            ground.setdefault(today.pop() if len(today) == 1 else mapped, []).append(island)
    merged = [geometry.dissolve(ground[row.code]) for row in regions]
    for row, polygon in zip(regions, geometry.clean_coverage(merged), strict=True):
        row.polygon = polygon
