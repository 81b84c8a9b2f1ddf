"""The schedule as a page shows it: the tree with days, rates and float, rolled up by group."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from django.db import models

from ccs.lib.charts import Gantt, Span, gantt
from pmis import progress
from pmis.models import ProgressClaim, Schedule, WorkGroup, WorkItem
from pmis.progress import CENT, HUNDRED, EarnedValue
from pmis.services.scheduling.baselines import first_baseline, first_days

Entries = Sequence[tuple[datetime.date, str, Decimal]]
Days = tuple[datetime.date | None, datetime.date | None]
#: Rows of the tree on one page.
PAGE = 60


def actual_cost(project_id: int, day: datetime.date) -> int | None:
    """Return what was certified on progress claims until a day, in minor units.

    None where no claim is in force: not entered, which is not zero.
    """
    claims = ProgressClaim.objects.approved().filter(project=project_id, inspection_date__lte=day)
    return claims.aggregate(models.Sum("certified_amount"))["certified_amount__sum"]


@dataclass
class PlanRow:
    """A work item or group with what was planned, promised first, and done."""

    code: str
    name: str
    level: int
    item: WorkItem | None
    start: datetime.date | None = None
    finish: datetime.date | None = None
    first_start: datetime.date | None = None
    first_finish: datetime.date | None = None
    actual_start: datetime.date | None = None
    actual_finish: datetime.date | None = None
    amount: int = 0
    weight: Decimal = Decimal(0)
    #: Cumulative quantity of an item, None where none was entered.
    done: Decimal | None = None
    planned_rate: Decimal | None = None
    actual_rate: Decimal | None = None
    is_critical: bool = False
    #: Shares of the project in per cent, planned and done.
    parts: list[tuple[Decimal, Decimal | None]] = field(default_factory=list, repr=False)

    @property
    def is_group(self) -> bool:
        """Whether the row is a group of others."""
        return self.item is None

    @property
    def difference(self) -> Decimal | None:
        """Actual minus planned rate in percentage points."""
        return progress.variance(self.planned_rate, self.actual_rate)

    @property
    def days_later(self) -> int | None:
        """Days that the planned finish has moved since the first promise."""
        if self.finish is None or self.first_finish is None:
            return None
        return (self.finish - self.first_finish).days


@dataclass(frozen=True)
class PlanTree:
    """All rows of a schedule, groups above what they hold."""

    rows: list[PlanRow]
    first: Schedule | None

    @property
    def critical_count(self) -> int:
        """How many work items are on the critical path."""
        return sum(row.is_critical for row in self.rows if not row.is_group)

    @property
    def item_count(self) -> int:
        """How many work items there are."""
        return sum(not row.is_group for row in self.rows)


def plan_tree(schedule: Schedule, *, today: datetime.date, entries: Entries = ()) -> PlanTree:
    """Return the tree of a schedule with what the daily reports say of its items."""
    items = list(schedule.work_items.select_related("organization"))
    groups = list(schedule.work_groups.all())
    first = first_baseline(schedule.project_id)
    promised = first_days(first)
    worked = worked_days(items, entries)
    done: dict[str, Decimal] = defaultdict(Decimal)
    for _day, code, quantity in entries:
        done[code] += quantity
    rows = {
        item.code: _item_row(item, promised, worked, done.get(item.code), today) for item in items
    }
    return PlanTree(_in_order(groups, items, rows), first)


def worked_days(items: Iterable[WorkItem], entries: Entries) -> dict[str, Days]:
    """Return the first day worked on each item, and the day on which its quantity was reached."""
    wanted = {item.code: item.quantity for item in items}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    found: dict[str, Days] = {}
    for day, code, quantity in sorted(entries):
        if code not in wanted:
            continue
        sums[code] += quantity
        start, finish = found.get(code, (day, None))
        is_reached = sums[code] >= wanted[code]
        found[code] = (start, finish or (day if is_reached else None))
    return found


def gantt_of(rows: Sequence[PlanRow], today: datetime.date) -> Gantt | None:
    """Return the Gantt chart of the rows of one page; each leads to its row of the table."""
    return gantt(
        [
            Span(
                label=f"{'· ' * row.level}{row.name}",
                url=f"#r-{row.code}",
                start=row.start,
                finish=row.finish,
                first_start=row.first_start,
                first_finish=row.first_finish,
                actual_start=row.actual_start,
                actual_finish=row.actual_finish,
                is_critical=row.is_critical and not row.is_group,
                is_group=row.is_group,
            )
            for row in rows
            if row.start and row.finish
        ],
        today=today,
    )


def earned_value_of(
    schedule: Schedule, *, day: datetime.date, entries: Entries
) -> EarnedValue | None:
    """Return the earned value of a project at the end of a day."""
    rows = list(schedule.work_items.all())
    quantities: dict[str, Decimal] = {}
    for on, code, quantity in entries:
        if on <= day:
            quantities[code] = quantities.get(code, Decimal(0)) + quantity
    return progress.earned_value(
        [_plain(row) for row in rows],
        {row.code: row.amount for row in rows},
        quantities,
        day,
        actual_cost(schedule.project_id, day),
    )


def _plain(item: WorkItem) -> progress.Item:
    return progress.Item(
        item.code,
        item.quantity,
        item.weight,
        item.planned_start_date,
        item.planned_finish_date,
    )


def _item_row(
    item: WorkItem,
    promised: Mapping[str, tuple[datetime.date, datetime.date]],
    worked: Mapping[str, Days],
    done: Decimal | None,
    today: datetime.date,
) -> PlanRow:
    plain = _plain(item)
    planned = plain.planned_share(today)
    actual = None if done is None else plain.done_share(done)
    first, days = promised.get(item.code, (None, None)), worked.get(item.code, (None, None))
    return PlanRow(
        code=item.code,
        name=item.name,
        level=0,
        item=item,
        start=item.planned_start_date,
        finish=item.planned_finish_date,
        first_start=first[0],
        first_finish=first[1],
        actual_start=days[0],
        actual_finish=days[1],
        amount=item.amount,
        weight=item.weight,
        done=done,
        planned_rate=_rate(planned),
        actual_rate=None if actual is None else _rate(actual),
        is_critical=bool(item.is_critical),
        parts=[(item.weight * planned, None if actual is None else item.weight * actual)],
    )


def _in_order(
    groups: Sequence[WorkGroup], items: Sequence[WorkItem], rows: Mapping[str, PlanRow]
) -> list[PlanRow]:
    """Return the rows depth first; what names no known group stands at the top."""
    known = {group.code for group in groups}
    below: dict[str, list[WorkGroup | WorkItem]] = defaultdict(list)
    for row in (*groups, *items):
        below[row.parent_code if row.parent_code in known else ""].append(row)
    ordered: list[PlanRow] = []
    waiting: list[tuple[WorkGroup | WorkItem, int]] = [(row, 0) for row in reversed(below[""])]
    ranges: list[tuple[int, PlanRow]] = []
    while waiting:
        row, level = waiting.pop()
        if isinstance(row, WorkItem):
            shown = rows[row.code]
            shown.level = level
        else:
            shown = PlanRow(row.code, row.name, level, None)
            ranges.append((len(ordered), shown))
            waiting += [(child, level + 1) for child in reversed(below[row.code])]
        ordered.append(shown)
    for place, group in reversed(ranges):
        _roll_up(group, ordered, place)
    return ordered


def _roll_up(group: PlanRow, rows: Sequence[PlanRow], place: int) -> None:
    """Sum up in a group what stands directly below it; deeper groups are summed up already."""
    for row in rows[place + 1 :]:
        if row.level <= group.level:
            break
        if row.level > group.level + 1:
            continue
        group.amount += row.amount
        group.weight += row.weight
        group.parts += row.parts
        group.is_critical |= row.is_critical
        for name, choose in (("start", min), ("first_start", min), ("actual_start", min),
                             ("finish", max), ("first_finish", max)):  # fmt: skip
            days = [day for day in (getattr(group, name), getattr(row, name)) if day]
            setattr(group, name, choose(days) if days else None)
    planned = sum((part for part, _done in group.parts), Decimal(0))
    done = [part for _planned, part in group.parts if part is not None]
    if group.weight:
        group.planned_rate = _rate(planned / group.weight)
        group.actual_rate = _rate(sum(done, Decimal(0)) / group.weight) if done else None


def _rate(share: Decimal) -> Decimal:
    return (share * HUNDRED).quantize(CENT, ROUND_HALF_UP)
