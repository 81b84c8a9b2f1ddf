"""Arithmetic of contract money: values in, values out; integers in minor units, no floats.

The rounding rule, said once for every amount that is worked out: it is cut off below the minor
unit (원 미만 절사). Amounts of a series (instalments) are worked out up to now and the amounts
before are taken off, so that the series ends at the whole to the last unit. What is divided is
divided without a remainder: the units left over go to the largest fractions, the first of equals
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Number = Decimal | int


def product(quantity: Number, unit_price: int) -> int:
    """Return quantity × unit price, cut off below the minor unit."""
    return int(Fraction(quantity) * unit_price)


def part(whole: int, share: Number, of: Number) -> int:
    """Return `whole` × `share` / `of`, cut off below the minor unit; nothing of nothing is 0."""
    return int(Fraction(whole) * Fraction(share) / Fraction(of)) if of else 0


def percent_of(whole: int, percent: Number) -> int:
    """Return so many per cent of `whole`, cut off below the minor unit."""
    return part(whole, percent, 100)


def rate(share: Number, of: Number) -> Decimal | None:
    """Return `share` in per cent of `of` with two places; None of nothing."""
    if not of:
        return None
    exact = Fraction(share) * 100 / Fraction(of)
    value = Decimal(exact.numerator) / Decimal(exact.denominator)
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def instalment(
    *, whole: int, whole_quantity: Number, done_quantity: Number, paid_before: int
) -> int:
    """Return what is due now of an item of which `done_quantity` is done in all.

    The sum of all instalments is `whole` once everything is done, whatever was cut off between.
    """
    return part(whole, done_quantity, whole_quantity) - paid_before


def divide(whole: int, weights: Sequence[int]) -> list[int]:
    """Return `whole` divided in proportion to `weights`; the parts sum to `whole` exactly."""
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    exact = [Fraction(whole * weight, total) for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in order[: whole - sum(parts)]:
        parts[place] += 1
    return parts


def advance_recovery(
    *, advance: int, contract_amount: int, certified_in_all: int, recovered_before: int
) -> int:
    """Return what of the advance is taken back now: in proportion to the work (domain R23).

    Never more than the advance that is still out, and never less than nothing.
    """
    in_all = min(advance, part(advance, certified_in_all, contract_amount))
    return max(0, in_all - recovered_before)


def delay_damages(
    *,
    contract_amount: int,
    days: int,
    daily_percent: Number,
    most_percent: Number,
    charged_before: int = 0,
) -> int:
    """Return the damages for `days` of delay, up to the limit over all claims (domain R22)."""
    damages = percent_of(contract_amount, Decimal(daily_percent) * days)
    return max(0, min(damages, percent_of(contract_amount, most_percent) - charged_before))
