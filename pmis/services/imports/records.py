"""What a reader makes of one row, before places and firms are looked up."""

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from pmis.models import Project

ISO_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})(?:[ T][\d:.]*)?$")
MINOR_UNITS = Decimal(100)


class RowRefused(ValueError):
    """Raised when a row cannot become a project; the text says why."""


@dataclass(frozen=True)
class Source:
    """The row of a file a project comes from; kept with the project."""

    name: str
    id: str
    file: str
    line: int
    #: Numbers under which another data set may know the same project.
    components: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """One line of the report: a row not taken, or taken with something missing."""

    file: str
    line: int
    id: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class PlaceHint:
    """A place as the source spells it."""

    region: str = ""
    province: str = ""
    municipality: str = ""
    #: Free text that may name the municipality, such as "…, Tarlac City, Tarlac".
    text: str = ""


@dataclass(frozen=True)
class Firm:
    """A firm as named in a row, with its licence number where the row has it."""

    name: str
    licence: str = ""


@dataclass
class ProjectRecord:
    """One project with its contract; amounts in minor units, money and dates as stated."""

    source: Source
    code: str
    name: str
    work_type: str
    state: str
    office: str
    contract_number: str
    currency: str
    firms: list[Firm]
    places: list[PlaceHint]
    amount: int
    original_amount: int
    description: str = ""
    site_address: str = ""
    longitude: float | None = None
    latitude: float | None = None
    start_date: datetime.date | None = None
    signed_date: datetime.date | None = None
    planned_completion_date: datetime.date | None = None
    actual_completion_date: datetime.date | None = None
    terminated_date: datetime.date | None = None
    bidders_count: int | None = None
    award_ratio: Decimal | None = None
    document_url: str = ""
    budget_year: int | None = None
    budget_source: str = ""
    budget_amount: int | None = None
    notes: list[str] = field(default_factory=list)
    #: Further data sets that state the same project.
    more_sources: list[Source] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return the key under which the loader finds the project again."""
        return f"dpwh:{self.code}"

    @property
    def sources(self) -> list[Source]:
        """Return every data set that states this project, its own first."""
        return [self.source, *self.more_sources]


def minor_units(text: object, column: str) -> int:
    """Return an amount in centavos; reads "9.65E7", "80,580,093.97" and plain numbers exactly.

    Half a centavo is rounded away from zero. Raises RowRefused for anything else.
    """
    try:
        amount = Decimal(str(text).replace(",", "").strip())
    except InvalidOperation:
        raise RowRefused(f"{column} is {text!r}, no amount") from None
    if not amount.is_finite() or amount < 0:
        raise RowRefused(f"{column} is {text!r}, no amount of money spent")
    return int((amount * MINOR_UNITS).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def day(text: object, column: str) -> datetime.date | None:
    """Return the day of an ISO date or time stamp, None for an empty cell; else RowRefused."""
    stripped = "" if text is None else str(text).strip()
    if not stripped:
        return None
    found = ISO_DATE.match(stripped)
    try:
        return datetime.date.fromisoformat(found[1] if found else stripped)
    except ValueError:
        raise RowRefused(f"{column} is {text!r}, no date") from None


def coordinate(text: object, column: str, limit: float) -> float | None:
    """Return degrees within ±`limit`, None for an empty cell or 0; else RowRefused."""
    if text in (None, "", 0):
        return None
    try:
        degrees = float(str(text))
    except ValueError:
        raise RowRefused(f"{column} is {text!r}, no coordinate") from None
    if not -limit <= degrees <= limit:
        raise RowRefused(f"{column} is {text!r}, beyond ±{limit:g} degrees")
    return degrees


def merge(record: ProjectRecord, other: ProjectRecord) -> None:
    """Complete `record` from `other`, which states the same project; both sources are kept.

    Name, place and description stay those of `record`; money is taken from `other` where it is
    stated to the centavo, and whatever `record` lacks.
    """
    record.more_sources.append(other.source)
    record.amount, record.original_amount = other.amount, other.original_amount
    record.firms = other.firms or record.firms
    record.state = other.state or record.state
    for name in (
        "signed_date", "planned_completion_date", "bidders_count", "award_ratio",
        "document_url", "budget_year", "budget_source", "budget_amount",
    ):  # fmt: skip
        setattr(record, name, getattr(other, name) or getattr(record, name))
    for name in ("start_date", "actual_completion_date", "longitude", "latitude"):
        setattr(record, name, getattr(record, name) or getattr(other, name))
    record.notes += other.notes


def settle_dates(record: ProjectRecord) -> None:
    """Drop a planned end that lies before the start: one of the two is wrong in the source."""
    start, planned = record.start_date, record.planned_completion_date
    if start and planned and planned < start:
        record.planned_completion_date = None
        record.notes.append(f"the planned completion {planned} lies before the start {start}")


#: States in which a project's contract is in force or was.
CONTRACTED_STATES = frozenset(Project.State.values) - {Project.State.DRAFT, Project.State.PLANNED}
