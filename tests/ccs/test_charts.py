"""The drawings say what the figures say, and never draw what was not entered."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from ccs.lib import charts

START = date(2025, 3, 4)


@pytest.mark.parametrize(
    ("planned", "actual", "expected"),
    [
        (D("71.20"), D("68.40"), "watch"),
        (D("55"), D("48.3"), "late"),
        (D("55"), D("50"), "watch"),
        (D("55"), D("53"), "ok"),
        (D("42"), D("43.1"), "ok"),
        (D("42"), D("41.01"), "ok"),
        (None, D("10"), "unknown"),
        (D("10"), None, "unknown"),
    ],
)
def test_verdict_follows_the_points_behind_plan(
    planned: D | None, actual: D | None, expected: str
) -> None:
    assert charts.verdict(planned, actual) == expected


def test_bar_draws_nothing_that_was_not_entered() -> None:
    bar = charts.Bar(None, None)
    assert bar.actual_path == bar.planned_path == ""
    assert bar.difference is None


def test_bar_draws_entered_zero_and_stays_within_its_box() -> None:
    assert charts.Bar(D("0"), D("0")).actual_path == "M0 2h0v6H0z"
    assert charts.Bar(D("120"), D("100.04")).planned_path == "M100 -1v12"


def test_value_between_two_points_lies_on_the_straight_line() -> None:
    curve = [(START, D("0")), (START + timedelta(days=10), D("20"))]
    assert charts.value_at(curve, START + timedelta(days=5)) == D("10.00")
    assert charts.value_at(curve, START - timedelta(days=1)) is None
    assert charts.value_at(curve, START + timedelta(days=99)) == D("20")


def test_s_curve_reads_plan_on_the_day_of_the_newest_actual() -> None:
    planned = [(START + timedelta(days=n), D(n)) for n in range(101)]
    actual = [(START + timedelta(days=n), D(n) * D("0.9")) for n in range(41)]
    curve = charts.s_curve(planned=planned, actual=actual, today=START + timedelta(days=45))
    assert curve is not None
    assert (curve.planned, curve.actual) == (D(40), D("36.0"))
    assert curve.rows[-1].actual is None
    assert curve.actual_path.count("L") < charts.MOST_POINTS
    assert curve.labels_left is False


def test_s_curve_is_not_drawn_without_points() -> None:
    assert charts.s_curve(planned=[], actual=[(START, D(1))], today=START) is None


def test_completion_move_counts_days_in_both_directions() -> None:
    move = charts.completion_move(START, date(2026, 12, 31), date(2027, 3, 31), date(2026, 11, 20))
    assert move is not None
    assert move.days_later == 90
    assert move.original_to < move.current_to == 714
    earlier = charts.completion_move(START, date(2026, 12, 31), date(2026, 12, 1), START)
    assert earlier is not None
    assert earlier.days_later == -30
    assert charts.completion_move(START, START, START, START) is None


def test_shades_rise_strictly_and_zero_stays_lightest() -> None:
    steps = charts.shade_steps([0, 0, 1, 1, 1, 2, 5])
    assert steps == sorted(set(steps))
    assert charts.shade(0, steps) == 0
    assert charts.shade(99, steps) == 4
