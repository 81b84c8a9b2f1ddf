"""Put a marker that occurs nowhere else into everything that is not for the public."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from allimi.catalogue import CATALOGUE, Disclosure, RecordType
from allimi.catalogue.sql import field_of
from pmis.models import Withdrawal

#: Technical columns that are published after all, each as its reason in the catalogue says.
PUBLISHED_TECHNICAL = frozenset(
    {"version_no", "reason", "location_check", "is_invented", "sources", "state", "registered_at"}
)
#: Sections of the bill are what its totals are published by.
KEPT_BY_MASK = frozenset({("contract", "bill_items.section"), ("progress_claim", "items.section")})
#: Tables outside the catalogue whose rows are public, or that hold nobody's words.
NOT_PRIVATE = frozenset(
    {Withdrawal._meta.db_table, "ccs_history", "ccs_area", "ccs_areacode", "pmis_documentclass"}
)
#: Columns outside the catalogue that are public: the office of whoever narrows.
PUBLIC_COLUMNS = frozenset({("ccs_user", "position")})
#: Columns that a marker would break and that nothing could show.
UNTOUCHED = frozenset({("ccs_user", "password")})

Markers = dict[str, str]
#: Of a marker.
LENGTH = 12


def marker_of(place: str) -> str:
    """Return the marker of a place: short enough for the narrowest column."""
    return f"zq{hashlib.sha256(place.encode()).hexdigest()[:10]}"


def number_of(place: str) -> int:
    """Return nine digits that stand for a place where only a number fits."""
    return 700_000_000 + int(hashlib.sha256(place.encode()).hexdigest()[:8], 16) % 99_999_999


def value_for(field: models.Field, place: str) -> tuple[Any, str] | None:
    """Return a value that `field` can hold and what to search for; None where none fits."""
    marker, number = marker_of(place), number_of(place)
    match field:
        case models.ForeignKey() | models.SmallIntegerField() | models.PositiveSmallIntegerField():
            return None
        case models.BooleanField():
            return None
        case models.CharField() if (field.max_length or LENGTH) < LENGTH:
            return None
        case models.EmailField():
            return f"{marker}@canary.example", marker
        case models.JSONField():
            return f'{{"x": "{marker}"}}', marker
        case models.BigIntegerField():
            return number, str(number)
        case models.DecimalField() if field.max_digits - field.decimal_places >= 9:
            return f"{number}.125", str(number)
        case models.FloatField():
            # A position on Earth; six decimals tell it from its rounding to three.
            return float(f"10.{number // 1000}"), f"10{number // 1000}"
        case models.CharField() | models.TextField() | models.FileField() if not field.choices:
            return marker, marker
    return None


def closed_columns(record_type: RecordType) -> Iterator[str]:
    """Yield the columns of a record type whose values may not be published as they are."""
    for item, column in record_type.item_columns():
        closed = item.disclosure in (Disclosure.WITHHELD, Disclosure.MASKED)
        if closed and (record_type.kind, column) not in KEPT_BY_MASK:
            yield column
    for column in record_type.technical:
        if column not in PUBLISHED_TECHNICAL:
            yield column


def open_columns(record_type: RecordType) -> Iterator[str]:
    """Yield the columns of a record type whose values are published."""
    for item, column in record_type.item_columns():
        if item.disclosure == Disclosure.OPEN:
            yield column


def plant(record_type: RecordType, record: models.Model, columns: Iterator[str]) -> Markers:
    """Fill `columns` of one record and of its lines; return marker by place."""
    markers = {}
    for column in columns:
        relation, _, name = column.rpartition(".")
        lines = record_type.lines_of(relation) if relation else None
        model = lines.model if lines else record_type.model
        owner = model._meta.get_field(lines.parent).column if lines else "id"
        place = f"{record_type.kind}.{column}"
        if marker := fill(model, name, place, f'"{owner}" = {record.pk}'):
            markers[place] = marker
    return markers


def fill(model: type[models.Model], column: str, place: str, condition: str = "TRUE") -> str | None:
    """Write the marker of `place` into a column, past the locks; return what to search for."""
    field = field_of(model, column)
    found = value_for(field, place)
    if found is None or field.primary_key:
        return None
    table = model._meta.db_table
    value = "%s || id" if field.unique and not isinstance(field, models.BigIntegerField) else "%s"
    with connection.cursor() as cursor:
        _open_locks(cursor, table)
        cursor.execute(f'UPDATE "{table}" SET "{column}" = {value} WHERE {condition}', [found[0]])
        filled = cursor.rowcount
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    assert filled or condition == "TRUE", f"{place}: there is no row to fill"
    return found[1] if filled else None


def _open_locks(cursor: Any, table: str) -> None:
    """Disable what refuses the change; history and disclosure see it as usual."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass"
        " AND tgname !~ '^(ccs_history|allimi_queue)'",
        [table],
    )
    for (trigger,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER {trigger}')


def plant_outside_the_catalogue() -> Markers:
    """Fill every text of every working table that is in no record type."""
    declared = {kind.model for kind in CATALOGUE.values()} | {
        lines.model for kind in CATALOGUE.values() for lines in kind.lines
    }
    markers = {}
    for label in ("ccs", "pmis", "payments", "account", "mfa", "usersessions"):
        for model in apps.get_app_config(label).get_models():
            if model not in declared and model._meta.db_table not in NOT_PRIVATE:
                markers |= _fill_texts(model)
    return markers


def _fill_texts(model: type[models.Model], condition: str = "TRUE") -> Markers:
    table, markers = model._meta.db_table, {}
    for field in model._meta.concrete_fields:
        place = (table, field.column)
        is_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
        if is_text and place not in PUBLIC_COLUMNS | UNTOUCHED:
            name = f"{table}.{field.column} where {condition}"
            if marker := fill(model, field.column, name, condition):
                markers[name] = marker
    return markers


def plant_in_all_texts(record: models.Model) -> Markers:
    """Fill every text of one row, as long as nothing of the row is public."""
    return _fill_texts(type(record), f"id = {record.pk}")
