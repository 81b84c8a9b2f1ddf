"""A record as a sheet of facts and tables: what its page, its print and its PDF show alike."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from ccs.lib.formats import (
    format_amount,
    format_day,
    format_moment,
    format_number,
)
from ccs.templatetags.formats import city_zone, reader_language
from pmis.models import Record
from pmis.records import RecordType
from pmis.records.types import capital
from pmis.workflows import WORKFLOWS


@dataclass(frozen=True)
class Fact:
    """A label and its text."""

    label: str
    text: str
    #: Runs over several lines.
    is_long: bool = False


@dataclass(frozen=True)
class SheetSection:
    """Facts under a heading, which may be empty."""

    heading: str
    facts: list[Fact]


@dataclass(frozen=True)
class Table:
    """Lines of one kind. Numbers are set flush right."""

    heading: str
    headings: list[str]
    rows: list[list[str]]
    is_number: list[bool]
    #: The lines where they are files: pages link them, prints name them.
    files: list[Any] = field(default_factory=list)

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Heading and kind of each column, for a template."""
        pairs = zip(self.headings, self.is_number, strict=True)
        return [{"label": label, "is_number": is_number} for label, is_number in pairs]

    @property
    def cells(self) -> list[list[dict[str, Any]]]:
        """Each row with the heading of each cell, for a template."""
        return [
            [{**column, "text": text} for column, text in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Sheet:
    """The whole record."""

    title: str
    sections: list[SheetSection] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    #: Rows of photo lines; pages draw them, prints count them.
    photos: list[Any] = field(default_factory=list)


def sheet_of(entry: RecordType, record: Record) -> Sheet:
    """Return what a record says, section by section; fields that are empty are left out."""
    currency = record.project.currency
    sheet = Sheet(title=f"{entry.label} {entry.heading_of(record)}".strip())
    for section in entry.form_sections:
        names = [name for name in section.fields if name not in entry.internal]
        _add(sheet.sections, str(section.heading), record, names, currency)
    more = [Fact(str(label), text) for label, text in entry.more_facts(record) if text]
    if more:
        sheet.sections.append(SheetSection("", more))
    written = {name for section in entry.form_sections for name in section.fields}
    decided = [name for row in WORKFLOWS[entry.record_type] for name in row.fills]
    decided = [name for name in decided if name not in written | entry.internal]
    _add(sheet.sections, _("Decision and follow-up"), record, dict.fromkeys(decided), currency)
    shown = [spec for spec in (*entry.lines, *entry.step_lines) if spec.name not in entry.internal]
    for spec in shown:
        lines = list(getattr(record, spec.name).all())
        if spec.is_photos:
            sheet.photos.extend(lines)
        elif lines:
            base = (*spec.form.base_fields, *spec.shown)
            names = _line_names(entry.record_type, spec.name, base)
            table = _table(capital(spec.label), lines, names, currency)
            table.files.extend(lines if spec.is_files else ())
            sheet.tables.append(table)
    return sheet


def value_text(row: models.Model, name: str, currency: str) -> str:
    """Return a field of a row as people read it, empty where nothing was entered."""
    model_field = row._meta.get_field(name)
    value = getattr(row, name)
    language = reader_language()
    match value:
        case None | "":
            return ""
        case bool():
            return _("yes") if value else _("no")
        case _ if model_field.choices:
            return str(getattr(row, f"get_{name}_display")())
        case datetime.datetime():
            return format_moment(value, language, city_zone())
        case datetime.date():
            return format_day(value, language)
        case datetime.time():
            return value.strftime("%H:%M")
        case int() if isinstance(model_field, models.BigIntegerField) and name.endswith("amount"):
            return format_amount(value, currency, language)
        case int() | Decimal():
            return format_number(value, language)
    return str(value)


def _add(
    sections: list[SheetSection],
    heading: str,
    record: Record,
    names: Iterable[str],
    currency: str,
) -> None:
    facts = [
        Fact(capital(record._meta.get_field(name).verbose_name), text, _is_long(record, name))
        for name in names
        if (text := value_text(record, name, currency))
    ]
    if facts:
        sections.append(SheetSection(heading, facts))


def _is_long(record: Record, name: str) -> bool:
    return isinstance(record._meta.get_field(name), models.TextField)


def _line_names(record_type: str, related_name: str, base: Iterable[str]) -> list[str]:
    """Return the columns of lines: those of the form, and those that steps fill in."""
    filled = [
        column for row in WORKFLOWS[record_type] for column in row.fills_lines.get(related_name, ())
    ]
    return list(dict.fromkeys([*base, *filled]))


def _table(
    heading: str, lines: Sequence[models.Model], names: Sequence[str], currency: str
) -> Table:
    texts = [[value_text(line, name, currency) for name in names] for line in lines]
    kept = [place for place in range(len(names)) if any(row[place] for row in texts)]
    fields = [lines[0]._meta.get_field(names[place]) for place in kept]
    numbers = (models.DecimalField, models.IntegerField)
    return Table(
        heading=heading,
        headings=[capital(model_field.verbose_name) for model_field in fields],
        rows=[[row[place] for place in kept] for row in texts],
        is_number=[isinstance(one, numbers) and not one.choices for one in fields],
    )
