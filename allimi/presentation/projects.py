"""What the page of one project shows, read from the published records of that project."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import PublishedRecord, PublishedVersion
from allimi.presentation.curves import planned_curve, planned_items
from allimi.presentation.photos import PhotoCard, photo_card
from allimi.presentation.plans import PlanBlock, plan_block
from allimi.presentation.reading import (
    Items,
    Named,
    actual_curve,
    names_of,
    record_url,
)
from allimi.presentation.rows import ReportRow, report_rows
from allimi.presentation.vocabulary import role_label
from ccs.lib.charts import Bar, DateMove, SCurve, completion_move, s_curve
from ccs.lib.formats import format_rate
from ccs.templatetags.formats import as_day

NEWEST_REPORTS = 5
NEWEST_PHOTOS = 8
#: Kinds that the page shows whole; a project rarely has more than some hundred of them.
WHOLE_KINDS = ("participant", "contract", "subcontract", "schedule")


@dataclass(frozen=True)
class Step:
    """A step of a project's life."""

    label: str
    when: str | date | None
    state: str  # past, now or later


@dataclass(frozen=True)
class Person:
    """Somebody on duty, as the public directory shows them."""

    role: str
    name: str
    position: str
    phone: str
    organization: Named | None
    url: str
    since: date | None
    until: date | None

    @property
    def telephone(self) -> str:
        """The phone number as a link takes it."""
        return "".join(sign for sign in self.phone if sign.isdigit() or sign == "+")


@dataclass(frozen=True)
class ContractRow:
    """A contract or subcontract of the project."""

    url: str
    label: str
    kind: str
    firm: Named | None
    original: int | None
    current: int | None
    currency: str
    is_sub: bool


@dataclass(frozen=True)
class Change:
    """A signed change of a contract."""

    contract: str
    url: str
    number: int
    day: date | None
    reason: str
    before_amount: int | None
    after_amount: int | None
    before_day: date | None
    after_day: date | None
    currency: str

    @property
    def difference(self) -> int | None:
        """Change of the amount in minor units, None where it did not change."""
        if self.before_amount is None or self.after_amount is None:
            return None
        return self.after_amount - self.before_amount or None

    @property
    def days(self) -> int | None:
        """Change of the completion date in days, None where it did not change."""
        if self.before_day is None or self.after_day is None:
            return None
        return (self.after_day - self.before_day).days or None


@dataclass
class ProjectSheet:
    """Everything on the page of a project."""

    record: PublishedRecord
    items: Items
    names: dict[str, Named]
    people: list[Person]
    former: list[Person]
    contracts: list[ContractRow]
    changes: list[Change]
    reports: list[ReportRow]
    photos: list[PhotoCard]
    bar: Bar
    curve: SCurve | None
    move: DateMove | None
    schedule: PublishedRecord | None
    plan: PlanBlock | None
    as_of: dict[str, datetime] = field(default_factory=dict)
    first_signed: date | None = None
    elapsed: int | None = None
    days_in_all: int | None = None
    days_left: int | None = None

    @property
    def ordering_body(self) -> Named | None:
        """The body that orders the work."""
        return self.names.get(str(self.items.get("ordering_body")))

    @property
    def cost_change(self) -> Decimal | None:
        """Current against original cost in per cent, None where one is missing."""
        before, now = self.items.get("original_cost_amount"), self.items.get("total_cost_amount")
        if not before or now is None:
            return None
        return Decimal(now - before) * 100 / before

    @property
    def as_of_reports(self) -> datetime | None:
        """When the newest report became public."""
        return self.reports[0].published_at if self.reports else None


def project_sheet(record: PublishedRecord) -> ProjectSheet:
    """Read a project's page; the number of queries does not grow with the project."""
    items, today = record.items, timezone.localdate()
    parts = _parts(record.public_id)
    reports = _newest(record.public_id, "daily_report", NEWEST_REPORTS)
    photos = _newest(record.public_id, "photo", NEWEST_PHOTOS)
    names = names_of(_mentioned(items, parts))
    schedule = next((part for part in parts["schedule"] if part.status == "approved"), None)
    first = _first_version(schedule) if schedule else {}
    rows = report_rows(reports)
    people = [_person(part, names) for part in parts["participant"]]
    start = as_day(items.get("start_date"))
    original = as_day(items.get("original_completion_date"))
    current = as_day(items.get("planned_completion_date"))
    end = as_day(items.get("actual_completion_date")) or today
    return ProjectSheet(
        record=record,
        items=items,
        names=names,
        people=[person for person in people if person.until is None or person.until >= today],
        former=[person for person in people if person.until and person.until < today],
        contracts=_contract_rows(parts, names),
        changes=_changes(parts["contract"]),
        reports=rows,
        photos=[photo_card(photo) for photo in photos],
        bar=rows[0].bar if rows else Bar(None, None),
        curve=_curve(record.public_id, schedule, first, today),
        move=completion_move(start, original, current, end)
        if start and original and current
        else None,
        schedule=schedule,
        plan=plan_block(schedule.items, first, url=record_url(schedule), today=today)
        if schedule
        else None,
        as_of=_as_of(record, parts, photos),
        first_signed=min((part.sort_date for part in parts["contract"]), default=None),
        elapsed=(end - start).days + 1 if start and start <= end else None,
        days_in_all=(current - start).days + 1 if start and current else None,
        days_left=(current - today).days if current and current >= today else None,
    )


def _parts(project: UUID) -> dict[str, list[PublishedRecord]]:
    found: dict[str, list[PublishedRecord]] = {kind: [] for kind in WHOLE_KINDS}
    records = PublishedRecord.objects.filter(
        project_public_id=project, kind__in=WHOLE_KINDS, is_withdrawn=False
    ).order_by("sort_date", "id")
    for record in records:
        found[record.kind].append(record)
    return found


def _newest(project: UUID, kind: str, most: int) -> list[PublishedRecord]:
    records = PublishedRecord.objects.filter(
        project_public_id=project, kind=kind, is_withdrawn=False
    )
    return list(records.order_by("-sort_date", "-id")[:most])


def _mentioned(items: Items, parts: dict[str, list[PublishedRecord]]) -> set[str | None]:
    mentioned = {items.get("ordering_body")}
    for part in parts["participant"]:
        mentioned.add(part.items.get("organization"))
    for part in parts["contract"]:
        mentioned.add(part.items.get("contractor"))
    for part in parts["subcontract"]:
        mentioned.add(part.items.get("subcontractor"))
    return mentioned


def _person(record: PublishedRecord, names: dict[str, Named]) -> Person:
    items = record.items
    return Person(
        role=role_label(items.get("role") or ""),
        name=items.get("name") or "",
        position=" ".join(filter(None, [items.get("department"), items.get("position")])),
        phone=items.get("office_phone") or "",
        organization=names.get(str(items.get("organization"))),
        url=record_url(record),
        since=as_day(items.get("valid_from")),
        until=as_day(items.get("valid_to")),
    )


def _contract_rows(
    parts: dict[str, list[PublishedRecord]], names: dict[str, Named]
) -> list[ContractRow]:
    kinds = {
        "construction": _("construction"),
        "design": _("design"),
        "supervision": _("supervision"),
        "subcontract": _("subcontract"),
        "equipment": _("equipment lease"),
        "material": _("material supply"),
    }
    rows = []
    for record in [*parts["contract"], *parts["subcontract"]]:
        items, is_sub = record.items, record.kind == "subcontract"
        firm = items.get("subcontractor" if is_sub else "contractor")
        rows.append(
            ContractRow(
                url=record_url(record),
                label=record.title,
                kind=kinds.get(record.work_type, record.work_type),
                firm=names.get(str(firm)),
                original=None if is_sub else items.get("original_amount"),
                current=items.get("amount"),
                currency=record.currency,
                is_sub=is_sub,
            )
        )
    return rows


def _changes(contracts: Iterable[PublishedRecord]) -> list[Change]:
    changes = [
        Change(
            contract=record.title,
            url=record_url(record),
            number=line.get("number"),
            day=as_day(line.get("date")),
            reason=line.get("reason") or "",
            before_amount=line.get("before_amount"),
            after_amount=line.get("after_amount"),
            before_day=as_day(line.get("before_completion_date")),
            after_day=as_day(line.get("after_completion_date")),
            currency=record.currency,
        )
        for record in contracts
        for line in record.items.get("amendments") or []
    ]
    return sorted(changes, key=lambda change: change.day or date.min, reverse=True)


def _curve(
    project: UUID, schedule: PublishedRecord | None, first: Items, today: date
) -> SCurve | None:
    planned = _planned(schedule.items) if schedule else []
    return s_curve(
        planned=planned, actual=actual_curve(project), today=today, original=_planned(first)
    )


def _planned(items: Items) -> list[tuple[date, Decimal]]:
    return planned_curve(planned_items(items.get("work_items") or []))


def _first_version(schedule: PublishedRecord) -> Items:
    """Return what the first published version said, empty where there was no revision."""
    if schedule.items.get("source_version", 1) <= 1:
        return {}
    first = (
        PublishedVersion.objects.filter(public_id=schedule.public_id, source_version=1)
        .order_by("-version_no")
        .first()
    )
    return first.items if first and first.items else {}


def _as_of(
    record: PublishedRecord,
    parts: dict[str, list[PublishedRecord]],
    photos: list[PublishedRecord],
) -> dict[str, datetime]:
    """Return when each block of the page was last published."""
    blocks = {
        "overview": [record],
        "contracts": [*parts["contract"], *parts["subcontract"]],
        "people": parts["participant"],
        "schedule": parts["schedule"],
        "photos": photos,
    }
    return {
        name: max(part.published_at for part in records)
        for name, records in blocks.items()
        if records
    }


#: Place of each state in the life of a project.
_STAGES = {
    "planned": 0,
    "contracted": 1,
    "commenced": 2,
    "ongoing": 2,
    "suspended": 2,
    "terminated": 2,
    "completion_inspection": 3,
    "completed": 4,
    "defect_period": 4,
    "closed": 5,
}


def life_of(sheet: ProjectSheet) -> list[Step]:
    """Return the steps of a project's life, up to now and after."""
    items = sheet.items
    stage = _STAGES.get(items.get("state") or "", 0)
    building = _("Building")
    if sheet.bar.actual is not None:
        shown = format_rate(sheet.bar.actual, get_language() or "en", 1)
        building = _("Building %(rate)s") % {"rate": shown}
    completion = items.get("actual_completion_date") or items.get("planned_completion_date")
    steps = [
        (_("Planned"), None),
        (_("Contract"), sheet.first_signed),
        (building, as_day(items.get("start_date"))),
        (_("Completion inspection"), None),
        (_("Completion"), as_day(completion)),
        (_("Closed"), None),
    ]
    return [
        Step(label, when, "past" if place < stage else "now" if place == stage else "later")
        for place, (label, when) in enumerate(steps)
    ]
