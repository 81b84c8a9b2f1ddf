"""What is built, by kind of work: items with price, share, time, crew, machines, material, scene.

Prices are round figures of the right order of size, chosen for the demonstration.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

#: Items of all kinds: crew as "trade count", machines as "type size count; …".
TABLE = Path(__file__).resolve().parents[2] / "data" / "demonstration" / "work_items.csv"


@dataclass(frozen=True)
class Kind:
    """One kind of works and the names its projects bear."""

    key: str
    work_type: str
    #: Korean and English name; {place} is the neighborhood.
    names: tuple[tuple[str, str], ...]
    shape: str
    #: Smallest and largest contract in 100 million won, months of construction.
    size: tuple[int, int]
    months: tuple[int, int]
    purpose: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Item:
    """A work item: price of a unit in won, share of the contract in per cent, start and finish."""

    code: str
    section: str
    name: str
    unit: str
    price: int
    share: float
    start: float
    finish: float
    crew: tuple[tuple[str, int], ...]
    machines: tuple[tuple[str, str, int], ...]
    #: Material, standard, unit, quantity for one unit of work.
    material: tuple[str, str, str, float] | None
    scene: str


def _read() -> dict[str, tuple[Item, ...]]:
    items: dict[str, list[Item]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            items[row["kind"]].append(_item(row))
    return {kind: tuple(rows) for kind, rows in items.items()}


def _item(row: dict[str, str]) -> Item:
    return Item(
        code=row["code"],
        section=row["section"],
        name=row["name"],
        unit=row["unit"],
        price=int(row["price"]),
        share=float(row["share"]),
        start=float(row["start"]),
        finish=float(row["finish"]),
        crew=tuple(
            (trade, int(count)) for trade, count in re.findall(r"(\D+?)(\d+)\s*", row["crew"])
        ),
        machines=tuple(_machine(part) for part in row["machines"].split(";") if part.strip()),
        material=_material(row),
        scene=row["scene"],
    )


def _machine(text: str) -> tuple[str, str, int]:
    kind, size, count = text.split()
    return kind, size, int(count)


def _material(row: dict[str, str]) -> tuple[str, str, str, float] | None:
    if not row["material"]:
        return None
    ratio = float(row["material_ratio"])
    return row["material"], row["standard"], row["material_unit"], ratio


ITEMS = _read()

KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "street",
            "road",
            (
                ("{place} 보행환경 개선공사", "{place} Walking Environment Improvement"),
                ("{place} 이면도로 정비공사", "{place} Back Street Improvement"),
                ("{place} 도로 확장 및 포장공사", "{place} Road Widening and Paving"),
                ("{place} 자전거도로 연결공사", "{place} Cycle Path Connection"),
            ),
            "line",
            (8, 65),
            (9, 16),
            "걷기 안전한 폭의 보도를 확보하고 낡은 포장과 배수시설을 바꿉니다.",
            ITEMS["street"],
        ),
        Kind(
            "bridge",
            "road",
            (
                ("{place} 보행교 설치공사", "{place} Footbridge"),
                ("{place} 노후 교량 개축공사", "{place} Bridge Reconstruction"),
                ("{place} 고가 연결로 보강공사", "{place} Elevated Ramp Strengthening"),
            ),
            "line",
            (60, 290),
            (18, 30),
            "물길과 큰길로 끊긴 두 동네를 잇고 내진 성능을 갖춥니다.",
            ITEMS["bridge"],
        ),
        Kind(
            "pipe",
            "water",
            (
                ("{place} 노후 상수도관 교체공사", "{place} Water Main Replacement"),
                ("{place} 하수관로 종합정비공사", "{place} Sewer Rehabilitation"),
                ("{place} 빗물관 용량 확대공사", "{place} Storm Drain Enlargement"),
            ),
            "line",
            (18, 140),
            (12, 22),
            "녹물과 누수를 없애고 집중호우 때 물이 빠지는 길을 넓힙니다.",
            ITEMS["pipe"],
        ),
        Kind(
            "pump",
            "water",
            (
                ("{place} 빗물펌프장 증설공사", "{place} Stormwater Pumping Station Extension"),
                ("{place} 배수지 신설공사", "{place} Service Reservoir"),
            ),
            "polygon",
            (120, 380),
            (22, 32),
            "낮은 동네의 침수를 막고 물을 고르게 보냅니다.",
            ITEMS["pump"],
        ),
        Kind(
            "building",
            "public_building",
            (
                ("{place} 공공복합청사 건립공사", "{place} Public Service Complex"),
                ("{place} 구립도서관 신축공사", "{place} District Library"),
                ("{place} 생활체육센터 건립공사", "{place} Community Sports Center"),
                ("{place} 국공립어린이집 신축공사", "{place} Public Childcare Center"),
                ("{place} 보건지소 증축공사", "{place} Health Center Extension"),
            ),
            "polygon",
            (45, 320),
            (16, 28),
            "걸어서 닿는 곳에 주민이 함께 쓰는 공간을 마련합니다.",
            ITEMS["building"],
        ),
        Kind(
            "park",
            "park",
            (
                ("{place} 근린공원 조성공사", "{place} Neighborhood Park"),
                ("{place} 생태놀이터 조성공사", "{place} Nature Playground"),
                ("{place} 하천변 산책로 정비공사", "{place} Riverside Walk Improvement"),
                ("{place} 도시숲 조성공사", "{place} Urban Forest"),
            ),
            "polygon",
            (6, 55),
            (8, 14),
            "그늘과 쉼터가 모자란 동네에 걸어서 5분 안의 녹지를 만듭니다.",
            ITEMS["park"],
        ),
        Kind(
            "rail",
            "urban_rail",
            (
                ("도시철도 한빛선 {place} 정거장 건설공사", "Hanbit Line {place} Station"),
                ("도시철도 누리선 {place} 공구 건설공사", "Nuri Line {place} Section"),
            ),
            "line",
            (680, 1900),
            (46, 64),
            "환승 없이 도심에 닿지 못하던 동네에 철도를 놓습니다.",
            ITEMS["rail"],
        ),
    )
}
