"""`manage.py check`: a column without an entry in the catalogue stops the release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import models

from allimi.catalogue import CATALOGUE, Disclosure, RecordType
from allimi.catalogue.sql import ALWAYS_TECHNICAL


def columns_of(record_type: RecordType) -> Iterator[str]:
    """Yield every column of the record and of its lines, as the catalogue names them."""
    for field in record_type.model._meta.concrete_fields:
        if field.column not in ALWAYS_TECHNICAL and field.column != "project_id":
            yield field.column
    for lines in record_type.lines:
        parent = lines.model._meta.get_field(lines.parent).column
        for field in lines.model._meta.concrete_fields:
            if field.column not in (*ALWAYS_TECHNICAL, parent, "order"):
                yield f"{lines.key}.{field.column}"


def problems_of(record_type: RecordType) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with a declaration."""
    columns = set(columns_of(record_type))
    covered = [column for _, column in record_type.item_columns()]
    named = {*covered, *record_type.technical}
    for column in sorted(columns - named):
        yield f"{record_type.kind}.{column} has no entry: say open, masked, withheld or technical."
    for column in sorted(set(covered) - columns):
        yield f"{record_type.kind}.{column} is in the catalogue but not in the table."
    for column in sorted({column for column in covered if covered.count(column) > 1}):
        yield f"{record_type.kind}.{column} stands under two items."
    codes = [item.code for item in record_type.items]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"{record_type.kind} has two items with the code {code}."
    for item in record_type.items:
        if item.disclosure == Disclosure.WITHHELD and item.ground is None:
            yield f"{record_type.kind}.{item.code} is withheld without a ground."
        if item.disclosure in (Disclosure.MASKED, Disclosure.LATER) and not item.how:
            yield f"{record_type.kind}.{item.code} does not say how it is reduced or opened."
        if item.disclosure == Disclosure.OPEN:
            for column in item.columns:
                yield from _person(record_type, column)


def _person(record_type: RecordType, column: str) -> Iterator[str]:
    """SECURITY: a key to an account is never published."""
    relation, _, name = column.rpartition(".")
    model = record_type.lines_of(relation).model if relation else record_type.model
    for field in model._meta.concrete_fields:
        is_account = isinstance(field, models.ForeignKey) and (
            field.related_model._meta.label == "ccs.User"
        )
        if field.column == name and is_account:
            yield f"{record_type.kind}.{column} is an account and cannot be open."


@register()
def check_catalogue(**kwargs: Any) -> list[CheckMessage]:
    """Return an error for every column and item that the catalogue leaves open to doubt."""
    return [
        Error(problem, id="allimi.E001")
        for record_type in CATALOGUE.values()
        for problem in problems_of(record_type)
    ]
