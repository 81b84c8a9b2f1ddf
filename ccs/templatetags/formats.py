"""Template filters over `ccs.lib.formats`, in the reader's language and the city's time zone.

A value that was not entered reads "not entered", never 0: every filter says so for None and "".
Values from a published body arrive as text (dates and decimals are strings there) and are read
back here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ccs.lib import formats

register = template.Library()


def reader_language() -> str:
    """Return the language of the page being drawn."""
    return get_language() or "en"


def city_zone() -> ZoneInfo:
    """Return the time zone of this installation."""
    return ZoneInfo(settings.TIME_ZONE)


def not_entered() -> SafeString:
    """Return the words that stand where nothing was entered."""
    return format_html('<span class="soft none">{}</span>', _("not entered"))


@register.filter
def entered(value: object) -> object:
    """Show a value, or that nothing was entered."""
    return not_entered() if value is None or value == "" else value


@register.filter
def amount(minor: int | None, currency: str) -> str:
    """Show a whole amount of minor units, for tables."""
    if minor is None or minor == "":
        return not_entered()
    return formats.format_amount(int(minor), currency, reader_language())


@register.filter
def amount_short(minor: int | None, currency: str) -> str:
    """Show a rounded amount of minor units, for lists."""
    if minor is None or minor == "":
        return not_entered()
    return formats.format_amount_short(int(minor), currency, reader_language())


@register.filter
def number(value: int | Decimal | str | None, places: int | None = None) -> str:
    """Show a number with separators."""
    if value is None or value == "":
        return not_entered()
    return formats.format_number(Decimal(str(value)), reader_language(), places)


@register.filter
def rate(value: Decimal | str | None, places: int = 2) -> str:
    """Show a percentage with two decimals."""
    if value is None or value == "":
        return not_entered()
    return formats.format_rate(Decimal(str(value)), reader_language(), places)


@register.filter
def points(value: Decimal | str | None, places: int = 2) -> str:
    """Show a signed difference of percentages, without its unit."""
    if value is None or value == "":
        return not_entered()
    return formats.format_points(Decimal(str(value)), reader_language(), places)


@register.filter
def size(value: int) -> str:
    """Show a file size."""
    return formats.format_size(int(value), reader_language())


@register.filter
def day(value: date | str | None) -> SafeString:
    """Show a day as `<time>`: 2026.11.20 or 20 Nov 2026."""
    return _time_of_day(value, formats.format_day)


@register.filter
def day_short(value: date | str | None) -> SafeString:
    """Show a day with its weekday as `<time>`."""
    return _time_of_day(value, formats.format_day_short)


@register.filter
def day_long(value: date | str | None) -> str:
    """Show a day as a heading says it."""
    parsed = as_day(value)
    return not_entered() if parsed is None else formats.format_day_long(parsed, reader_language())


@register.filter
def month(value: date | str | None) -> SafeString:
    """Show a month and year as `<time>`."""
    return _time_of_day(value, formats.format_month)


@register.filter
def day_text(value: date | str | None) -> str:
    """Show a day as plain text, for attributes and titles."""
    parsed = as_day(value)
    return _("not entered") if parsed is None else formats.format_day(parsed, reader_language())


@register.filter
def moment(value: datetime | str | None) -> SafeString:
    """Show day and minute as an absolute `<time>`."""
    parsed = as_moment(value)
    if parsed is None:
        return not_entered()
    shown = formats.format_moment(parsed, reader_language(), city_zone())
    return _time_tag(parsed, shown)


@register.filter
def clock(value: datetime | str | None) -> SafeString:
    """Show the time of day to the second as an absolute `<time>`."""
    parsed = as_moment(value)
    return (
        not_entered()
        if parsed is None
        else _time_tag(parsed, formats.format_clock(parsed, city_zone()))
    )


@register.filter
def age(value: datetime | str | None) -> SafeString:
    """Show an absolute `<time>` that the script of the page turns into "3 minutes ago"."""
    parsed = as_moment(value)
    if parsed is None:
        return not_entered()
    shown = formats.format_moment(parsed, reader_language(), city_zone())
    return format_html('<time datetime="{}" data-age>{}</time>', _iso(parsed), shown)


def as_day(value: date | datetime | str | None) -> date | None:
    """Return the day behind a value of a row or of a published body."""
    if isinstance(value, datetime):
        return value.astimezone(city_zone()).date()
    if isinstance(value, date):
        return value
    return parse_date(value[:10]) if value else None


def as_moment(value: datetime | str | None) -> datetime | None:
    """Return the moment behind a value of a row or of a published body; bodies are in UTC."""
    if isinstance(value, datetime) or not value:
        return value or None
    parsed = parse_datetime(value)
    if parsed is not None and parsed.tzinfo is None:
        return parsed.replace(tzinfo=UTC)
    return parsed


def _time_of_day(value: date | str | None, form: Callable[[date, str], str]) -> SafeString:
    parsed = as_day(value)
    if parsed is None:
        return not_entered()
    shown = form(parsed, reader_language())
    return format_html('<time datetime="{}">{}</time>', parsed.isoformat(), shown)


def _time_tag(parsed: datetime, shown: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', _iso(parsed), shown)


def _iso(parsed: datetime) -> str:
    return parsed.astimezone(city_zone()).isoformat(timespec="seconds")
