"""Arithmetic of progress, and the calendar of working days."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccs.models import Holiday
from pmis import progress
from pmis.calendar import is_working_day, next_working_day, working_days_after, working_days_before
from pmis.progress import Item

START = datetime.date(2026, 1, 1)


def item(code: str = "A", weight: str = "100", quantity: str = "10", days: int = 10) -> Item:
    finish = START + datetime.timedelta(days=days - 1)
    return Item(code, Decimal(quantity), Decimal(weight), START, finish)


@pytest.mark.parametrize(
    ("day", "rate"), [(-1, "0.00"), (0, "10.00"), (4, "50.00"), (9, "100.00"), (99, "100.00")]
)
def test_the_plan_of_an_item_is_a_straight_line(day: int, rate: str) -> None:
    on = START + datetime.timedelta(days=day)
    assert progress.planned_rate([item()], on) == Decimal(rate)


def test_items_count_by_their_weight() -> None:
    items = [item("A", "60"), item("B", "40")]
    assert progress.actual_rate(items, {"A": Decimal(5)}) == Decimal("30.00")
    assert progress.actual_rate(items, {"A": Decimal(5), "B": Decimal(10)}) == Decimal("70.00")


def test_more_than_planned_counts_as_all() -> None:
    assert progress.actual_rate([item()], {"A": Decimal(15)}) == Decimal("100.00")


@pytest.mark.parametrize("quantities", [{}, {"unknown": Decimal(3)}])
def test_nothing_entered_is_no_rate_and_never_zero(quantities: dict[str, Decimal]) -> None:
    assert progress.actual_rate([item()], quantities) is None
    assert progress.planned_rate([], START) is None
    assert progress.variance(Decimal(5), None) is None


def test_a_quantity_of_zero_that_was_entered_is_zero() -> None:
    assert progress.actual_rate([item()], {"A": Decimal(0)}) == Decimal("0.00")


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [("0", "ok"), ("-2", "ok"), ("-2.01", "watch"), ("-5", "watch"), ("-5.01", "late")],
)
def test_the_signal_follows_the_rules(difference: str, verdict: str) -> None:
    found = progress.verdict(Decimal(difference), watch=Decimal(-2), late=Decimal(-5))
    assert found == verdict
    assert progress.verdict(None, watch=Decimal(-2), late=Decimal(-5)) == "unknown"


def test_the_curves_rise_from_nothing_to_all() -> None:
    items = [item("A", "60"), item("B", "40", days=20)]
    planned = progress.planned_curve(items)
    assert (planned[0][1], planned[-1][1]) == (Decimal("0.00"), Decimal("100.00"))
    entries = [(START, "A", Decimal(5)), (START, "x", Decimal(9)), (START, "A", Decimal(5))]
    assert progress.actual_curve(items, entries) == [(START, Decimal("60.00"))]


@given(st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=40))
def test_weights_from_amounts_make_a_hundred_to_the_last_place(amounts: list[int]) -> None:
    weights = progress.weights_from_amounts(amounts)
    assert sum(weights) == (100 if any(amounts) else 0)
    assert len(weights) == len(amounts)


@given(
    st.lists(st.integers(min_value=1, max_value=400), min_size=1, max_size=8),
    st.integers(min_value=-10, max_value=410),
)
def test_the_planned_rate_never_falls(lengths: list[int], day: int) -> None:
    items = [item(str(index), "10", days=days) for index, days in enumerate(lengths)]
    today = START + datetime.timedelta(days=day)
    earlier = progress.planned_rate(items, today)
    later = progress.planned_rate(items, today + datetime.timedelta(days=1))
    assert earlier is not None and later is not None
    assert 0 <= earlier <= later <= 100


def test_weekends_and_public_holidays_are_not_worked(db: None, settings: object) -> None:
    assert not is_working_day(datetime.date(2026, 11, 21))
    assert not is_working_day(datetime.date(2026, 12, 25))
    assert is_working_day(datetime.date(2026, 11, 23))
    assert next_working_day(datetime.date(2026, 12, 24)) == datetime.date(2026, 12, 28)


def test_a_row_of_the_calendar_wins_over_the_package(db: None) -> None:
    Holiday.objects.create(date=datetime.date(2026, 12, 25), name="근무", is_working_day=True)
    Holiday.objects.create(date=datetime.date(2026, 12, 28), name="임시공휴일")
    assert next_working_day(datetime.date(2026, 12, 24)) == datetime.date(2026, 12, 25)
    assert working_days_after(datetime.date(2026, 12, 25), 1) == datetime.date(2026, 12, 29)
    assert working_days_before(datetime.date(2026, 12, 29), 1) == datetime.date(2026, 12, 25)
