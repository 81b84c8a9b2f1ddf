"""Reader of the flood-control projects of the Philippine public works department (CSV)."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from pmis.models import Project
from pmis.services.imports.firms import split_firms
from pmis.services.imports.records import (
    Note,
    PlaceHint,
    ProjectRecord,
    RowRefused,
    Source,
    coordinate,
    day,
    minor_units,
)

SOURCE = "DPWH flood control projects 2021–2023 (sumbongsapangulo.ph)"
CURRENCY = "PHP"
COLUMNS = frozenset(
    "Region Province Municipality LegislativeDistrict DistrictEngineeringOffice ProjectId "
    "ProjectName TypeOfWork FundingYear ContractId ApprovedBudgetForContract ContractCost "
    "ActualCompletionDate Contractor StartDate ProjectLatitude ProjectLongitude".split()
)
#: A spreadsheet read "22E00072" as a number: the digits behind are lost.
SPREADSHEET_NUMBER = re.compile(r"^\d+(?:\.\d+)?E[+-]?\d+$")


def can_read(path: Path) -> bool:
    """Return whether the file's head has the columns of this data set."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return COLUMNS.issubset(next(csv.reader(file), []))


def read(path: Path) -> Iterator[ProjectRecord | Note]:
    """Yield a record for each row, or a note that says why there is none."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = [(reader.line_num, row) for row in reader]
    shared = Counter(row["ContractId"] for _, row in rows)
    seen: dict[str, int] = {}
    for line, row in rows:
        project_id = (row["ProjectId"] or "").strip()
        try:
            if first := seen.get(project_id):
                raise RowRefused(f"ProjectId stands already in line {first}")
            yield _record(path, line, row, shared[row["ContractId"]])
            seen[project_id] = line
        except RowRefused as error:
            yield Note(path.name, line, project_id, "not imported", str(error))


def _record(path: Path, line: int, row: dict[str, str], shared: int) -> ProjectRecord:
    text = {key: (value or "").strip() for key, value in row.items() if key in COLUMNS}
    for column in ("ProjectId", "ProjectName", "ContractId", "Contractor"):
        if not text[column]:
            raise RowRefused(f"{column} is empty")
    amount = minor_units(text["ContractCost"], "ContractCost")
    ceiling = minor_units(text["ApprovedBudgetForContract"] or 0, "ApprovedBudgetForContract")
    # The ceiling of a contract of several projects is stated with the first of them.
    own_ceiling = ceiling if shared == 1 and ceiling else None
    start = day(text["StartDate"], "StartDate")
    record = ProjectRecord(
        source=Source(SOURCE, text["ProjectId"], path.name, line, (text["ProjectId"],)),
        code=text["ProjectId"],
        name=" ".join(text["ProjectName"].split()),
        work_type=Project.WorkType.FLOOD_CONTROL,
        state=Project.State.COMPLETED if text["ActualCompletionDate"] else Project.State.ONGOING,
        office=text["DistrictEngineeringOffice"],
        contract_number=text["ContractId"],
        currency=CURRENCY,
        firms=split_firms(text["Contractor"]),
        places=[
            PlaceHint(text["Region"], text["Province"], text["Municipality"], text["ProjectName"])
        ],
        amount=amount,
        original_amount=amount,
        description=f"{text['TypeOfWork']}\n{text['LegislativeDistrict']}".strip(),
        site_address=text["Municipality"],
        longitude=coordinate(text["ProjectLongitude"], "ProjectLongitude", 180),
        latitude=coordinate(text["ProjectLatitude"], "ProjectLatitude", 90),
        start_date=start,
        signed_date=start,
        actual_completion_date=day(text["ActualCompletionDate"], "ActualCompletionDate"),
        award_ratio=_ratio(amount, own_ceiling),
        budget_year=int(text["FundingYear"]) if text["FundingYear"].isdigit() else None,
        budget_source="Approved budget for the contract (DPWH flood control)",
        budget_amount=own_ceiling,
    )
    if SPREADSHEET_NUMBER.match(record.contract_number) and "." in record.contract_number:
        record.notes.append(
            f"a spreadsheet turned the contract number into {record.contract_number}"
        )
    return record


def _ratio(amount: int, ceiling: int | None) -> Decimal | None:
    """Return the award in per cent of the ceiling, if that can be one."""
    if not ceiling:
        return None
    ratio = (Decimal(amount) * 100 / Decimal(ceiling)).quantize(Decimal("0.001"))
    return ratio if ratio < 1000 else None
