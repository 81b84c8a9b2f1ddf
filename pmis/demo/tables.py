"""Rows written with COPY: one statement for a table, with every trigger of the database on."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

#: Keys are taken from the table's own sequence, this many at a time.
KEYS = 2000
NULL = r"\N"


class Table:
    """Collects rows of one model; `write` sends them."""

    def __init__(self, model: type[models.Model], now: datetime.datetime) -> None:
        self.model = model
        self.fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        self.defaults = {field.attname: self._default(field, now) for field in self.fields}
        self.rows: list[dict[str, Any]] = []
        self._keys: list[int] = []

    @staticmethod
    def _default(field: models.Field, now: datetime.datetime) -> Any:
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
            return now
        return field.get_default() if field.attname != "public_id" else None

    def add(self, **values: Any) -> int:
        """Take a row by column attributes and return its future key.

        Raises KeyError for an attribute that the model does not have.
        """
        if unknown := values.keys() - self.defaults.keys():
            raise KeyError(f"{self.model.__name__} has no {', '.join(sorted(unknown))}")
        key = self._next_key()
        self.rows.append(self.defaults | values | {"id": key})
        return key

    def _next_key(self) -> int:
        if not self._keys:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                    [self.model._meta.db_table, KEYS],
                )
                self._keys = [key for (key,) in cursor.fetchall()][::-1]
        return self._keys.pop()

    def write(self) -> int:
        """Send the collected rows by COPY and return how many there were."""
        count = len(self.rows)
        if count:
            names = ["id", *(field.attname for field in self.fields)]
            columns = ", ".join(f'"{name}"' for name in ["id", *self._columns()])
            sql = f"COPY {self.model._meta.db_table} ({columns}) FROM STDIN" + (
                f" WITH (FORMAT csv, NULL '{NULL}')"
            )
            with connection.cursor() as cursor:
                cursor.copy_expert(sql, self._text(names))
            self.rows.clear()
        return count

    def _columns(self) -> list[str]:
        return [field.column for field in self.fields]

    def _text(self, names: Sequence[str]) -> io.StringIO:
        target = io.StringIO()
        as_json = {f.attname for f in self.fields if isinstance(f, models.JSONField)}
        as_array = {f.attname for f in self.fields if isinstance(f, ArrayField)}
        writer = csv.writer(target, lineterminator="\n")
        for row in self.rows:
            writer.writerow(
                [_cell(row[name], is_json=name in as_json, is_array=name in as_array)
                 for name in names]
            )  # fmt: skip
        target.seek(0)
        return target


def _cell(value: Any, *, is_json: bool, is_array: bool) -> Any:
    if value is None:
        return NULL
    if is_json:
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    if is_array:
        return "{" + ",".join(json.dumps(part, ensure_ascii=False) for part in value) + "}"
    return value


def update(
    model: type[models.Model], columns: dict[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Set `columns` (name: SQL type) of rows given as (id, value, …), in one statement."""
    lists = list(zip(*rows, strict=True))
    if not lists:
        return
    sets = ", ".join(f"{name} = given.{name}" for name in columns)
    arrays = ", ".join(["%s::bigint[]", *(f"%s::{kind}[]" for kind in columns.values())])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} target SET {sets}"
            f" FROM unnest({arrays}) AS given(id, {', '.join(columns)})"
            " WHERE target.id = given.id",
            [list(values) for values in lists],
        )
