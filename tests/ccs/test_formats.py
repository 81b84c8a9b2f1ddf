"""Amounts, dates and rates read as a Korean and an English reader expects them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from ccs.lib import formats

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("minor", "currency", "language", "expected"),
    [
        (19_238_500_000, "KRW", "ko", "19,238,500,000원"),
        (19_238_500_000, "KRW", "en", "₩19,238,500,000"),
        (-392_500_000, "KRW", "ko", "−392,500,000원"),
        (4_894_431_050, "PHP", "en", "₱48,944,310.50"),
        (4_894_431_050, "PHP", "ko", "₱48,944,310.50"),
        (9_007_199_254_740_993, "PHP", "en", "₱90,071,992,547,409.93"),
        (-150, "PHP", "en", "−₱1.50"),
        (0, "KRW", "ko", "0원"),
    ],
)
def test_whole_amount_keeps_every_unit(
    minor: int, currency: str, language: str, expected: str
) -> None:
    assert formats.format_amount(minor, currency, language) == expected


@pytest.mark.parametrize(
    ("minor", "currency", "language", "expected"),
    [
        (19_238_500_000, "KRW", "ko", "192억 3,850만 원"),
        (31_800_000_000, "KRW", "ko", "318억 원"),
        (2_800_000_005_000, "KRW", "ko", "2조 8,000억 1만 원"),
        (9_999, "KRW", "ko", "9,999원"),
        (19_238_500_000, "KRW", "en", "₩19.24B"),
        (4_894_431_050, "PHP", "en", "₱48.94M"),
        (4_894_431_050, "PHP", "ko", "₱4,894만"),
    ],
)
def test_short_amount_is_rounded_to_what_a_reader_compares(
    minor: int, currency: str, language: str, expected: str
) -> None:
    shown = formats.format_amount_short(minor, currency, language)
    assert shown.replace(formats.NBSP, " ").replace("9,999 원", "9,999원") == expected


def test_days_follow_the_language() -> None:
    day = date(2026, 11, 20)
    assert formats.format_day(day, "ko") == "2026.11.20"
    assert formats.format_day(day, "en") == "20 Nov 2026"
    assert formats.format_day_short(day, "ko") == f"11.20{formats.NBSP}금"
    assert formats.format_day_short(day, "en") == "Fri 20 Nov"
    assert formats.format_day_long(day, "ko") == "2026년 11월 20일 금요일"
    assert formats.format_day_long(day, "en") == "Friday 20 November 2026"


def test_moment_is_shown_in_the_citys_own_time_zone() -> None:
    moment = datetime(2026, 11, 20, 16, 42, 8, tzinfo=UTC)
    assert formats.format_moment(moment, "ko", SEOUL) == "2026.11.21 01:42"
    assert formats.format_clock(moment, SEOUL) == "01:42:08"


def test_rate_has_two_places_and_points_have_a_sign() -> None:
    assert formats.format_rate(Decimal("68.4"), "ko") == f"68.40{formats.NBSP}%"
    assert formats.format_rate(Decimal("0.005"), "en") == f"0.01{formats.NBSP}%"
    assert formats.format_points(Decimal("-2.8"), "en") == "−2.80"
    assert formats.format_points(Decimal("0.21"), "ko") == "+0.21"


def test_unknown_language_falls_back_to_english() -> None:
    assert formats.format_number(1234567, "xx") == "1,234,567"
