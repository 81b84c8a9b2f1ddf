"""The arithmetic of contract money: to the last unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pmis import amounts

MONEY = st.integers(min_value=0, max_value=10**13)
QUANTITIES = st.lists(
    st.decimals(min_value=0, max_value=10**6, places=3), min_size=1, max_size=12
).filter(lambda values: sum(values) > 0)


@given(whole=MONEY, quantities=QUANTITIES)
def test_instalments_sum_to_the_whole_and_never_pass_it(
    whole: int, quantities: list[Decimal]
) -> None:
    total, done, paid = sum(quantities), Decimal(0), 0
    for quantity in quantities:
        done += quantity
        due = amounts.instalment(
            whole=whole, whole_quantity=total, done_quantity=done, paid_before=paid
        )
        assert due >= 0
        paid += due
        assert paid <= whole
    assert paid == whole


@given(whole=MONEY, weights=st.lists(MONEY, min_size=1, max_size=8).filter(any))
def test_what_is_divided_sums_to_the_whole_and_is_off_by_less_than_a_unit(
    whole: int, weights: list[int]
) -> None:
    parts = amounts.divide(whole, weights)
    assert sum(parts) == whole
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - whole * weight) < sum(weights)


@given(
    advance=MONEY,
    contract=st.integers(min_value=1, max_value=10**13),
    shares=st.lists(st.integers(min_value=0, max_value=10**12), max_size=10),
)
def test_an_advance_is_recovered_in_proportion_and_never_more_than_once(
    advance: int, contract: int, shares: list[int]
) -> None:
    certified = recovered = 0
    for share in [*shares, contract]:
        certified = min(contract, certified + share)
        recovered += amounts.advance_recovery(
            advance=advance,
            contract_amount=contract,
            certified_in_all=certified,
            recovered_before=recovered,
        )
        assert recovered == advance * certified // contract
    assert recovered == advance


@pytest.mark.parametrize(
    ("days", "before", "expected"),
    [
        (0, 0, 0),
        (1, 0, 500_000),
        (10, 0, 5_000_000),
        (600, 0, 300_000_000),
        (601, 0, 300_000_000),
        (10, 297_000_000, 3_000_000),
        (10, 300_000_000, 0),
    ],
)
def test_damages_for_delay_are_half_a_thousandth_a_day_up_to_the_limit(
    days: int, before: int, expected: int
) -> None:
    assert expected == amounts.delay_damages(
        contract_amount=1_000_000_000,
        days=days,
        daily_percent=Decimal("0.0500"),
        most_percent=30,
        charged_before=before,
    )


@pytest.mark.parametrize(
    ("quantity", "price", "expected"),
    [("1.333", 3, 3), ("0.1", 30, 3), ("0.333", 10, 3), ("12.5", 1001, 12512), ("0", 9, 0)],
)
def test_a_product_is_cut_off_below_the_unit(quantity: str, price: int, expected: int) -> None:
    assert amounts.product(Decimal(quantity), price) == expected


def test_rates_have_two_places_and_nothing_of_nothing_is_none() -> None:
    assert amounts.rate(1, 3) == Decimal("33.33")
    assert amounts.rate(2, 3) == Decimal("66.67")
    assert amounts.rate(1, 0) is None
