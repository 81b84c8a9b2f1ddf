"""Geometry of the drawings: progress bar, S-curve, Gantt chart, dates. Values in, SVG paths out.

Rates are per cent as `Decimal`; a missing rate stays `None` and is never drawn as 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: Percentage points behind plan beyond which a project is "slipping", and "late" (domain A.1).
SLIPPING_BEYOND = Decimal(2)
LATE_BEYOND = Decimal(5)

Point = tuple[date, Decimal]


def verdict(planned: Decimal | None, actual: Decimal | None) -> str:
    """Return the class of the verdict: ok, watch, late, or unknown where a rate is missing."""
    if planned is None or actual is None:
        return "unknown"
    behind = planned - actual
    if behind > LATE_BEYOND:
        return "late"
    return "watch" if behind > SLIPPING_BEYOND else "ok"


@dataclass(frozen=True)
class Bar:
    """A planned-against-actual bar on a grid 100 wide."""

    planned: Decimal | None
    actual: Decimal | None

    @property
    def verdict(self) -> str:
        """Class of the verdict."""
        return verdict(self.planned, self.actual)

    @property
    def actual_path(self) -> str:
        """Path of the actual progress, empty when it is not entered."""
        return "" if self.actual is None else f"M0 2h{_short(_bounded(self.actual))}v6H0z"

    @property
    def planned_path(self) -> str:
        """Path of the planned mark, empty when it is not entered."""
        return "" if self.planned is None else f"M{_short(_bounded(self.planned))} -1v12"

    @property
    def difference(self) -> Decimal | None:
        """Actual minus planned in percentage points."""
        if self.planned is None or self.actual is None:
            return None
        return self.actual - self.planned


@dataclass(frozen=True)
class Tick:
    """A label on an axis; `is_optional` ones go on a phone."""

    at: int
    day: date
    starts_year: bool = False
    is_optional: bool = False


@dataclass(frozen=True)
class CurveRow:
    """A line of the table that says the same as the curve."""

    day: date
    original: Decimal | None
    planned: Decimal | None
    actual: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Actual minus planned in percentage points."""
        if self.planned is None or self.actual is None:
            return None
        return self.actual - self.planned


@dataclass(frozen=True)
class SCurve:
    """Paths and labels of an S-curve in a box of 720 × 340."""

    original_path: str
    planned_path: str
    actual_path: str
    actual_area: str
    grid: list[tuple[int, int]]
    ticks: list[Tick]
    rows: list[CurveRow]
    today_at: int | None
    today: date
    planned: Decimal | None
    actual: Decimal | None
    actual_day: date | None
    actual_xy: tuple[int, int] | None
    labels_left: bool = False
    bar: Bar = field(default=Bar(None, None))


LEFT, RIGHT, TOP, BOTTOM = 44, 708, 26, 302
#: A curve needs no more points than this to look smooth at 720 units.
MOST_POINTS = 60
MOST_ROWS = 12


def s_curve(
    *,
    planned: Sequence[Point],
    actual: Sequence[Point],
    today: date,
    original: Sequence[Point] = (),
) -> SCurve | None:
    """Return the drawing of cumulative progress, or None where neither curve has two points."""
    if max(len(planned), len(actual)) < 2:
        return None
    days = [day for curve in (planned, actual, original) for day, _rate in curve]
    first, last = min(days), max(days)
    scale = _Scale(first, last)
    shown_today = today if first <= today <= last else None
    newest = actual[-1] if actual else None
    planned_now = value_at(planned, newest[0]) if newest else value_at(planned, min(today, last))
    actual_now = newest[1] if newest else None
    today_at = scale.x(shown_today) if shown_today else None
    return SCurve(
        original_path=scale.path(original),
        planned_path=scale.path(planned),
        actual_path=scale.path(actual),
        actual_area=scale.area(actual),
        grid=[(scale.y(Decimal(rate)), rate) for rate in (0, 25, 50, 75, 100)],
        ticks=_ticks(scale),
        rows=_rows(original, planned, actual, today),
        today_at=today_at,
        today=today,
        planned=planned_now,
        actual=actual_now,
        actual_day=newest[0] if newest else None,
        actual_xy=(scale.x(newest[0]), scale.y(newest[1])) if newest else None,
        labels_left=today_at is not None and today_at > (LEFT + RIGHT) // 2,
        bar=Bar(planned_now, actual_now),
    )


def value_at(curve: Sequence[Point], day: date) -> Decimal | None:
    """Return the rate of a cumulative curve on a day: between two points on the straight line."""
    if not curve or day < curve[0][0]:
        return None
    index = bisect_right(curve, day, key=lambda point: point[0])
    if index == len(curve):
        return curve[-1][1]
    (before, low), (after, high) = curve[index - 1], curve[index]
    share = Decimal((day - before).days) / Decimal((after - before).days)
    return (low + (high - low) * share).quantize(Decimal("0.01"))


class _Scale:
    """Days to the right, per cent upward."""

    def __init__(self, first: date, last: date, left: int = LEFT, right: int = RIGHT) -> None:
        self.first = first
        self.last = last
        self.left, self.right = left, right
        self.days = max(1, (last - first).days)

    def x(self, day: date) -> int:
        return self.left + round((day - self.first).days * (self.right - self.left) / self.days)

    def y(self, rate: Decimal) -> int:
        return BOTTOM - round(float(_bounded(rate)) * (BOTTOM - TOP) / 100)

    def path(self, curve: Sequence[Point]) -> str:
        points = [f"{self.x(day)} {self.y(rate)}" for day, rate in thinned(curve)]
        return f"M{'L'.join(points)}" if len(points) > 1 else ""

    def area(self, curve: Sequence[Point]) -> str:
        path = self.path(curve)
        if not path:
            return ""
        return f"{path}L{self.x(curve[-1][0])} {BOTTOM}L{self.x(curve[0][0])} {BOTTOM}z"


def thinned(curve: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Return at most `most` points of a curve, first and last always among them."""
    if len(curve) <= most:
        return list(curve)
    step = (len(curve) - 1) / (most - 1)
    return [curve[round(number * step)] for number in range(most)]


def _ticks(scale: _Scale) -> list[Tick]:
    months = _months_between(scale.first, scale.last)
    every = next((n for n in (1, 2, 3, 6, 12) if len(months) / n <= 8), 24)
    shown = [scale.first, *[day for day in months if (day.month - 1) % every == 0]]
    if len(shown) > 1 and scale.x(shown[1]) - scale.left < 60:
        shown.pop(1)
    shown = [day for day in shown if scale.x(day) <= scale.right - 30]
    ticks, year = [], None
    for number, day in enumerate(shown):
        ticks.append(Tick(scale.x(day), day, day.year != year, number % 2 == 1))
        year = day.year
    return ticks


def _months_between(first: date, last: date) -> list[date]:
    year, month, months = first.year, first.month, []
    while (day := date(year, month, 1)) <= last:
        if day > first:
            months.append(day)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


def _rows(
    original: Sequence[Point], planned: Sequence[Point], actual: Sequence[Point], today: date
) -> list[CurveRow]:
    """Return the table: month by month (thinned), then the newest actual value."""
    basis = planned or actual
    ends = _months_between(basis[0][0], basis[-1][0])
    if actual:
        ends = sorted({*ends, actual[-1][0]})
    keep = [day for day, _zero in thinned([(day, Decimal(0)) for day in ends], MOST_ROWS)]
    if actual and actual[-1][0] not in keep:
        keep = sorted({*keep, actual[-1][0]})
    newest = actual[-1][0] if actual else today
    return [
        CurveRow(
            day,
            value_at(original, day),
            value_at(planned, day),
            value_at(actual, day) if day <= newest and actual else None,
        )
        for day in keep
    ]


@dataclass(frozen=True)
class DateMove:
    """Original against current completion date on one scale, 720 wide."""

    original_to: int
    current_to: int
    actual_to: int
    days_later: int


def completion_move(start: date, original: date, current: date, today: date) -> DateMove | None:
    """Return the drawing of a moved completion date, None where the dates are out of order."""
    last = max(original, current)
    if not start < min(original, current):
        return None
    width = 708

    def at(day: date) -> int:
        inside = min(max(day, start), last)
        return 6 + round((inside - start).days * width / (last - start).days)

    return DateMove(at(original), at(current), at(min(today, current)), (current - original).days)


# -- Gantt --------------------------------------------------------------------------------------

#: Height of a row of the Gantt chart, and of what stands above the first one.
ROW, HEAD = 52, 34
#: Signs of a label that fit on a phone; the table says the whole name.
LABEL = 30


@dataclass(frozen=True)
class Span:
    """What a row of the Gantt chart shows: days planned now, planned first, and worked."""

    label: str
    url: str
    start: date
    finish: date
    first_start: date | None = None
    first_finish: date | None = None
    actual_start: date | None = None
    #: None while the work goes on: the bar then ends today.
    actual_finish: date | None = None
    is_critical: bool = False
    is_group: bool = False


@dataclass(frozen=True)
class GanttRow:
    """A row as it is drawn; empty paths are not drawn."""

    span: Span
    label: str
    text_y: int
    plan_path: str
    first_path: str
    actual_path: str
    critical_path: str


@dataclass(frozen=True)
class Gantt:
    """A Gantt chart 720 wide. The table beside it says the same."""

    rows: list[GanttRow]
    ticks: list[Tick]
    height: int
    today: date
    today_at: int | None
    has_first: bool
    has_actual: bool
    has_critical: bool


def gantt(spans: Sequence[Span], *, today: date) -> Gantt | None:
    """Return the drawing of planned, first planned and actual days, None where there is nothing.

    A critical activity carries a line of its own above the bar and not only another colour.
    """
    if not spans:
        return None
    days = [day for span in spans for day in _days_of(span) if day]
    scale = _Scale(min(days), max(days), left=6, right=714)
    rows = [_gantt_row(span, scale, HEAD + ROW * place, today) for place, span in enumerate(spans)]
    return Gantt(
        rows=rows,
        ticks=_ticks(scale),
        height=HEAD + ROW * len(spans) + 6,
        today=today,
        today_at=scale.x(today) if scale.first <= today <= scale.last else None,
        has_first=any(row.first_path for row in rows),
        has_actual=any(row.actual_path for row in rows),
        has_critical=any(row.critical_path for row in rows),
    )


def _days_of(span: Span) -> tuple[date | None, ...]:
    return (
        *(span.start, span.finish, span.first_start, span.first_finish),
        *(span.actual_start, span.actual_finish),
    )


def _gantt_row(span: Span, scale: _Scale, top: int, today: date) -> GanttRow:
    def bar(start: date | None, finish: date | None, y: int, height: int) -> str:
        if start is None or finish is None:
            return ""
        left, right = scale.x(start), scale.x(finish)
        return f"M{left} {y}h{max(3, right - left)}v{height}h-{max(3, right - left)}z"

    plan = bar(span.start, span.finish, top + 30, 5 if span.is_group else 10)
    moved = (span.first_start, span.first_finish) != (span.start, span.finish)
    end = span.actual_finish or (span.actual_start and max(span.actual_start, today))
    short = span.label if len(span.label) <= LABEL else f"{span.label[: LABEL - 1]}…"
    return GanttRow(
        span=span,
        label=short,
        text_y=top + 22,
        plan_path=plan,
        first_path=bar(span.first_start, span.first_finish, top + 43, 3) if moved else "",
        actual_path=bar(span.actual_start, end, top + 33, 4),
        critical_path=f"M{scale.x(span.start)} {top + 28}H{scale.x(span.finish)}"
        if span.is_critical
        else "",
    )


def shade(value: int, steps: Sequence[int]) -> int:
    """Return the shade 0 to 4 of a map value; `steps` are the least values of shades 1 to 4."""
    return bisect_right(steps, value)


def shade_steps(values: Sequence[int]) -> list[int]:
    """Return the least values of shades 1 to 4: quintiles of what is there, strictly rising."""
    ordered = sorted(value for value in values if value > 0)
    steps: list[int] = []
    for number in range(4):
        floor = steps[-1] + 1 if steps else 1
        quantile = ordered[number * len(ordered) // 4] if ordered else floor
        steps.append(max(floor, quantile))
    return steps


def _bounded(rate: Decimal) -> Decimal:
    return min(max(Decimal(rate), Decimal(0)), Decimal(100))


def _short(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.1')).normalize():f}"
