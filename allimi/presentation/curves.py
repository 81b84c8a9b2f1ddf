"""Curves of a published schedule: the same arithmetic as in One-PMIS, on published values.

Kept here because public pages know only what is published; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ccs.lib.charts import Point

CENT = Decimal("0.01")


@dataclass(frozen=True)
class PlannedItem:
    """A work item of a published schedule."""

    weight: Decimal
    start: date
    finish: date

    def share(self, day: date) -> Decimal:
        """Return which part (0 to 1) is planned to be done at the end of `day`, in a line."""
        if day >= self.finish:
            return Decimal(1)
        if day < self.start:
            return Decimal(0)
        return Decimal((day - self.start).days + 1) / ((self.finish - self.start).days + 1)


def planned_items(work_items: Sequence[dict[str, Any]]) -> list[PlannedItem]:
    """Return the items of a published schedule that carry a weight and dates."""
    return [
        PlannedItem(
            Decimal(line["weight"]),
            date.fromisoformat(line["planned_start_date"]),
            date.fromisoformat(line["planned_finish_date"]),
        )
        for line in work_items
        if line.get("weight") and line.get("planned_start_date") and line.get("planned_finish_date")
    ]


def planned_curve(items: Sequence[PlannedItem]) -> list[Point]:
    """Return the planned cumulative rate on every day on which its slope changes.

    Each day looks only at the items under way on it: thousands of items cost little.
    """
    total = sum((item.weight for item in items), Decimal(0))
    if not total:
        return []
    days = {item.start - timedelta(days=1) for item in items} | {item.finish for item in items}
    waiting = sorted(items, key=lambda item: item.start, reverse=True)
    under_way: list[PlannedItem] = []
    finished, curve = Decimal(0), []
    for day in sorted(days):
        while waiting and waiting[-1].start <= day:
            under_way.append(waiting.pop())
        finished += sum(item.weight for item in under_way if item.finish <= day)
        under_way = [item for item in under_way if item.finish > day]
        done = sum((item.weight * item.share(day) for item in under_way), finished)
        curve.append((day, (done * 100 / total).quantize(CENT, ROUND_HALF_UP)))
    return curve
