"""The disclosure rates: from the catalogue, and from real rows. Never typed in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from django.db import connections

from allimi.catalogue import CATALOGUE
from allimi.catalogue.declarations import Disclosure, Item, RecordType
from allimi.catalogue.sql import field_of, no_practice


@dataclass(frozen=True)
class CatalogueRate:
    """Items by class. `later` counts as withheld until it opens."""

    items: int
    opened: int
    masked: int
    withheld: int

    @property
    def percent(self) -> Decimal:
        """Open and masked items per hundred, rounded down to one place."""
        return per_cent(self.opened + self.masked, self.items)


@dataclass(frozen=True)
class RealRate:
    """Non-empty items of the records whose condition is met, and how many of them are public."""

    items: int
    public: int

    @property
    def percent(self) -> Decimal:
        """Public items per hundred, rounded down to one place."""
        return per_cent(self.public, self.items)


def per_cent(part: int, whole: int) -> Decimal:
    """Return `part` per hundred of `whole`, rounded down to one place; 0 of nothing."""
    if not whole:
        return Decimal("0.0")
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"), rounding=ROUND_DOWN)


def catalogue_rate() -> CatalogueRate:
    """Return the rate of the catalogue over all record types that exist."""
    classes = [item.disclosure for kind in CATALOGUE.values() for item in kind.items]
    return CatalogueRate(
        items=len(classes),
        opened=classes.count(Disclosure.OPEN),
        masked=classes.count(Disclosure.MASKED),
        withheld=classes.count(Disclosure.WITHHELD) + classes.count(Disclosure.LATER),
    )


def real_rates(*, using: str = "default") -> dict[str, RealRate]:
    """Return the rate over real rows by record type: reads the working tables.

    An item counts where one of its columns holds something; a narrowed item counts as withheld.
    """
    rates = {}
    for kind, record_type in CATALOGUE.items():
        with connections[using].cursor() as cursor:
            cursor.execute(_real_rate_sql(record_type))
            items, public = cursor.fetchone()
        rates[kind] = RealRate(items or 0, public or 0)
    return rates


def _real_rate_sql(record_type: RecordType) -> str:
    filled = []
    public = []
    for item in record_type.items:
        condition = _is_filled(record_type, item)
        filled.append(f"({condition})::int")
        if item.is_public:
            public.append(
                f"({condition} AND NOT EXISTS (SELECT 1 FROM allimi_narrowing n WHERE"
                f" n.record_type = '{record_type.kind}' AND n.item IN ('', '{item.code}')"
                " AND (n.public_id = t.public_id OR n.public_id IS NULL)"
                " AND n.starts_at <= now() AND n.ends_at > now() AND n.ended_at IS NULL))::int"
            )
    return (
        f"SELECT sum({' + '.join(filled)}), sum({' + '.join(public)})"
        f' FROM "{record_type.table}" t WHERE ({record_type.condition})'
        f"{no_practice(record_type)}"
    )


def _is_filled(record_type: RecordType, item: Item) -> str:
    """Return SQL that is true where the item holds something."""
    conditions = []
    for column in item.columns or item.shown_from:
        relation, _, name = column.rpartition(".")
        if not relation:
            field = field_of(record_type.model, name)
            conditions.append(_holds(f't."{name}"', field.get_internal_type()))
            continue
        lines = record_type.lines_of(relation)
        parent = lines.model._meta.get_field(lines.parent).column
        inner = _holds(f'c."{name}"', field_of(lines.model, name).get_internal_type())
        conditions.append(
            f'EXISTS (SELECT 1 FROM "{lines.model._meta.db_table}" c'
            f' WHERE c."{parent}" = t.id AND {inner})'
        )
    conditions += [f"({sql}) IS NOT NULL" for sql in item.computed.values() if not item.columns]
    return "(" + " OR ".join(conditions or ["TRUE"]) + ")"


def _holds(column: str, kind: str) -> str:
    if kind in ("CharField", "TextField", "EmailField", "URLField", "FileField"):
        return f"{column} <> ''"
    if kind == "JSONField":
        return f"({column} IS NOT NULL AND {column} NOT IN ('[]'::jsonb, '{{}}'::jsonb))"
    return f"{column} IS NOT NULL"
