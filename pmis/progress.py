"""Planned and actual rate, variance, curves: pure arithmetic, values in, values out.

Rates are per cent with two places, rounded half up. `None` means "not entered" and is never
turned into 0: a project whose people have entered nothing has no rate.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
Point = tuple[datetime.date, Decimal]


@dataclass(frozen=True)
class Item:
    """What a work item brings to the arithmetic: its share of the project and its two days."""

    code: str
    quantity: Decimal
    weight: Decimal
    planned_start_date: datetime.date
    planned_finish_date: datetime.date

    def planned_share(self, day: datetime.date) -> Decimal:
        """Return which part (0 to 1) is planned to be done at the end of `day`, in a line."""
        if day >= self.planned_finish_date:
            return Decimal(1)
        if day < self.planned_start_date:
            return Decimal(0)
        length = (self.planned_finish_date - self.planned_start_date).days + 1
        return Decimal((day - self.planned_start_date).days + 1) / length

    def done_share(self, quantity: Decimal) -> Decimal:
        """Return which part (0 to 1) a cumulative quantity is; more than all counts as all."""
        return min(quantity / self.quantity, Decimal(1))


def planned_rate(items: Sequence[Item], day: datetime.date) -> Decimal | None:
    """Return the planned rate at the end of `day`, None without a plan."""
    return _weighted(items, {item.code: item.planned_share(day) for item in items})


def actual_rate(items: Sequence[Item], quantities: Mapping[str, Decimal]) -> Decimal | None:
    """Return the actual rate of cumulative quantities by code.

    None without a plan, and None where no quantity of any item was ever entered.
    """
    shares = {
        item.code: item.done_share(quantities[item.code])
        for item in items
        if item.code in quantities
    }
    return _weighted(items, shares) if shares else None


def variance(planned: Decimal | None, actual: Decimal | None) -> Decimal | None:
    """Return actual minus planned in percentage points, None where one was not entered."""
    return None if planned is None or actual is None else actual - planned


def verdict(difference: Decimal | None, *, watch: Decimal, late: Decimal) -> str:
    """Return ok, watch or late for a variance; "unknown" where a rate was not entered.

    `watch` and `late` are negative points of `RuleValue` (domain A.1: −2 and −5): on plan from
    `watch` upward, late below `late`.
    """
    if difference is None:
        return "unknown"
    if difference < late:
        return "late"
    return "ok" if difference >= watch else "watch"


def planned_curve(items: Sequence[Item]) -> list[Point]:
    """Return the planned rate on every day on which its slope changes.

    Each day looks only at the items under way on it: thousands of items cost little.
    """
    total = sum((item.weight for item in items), Decimal(0))
    if not total:
        return []
    one_day = datetime.timedelta(days=1)
    days = {item.planned_start_date - one_day for item in items}
    days |= {item.planned_finish_date for item in items}
    waiting = sorted(items, key=lambda item: item.planned_start_date, reverse=True)
    under_way: list[Item] = []
    finished, curve = Decimal(0), []
    for day in sorted(days):
        while waiting and waiting[-1].planned_start_date <= day:
            under_way.append(waiting.pop())
        finished += sum(item.weight for item in under_way if item.planned_finish_date <= day)
        under_way = [item for item in under_way if item.planned_finish_date > day]
        done = sum((item.weight * item.planned_share(day) for item in under_way), finished)
        curve.append((day, (done * HUNDRED / total).quantize(CENT, ROUND_HALF_UP)))
    return curve


def actual_curve(
    items: Sequence[Item], entries: Iterable[tuple[datetime.date, str, Decimal]]
) -> list[Point]:
    """Return the actual rate on every day with entries of (day, code, quantity of that day)."""
    by_code = {item.code: item for item in items}
    total = sum((item.weight for item in items), Decimal(0))
    by_day: dict[datetime.date, list[tuple[str, Decimal]]] = defaultdict(list)
    for day, code, quantity in entries:
        if code in by_code:
            by_day[day].append((code, quantity))
    if not total:
        return []
    quantities: dict[str, Decimal] = {}
    weighed: dict[str, Decimal] = {}
    done, curve = Decimal(0), []
    for day in sorted(by_day):
        for code, quantity in by_day[day]:
            item = by_code[code]
            quantities[code] = quantities.get(code, Decimal(0)) + quantity
            now = item.weight * item.done_share(quantities[code])
            done += now - weighed.get(code, Decimal(0))
            weighed[code] = now
        curve.append((day, (done * HUNDRED / total).quantize(CENT, ROUND_HALF_UP)))
    return curve


@dataclass(frozen=True)
class EarnedValue:
    """Earned value as of a day, in minor units. None means "not entered" and is never 0."""

    day: datetime.date
    #: What all items cost together (BAC).
    budget: int
    #: What was planned to be done, at its planned cost (PV).
    planned_value: int
    #: What is done, at its planned cost (EV).
    earned_value: int | None
    #: What was certified or paid for it (AC).
    actual_cost: int | None

    @property
    def schedule_index(self) -> Decimal | None:
        """SPI: earned against planned value; below 1 is behind the plan."""
        return _ratio(self.earned_value, self.planned_value)

    @property
    def cost_index(self) -> Decimal | None:
        """CPI: earned value against actual cost; below 1 is dearer than planned."""
        return _ratio(self.earned_value, self.actual_cost)

    @property
    def schedule_variance(self) -> int | None:
        """SV: earned minus planned value."""
        return None if self.earned_value is None else self.earned_value - self.planned_value

    @property
    def cost_variance(self) -> int | None:
        """CV: earned value minus actual cost."""
        if self.earned_value is None or self.actual_cost is None:
            return None
        return self.earned_value - self.actual_cost


def earned_value(
    items: Sequence[Item],
    amounts: Mapping[str, int],
    quantities: Mapping[str, Decimal],
    day: datetime.date,
    actual_cost: int | None = None,
) -> EarnedValue | None:
    """Return the earned value at the end of `day`, None where no item has an amount.

    `amounts` and cumulative `quantities` are by code. Without any quantity of an item, nothing
    was entered and there is no earned value.
    """
    budget = sum(amounts.get(item.code, 0) for item in items)
    if not budget:
        return None
    planned = sum(
        (item.planned_share(day) * amounts.get(item.code, 0) for item in items), Decimal(0)
    )
    reported = [item for item in items if item.code in quantities]
    earned = sum(
        (item.done_share(quantities[item.code]) * amounts.get(item.code, 0) for item in reported),
        Decimal(0),
    )
    return EarnedValue(
        day, budget, _whole(planned), _whole(earned) if reported else None, actual_cost
    )


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))


def _ratio(part: int | None, whole: int | None) -> Decimal | None:
    if part is None or not whole:
        return None
    return (Decimal(part) / whole).quantize(Decimal("0.001"), ROUND_HALF_UP)


def weights_from_amounts(amounts: Sequence[int]) -> list[Decimal]:
    """Return weights in per cent with four places that sum to exactly 100.

    The rounding remainder goes to the largest amount. An amount of 0 weighs nothing; all zero
    gives all zero.
    """
    total = sum(amounts)
    if not total:
        return [Decimal(0)] * len(amounts)
    places = Decimal("0.0001")
    weights = [
        (Decimal(amount) * HUNDRED / total).quantize(places, ROUND_HALF_UP) for amount in amounts
    ]
    largest = max(range(len(amounts)), key=lambda index: amounts[index])
    weights[largest] += HUNDRED - sum(weights)
    return weights


def _weighted(items: Sequence[Item], shares: Mapping[str, Decimal]) -> Decimal | None:
    total = sum((item.weight for item in items), Decimal(0))
    if not total:
        return None
    done = sum((item.weight * shares.get(item.code, Decimal(0)) for item in items), Decimal(0))
    return (done * HUNDRED / total).quantize(CENT, ROUND_HALF_UP)
