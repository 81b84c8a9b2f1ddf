"""The history of one row as people read it: who changed which column from what to what."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from ccs.lib.personal_data import note_history

#: Columns that change with every save and tell nothing.
QUIET = frozenset({"updated_at", "revision", "last_login"})
LONGEST = 300


@dataclass(frozen=True)
class ColumnChange:
    """One column before and after."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    """One change of a row: when, by whom, from where, and the columns."""

    at: datetime.datetime
    operation: str
    actor: str
    origin: str
    database_user: str
    columns: list[ColumnChange]


def changes_of(table: str, row_id: int, most: int) -> list[RowChange]:
    """Return the newest `most` changes of a row, in two queries."""
    history = apps.get_model("ccs", "History").objects
    rows = list(history.filter(table=table, row_id=row_id).order_by("-id")[:most])
    for row in rows:
        note_history(table, row_id, {**(row.old or {}), **(row.new or {})})
    people = apps.get_model("ccs", "User").objects.in_bulk({row.actor_id for row in rows})
    return [
        RowChange(
            at=row.at,
            operation=row.operation,
            actor=str(people.get(row.actor_id, "")),
            origin=row.origin,
            database_user=row.database_user,
            columns=_columns(row.old or {}, row.new or {}),
        )
        for row in rows
    ]


def _columns(old: dict[str, Any], new: dict[str, Any]) -> list[ColumnChange]:
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    names = [
        name
        for name in changed
        if name not in QUIET and (old.get(name), new.get(name)) != (None, "")
    ]
    return [ColumnChange(name, _text(old.get(name)), _text(new.get(name))) for name in names]


def _text(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
