"""The words of the disclosure catalogue: item, record type, and their classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.functional import Promise

from ccs.lib.grounds import Ground


class Disclosure(StrEnum):
    """What happens to an item on its way to the public (domain B)."""

    #: Published as it is.
    OPEN = "open"
    #: Published in a reduced form: total, role or type.
    MASKED = "masked"
    #: Not published, on a ground.
    WITHHELD = "withheld"
    #: Withheld until a state or date, then open.
    LATER = "later"


@dataclass(frozen=True)
class Item:
    """One line of domain B: a stable code and one or more columns.

    `columns` names columns of the record's own table, or `lines.column` of a related table.
    `computed` gives keys of the published text that are no columns, with their SQL (alias `t`).
    An item with neither is worked out when shown, from the columns named in `shown_from`.
    """

    code: str
    label: str | Promise
    disclosure: Disclosure
    columns: tuple[str, ...] = ()
    ground: Ground | None = None
    #: How a masked item is reduced, or until when a later item is withheld.
    how: str | Promise = ""
    computed: Mapping[str, str] = field(default_factory=dict)
    shown_from: tuple[str, ...] = ()
    #: SQL condition (alias `t`) under which a later item is open.
    opens_when: str = ""

    @property
    def is_public(self) -> bool:
        """Whether some form of the item is public from the start."""
        return self.disclosure in (Disclosure.OPEN, Disclosure.MASKED)


def opened(code: str, label: str | Promise, *columns: str, **extra: Any) -> Item:
    """Return an item that is published as it is."""
    return Item(code, label, Disclosure.OPEN, columns, **extra)


def masked(
    code: str, label: str | Promise, *columns: str, how: str | Promise, **extra: Any
) -> Item:
    """Return an item whose columns are published only as `computed` says."""
    return Item(code, label, Disclosure.MASKED, columns, how=how, **extra)


def withheld(code: str, label: str | Promise, *columns: str, ground: Ground) -> Item:
    """Return an item that is not published, on `ground`."""
    return Item(code, label, Disclosure.WITHHELD, columns, ground=ground)


@dataclass(frozen=True)
class Lines:
    """Lines below a record that are part of its text: `key` is their list in the text."""

    key: str
    model: type[models.Model]
    #: Foreign key of the line to the record.
    parent: str
    order_by: str = 'c."order", c.id'


@dataclass(frozen=True)
class Trigger:
    """A further table whose changes concern records of this type.

    `keys` selects public ids from `{changed}`. With `columns`, an update counts only when one of
    these columns changed.
    """

    table: str
    keys: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordType:
    """The declaration of one record type: what it is, when it is public, and every item of it."""

    kind: str
    label: str | Promise
    label_plural: str | Promise
    model: type[models.Model]
    #: SQL condition (alias `t`) under which a row is public.
    condition: str
    #: The same in words, for the documentation and the register.
    public_from: str | Promise
    items: tuple[Item, ...]
    #: Columns that are no facts about the work, each with its reason; outside the rate.
    technical: Mapping[str, str]
    lines: tuple[Lines, ...] = ()
    #: SQL (alias `t`) of the id of the project the record belongs to; empty: none.
    project: str = "t.project_id"
    #: SQL of the version in One-PMIS; "0" where the record has no versions.
    source_version: str = "0"
    #: SQL of what changed the record last: reason and role, shown with the version.
    reason: str = "''"
    actor_role: str = "''"
    #: Columns of `PublishedRecord`, as SQL (alias `t`).
    listing: Mapping[str, str] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    #: Keys of the text whose values are files (SHA-256 of the public copy).
    files: tuple[str, ...] = ()

    @property
    def view(self) -> str:
        """Name of the source view."""
        return f"allimi_source_{self.kind}"

    @property
    def table(self) -> str:
        """Name of the record's own table."""
        return self.model._meta.db_table

    def lines_of(self, key: str) -> Lines:
        """Return the related lines listed under `key`; raise `KeyError` if there are none."""
        for lines in self.lines:
            if lines.key == key:
                return lines
        raise KeyError(f"{self.kind}: {key}")

    def item_columns(self) -> Iterator[tuple[Item, str]]:
        """Yield each column that an item covers."""
        for item in self.items:
            for column in item.columns:
                yield item, column

    def item(self, code: str) -> Item:
        """Return the item `code`; raise `KeyError` if the record type has none."""
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(f"{self.kind}: {code}")
