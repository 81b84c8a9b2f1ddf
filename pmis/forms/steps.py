"""The form of a step: what whoever takes it fills in, as its row of the workflow says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from ccs.lib.workflow import Transition
from pmis.forms.offers import offer_of
from pmis.forms.records import (
    LineForm,
    LineSpec,
    PlainForm,
    RecordForms,
    Values,
    form_of,
    typed_in,
)
from pmis.models import Line, Record


@dataclass
class FilledLine:
    """A line that is there already, with the form of what the step fills in on it."""

    text: str
    form: LineForm
    line: Line


class StepForms:
    """Fields, lines to fill in and lines to add of one step of one record."""

    def __init__(
        self,
        row: Transition,
        record: Record,
        specs: Iterable[LineSpec],
        *,
        data: QueryDict | None = None,
        validate: bool = False,
    ) -> None:
        """Show the step as it stands in the record, or what was typed (`data`)."""
        self._validate = validate
        added = {spec.name: spec for spec in specs if spec.name in row.adds_lines}
        self.photo_lines = next((name for name, spec in added.items() if spec.is_photos), "")
        self.file_lines = next((name for name, spec in added.items() if spec.is_files), "")
        typed = [spec for spec in added.values() if not (spec.is_photos or spec.is_files)]
        main = form_of(type(record), row.fills)
        for name in row.needs:
            main.base_fields[name].required = True
        offer = offer_of(record.project, main, *(spec.form for spec in typed))
        values = Values({name: getattr(record, name) for name in row.fills})
        self.forms = RecordForms(main, typed, offer, values=values, data=data, validate=validate)
        self.filled = {
            name: _filled(record, name, columns, data, validate=validate)
            for name, columns in row.fills_lines.items()
        }
        self.groups = [
            {"name": name, "label": _label_of(record, name), "lines": lines}
            for name, lines in self.filled.items()
        ]

    @property
    def main(self) -> PlainForm:
        """The fields of the record itself."""
        return self.forms.main

    def is_valid(self) -> bool:
        """Check everything that was typed."""
        lines = [line.form.is_valid() for group in self.filled.values() for line in group]
        return all([self.forms.is_valid(), *lines])

    @property
    def lines(self) -> dict[str, list[dict[str, Any]]]:
        """Checked values of the lines, by related name."""
        filled = {
            name: [line.form.cleaned_data for line in group] for name, group in self.filled.items()
        }
        return {**self.forms.line_values, **filled}

    def problems(self) -> list[tuple[str, str]]:
        """Return (id of the field, sentence) of everything that is wrong."""
        found = self.forms.problems()
        for group in self.filled.values() if self._validate else ():
            for line in group:
                for name, texts in line.form.errors.items():
                    bound = line.form[name]
                    found += [(bound.id_for_label, f"{bound.label}: {text}") for text in texts]
        return found


def _filled(
    record: Record,
    name: str,
    columns: tuple[str, ...],
    data: QueryDict | None,
    *,
    validate: bool,
) -> list[FilledLine]:
    lines = list(getattr(record, name).all())
    if not lines:
        return []
    form = form_of(type(lines[0]), columns, LineForm)
    offer = offer_of(record.project, form)
    found = []
    for index, line in enumerate(lines):
        prefix = f"{name}-{index}"
        shown = {column: getattr(line, column) for column in columns}
        if data is not None:
            shown = typed_in(form(offer=offer, prefix=prefix), data)
        bound = data if validate else None
        filled = form(bound, offer=offer, prefix=prefix, initial=shown)
        found.append(FilledLine(str(line), filled, line))
    return found


def _label_of(record: Record, name: str) -> str:
    relation = type(record)._meta.get_field(name)
    return str(relation.related_model._meta.verbose_name_plural)
