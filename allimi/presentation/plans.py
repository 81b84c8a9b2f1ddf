"""The plan of a project as its page shows it: milestones, and its groups in a Gantt chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from allimi.presentation.reading import Items
from ccs.lib.charts import Gantt, Span, gantt
from ccs.templatetags.formats import as_day

#: Rows of the drawing; a plan with more top groups than that is read on its own page.
MOST_ROWS = 24


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone with the day first promised beside the present one; None: not entered."""

    name: str
    first_promised: date | None
    planned: date | None
    actual: date | None

    #: The day of the page: what was not reached by then comes no earlier than it.
    today: date

    @property
    def is_overdue(self) -> bool:
        """Whether the planned day is over and the milestone was not reached."""
        return self.actual is None and self.planned is not None and self.planned < self.today

    @property
    def days_later(self) -> int | None:
        """Days after the first promise: of what came true, else of the plan, or by now."""
        now = self.today if self.is_overdue else self.actual or self.planned
        if now is None or self.first_promised is None:
            return None
        return (now - self.first_promised).days


@dataclass(frozen=True)
class PlanBlock:
    """Milestones and drawing of a published schedule; the rows say what the drawing shows."""

    milestones: list[MilestoneRow]
    rows: list[Span]
    drawing: Gantt | None
    #: Rows beyond those drawn.
    left_out: int


def plan_block(items: Items, first: Items, *, url: str, today: date) -> PlanBlock:
    """Return the block of a schedule; `first` holds the first published version's items.

    `url` is the page of the schedule, to which each row of the drawing leads.
    """
    rows = _group_spans(items, first, url)
    return PlanBlock(
        milestones=_milestones(items, first, today),
        rows=rows[:MOST_ROWS],
        drawing=gantt(rows[:MOST_ROWS], today=today),
        left_out=max(0, len(rows) - MOST_ROWS),
    )


def _milestones(items: Items, first: Items, today: date) -> list[MilestoneRow]:
    """Return the milestones; those promised first and dropped since come last."""
    rows = [
        MilestoneRow(
            line.get("name") or "",
            as_day(line.get("first_promised_date")) or as_day(line.get("planned_date")),
            as_day(line.get("planned_date")),
            as_day(line.get("actual_date")),
            today,
        )
        for line in items.get("milestones") or []
    ]
    names = {row.name for row in rows}
    dropped = [line for line in first.get("milestones") or [] if line.get("name") not in names]
    return rows + [
        MilestoneRow(line.get("name") or "", as_day(line.get("planned_date")), None, None, today)
        for line in dropped
    ]


def _group_spans(items: Items, first: Items, url: str) -> list[Span]:
    """Return the top groups in the order of the plan; work items without a group by themselves."""
    tops, promised = _tops_of(items), _days_by_top(first)
    names = {line.get("code"): line.get("name") for line in _lines(items, "work_groups")}
    spans = {}
    for code, lines in _by_top(items, tops).items():
        days = _extent(lines)
        if days is None:
            continue
        # Where the plan was never revised, the first promise is the present one.
        first_start, first_finish = promised.get(code, (None, None)) if first else days
        spans[code] = Span(
            label=str(names.get(code) or lines[0].get("name") or code),
            url=url,
            start=days[0],
            finish=days[1],
            first_start=first_start,
            first_finish=first_finish,
        )
    return list(spans.values())


def _days_by_top(items: Items) -> dict[str, tuple[date, date]]:
    found = {code: _extent(lines) for code, lines in _by_top(items, _tops_of(items)).items()}
    return {code: days for code, days in found.items() if days}


def _by_top(items: Items, tops: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return the work items by their top group's code, or by their own where they have none."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in _lines(items, "work_items"):
        parent = line.get("parent_code")
        found[str(tops.get(parent, "") or line.get("code"))].append(line)
    return found


def _tops_of(items: Items) -> dict[str, str]:
    """Return the top group of every group; a circle of groups has none."""
    parents = {line.get("code"): line.get("parent_code") for line in _lines(items, "work_groups")}
    tops = {}
    for code in parents:
        top, seen = code, {code}
        while (above := parents.get(top)) in parents and above not in seen:
            seen.add(above)
            top = above
        tops[code] = str(top)
    return tops


def _lines(items: Items, name: str) -> Iterable[dict[str, Any]]:
    return items.get(name) or []


def _extent(lines: Iterable[dict[str, Any]]) -> tuple[date, date] | None:
    starts = [day for line in lines if (day := as_day(line.get("planned_start_date")))]
    finishes = [day for line in lines if (day := as_day(line.get("planned_finish_date")))]
    return (min(starts), max(finishes)) if starts and finishes else None
