"""What the catalogue opens and withholds, in numbers and in words; computed, never typed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from allimi.catalogue import CATALOGUE, Disclosure, Item
from allimi.catalogue.rates import per_cent
from allimi.models import DisclosureRate, PublishedNarrowing, PublishedRecord
from allimi.presentation.reading import url_of
from allimi.presentation.vocabulary import ground_label, kind_label
from ccs.lib.formats import format_day
from ccs.templatetags.formats import city_zone


@dataclass(frozen=True)
class Rates:
    """The catalogue rate: items open or masked, of all items of the record types that exist."""

    open_items: int
    all_items: int

    @property
    def rate(self) -> Decimal:
        """Per cent of the items that are open or masked; `later` counts as withheld."""
        return Decimal(self.open_items * 100) / self.all_items

    @property
    def withheld_items(self) -> int:
        """Items that are not public from the start."""
        return self.all_items - self.open_items

    @property
    def withheld_rate(self) -> Decimal:
        """The rest to one hundred per cent."""
        return 100 - self.rate


@dataclass(frozen=True)
class MeasuredRate:
    """How much of what the real records hold is public, and when it was counted."""

    percent: Decimal
    items: int
    measured_at: datetime


def real_rate() -> MeasuredRate | None:
    """Return the rate over all real records, or None before the first count."""
    counted = DisclosureRate.objects.aggregate(
        items=Sum("items"), public=Sum("public"), at=Min("measured_at")
    )
    if not counted["items"]:
        return None
    return MeasuredRate(
        per_cent(counted["public"], counted["items"]), counted["items"], counted["at"]
    )


def catalogue_rates(kind: str = "") -> Rates:
    """Return the rates of one record type, or of all of them."""
    kinds = [CATALOGUE[kind]] if kind else CATALOGUE.values()
    items = [item for record_type in kinds for item in record_type.items]
    return Rates(sum(item.is_public for item in items), len(items))


@dataclass(frozen=True)
class GroundCount:
    """How many items of the catalogue a ground withholds."""

    label: str
    count: int


def items_by_ground() -> list[GroundCount]:
    """Return the withheld items of the catalogue by ground, most first."""
    grounds = Counter(
        str(item.ground)
        for record_type in CATALOGUE.values()
        for item in record_type.items
        if not item.is_public
    )
    return [GroundCount(ground_label(ground), count) for ground, count in grounds.most_common()]


@dataclass(frozen=True)
class WithheldRow:
    """A line of a box "withheld, and why"."""

    what: str
    ground: str
    by: str
    until: str


def withheld_by_catalogue(kind: str, *, with_kind: bool = False) -> list[WithheldRow]:
    """Return what the catalogue withholds or reduces in records of one type."""
    return [
        WithheldRow(
            what=f"{kind_label(kind)}: {item.label}" if with_kind else str(item.label),
            ground=_ground(item),
            by=_("rule of the catalogue"),
            until=_until(item),
        )
        for item in CATALOGUE[kind].items
        if item.disclosure is not Disclosure.OPEN
    ]


def _ground(item: Item) -> str:
    if item.disclosure is Disclosure.MASKED:
        return _("reduced: %(how)s") % {"how": item.how}
    return ground_label(str(item.ground))


def _until(item: Item) -> str:
    if item.disclosure is Disclosure.LATER:
        return str(item.how)
    return _("for good")


def narrowings_in_force() -> QuerySet[PublishedNarrowing]:
    """Return the lines of the register that hold now."""
    now = timezone.now()
    return PublishedNarrowing.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=now), starts_at__lte=now, ends_at__gt=now
    )


def narrowings_of(kind: str, public_id: UUID) -> list[PublishedNarrowing]:
    """Return what is closed at present in one record, by itself or with all of its type."""
    return list(
        narrowings_in_force().filter(Q(public_id=public_id) | Q(public_id=None, record_type=kind))
    )


def narrowings_of_project(public_id: UUID) -> list[PublishedNarrowing]:
    """Return what is closed at present in a project and all its records."""
    own = PublishedRecord.objects.filter(project_public_id=public_id).values("public_id")
    return list(
        narrowings_in_force().filter(
            Q(public_id=public_id) | Q(public_id=None) | Q(public_id__in=own)
        )
    )


def closed_items(narrowings: Iterable[PublishedNarrowing], record: PublishedRecord) -> set[str]:
    """Return the items of a record that these narrowings close; the empty one is all of it."""
    return {
        row.item
        for row in narrowings
        if row.public_id == record.public_id
        or (row.public_id is None and row.record_type == record.kind)
    }


def narrowing_row(narrowing: PublishedNarrowing) -> WithheldRow:
    """Return a narrowing as a line of the box."""
    return WithheldRow(
        what=f"{kind_label(narrowing.record_type)}: {narrowed_item(narrowing)}",
        ground=f"{ground_label(narrowing.ground)}. {narrowing.reason}",
        by=decider(narrowing),
        until=_day(narrowing.ends_at),
    )


def narrowed_item(narrowing: PublishedNarrowing) -> str:
    """Return the words for the item a narrowing closes."""
    if not narrowing.item:
        return _("the whole record")
    record_type = CATALOGUE.get(narrowing.record_type)
    if record_type is None:
        return narrowing.item
    try:
        return str(record_type.item(narrowing.item).label)
    except KeyError:
        return narrowing.item


def decider(narrowing: PublishedNarrowing) -> str:
    """Return who decided a narrowing: position and body."""
    parts = [narrowing.decided_by_position, narrowing.decided_by_body]
    return ", ".join(part for part in parts if part) or _("not entered")


def _day(moment: datetime) -> str:
    return format_day(moment.astimezone(city_zone()).date(), get_language() or "en")


@dataclass(frozen=True)
class RegisterRow:
    """A line of the public register of withholding."""

    what: str
    url: str
    ground: str
    reason: str
    by: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Register:
    """Some lines of the register and where the older ones begin."""

    rows: list[RegisterRow]
    next_after: int | None


#: Lines of a page of the register's past.
REGISTER_SIZE = 50


def register_page(
    narrowings: QuerySet[PublishedNarrowing], after: str, size: int | None = REGISTER_SIZE
) -> Register:
    """Return lines of the register, newest first; `after` is the number of the last line seen."""
    if after.isdigit():
        narrowings = narrowings.filter(source_id__lt=int(after[:18]))
    ordered = narrowings.order_by("-source_id")
    found = list(ordered if size is None else ordered[: size + 1])
    shown = found if size is None else found[:size]
    kinds = dict(
        PublishedRecord.objects.filter(
            public_id__in=[line.public_id for line in shown if line.public_id]
        ).values_list("public_id", "kind")
    )
    return Register(
        rows=[_register_row(line, kinds) for line in shown],
        next_after=shown[-1].source_id if len(found) > len(shown) else None,
    )


def _register_row(narrowing: PublishedNarrowing, kinds: dict[UUID, str]) -> RegisterRow:
    known = kinds.get(narrowing.public_id) if narrowing.public_id else None
    return RegisterRow(
        what=f"{kind_label(narrowing.record_type)}: {narrowed_item(narrowing)}",
        url=url_of(known, narrowing.public_id) if known and narrowing.public_id else "",
        ground=ground_label(narrowing.ground),
        reason=narrowing.reason,
        by=decider(narrowing),
        starts_at=narrowing.starts_at,
        ends_at=narrowing.ended_at or narrowing.ends_at,
    )
