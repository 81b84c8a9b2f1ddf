"""Import projects: read, place, join what two data sets state, and write what changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from ccs.lib import geometry
from ccs.models import Area
from pmis.services.imports import dpwh_contracts, dpwh_flood_control
from pmis.services.imports.firms import FirmRegister
from pmis.services.imports.loader import Known, Loader, Placed
from pmis.services.imports.places import Gazetteer
from pmis.services.imports.records import (
    Firm,
    Note,
    ProjectRecord,
    Source,
    merge,
    settle_dates,
)

#: Every data set an import understands; the first comes first where two state one project.
READERS = (dpwh_flood_control, dpwh_contracts)
DATA_DIR: Path = settings.BASE_DIR / "data"
PRESETS = {
    "philippines": (
        DATA_DIR / "ph-dpwh-flood-control" / "dpwh_flood_control_projects.csv",
        DATA_DIR / "ph-dpwh-contracts" / "dpwh_contracts.jsonl",
    )
}
COUNTRY = "PH"
BATCH = 1000


class ImportRefused(ValueError):
    """Raised when nothing can be imported at all; the text says what to do."""


@dataclass
class ProjectImport:
    """What an import did. `notes` has a line for each row not taken or not fully placed."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    joined: int = 0
    notes: list[Note] = field(default_factory=list)


def import_projects(
    paths: list[Path], *, progress: Callable[[int, int], None] | None = None
) -> ProjectImport:
    """Create and update projects, contracts and firms from files; raises ImportRefused.

    Written in batches, each a transaction of its own with all that belongs to its projects, so
    that an import that was stopped goes on where it was. A second run writes nothing. What an
    officer changed afterwards stays until the row in the source changes.
    """
    result = ProjectImport()
    country = Area.objects.filter(code=COUNTRY).first()
    if country is None:
        raise ImportRefused(
            "The areas of the Philippines are missing. Run this first: "
            "./run manage import_areas --preset philippines"
        )
    records, spellings = _read(paths, result)
    places = Gazetteer(country)
    placed = [_place(record, places) for record in records]
    result.notes += [note for item in placed for note in _notes(item)]
    known = Known.load()
    joined = _join(placed, known, result)
    firms = FirmRegister([*spellings, *(firm for item in joined for firm in item.record.firms)])
    loader = Loader(known, firms)
    loader.save_organizations(joined)
    for start in range(0, len(joined), BATCH):
        counts = loader.save(joined[start : start + BATCH])
        result.created += counts.created
        result.updated += counts.updated
        result.unchanged += counts.unchanged
        if progress is not None:
            progress(min(start + BATCH, len(joined)), len(joined))
    return result


def _read(paths: list[Path], result: ProjectImport) -> tuple[list[ProjectRecord], list[Firm]]:
    records: list[ProjectRecord] = []
    spellings: list[Firm] = []
    for path in sorted(paths, key=_order):
        reader = READERS[_order(path)]
        for row in reader.read(path):
            result.read += 1
            if isinstance(row, Note):
                result.notes.append(row)
            else:
                records.append(row)
        if reader is dpwh_contracts:
            spellings += dpwh_contracts.bidders(path)
    return records, spellings


def _order(path: Path) -> int:
    """Return the number of the reader that understands the file; raises ImportRefused."""
    try:
        for number, reader in enumerate(READERS):
            if reader.can_read(path):
                return number
    except (OSError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{path} cannot be read: {error}") from error
    raise ImportRefused(
        f"{path} is none of the files this import understands: the CSV of flood-control projects "
        "or the JSON lines of contracts of the DPWH (data/README.md)."
    )


def _place(record: ProjectRecord, places: Gazetteer) -> Placed:
    """Find the areas of a record and check that its point lies there."""
    settle_dates(record)
    areas: dict[int, Area] = {}
    missing: list[str] = []
    for hint in record.places:
        found = places.place(hint)
        areas[found.area.pk] = found.area
        if found.missing:
            missing.append(f"{found.missing}; placed in {found.area.name_in('en')}")
    point = None
    if record.longitude is not None and record.latitude is not None:
        point = {"type": "Point", "coordinates": [record.longitude, record.latitude]}
    return Placed(
        record=record,
        areas=list(areas.values()),
        point=point,
        location_check=geometry.place_in_any(point, [area.polygon for area in areas.values()]),
        not_placed=list(dict.fromkeys(missing)),
        sources=[_source_entry(record, list(areas.values()))],
    )


def _source_entry(record: ProjectRecord, areas: list[Area]) -> dict[str, Any]:
    """Return what is kept of a source: who states it, under which number, and a fingerprint."""
    stated = asdict(record)
    for technical in ("source", "notes", "more_sources"):
        del stated[technical]
    stated["areas"] = sorted(area.code for area in areas)
    canonical = json.dumps(stated, sort_keys=True, ensure_ascii=False, default=str)
    return {
        "source": record.source.name,
        "id": record.source.id,
        "components": list(record.source.components),
        "sha256": hashlib.sha256(canonical.encode()).hexdigest(),
    }


def _notes(item: Placed) -> Iterator[Note]:
    source: Source = item.record.source
    for reason in item.not_placed:
        yield Note(source.file, source.line, source.id, "imported, placed higher up", reason)
    for reason in item.record.notes:
        yield Note(source.file, source.line, source.id, "imported with a remark", reason)
    if item.location_check == "outside":
        reason = "the point lies outside the stated area"
        yield Note(source.file, source.line, source.id, "imported with a remark", reason)


def _join(placed: list[Placed], known: Known, result: ProjectImport) -> list[Placed]:
    """Make one of what two data sets state under one contract and project number.

    Where the other data set came in an earlier run, the project is found in the database and
    only completed.
    """
    kept: list[Placed] = []
    by_number: dict[tuple[str, str], Placed] = {}
    for item in placed:
        numbers = [
            (item.record.contract_number, number) for number in item.record.source.components
        ]
        first = next((by_number[number] for number in numbers if number in by_number), None)
        if first is not None and first.record.source.name != item.record.source.name:
            merge(first.record, item.record)
            settle_dates(first.record)
            first.sources += item.sources
            result.joined += 1
            continue
        by_number.update((number, item) for number in numbers if number not in by_number)
        item.completes = known.other_source(item.record, numbers)
        kept.append(item)
    return kept
