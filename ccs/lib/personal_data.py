"""Which columns hold personal data, and which of them a request read.

Apps register columns (Allimi those that its catalogue keeps from the public as personal data); a
watched column notes each row whose value was read while somebody is answered. So pages, API,
prints, spreadsheets and the back office are all covered, and nobody has to remember to log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise


@dataclass(frozen=True)
class PersonalColumn:
    """A column of personal data: whose record it belongs to, and what it is called."""

    #: The record type and the item of it, as the disclosure catalogue calls them.
    record_type: str
    item: str
    label: str | Promise
    model: type[models.Model]
    #: Attribute of the model.
    column: str
    #: The record's model, and the column by which a line names its record; else the row itself.
    record: type[models.Model] | None = None
    parent: str = ""
    #: SQL (alias `t`, the record) of the id of the project and of the record's public id.
    project: str = "t.project_id"
    public_id: str = "t.public_id"

    @property
    def table(self) -> str:
        """Name of the table that holds the column."""
        return self.model._meta.db_table

    @property
    def source(self) -> str:
        """SQL of the rows (alias `r`) with their records (alias `t`)."""
        if self.record is None:
            return f'"{self.table}" t JOIN "{self.table}" r ON r.id = t.id'
        return f'"{self.table}" r JOIN "{self.record._meta.db_table}" t ON t.id = r."{self.parent}"'


#: What was read: ids of rows by column.
Shown = dict[PersonalColumn, set[int]]
_shown: ContextVar[Shown | None] = ContextVar("shown_personal_data", default=None)
_columns: dict[tuple[str, str], PersonalColumn] = {}


def register_personal_columns(columns: Iterable[PersonalColumn]) -> None:
    """Watch columns from now on; one that is watched already stays as it is."""
    for column in columns:
        key = (column.table, column.column)
        if key not in _columns:
            _columns[key] = column
            setattr(column.model, column.column, _Watched(column))


def personal_columns() -> list[PersonalColumn]:
    """Return all columns of personal data, by record type and item."""
    return sorted(_columns.values(), key=lambda one: (one.record_type, one.item, one.column))


def labels() -> dict[tuple[str, str], str | Promise]:
    """Return what each class of personal data is called, by record type and item."""
    return {(one.record_type, one.item): one.label for one in personal_columns()}


@contextmanager
def noting(shown: Shown) -> Iterator[None]:
    """Note in `shown` what is read of personal data inside the block."""
    token = _shown.set(shown)
    try:
        yield
    finally:
        _shown.reset(token)


def new_shown() -> Shown:
    """Return an empty note."""
    return defaultdict(set)


def note_history(table: str, row_id: int, columns: Iterable[str]) -> None:
    """Note that earlier values of a row's columns are shown from its history."""
    shown = _shown.get()
    for name in columns if shown is not None else ():
        if column := _columns.get((table, name)):
            shown[column].add(row_id)


class _Watched:
    """The attribute of a watched column: what Django put there, and a note when it is read."""

    def __init__(self, column: PersonalColumn) -> None:
        self.column = column
        self.inner: Any = column.model.__dict__[column.column]
        self.sets = getattr(self.inner, "__set__", None)
        self.field = self.inner.field

    def __get__(self, row: models.Model | None, owner: type | None = None) -> Any:
        """Return the value; note the row where there is one to be seen."""
        if row is None:
            return self
        name = self.column.column
        known = row.__dict__
        # A plain column's own descriptor is asked only while the value is not loaded.
        value = known[name] if self.sets is None and name in known else self._ask(row, owner)
        shown = _shown.get()
        if shown is not None and value and row.pk is not None:
            shown[self.column].add(row.pk)
        return value

    def _ask(self, row: models.Model, owner: type | None) -> Any:
        if self.sets is not None:
            return self.inner.__get__(row, owner)
        row.refresh_from_db(fields=[self.column.column])
        return row.__dict__[self.column.column]

    def __set__(self, row: models.Model, value: Any) -> None:
        """Keep the value."""
        if self.sets is not None:
            self.sets(row, value)
        else:
            row.__dict__[self.column.column] = value
