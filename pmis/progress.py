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
    """Return the planned rate on every day on which its slope changes."""
    if not items:
        return []
    one_day = datetime.timedelta(days=1)
    days = {item.planned_start_date - one_day for item in items}
    days |= {item.planned_finish_date for item in items}
    return [(day, rate) for day in sorted(days) if (rate := planned_rate(items, day)) is not None]


def actual_curve(
    items: Sequence[Item], entries: Iterable[tuple[datetime.date, str, Decimal]]
) -> list[Point]:
    """Return the actual rate on every day with entries of (day, code, quantity of that day)."""
    codes = {item.code for item in items}
    by_day: dict[datetime.date, list[tuple[str, Decimal]]] = defaultdict(list)
    for day, code, quantity in entries:
        if code in codes:
            by_day[day].append((code, quantity))
    done: dict[str, Decimal] = {}
    curve = []
    for day in sorted(by_day):
        for code, quantity in by_day[day]:
            done[code] = done.get(code, Decimal(0)) + quantity
        rate = actual_rate(items, done)
        if rate is not None:
            curve.append((day, rate))
    return curve


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
