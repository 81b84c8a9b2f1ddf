"""Areas come in from files, once, with their codes, names, polygons and maps."""

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from shapely.geometry import box, shape
from shapely.validation import explain_validity

from ccs.lib import geometry
from ccs.lib.romanise import romanise, romanise_place
from ccs.models import Area, AreaCode
from ccs.services.area_files import philippines, seoul
from ccs.services.areas import AreaRow, drawing, import_areas

SQUARES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"id": code, "ko": name, "city": "C"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]],
            },
        }
        for x, (code, name) in enumerate([("D1", "서쪽구"), ("D2", "동쪽구")])
    ],
}
SQUARES_OPTIONS = {
    "scheme": "TEST",
    "kind": "district",
    "code": "id",
    "name": ["ko=ko"],
    "parent_column": "city",
    "verbosity": 0,
}


def row(code: str, parent: str = "", **more: object) -> AreaRow:
    """Return a plain row of a test file."""
    fields = {"names": {"en": f"Area {code}"}, "kind": "city" if not parent else "district"}
    return AreaRow(source="test.csv", line=2, code=code, parent=parent, **(fields | more))


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """A city in the database and a file of two square districts beside each other."""
    import_areas([row("C")], scheme="TEST")
    path = tmp_path / "squares.geojson"
    path.write_text(json.dumps(SQUARES), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def seoul_rows() -> list[AreaRow]:
    return seoul()


@pytest.mark.django_db
def test_geojson_districts_get_tree_box_centroid_and_codes(squares: Path) -> None:
    call_command("import_areas", squares, **SQUARES_OPTIONS)
    city, west = Area.objects.get(code="C"), Area.objects.get(code="D1")
    assert (west.parent, west.path, west.level) == (city, [city.pk, west.pk], 1)
    assert (west.west, west.south, west.east, west.north) == (0, 0, 1, 1)
    assert (west.longitude, west.latitude) == (0.5, 0.5)
    assert AreaCode.objects.get(scheme="TEST", code="D1").area == west


@pytest.mark.django_db
def test_second_import_of_the_same_file_writes_nothing(squares: Path) -> None:
    call_command("import_areas", squares, **SQUARES_OPTIONS)
    before = list(Area.objects.values())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        call_command("import_areas", squares, **SQUARES_OPTIONS)
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    assert list(Area.objects.values()) == before


@pytest.mark.django_db
def test_missing_english_name_is_romanised_and_marked(squares: Path) -> None:
    call_command("import_areas", squares, **SQUARES_OPTIONS)
    area = Area.objects.get(code="D1")
    assert (area.names["en"], area.derived_names) == ("Seojjok-gu", ["en"])


@pytest.mark.django_db
def test_official_name_replaces_a_derived_one_and_never_the_reverse() -> None:
    import_areas([row("C", names={"ko": "서울시"})], scheme="T")
    import_areas([row("C", names={"en": "Seoul"})], scheme="T")
    area = Area.objects.get(code="C")
    assert (area.names, area.derived_names) == ({"ko": "서울시", "en": "Seoul"}, [])
    import_areas([row("C", names={"en": "Seo-ul"}, derived_names=["en"])], scheme="T")
    area.refresh_from_db()
    assert area.names["en"] == "Seoul"


@pytest.mark.django_db
def test_table_without_polygons_keeps_the_polygons_there_are(squares: Path) -> None:
    call_command("import_areas", squares, **SQUARES_OPTIONS)
    table = squares.with_suffix(".tsv")
    table.write_text("id\tname\tsince\nD1\tWest\t1995\n", encoding="utf-8")
    call_command(
        "import_areas", table, scheme="TEST", kind="district", code="id",
        name=["en=name"], valid_from="since", verbosity=0,
    )  # fmt: skip
    area = Area.objects.get(code="D1")
    assert area.polygon is not None
    assert (area.name_in("en"), area.valid_from_year, area.derived_names) == ("West", 1995, [])


@pytest.mark.django_db
def test_rows_that_cannot_be_placed_are_reported_with_line_and_reason(tmp_path: Path) -> None:
    path, report = tmp_path / "areas.csv", tmp_path / "report.csv"
    path.write_text(
        "code,en,parent,year\nA,Alpha,,\nA,Again,,\n,Nameless,,\nB,Beta,X,\nC,,A,\nD,Delta,A,99\n",
        encoding="utf-8",
    )
    call_command(
        "import_areas", path, scheme="T", kind="city", name=["en=en"], parent_column="parent",
        valid_from="year", report=report, verbosity=0,
    )  # fmt: skip
    rows = list(csv.DictReader(report.open(encoding="utf-8")))
    assert {(r["line"], r["reason"]) for r in rows} == {
        ("3", "the code stands already in line 2 of areas.csv"),
        ("4", "the row has no code"),
        ("5", "no area has the parent's code X"),
        ("6", "the area has no name"),
        ("7", "year is '99', no year of four digits"),
    }
    assert list(Area.objects.values_list("code", flat=True)) == ["A"]


@pytest.mark.django_db
def test_areas_that_are_each_others_parent_are_refused() -> None:
    result = import_areas([row("A", "B"), row("B", "A")], scheme="T")
    assert len(result.problems) == 2
    assert not Area.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", "x", "is no .geojson"),
        ("a.geojson", "{}", "no GeoJSON feature collection"),
        ("a.csv", "other\n1\n", "has no column or property"),
        ("a.json", "{", "cannot be read"),
    ],
)
def test_unusable_file_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match=sentence):
        call_command("import_areas", path, scheme="T", kind="city", name=["en=en"])


@pytest.mark.django_db
def test_area_is_found_again_by_its_code_in_another_scheme() -> None:
    import_areas([row("11740", codes=[("KOSTAT", "11250")])], scheme="MOIS")
    result = import_areas([row("11250", names={"en": "Gangdong-gu"})], scheme="KOSTAT")
    assert (result.created, result.updated) == (0, 1)
    assert Area.objects.get().code == "11740"


@pytest.mark.django_db
def test_map_is_one_query_and_has_a_piece_and_a_label_for_each_child(squares: Path) -> None:
    call_command("import_areas", squares, **SQUARES_OPTIONS)
    city = Area.objects.get(code="C")
    with CaptureQueriesContext(connection) as queries:
        drawn = drawing(city)
        assert [child["area"].name_in("ko") for child in drawn["children"]] == ["서쪽구", "동쪽구"]
    assert len(queries) == 1
    assert drawn["view_box"] == "0 0 1000 501"
    assert [child["label"] for child in drawn["children"]] == [
        {"x": 250, "y": 250},
        {"x": 750, "y": 250},
    ]


@pytest.mark.django_db
def test_area_without_drawn_children_has_an_empty_map() -> None:
    import_areas([row("C"), row("D", "C")], scheme="T")
    assert drawing(Area.objects.get(code="C"))["children"] == []


def test_seoul_has_25_gu_and_every_dong_of_the_code_table(seoul_rows: list[AreaRow]) -> None:
    kinds = [row.kind for row in seoul_rows]
    assert (kinds.count("city"), kinds.count("district"), kinds.count("neighborhood")) == (
        1,
        25,
        426,
    )
    assert all(row.polygon is not None for row in seoul_rows)
    assert len({row.code for row in seoul_rows}) == 452


def test_seoul_borders_are_shared_and_valid(seoul_rows: list[AreaRow]) -> None:
    gu = [row.polygon for row in seoul_rows if row.kind == "district"]
    assert [explain_validity(polygon) for polygon in gu] == ["Valid Geometry"] * 25
    overlap = sum(a.intersection(b).area for at, a in enumerate(gu) for b in gu[at + 1 :])
    assert overlap == 0
    assert seoul_rows[0].polygon.geom_type == "Polygon"


def test_known_point_lies_in_jowon_dong(seoul_rows: list[AreaRow]) -> None:
    found = [
        row.names["ko"]
        for row in seoul_rows
        if row.kind == "neighborhood" and geometry.covers_point(row.polygon, 126.9010, 37.4797)
    ]
    assert found == ["조원동"]


@pytest.mark.django_db
def test_seoul_is_stored_with_all_codes_and_six_derived_names(seoul_rows: list[AreaRow]) -> None:
    result = import_areas(seoul_rows, scheme="MOIS")
    assert (result.created, result.problems) == (452, [])
    gangdong = Area.objects.get(code="11740")
    assert {("MOIS", "11740"), ("KOSTAT", "11250")} <= set(
        gangdong.codes.values_list("scheme", "code")
    )
    derived = Area.objects.exclude(derived_names=[])
    assert {area.names["en"] for area in derived} == {
        "Hang-dong", "Wirye-dong", "Sangil 1(il)-dong", "Sangil 2(i)-dong",
        "Oryu 2(i)-dong", "Gangil-dong",
    }  # fmt: skip
    city = drawing(Area.objects.get(code="11"))
    assert len(city["children"]) == 25
    assert sum(len(child["path"]) for child in city["children"]) < 8_000


@pytest.mark.django_db
def test_philippines_is_stored_from_country_to_municipality() -> None:
    result = import_areas(philippines(), scheme="PSGC")
    assert (result.created, result.problems) == (1 + 18 + 83 + 1656, [])
    angeles = Area.objects.get(code="0330100000")
    assert angeles.parent.code == "0300000000"
    assert Area.objects.get(code="1380602000").parent.name_in("en") == "City of Manila"
    adams = AreaCode.objects.get(scheme="PSGC 9", code="012801000").area
    assert (adams.code, adams.level) == ("0102801000", 3)
    assert (adams.polygon, adams.longitude) == (None, 120.919406)
    assert len(drawing(Area.objects.get(code="PH"))["children"]) == 18


def test_islands_lie_in_the_region_they_belong_to_today() -> None:
    regions = {row.code: row.polygon for row in philippines() if row.kind == "region"}
    dumaguete, jolo, panay = (123.24, 9.32), (121.10, 5.95), (122.3, 11.2)
    assert geometry.covers_point(regions["1800000000"], *dumaguete)
    assert geometry.covers_point(regions["0900000000"], *jolo)
    assert geometry.covers_point(regions["0600000000"], *panay)


SQUARE = geometry.to_geojson(box(126.0, 37.0, 126.1, 37.1))


@pytest.mark.parametrize(
    ("site", "answer"),
    [
        ({"type": "Point", "coordinates": [126.05, 37.05]}, "inside"),
        ({"type": "Point", "coordinates": [126.1010, 37.05]}, "inside"),
        ({"type": "Point", "coordinates": [126.1013, 37.05]}, "outside"),
        ({"type": "Point", "coordinates": [37.05, 126.05]}, ValueError),
        ({"type": "LineString", "coordinates": [[126.05, 37.05], [126.3, 37.3]]}, "inside"),
        ({"type": "LineString", "coordinates": [[126.2, 37.2], [126.3, 37.3]]}, "outside"),
        (geometry.to_geojson(box(126.09, 37.09, 126.2, 37.2)), "inside"),
        ({"type": "Nonsense"}, ValueError),
        (None, "not_checked"),
    ],
)
def test_site_is_checked_against_its_area(site: dict | None, answer: object) -> None:
    if answer is ValueError:
        with pytest.raises(ValueError, match="GeoJSON|longitudes"):
            geometry.place(site, SQUARE)
    else:
        assert geometry.place(site, SQUARE) == answer


def test_site_in_an_area_without_polygon_is_not_checked() -> None:
    assert geometry.place({"type": "Point", "coordinates": [1, 1]}, None) == "not_checked"


def test_distance_of_seoul_and_busan() -> None:
    assert geometry.distance_km(126.9780, 37.5665, 129.0756, 35.1796) == pytest.approx(325, abs=1)


def test_box_around_holds_the_circle() -> None:
    west, south, east, north = geometry.box_around(127.0, 37.5, 5)
    assert geometry.distance_km(127.0, 37.5, east, 37.5) == pytest.approx(5, rel=0.01)
    assert geometry.distance_km(127.0, 37.5, 127.0, south) == pytest.approx(5, rel=0.01)
    assert (west < 127.0 < east, south < 37.5 < north) == (True, True)


def test_drawn_neighbors_share_their_border() -> None:
    left, right = box(0, 0, 1, 1), box(1, 0, 2, 1)
    grid = geometry.Grid.around([left.bounds, right.bounds])
    paths = [piece.path for piece in geometry.draw([left, right], grid)]
    assert all(path.startswith("M") and path.endswith("z") for path in paths)
    assert "500" in paths[0]
    assert not any("." in path for path in paths)


def test_uncovered_piece_leaves_slivers_out() -> None:
    piece = geometry.uncovered_piece(box(0, 0, 2, 1), [box(0, 0.0004, 1, 1)], 0.0005)
    assert shape(geometry.to_geojson(piece)).area == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize(
    ("korean", "latin"),
    [
        ("위례동", "Wirye-dong"),
        ("상일제1동", "Sangil 1(il)-dong"),
        ("오류2동", "Oryu 2(i)-dong"),
        ("강남구", "Gangnam-gu"),
        ("압구정동", "Apgujeong-dong"),
    ],
)
def test_place_names_are_romanised_with_their_ending(korean: str, latin: str) -> None:
    assert romanise_place(korean) == latin


@pytest.mark.parametrize(
    ("korean", "latin"),
    [("독립문", "Dongnimmun"), ("신라", "Silla"), ("백마", "Baengma"), ("종로", "Jongno"),
     ("한강 공원", "Hangang Gongwon"), ("A1 다리", "A1 Dari")],
)  # fmt: skip
def test_sounds_change_between_syllables(korean: str, latin: str) -> None:
    assert romanise(korean) == latin
