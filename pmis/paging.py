"""Keyset pages: the next page begins after the last row's sort value and key, never by offset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

#: Rows of one record share it, so it decides between equals without showing an internal id.
KEY = "public_id"
SEPARATOR = "~"


@dataclass(frozen=True)
class Page:
    """One page of rows, newest first, and the key of the next."""

    rows: list[Any]
    next_key: str
    is_first: bool


def keyset_page(queryset: models.QuerySet, *, sorted_by: str, size: int, after: str = "") -> Page:
    """Return the rows after the key `after`; an unreadable key gives the first page.

    `sorted_by` may be the key itself: public ids are sorted by time.
    """
    names = [sorted_by] if sorted_by == KEY else [sorted_by, KEY]
    queryset = queryset.order_by(*(f"-{name}" for name in names))
    values = _read(after, queryset.model, names)
    if values and len(names) == 1:
        queryset = queryset.filter(**{f"{KEY}__lt": values[0]})
    elif values:
        queryset = queryset.filter(TupleLessThan(Tuple(*map(models.F, names)), tuple(values)))
    rows = list(queryset[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    next_key = SEPARATOR.join(str(getattr(rows[-1], name)) for name in names) if more else ""
    return Page(rows, next_key, not values)


def _read(text: str, model: type[models.Model], names: list[str]) -> list[Any]:
    parts = text.split(SEPARATOR)
    if len(parts) != len(names) or not all(parts):
        return []
    try:
        return [
            model._meta.get_field(name).to_python(part)
            for name, part in zip(names, parts, strict=True)
        ]
    except ValidationError:
        return []
