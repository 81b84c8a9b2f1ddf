"""Reader of the detailed contracts of the Philippine public works department (JSON lines)."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from pmis.models import Project
from pmis.services.imports.firms import split_firms
from pmis.services.imports.records import (
    Firm,
    Note,
    PlaceHint,
    ProjectRecord,
    RowRefused,
    Source,
    coordinate,
    day,
    minor_units,
)

SOURCE = "DPWH transparency portal (transparency.dpwh.gov.ph)"
CURRENCY = "PHP"
#: Status of the source → state of the project (domain C.8).
STATES = {
    "Completed": Project.State.COMPLETED,
    "On-Going": Project.State.ONGOING,
    "Terminated": Project.State.TERMINATED,
    "Not Yet Started": Project.State.CONTRACTED,
}
WORK_TYPES = {
    "Roads": Project.WorkType.ROAD,
    "Bridges": Project.WorkType.BRIDGE,
    "Flood Control and Drainage": Project.WorkType.FLOOD_CONTROL,
    "Buildings and Facilities": Project.WorkType.PUBLIC_BUILDING,
    "Water Provision and Storage": Project.WorkType.WATER,
    "Septage and Sewerage Plants": Project.WorkType.WATER,
}
#: The source's column was cut after this many characters.
CUT_LENGTH = 255
URL_LENGTH = 200
BUDGET_SOURCE_LENGTH = 200


def can_read(path: Path) -> bool:
    """Return whether the first line is a JSON object with this data set's keys."""
    with path.open(encoding="utf-8-sig") as file:
        try:
            first = json.loads(file.readline())
        except json.JSONDecodeError:
            return False
    return isinstance(first, dict) and {"contractId", "components", "procurement"} <= first.keys()


def read(path: Path) -> Iterator[ProjectRecord | Note]:
    """Yield a record for each line, or a note that says why there is none."""
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            contract_id = ""
            try:
                row = json.loads(text)
                contract_id = str(row.get("contractId") or "").strip()
                if first := seen.get(contract_id):
                    raise RowRefused(f"contractId stands already in line {first}")
                yield _record(path, line, row)
                seen[contract_id] = line
            except RowRefused as error:
                yield Note(path.name, line, contract_id, "not imported", str(error))
            except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
                reason = f"the line has not the form of this data set: {error!r}"
                yield Note(path.name, line, contract_id, "not imported", reason)


def bidders(path: Path) -> Iterator[Firm]:
    """Yield every firm that bid, with its licence: the fullest spelling of names there is."""
    with path.open(encoding="utf-8-sig") as file:
        for text in file:
            try:
                offers = json.loads(text).get("bidders") or []
            except (json.JSONDecodeError, AttributeError):
                continue
            for offer in offers:
                yield from split_firms(str(offer.get("name") or ""))


def _record(path: Path, line: int, row: dict[str, Any]) -> ProjectRecord:
    contract_id, name = _identity(row)
    components, procurement = row["components"] or [], row["procurement"] or {}
    amount, award = _amounts(row, procurement)
    ceiling = minor_units(procurement.get("abc") or 0, "abc")
    longitude, latitude = _point(row, components)
    record = ProjectRecord(
        source=Source(SOURCE, contract_id, path.name, line, _component_numbers(components)),
        code=contract_id,
        name=name,
        work_type=_work_type(row, components),
        state=STATES[row["status"]],
        office=str(row["location"].get("province") or "").strip(),
        contract_number=contract_id,
        currency=CURRENCY,
        firms=split_firms(str(row["contractor"] or "")),
        places=_places(row, components),
        amount=amount,
        original_amount=award or amount,
        description="\n".join(str(part["description"] or "").strip() for part in components),
        longitude=longitude,
        latitude=latitude,
        bidders_count=len(row["bidders"] or []) or None,
        award_ratio=_ratio(award, ceiling),
        document_url=_document(row),
        budget_year=int(row["infraYear"]) if str(row["infraYear"] or "").isdigit() else None,
        budget_source=str(row["sourceOfFunds"] or "").strip()[:BUDGET_SOURCE_LENGTH],
        budget_amount=ceiling or None,
    )
    _set_dates(record, row, procurement)
    if len(str(row["description"])) >= CUT_LENGTH:
        record.notes.append(f"the name is cut off after {CUT_LENGTH} characters")
    if not record.firms:
        raise RowRefused("no contractor is stated")
    return record


def _identity(row: dict[str, Any]) -> tuple[str, str]:
    """Return contract number and name; raises RowRefused without them or their status."""
    contract_id = str(row["contractId"] or "").strip()
    name = " ".join(str(row["description"] or "").split())
    if not contract_id or not name:
        raise RowRefused("contractId or description is empty")
    if row["status"] not in STATES:
        raise RowRefused(f"status is {row['status']!r}, none of {', '.join(STATES)}")
    return contract_id, name


def _amounts(row: dict[str, Any], procurement: dict[str, Any]) -> tuple[int, int]:
    """Return the current amount and the award (0 where it is not stated)."""
    award = minor_units(procurement.get("awardAmount") or 0, "awardAmount")
    # A terminated contract is often stated with a budget of 0: then only the award is known.
    amount = minor_units(row["budget"] or 0, "budget") or award
    if not amount:
        raise RowRefused("neither budget nor awardAmount is stated")
    return amount, award


def _set_dates(record: ProjectRecord, row: dict[str, Any], procurement: dict[str, Any]) -> None:
    """Set the dates; what the source calls completion is the end of a terminated contract too."""
    ended = day(row["completionDate"], "completionDate")
    record.start_date = day(row["startDate"], "startDate")
    record.signed_date = (
        day(procurement.get("dateOfAward"), "dateOfAward")
        or day(row["contractEffectivityDate"], "contractEffectivityDate")
        or record.start_date
    )
    record.planned_completion_date = day(row["expiryDate"], "expiryDate")
    if record.state == Project.State.COMPLETED:
        record.actual_completion_date = ended
    elif record.state == Project.State.TERMINATED:
        record.terminated_date = ended


def _component_numbers(components: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the project numbers of the components: P00620173LZ-CW1 → P00620173LZ."""
    numbers = (str(part["componentId"] or "").partition("-")[0] for part in components)
    return tuple(dict.fromkeys(number for number in numbers if number))


def _places(row: dict[str, Any], components: list[dict[str, Any]]) -> list[PlaceHint]:
    """Return a hint for each component; the line's own province is mostly an office."""
    region, name = str(row["location"].get("region") or ""), str(row["description"] or "")
    hints = [
        PlaceHint(
            region=str(part["region"] or region),
            province=str(part["province"] or ""),
            text=str(part["description"] or "")
            if len(components) > 1
            else f"{part['description']}, {name}",
        )
        for part in components
    ]
    return list(dict.fromkeys(hints)) or [PlaceHint(region=region, text=name)]


def _point(
    row: dict[str, Any], components: list[dict[str, Any]]
) -> tuple[float | None, float | None]:
    """Return longitude and latitude of the contract, else of its first component with a point."""
    points = [(row.get("longitude"), row.get("latitude"))]
    points += [
        (part["coordinates"].get("longitude"), part["coordinates"].get("latitude"))
        for part in components
        if part.get("coordinates")
    ]
    for longitude_text, latitude_text in points:
        longitude = coordinate(longitude_text, "longitude", 180)
        latitude = coordinate(latitude_text, "latitude", 90)
        if longitude is not None and latitude is not None:
            return longitude, latitude
    return None, None


def _work_type(row: dict[str, Any], components: list[dict[str, Any]]) -> str:
    """Return the type most components have; of several the one stated first."""
    counted = Counter(str(part["infraType"]) for part in components if part["infraType"])
    stated = counted.most_common(1)[0][0] if counted else str(row["category"])
    return WORK_TYPES.get(stated, Project.WorkType.OTHER)


def _document(row: dict[str, Any]) -> str:
    """Return the address of the contract document, if it has a usable one."""
    address = str((row["links"] or {}).get("contractAgreement") or "").strip()
    return address if address.startswith("https://") and len(address) <= URL_LENGTH else ""


def _ratio(award: int, ceiling: int) -> Decimal | None:
    """Return the award in per cent of the approved ceiling, if that can be one."""
    if not ceiling or not award:
        return None
    ratio = (Decimal(award) * 100 / Decimal(ceiling)).quantize(Decimal("0.001"))
    return ratio if ratio < 1000 else None
