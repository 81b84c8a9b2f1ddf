"""Philippine projects come in once, exact to the centavo, with what could not be placed."""

import csv
import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ccs.models import Area, Organization
from ccs.services.areas import AreaRow, import_areas
from pmis.models import Contract, ContractParty, Participant, Project, ProjectArea, ProjectBudget
from pmis.services.imports import dpwh_contracts, dpwh_flood_control
from pmis.services.imports.firms import FirmRegister, read_firm, split_firms
from pmis.services.imports.places import Gazetteer, fold
from pmis.services.imports.projects import PRESETS, ImportRefused, import_projects
from pmis.services.imports.records import (
    Firm,
    Note,
    PlaceHint,
    ProjectRecord,
    RowRefused,
    coordinate,
    day,
    minor_units,
)

FLOOD_FILE, CONTRACTS_FILE = PRESETS["philippines"]
#: Two projects of one contract and two projects that stand in both data sets.
FLOOD_ROWS = {"P00538311LZ", "P00538312LZ", "P00620173LZ", "P00726183LZ"}
IN_BOTH_SETS = "23CI0029"


def area_row(code: str, kind: str, name: str, parent: str = "") -> AreaRow:
    return AreaRow("areas.csv", 2, code, kind, {"en": name}, parent=parent)


@pytest.fixture
def country(db: None) -> Area:
    """The part of the Philippines that the slices touch."""
    import_areas(
        [
            area_row("PH", "country", "Philippines"),
            area_row("03", "region", "Region III (Central Luzon)", "PH"),
            area_row("05", "region", "Region V (Bicol Region)", "PH"),
            area_row("13", "region", "National Capital Region (NCR)", "PH"),
            area_row("0305", "province", "Pampanga", "03"),
            area_row("0306", "province", "Tarlac", "03"),
            area_row("0505", "province", "Albay", "05"),
            area_row("030501", "municipality", "City of San Fernando", "0305"),
            area_row("030601", "municipality", "City of Tarlac", "0306"),
            area_row("030602", "municipality", "San Jose", "0306"),
            area_row("033001", "municipality", "City of Angeles", "03"),
            area_row("050501", "municipality", "City of Tabaco", "0505"),
            area_row("050502", "municipality", "Malinao", "0505"),
            area_row("050503", "municipality", "Santo Domingo (Libog)", "0505"),
            area_row("130101", "municipality", "Quezon City", "13"),
        ],
        scheme="PSGC",
    )
    return Area.objects.get(code="PH")


@pytest.fixture
def flood_file(tmp_path: Path) -> Path:
    """A slice of the real file, with a joint venture among its rows."""
    with FLOOD_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    joint = next(r for r in rows if r["ContractorCount"] == "2" and r["Province"] == "Tarlac")
    kept = [r for r in rows if r["ProjectId"] in FLOOD_ROWS] + [joint]
    return write_flood(tmp_path / "flood.csv", kept)


def write_flood(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def real_contracts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CONTRACTS_FILE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def contracts_file(tmp_path: Path) -> Path:
    """One real line of each status, and the one that stands in the other slice too."""
    by_status = {
        row["status"]: row for row in real_contracts() if row["contractId"] != IN_BOTH_SETS
    }
    both = next(row for row in real_contracts() if row["contractId"] == IN_BOTH_SETS)
    path = tmp_path / "contracts.jsonl"
    lines = [json.dumps(row) for row in (both, *by_status.values())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rewrite(path: Path, find: str, column: str, value: str) -> None:
    """Change one cell of the flood-control slice."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["ProjectId"] == find:
            row[column] = value
    write_flood(path, rows)


def written_by(queries: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


# -- Reading one cell --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "centavos"),
    [
        ("9.65E7", 9_650_000_000),
        ("9.2692944E7", 9_269_294_400),
        ("3874835.8", 387_483_580),
        ("80,580,093.97", 8_058_009_397),
        ("226265004.9400000", 22_626_500_494),
        (73325581.85, 7_332_558_185),
        ("0.005", 1),
        (0, 0),
    ],
)
def test_amounts_are_exact_whole_centavos(text: object, centavos: int) -> None:
    assert minor_units(text, "ContractCost") == centavos


@pytest.mark.parametrize("text", ["", "n/a", "-5", "NaN", "Infinity", None])
def test_what_is_no_amount_is_refused(text: object) -> None:
    with pytest.raises(RowRefused, match="ContractCost"):
        minor_units(text, "ContractCost")


def test_dates_are_read_with_and_without_a_time() -> None:
    assert day("2014-12-19 00:00:00.0000000", "d") == datetime.date(2014, 12, 19)
    assert day("2021-03-18", "d") == datetime.date(2021, 3, 18)
    assert day(None, "d") is None
    with pytest.raises(RowRefused, match="no date"):
        day("2021-02-30", "d")


def test_coordinates_beyond_the_earth_are_refused() -> None:
    assert coordinate("", "x", 90) is None
    with pytest.raises(RowRefused, match="beyond"):
        coordinate("121", "latitude", 90)


@pytest.mark.parametrize(
    ("cell", "name", "licence"),
    [
        ("NORTHERN BUILDERS (8789)", "NORTHERN BUILDERS", "8789"),
        (
            "ROLCO CONSTRUCTION & DEVELOPMENT CORPORATION ( FOR",
            "ROLCO CONSTRUCTION & DEVELOPMENT CORPORATION",
            "",
        ),
        (
            "EGB CONSTRUCTION CORPORATION (FORMERLY: EGB CONSTRUCTION)",
            "EGB CONSTRUCTION CORPORATION",
            "",
        ),
        (
            "D.L CERVANTES CONSTRUCTION CORPORATION (FORMERLY: (13799)",
            "D.L CERVANTES CONSTRUCTION CORPORATION",
            "13799",
        ),
        (
            "ST. GERRARD CORP. (FORMERLY:ST. GERRARD) ([REVOKED] 31762)",
            "ST. GERRARD CORP.",
            "31762",
        ),
        ("CAVDEAL CORP. (05599)", "CAVDEAL CORP.", "5599"),
        (
            "R.A. FANGLAYAN (RAF) GENERAL CONSTRUCTION INC. (FORM.:RAF",
            "R.A. FANGLAYAN (RAF) GENERAL CONSTRUCTION INC.",
            "",
        ),
    ],
)
def test_firm_is_read_without_former_name_and_licence(cell: str, name: str, licence: str) -> None:
    assert read_firm(cell) == Firm(name, licence)


def test_joint_venture_in_one_cell_is_split() -> None:
    cell = "VIKING CONSTRUCTION & SUPPLIES (18129) / 739 BUILDERS (31174) (JV ID: JV-15-1758)"
    assert split_firms(cell) == [
        Firm("VIKING CONSTRUCTION & SUPPLIES", "18129"),
        Firm("739 BUILDERS", "31174"),
    ]


def test_spellings_of_one_firm_are_joined() -> None:
    cut = "CENTERWAYS CONSTRUCTION AND DEVELOPMENT INCORPORAT"
    register = FirmRegister(
        [
            Firm(cut),
            Firm("Centerways Construction & Development Incorporated", "77"),
            Firm("CENTERWAYS", "77"),
            Firm("OTHER, INC."),
            Firm("OTHER INC"),
        ]
    )
    keys = {
        register.identify(Firm(name))[0]
        for name in (cut, "CENTERWAYS", "CENTERWAYS CONSTRUCTION AND DEVELOPMENT INCORPORATED")
    }
    assert len(keys) == 1
    assert register.identify(Firm(cut))[1].licence == "77"
    assert register.identify(Firm("OTHER INC"))[0] == register.identify(Firm("OTHER, INC."))[0]


# -- Places ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelled", "folded"),
    [
        ("CITY OF PARAÑAQUE", "PARANAQUE"),
        ("Tarlac City", "TARLAC"),
        ("Sto. Domingo", "SANTO DOMINGO"),
        ("GEN. TRIAS", "GENERAL TRIAS"),
    ],
)
def test_spellings_of_places_fold_to_one(spelled: str, folded: str) -> None:
    assert fold(spelled) == folded


@pytest.mark.parametrize(
    ("hint", "code", "missing"),
    [
        (PlaceHint("Region III", "Tarlac", "CITY OF TARLAC (CAPITAL) (TARLAC)"), "030601", ""),
        (PlaceHint("Region III", "Pampanga", "ANGELES CITY (PAMPANGA)"), "033001", ""),
        (PlaceHint("Region V", "Albay", "LIBOG (STO. DOMINGO) (ALBAY)"), "050503", ""),
        (PlaceHint("Region V", "Albay", "", "Dike in Tabaco City, Albay"), "050501", ""),
        (PlaceHint("Region V", "Albay", "", "Seawall, Brgy. Labnig Malinao, Albay"), "050502", ""),
        (PlaceHint("Region III", "Pampanga", "", "Groundsill, Angeles City"), "033001", ""),
        (
            PlaceHint(
                "National Capital Region", "Metro Manila", "QUEZON CITY (METROPOLITAN MANILA)"
            ),
            "130101",
            "",
        ),
        (
            PlaceHint("Region III", "Tarlac", "", "Dike along the river, Tarlac"),
            "0306",
            "no municipality is stated",
        ),
        (PlaceHint("Region V", "Albay", "ATLANTIS (ALBAY)"), "0505", "no municipality is called"),
        (PlaceHint("Region V"), "05", "no municipality is stated"),
        (PlaceHint("Central Office"), "PH", "region or province: 'Central Office'"),
    ],
)
def test_places_are_found_as_near_as_the_source_allows(
    country: Area, hint: PlaceHint, code: str, missing: str
) -> None:
    placement = Gazetteer(country).place(hint)
    assert placement.area.code == code
    assert missing in placement.missing
    assert bool(placement.missing) == bool(missing)


# -- The whole import --------------------------------------------------------------------------


def test_flood_control_row_becomes_a_public_project(country: Area, flood_file: Path) -> None:
    result = import_projects([flood_file])
    assert (result.created, result.updated, result.unchanged) == (5, 0, 0)
    project = Project.objects.get(code="P00620173LZ")
    assert project.total_cost_amount == 7_376_525_600
    assert (project.currency, project.state) == ("PHP", Project.State.COMPLETED)
    assert project.registered_at is not None
    assert project.geometry["coordinates"] == [project.longitude, project.latitude]
    assert [area.code for area in project.areas.all()] == ["030601"]
    assert project.location_check == Project.LocationCheck.NOT_CHECKED
    assert project.ordering_body.parent.name == "Department of Public Works and Highways"
    contract = project.contracts.get()
    assert (contract.number, contract.state) == (project.procurement_number, "completed")
    assert contract.contractor.name == "NORTHERN BUILDERS"


def test_projects_of_one_contract_stay_apart(country: Area, flood_file: Path) -> None:
    import_projects([flood_file])
    parts = Contract.objects.filter(number="21FA0059").order_by("project__code")
    assert [contract.amount for contract in parts] == [387_483_580, 239_995_500]
    assert not ProjectBudget.objects.filter(project__contracts__in=parts).exists()


def test_joint_venture_has_parties_and_directory_entries(country: Area, flood_file: Path) -> None:
    import_projects([flood_file])
    parties = ContractParty.objects.all()
    assert [party.is_lead for party in parties] == [True, False]
    assert set(Participant.objects.values_list("organization", "role")) == {
        (party.organization_id, "joint_member") for party in parties
    }
    assert parties[0].contract.contractor == parties[0].organization


def test_second_import_writes_nothing(
    country: Area, flood_file: Path, contracts_file: Path
) -> None:
    first = import_projects([flood_file, contracts_file])
    with CaptureQueriesContext(connection) as queries:
        second = import_projects([flood_file, contracts_file])
    assert written_by(queries) == []
    assert second.unchanged == first.created
    assert (second.created, second.updated) == (0, 0)


def test_project_of_both_sets_is_one_with_both_sources(
    country: Area, flood_file: Path, contracts_file: Path
) -> None:
    result = import_projects([contracts_file, flood_file])
    assert result.joined == 1
    project = Project.objects.get(procurement_number=IN_BOTH_SETS)
    assert project.code == "P00726183LZ"
    assert [entry["source"] for entry in project.sources] == [
        dpwh_flood_control.SOURCE,
        dpwh_contracts.SOURCE,
    ]
    contract = project.contracts.get()
    assert (contract.amount, contract.original_amount) == (2_939_787_538, 2_762_771_533)
    assert contract.bidders_count is not None


@pytest.mark.parametrize("order", [0, 1])
def test_sets_that_come_one_after_the_other_are_joined_too(
    country: Area, flood_file: Path, contracts_file: Path, order: int
) -> None:
    files = [flood_file, contracts_file]
    import_projects([files[order]])
    later = import_projects([files[1 - order]])
    assert later.updated == 1
    project = Project.objects.get(procurement_number=IN_BOTH_SETS)
    assert len(project.sources) == 2
    with CaptureQueriesContext(connection) as queries:
        import_projects([flood_file])
        import_projects([contracts_file])
    assert written_by(queries) == []


def test_each_status_of_the_source_has_its_state(country: Area, contracts_file: Path) -> None:
    import_projects([contracts_file])
    assert set(Project.objects.values_list("state", flat=True)) == {
        "completed", "ongoing", "terminated", "contracted",
    }  # fmt: skip
    terminated = Contract.objects.get(state="terminated")
    assert terminated.termination_reason
    assert terminated.amount > 0


def test_changed_row_changes_its_project_and_keeps_the_first_amount(
    country: Area, flood_file: Path
) -> None:
    import_projects([flood_file])
    rewrite(flood_file, "P00620173LZ", "ContractCost", "8.0E7")
    rewrite(flood_file, "P00620173LZ", "Municipality", "SAN JOSE (TARLAC)")
    result = import_projects([flood_file])
    assert (result.updated, result.unchanged) == (1, 4)
    project = Project.objects.get(code="P00620173LZ")
    assert (project.original_cost_amount, project.total_cost_amount) == (
        7_376_525_600,
        8_000_000_000,
    )
    assert ProjectArea.objects.get(project=project).area.code == "030602"
    assert project.contracts.get().amount == 8_000_000_000


def test_officers_change_survives_the_next_import(country: Area, flood_file: Path) -> None:
    import_projects([flood_file])
    Project.objects.filter(code="P00620173LZ").update(name="Groundsill, Tarlac River")
    import_projects([flood_file])
    assert Project.objects.get(code="P00620173LZ").name == "Groundsill, Tarlac River"


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("ContractCost", "a lot", "ContractCost is 'a lot'"),
        ("StartDate", "18/03/2021", "no date"),
        ("ProjectName", " ", "ProjectName is empty"),
        ("ProjectLatitude", "181", "beyond ±90"),
        ("ProjectId", "P00538311LZ", "stands already in line"),
    ],
)
def test_row_that_cannot_be_read_is_reported_and_stops_no_other(
    country: Area, flood_file: Path, tmp_path: Path, column: str, value: str, reason: str
) -> None:
    rewrite(flood_file, "P00620173LZ", column, value)
    report = tmp_path / "report.csv"
    call_command("import_projects", flood_file, report=report, verbosity=0)
    refused = [
        row
        for row in csv.DictReader(report.open(encoding="utf-8"))
        if row["outcome"] == "not imported"
    ]
    assert len(refused) == 1
    assert reason in refused[0]["reason"]
    assert Project.objects.count() == 4


def test_line_that_is_no_contract_is_reported(contracts_file: Path) -> None:
    with contracts_file.open("a", encoding="utf-8") as file:
        file.write("{broken\n[]\n" + json.dumps({"contractId": "X", "status": "New"}) + "\n")
    notes = [row for row in dpwh_contracts.read(contracts_file) if isinstance(row, Note)]
    assert [note.line for note in notes] == [6, 7, 8]


def test_place_that_is_not_found_is_reported(country: Area, flood_file: Path) -> None:
    rewrite(flood_file, "P00620173LZ", "Municipality", "ATLANTIS (TARLAC)")
    rewrite(flood_file, "P00620173LZ", "ProjectName", "Groundsill")
    notes = import_projects([flood_file]).notes
    reasons = [note.reason for note in notes if note.id == "P00620173LZ"]
    assert reasons == ["no municipality is called 'ATLANTIS (TARLAC)'; placed in Tarlac"]


def test_import_without_areas_says_what_to_do(db: None, flood_file: Path) -> None:
    with pytest.raises(ImportRefused, match="import_areas --preset philippines"):
        import_projects([flood_file])


def test_unknown_file_is_refused_with_a_sentence(country: Area, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CommandError, match="none of the files"):
        call_command("import_projects", path)


def test_command_needs_files_or_a_preset_and_not_both(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="either"):
        call_command("import_projects")
    with pytest.raises(CommandError, match="either"):
        call_command("import_projects", tmp_path, preset="philippines")


# -- The whole real files, read only -----------------------------------------------------------


def test_every_row_of_the_shipped_files_can_be_read() -> None:
    flood = list(dpwh_flood_control.read(FLOOD_FILE))
    contracts = list(dpwh_contracts.read(CONTRACTS_FILE))
    assert (len(flood), len(contracts)) == (7_383, 1_036)
    assert all(isinstance(row, ProjectRecord) for row in (*flood, *contracts))
    assert sum(row.amount for row in flood) == 39_527_648_646_390
    assert {len(row.firms) for row in flood} == {1, 2, 3}
    assert sum(row.longitude is None for row in flood) == 0
    ratios = [row.award_ratio for row in flood if row.award_ratio is not None]
    assert all(isinstance(ratio, Decimal) for ratio in ratios)


def test_no_firm_of_the_shipped_files_keeps_a_licence_or_former_name() -> None:
    rows = [*dpwh_flood_control.read(FLOOD_FILE), *dpwh_contracts.read(CONTRACTS_FILE)]
    names = {firm.name for row in rows for firm in row.firms}
    assert not [name for name in names if "FORMERLY" in name or "REVOKED" in name or " / " in name]


def test_offices_and_firms_are_organizations_of_their_kind(country: Area, flood_file: Path) -> None:
    import_projects([flood_file])
    offices = Organization.objects.filter(kind=Organization.Kind.ORDERING_BODY)
    assert "Albay 1st District Engineering Office" in {office.name for office in offices}
    assert not Organization.objects.filter(name__contains=" / ").exists()
