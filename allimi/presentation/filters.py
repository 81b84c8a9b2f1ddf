"""Filters of project lists: read from a stable address, written back into it.

What cannot be read is left out rather than refused: an old link still shows a list. The form says
which filters are on, and each can be taken off by a link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode
from uuid import UUID

from babel.numbers import get_currency_precision
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.models import PublishedRecord
from allimi.presentation.vocabulary import STATUS_GROUPS, status_group_label, work_type_labels
from ccs.lib.formats import format_amount_short, format_day

LONGEST_TEXT = 100
#: A name that fits more firms than this is too short to filter by.
MOST_FIRMS = 200


@dataclass(frozen=True)
class ProjectFilter:
    """What a reader asks of a list of projects. Amounts are in whole units of the currency."""

    type: str = ""
    status: str = ""
    body: str = ""
    firm: str = ""
    amount_from: int | None = None
    amount_to: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    q: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == ProjectFilter()

    @property
    def has_more(self) -> bool:
        """Whether a filter beyond text, type and status is asked for."""
        return replace(self, type="", status="", q="") != ProjectFilter()

    def query(self, **more: str) -> str:
        """Return the query string of these filters, in one order, without empty ones."""
        pairs = {name: _as_text(getattr(self, name)) for name in self.__dataclass_fields__}
        pairs |= more
        return urlencode({name: text for name, text in pairs.items() if text})

    def without(self, name: str) -> ProjectFilter:
        """Return the same filters with one taken off."""
        return replace(self, **{name: ProjectFilter.__dataclass_fields__[name].default})


def read_filter(given: Mapping[str, str]) -> ProjectFilter:
    """Read the filters from a query string."""
    kind = given.get("type", "")
    status = given.get("status", "")
    return ProjectFilter(
        type=kind if kind in work_type_labels() else "",
        status=status if status in STATUS_GROUPS else "",
        body=_text(given, "body"),
        firm=_text(given, "firm"),
        amount_from=_whole(given.get("amount_from", "")),
        amount_to=_whole(given.get("amount_to", "")),
        date_from=_day(given.get("date_from", "")),
        date_to=_day(given.get("date_to", "")),
        q=_text(given, "q"),
    )


def apply_filter(
    projects: QuerySet[PublishedRecord], wanted: ProjectFilter
) -> QuerySet[PublishedRecord]:
    """Narrow a query over published projects to what is wanted."""
    if wanted.type:
        projects = projects.filter(work_type=wanted.type)
    if wanted.status:
        projects = projects.filter(status__in=STATUS_GROUPS[wanted.status])
    if wanted.body:
        projects = projects.filter(ordering_body__in=organizations_named(wanted.body))
    if wanted.firm:
        projects = projects.filter(firms__overlap=organizations_named(wanted.firm))
    units = 10 ** get_currency_precision(settings.CURRENCY)
    if wanted.amount_from is not None:
        projects = projects.filter(amount__gte=wanted.amount_from * units)
    if wanted.amount_to is not None:
        projects = projects.filter(amount__lte=wanted.amount_to * units)
    if wanted.date_from:
        projects = projects.filter(Q(end_date__gte=wanted.date_from) | Q(end_date=None))
    if wanted.date_to:
        projects = projects.filter(start_date__lte=wanted.date_to)
    for word in wanted.q.split():
        projects = projects.filter(search__icontains=word)
    return projects


def organizations_named(text: str) -> list[UUID]:
    """Return the published organizations that `text` names: by identity, or by part of a name."""
    identity = as_identity(text)
    if identity:
        return [identity]
    named = PublishedRecord.objects.filter(kind="organization", is_withdrawn=False).filter(
        Q(title__icontains=text) | Q(title_en__icontains=text)
    )
    return list(named.values_list("public_id", flat=True)[:MOST_FIRMS])


def as_identity(text: str) -> UUID | None:
    """Return the UUID that `text` is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Chip:
    """A filter that is on, with the address of the list without it."""

    label: str
    url: str


def chips(wanted: ProjectFilter, path: str, names: Mapping[UUID, str]) -> list[Chip]:
    """Return the filters that are on. `names` names the organizations known by identity."""
    return [
        Chip(describe(getattr(wanted, name), names), _without(wanted, path, name))
        for name, describe in _DESCRIPTIONS.items()
        if getattr(wanted, name) not in ("", None)
    ]


def _without(wanted: ProjectFilter, path: str, name: str) -> str:
    query = wanted.without(name).query()
    return f"{path}?{query}" if query else path


def _named(value: str, names: Mapping[UUID, str]) -> str:
    identity = as_identity(value)
    return names.get(identity, value) if identity else value


def _amount(value: int) -> str:
    minor = value * 10 ** get_currency_precision(settings.CURRENCY)
    return format_amount_short(minor, settings.CURRENCY, get_language() or "en")


_DESCRIPTIONS: dict[str, Callable[..., str]] = {
    "q": lambda value, names: _("“%(text)s”") % {"text": value},
    "type": lambda value, names: str(work_type_labels()[value]),
    "status": lambda value, names: status_group_label(value),
    "body": lambda value, names: _("ordering body: %(name)s") % {"name": _named(value, names)},
    "firm": lambda value, names: _("firm: %(name)s") % {"name": _named(value, names)},
    "amount_from": lambda value, names: _("from %(amount)s") % {"amount": _amount(value)},
    "amount_to": lambda value, names: _("up to %(amount)s") % {"amount": _amount(value)},
    "date_from": lambda value, names: (
        _("from %(day)s") % {"day": format_day(value, get_language() or "en")}
    ),
    "date_to": lambda value, names: (
        _("until %(day)s") % {"day": format_day(value, get_language() or "en")}
    ),
}


def _as_text(value: str | int | date | None) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def _text(given: Mapping[str, str], name: str) -> str:
    return " ".join(given.get(name, "").replace("\x00", "").split())[:LONGEST_TEXT]


def _whole(text: str) -> int | None:
    try:
        value = int(Decimal(text.replace(",", "").strip()))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return value if 0 <= value < 10**15 else None


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        return None
