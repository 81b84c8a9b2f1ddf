"""Amounts, dates, rates and numbers as people read them: pure functions, values in, text out.

Korean follows the manner of Korean public documents (2026.11.20, 192억 3,850만 원), every other
language the Unicode locale data in Babel. Units keep to their number by a no-break space, a
negative number carries a real minus sign.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_compact_currency,
    format_currency,
    format_decimal,
    get_currency_precision,
)

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
#: Marks that stand before an amount; other currencies carry their ISO 4217 code.
CURRENCY_MARKS = {"KRW": "₩", "PHP": "₱", "USD": "$", "EUR": "€"}
HUNDRED_MILLION = 10**8
TEN_THOUSAND = 10**4


@lru_cache(maxsize=32)
def babel_locale(language: str) -> Locale:
    """Return the Babel locale of a language code, English where Babel knows none."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def major_units(minor: int, currency: str) -> Decimal:
    """Return an amount in minor units (ISO 4217) as the exact decimal of its major unit."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def format_amount(minor: int, currency: str, language: str) -> str:
    """Return the whole amount for tables: 19,238,500,000원, ₩19,238,500,000, ₱4,894.50."""
    value = major_units(minor, currency)
    if language == "ko" and currency == "KRW":
        return _real_minus(f"{int(value):,}원")
    if currency in CURRENCY_MARKS:
        places = get_currency_precision(currency)
        digits = format_decimal(
            abs(value),
            format=f"#,##0.{'0' * places}" if places else "#,##0",
            locale=babel_locale(language),
        )
        return f"{MINUS if value < 0 else ''}{CURRENCY_MARKS[currency]}{digits}"
    return _real_minus(format_currency(value, currency, locale=babel_locale(language)))


def format_amount_short(minor: int, currency: str, language: str) -> str:
    """Return the amount for lists, rounded to what a reader compares: 192억 3,850만 원, ₩19.24B."""
    value = major_units(minor, currency)
    sign, whole = (MINUS if value < 0 else ""), abs(value)
    mark = CURRENCY_MARKS.get(currency, f"{currency}{NBSP}")
    if language == "ko":
        text = korean_units(whole)
        return f"{sign}{text}{NBSP}원" if currency == "KRW" else f"{sign}{mark}{text}"
    if whole < TEN_THOUSAND * 10:
        return format_amount(minor, currency, language)
    digits = format_compact_currency(
        whole, currency, locale=babel_locale(language), fraction_digits=2
    )
    symbol = babel_locale(language).currency_symbols.get(currency, currency)
    return f"{sign}{digits.replace(symbol, mark).replace(currency, mark)}"


def korean_units(value: Decimal) -> str:
    """Return a count in 조, 억 and 만, rounded to 만 from ten thousand upward."""
    if value < TEN_THOUSAND:
        return f"{value.quantize(Decimal(1), ROUND_HALF_UP):,}"
    man = int((value / TEN_THOUSAND).quantize(Decimal(1), ROUND_HALF_UP))
    eok, man = divmod(man, TEN_THOUSAND)
    jo, eok = divmod(eok, TEN_THOUSAND)
    parts = [(jo, "조"), (eok, "억"), (man, "만")]
    return NBSP.join(f"{count:,}{unit}" for count, unit in parts if count)


def format_day(day: date, language: str) -> str:
    """Return 2026.11.20 in Korean, 20 Nov 2026 in English."""
    if language == "ko":
        return f"{day.year}.{day.month}.{day.day}"
    return _babel_day(day, "d MMM y" if language == "en" else "medium", language)


def format_day_short(day: date, language: str) -> str:
    """Return the day with its weekday and without its year: 11.20 금, Fri 20 Nov."""
    if language == "ko":
        return f"{day.month}.{day.day}{NBSP}{format_date(day, 'EEE', 'ko')}"
    if language == "en":
        return _babel_day(day, "EEE d MMM", language)
    return format_skeleton("MMMEd", day, locale=babel_locale(language))


def format_day_long(day: date, language: str) -> str:
    """Return the day as a heading says it: 11월 20일 금요일, Friday 20 November 2026."""
    if language == "ko":
        return format_date(day, "y년 M월 d일 EEEE", "ko")
    return _babel_day(day, "EEEE d MMMM y" if language == "en" else "full", language)


def format_month(day: date, language: str) -> str:
    """Return 2025.3 in Korean, Mar 2025 in English."""
    if language == "ko":
        return f"{day.year}.{day.month}"
    return _babel_day(day, "MMM y", language)


def format_moment(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """Return day and minute in the city's own time zone: 2026.11.20 17:42."""
    local = moment.astimezone(zone)
    return f"{format_day(local.date(), language)} {local:%H:%M}"


def format_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return the time of day to the second in the city's own time zone: 17:42:08."""
    return f"{moment.astimezone(zone):%H:%M:%S}"


def format_rate(rate: Decimal, language: str, places: int = 2) -> str:
    """Return a percentage with `places` decimals, rounded half up: 68.40 %."""
    return f"{format_number(_rounded(rate, places), language, places)}{NBSP}%"


def format_points(difference: Decimal, language: str, places: int = 2) -> str:
    """Return a signed difference of two percentages without its unit: −2.80, +0.21."""
    value = _rounded(difference, places)
    sign = "+" if value > 0 else ""
    return f"{sign}{format_number(value, language, places)}"


def format_number(value: int | Decimal, language: str, places: int | None = None) -> str:
    """Return a number with the language's separators; `places` fixes the decimals."""
    pattern = "#,##0.######"
    if places is not None:
        pattern = f"#,##0.{'0' * places}" if places else "#,##0"
    return _real_minus(format_decimal(value, format=pattern, locale=babel_locale(language)))


def format_size(size: int, language: str) -> str:
    """Return a file size in bytes as kB or MB of 1,000, as browsers show it."""
    if size < 1_000_000:
        return f"{format_number(max(1, round(size / 1000)), language)}{NBSP}kB"
    return f"{format_number(Decimal(size) / 1_000_000, language, 1)}{NBSP}MB"


def _babel_day(day: date, pattern: str, language: str) -> str:
    return format_date(day, pattern, babel_locale(language))


def _rounded(value: Decimal, places: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _real_minus(text: str) -> str:
    return text.replace("-", MINUS)
