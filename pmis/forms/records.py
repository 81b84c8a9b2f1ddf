"""The form of any record type: one main form and its lines, from rows or from typed text.

A form is shown as it was typed, however wrong: the autosaved draft is raw text. It is only
validated when somebody saves it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.forms.models import fields_for_model
from django.http import QueryDict

from pmis.forms.fields import MoneyField, RowChoiceField, field_for, short
from pmis.models import Record

#: Lines of one kind that a form may have.
MOST_LINES = 500
Rows = Mapping[str, models.Model]


@dataclass(frozen=True)
class Offer:
    """The rows that the choices of a form offer, by model and public key, and the currency."""

    rows: Mapping[type[models.Model], Rows] = field(default_factory=dict)
    currency: str = "KRW"


class PlainForm(forms.Form):
    """A form whose choices come from an `Offer`, with marks for what differs from before."""

    #: Names of fields in the order of the page, set by `form_of`.
    model: type[models.Model]

    def __init__(self, *args: Any, offer: Offer, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        #: By field name: what stood there before.
        self.was: dict[str, str] = {}
        for form_field in self.fields.values():
            if isinstance(form_field, RowChoiceField):
                form_field.offer(offer.rows.get(form_field.model, {}))
            if isinstance(form_field, MoneyField):
                form_field.currency = offer.currency
            if not isinstance(form_field.widget, forms.CheckboxInput):
                form_field.widget.attrs.setdefault("class", "full")

    def texts(self) -> dict[str, str]:
        """Return what the form shows, field by field, as text that can be compared."""
        return {name: as_text(self[name].value()) for name in self.fields}


class LineForm(PlainForm):
    """One line; a line in which nothing was written is left out."""

    def is_blank(self) -> bool:
        """Return whether nothing was written into the line."""
        return all(
            text in ("", "0") or self.fields[name].initial == text
            for name, text in self.texts().items()
        )


def form_of(
    model: type[models.Model], names: Sequence[str], base: type[PlainForm] = PlainForm
) -> type[Any]:
    """Return the form class of some fields of a model."""
    fields = fields_for_model(model, fields=list(names), formfield_callback=_callback)
    return type(f"{model.__name__}Form", (base,), {**fields, "model": model})


def _callback(model_field: models.Field, **options: Any) -> forms.Field | None:
    form_field = field_for(model_field, **options)
    if form_field is not None:
        # A new line starts empty and not with zeros.
        form_field.initial = None
    return form_field


@dataclass(frozen=True)
class LineSpec:
    """One kind of lines of a record type: the related name is the prefix of its fields."""

    name: str
    label: Any
    form: type[LineForm]
    #: Empty lines shown where there is none.
    blank: int = 0
    #: Values of a new line.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    #: Fields by which a line is found again in the record before, and those compared then.
    identity: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    #: Columns that are worked out from the others: shown with the line, never typed.
    shown: tuple[str, ...] = ()
    #: The lines are photos: taken, chosen and named in the form.
    is_photos: bool = False
    #: The lines are files: stored at once, as a chosen file cannot be kept in a draft.
    is_files: bool = False


def file_lines(name: str, label: Any, model: type[models.Model]) -> LineSpec:
    """Return lines that name stored files."""
    return LineSpec(name, label, form_of(model, ("file",), LineForm), is_files=True)


@dataclass
class Values:
    """Content that a form starts with, as values or rows."""

    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class LineForms(list[LineForm]):
    """The lines of one kind, with a form for a new one."""

    def __init__(self, spec: LineSpec, offer: Offer) -> None:
        super().__init__()
        self.spec, self.offer = spec, offer

    @property
    def name(self) -> str:
        """The related name, which is the prefix of the fields."""
        return self.spec.name

    @property
    def label(self) -> Any:
        """What the lines are called."""
        return self.spec.label

    @property
    def empty(self) -> LineForm:
        """A form for a new line; `__index__` in its names is to be replaced."""
        prefix = f"{self.spec.name}-__index__"
        return self.spec.form(offer=self.offer, prefix=prefix, initial=self.spec.defaults)

    def add(self, index: int, data: QueryDict | None, initial: Mapping[str, Any]) -> LineForm:
        """Append the form of one line."""
        prefix = f"{self.spec.name}-{index}"
        form = self.spec.form(data, offer=self.offer, prefix=prefix, initial=dict(initial))
        self.append(form)
        return form


class RecordForms:
    """Main form and lines of one record as a page shows or reads them."""

    def __init__(
        self,
        main: type[PlainForm],
        specs: Sequence[LineSpec],
        offer: Offer,
        *,
        values: Values | None = None,
        data: QueryDict | None = None,
        validate: bool = False,
    ) -> None:
        """Show `values`, or what was typed (`data`), and with `validate` also check it."""
        self.is_checked = validate
        self._read: dict[str, list[LineForm]] = {}
        if data is None:
            self._from_values(main, specs, offer, values or Values())
        else:
            self._from_text(main, specs, offer, data)

    def _from_values(
        self, main: type[PlainForm], specs: Sequence[LineSpec], offer: Offer, values: Values
    ) -> None:
        self.main = main(offer=offer, initial=values.fields)
        self.lines = {spec.name: LineForms(spec, offer) for spec in specs}
        for name, forms_of_lines in self.lines.items():
            for index, row in enumerate(values.lines.get(name, ())):
                forms_of_lines.add(index, None, row)
            for index in range(len(forms_of_lines), forms_of_lines.spec.blank):
                forms_of_lines.add(index, None, forms_of_lines.spec.defaults)

    def _from_text(
        self, main: type[PlainForm], specs: Sequence[LineSpec], offer: Offer, data: QueryDict
    ) -> None:
        bound = data if self.is_checked else None
        self.main = main(bound, offer=offer, initial=typed_in(main(offer=offer), data))
        self.lines = {}
        for spec in specs:
            lines = self.lines[spec.name] = LineForms(spec, offer)
            for index in line_indexes(data, spec.name):
                unbound = spec.form(offer=offer, prefix=f"{spec.name}-{index}")
                lines.add(index, bound, typed_in(unbound, data))

    def is_valid(self) -> bool:
        """Check main form and lines, blank lines left out."""
        self._read = {
            name: [line for line in lines if not line.is_blank()]
            for name, lines in self.lines.items()
        }
        written = [line for lines in self._read.values() for line in lines]
        checked = [form.is_valid() for form in (self.main, *written)]
        return all(checked)

    @property
    def fields(self) -> dict[str, Any]:
        """Checked values of the main form."""
        return self.main.cleaned_data

    @property
    def line_values(self) -> dict[str, list[dict[str, Any]]]:
        """Checked values of the lines, by related name."""
        return {name: [line.cleaned_data for line in lines] for name, lines in self._read.items()}

    def add_errors(self, error: ValidationError) -> None:
        """Put the errors of a service where their fields stand."""
        for key, messages in _by_key(error).items():
            form, name = self._owner(key)
            for message in messages:
                form.add_error(name if name in form.fields else None, message)

    def _owner(self, key: str) -> tuple[PlainForm, str]:
        """Return the form and field of `workforce_lines-0-count` or `work_summary`."""
        parts = key.split("-", 2)
        if len(parts) == 3 and parts[1].isdigit():
            lines = self._read.get(parts[0]) or self.lines.get(parts[0], [])
            if int(parts[1]) < len(lines):
                return lines[int(parts[1])], parts[2]
        return self.main, key

    def problems(self) -> list[tuple[str, str]]:
        """Return (id of the field, sentence) of everything that is wrong, in page order."""
        return list(self._problems()) if self.is_checked else []

    def _problems(self) -> Iterator[tuple[str, str]]:
        for form in (self.main, *(line for lines in self._read.values() for line in lines)):
            for name, messages in form.errors.items():
                if name == NON_FIELD_ERRORS:
                    first = next(iter(form.fields))
                    yield from ((form[first].id_for_label, text) for text in messages)
                else:
                    bound = form[name]
                    yield from ((bound.id_for_label, f"{bound.label}: {m}") for m in messages)


def line_indexes(data: QueryDict, name: str) -> list[int]:
    """Return the indexes of the lines of one kind that stand in posted fields."""
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,5}})-")
    found = {int(match.group(1)) for key in data if (match := pattern.match(key))}
    return sorted(found)[:MOST_LINES]


def values_of(record: Record, main: type[PlainForm], specs: Sequence[LineSpec]) -> Values:
    """Return the content of a saved record for its form."""
    values = Values({name: getattr(record, name) for name in main.base_fields})
    for spec in specs:
        values.lines[spec.name] = [
            {name: getattr(line, name) for name in spec.form.base_fields}
            for line in getattr(record, spec.name).all()
        ]
    return values


def as_text(value: Any) -> str:
    """Return a value as text that compares equal however it was typed: 4.20 is 4.2."""
    value = short(value)
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M")
    if isinstance(value, models.Model):
        return str(value.pk)
    text = str(value).strip()
    if re.fullmatch(r"-?\d+\.\d+", text):
        return text.rstrip("0").rstrip(".")
    return text


def typed_in(form: PlainForm, data: QueryDict) -> dict[str, Any]:
    """Return what was typed into a form, field by field, however wrong."""
    return {
        name: form_field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, form_field in form.fields.items()
    }


def _by_key(error: ValidationError) -> dict[str, list[str]]:
    if hasattr(error, "error_dict"):
        return error.message_dict
    return {NON_FIELD_ERRORS: error.messages}


def mark_changes(forms_shown: RecordForms, before: Values, compared: Sequence[str]) -> int:
    """Mark the fields that differ from the record before and return how many there are."""
    count = _mark(forms_shown.main, before.fields, compared)
    for lines in forms_shown.lines.values():
        spec = lines.spec
        if not spec.identity:
            continue
        known = {_identity(spec, row): row for row in before.lines.get(spec.name, ())}
        for line in lines:
            texts = line.texts()
            row = known.get(tuple(_shown(line, name, texts[name]) for name in spec.identity), {})
            if not line.is_blank():
                count += _mark(line, {name: row.get(name) for name in spec.compared}, spec.compared)
    return count


def _identity(spec: LineSpec, row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "") for name in spec.identity)


def _shown(form: PlainForm, name: str, text: str) -> str:
    """Return a value as the page shows it: a choice by its words."""
    form_field = form.fields[name]
    if isinstance(form_field, forms.ChoiceField):
        return str(dict(form_field.choices).get(text, text))
    return text


def _mark(form: PlainForm, before: Mapping[str, Any], names: Sequence[str]) -> int:
    texts = form.texts()
    for name in names:
        if isinstance(form, LineForm) and not texts[name]:
            continue  # Not written yet: nothing to compare.
        value = before.get(name)
        was = str(value) if isinstance(value, models.Model) else as_text(value)
        if was != _shown(form, name, texts[name]) and was != texts[name]:
            form.was[name] = was
    return len(form.was)
