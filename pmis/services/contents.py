"""Writing the content of a record: its fields and its lines, checked as the models say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from pmis.models import Record

Lines = Mapping[str, Sequence[Mapping[str, Any]]]

#: Fields of a version that belong to its life and not to its content.
LIFE = frozenset(
    {
        "id",
        "version_no",
        "supersedes",
        "reason",
        "state",
        "author",
        "created_at",
        "updated_at",
        "submitted_at",
        "approved_at",
        "revision",
        "approved_by_timeout",
        "unreviewed_by",
    }
)


def content_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields that a writer fills in."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.editable and field.name not in LIFE and field.name not in ("project", "order")
    ]


def write_content(record: Record, fields: Mapping[str, Any], lines: Lines | None = None) -> None:
    """Set fields of a record, and replace its lines of the names given. The record is not saved.

    Raises ValidationError by field name; of lines as `workforce_lines-0-count`. Nothing is
    written then.
    """
    writable = {field.name: field for field in content_fields(type(record))}
    for name, value in fields.items():
        if name in writable:
            _assign(record, writable[name], value)
    errors = _errors_of(record, exclude=LIFE)
    prepared = {name: _prepared(record, name, rows, errors) for name, rows in (lines or {}).items()}
    if errors:
        raise ValidationError(errors)
    for name, new_lines in prepared.items():
        _replace_lines(record, name, new_lines)


def fill_lines(record: Record, name: str, columns: Sequence[str], rows: Sequence[Any]) -> None:
    """Write some columns of the lines that are there, in their order.

    Raises ValidationError where there are not as many rows as lines, or a value is wrong.
    """
    lines = list(getattr(record, name).all())
    if len(lines) != len(rows):
        raise ValidationError(
            _("There are %(lines)s lines now; open the page again.") % {"lines": len(lines)}
        )
    errors: dict[str, list[str]] = {}
    for index, (line, values) in enumerate(zip(lines, rows, strict=True)):
        fields = {field.name: field for field in content_fields(type(line))}
        for column in columns:
            if column in values:
                _assign(line, fields[column], values[column])
        faults = _errors_of(line, exclude=())
        errors.update({f"{name}-{index}-{key}": texts for key, texts in faults.items()})
    if errors:
        raise ValidationError(errors)
    if lines:
        type(lines[0])._default_manager.bulk_update(lines, list(columns))


def add_lines(record: Record, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add lines after those that are there. Raises ValidationError as `write_content` does."""
    errors: dict[str, list[str]] = {}
    new_lines = _prepared(record, name, rows, errors)
    if errors:
        raise ValidationError(errors)
    manager = getattr(record, name)
    last = manager.aggregate(models.Max("order"))["order__max"]
    first = 0 if last is None else last + 1
    for index, line in enumerate(new_lines):
        line.order = first + index
    manager.model._default_manager.bulk_create(new_lines)


def _assign(row: models.Model, field: models.Field, value: Any) -> None:
    """Set a value; a related row may come as the row or as its key."""
    by_key = field.is_relation and value is not None and not isinstance(value, models.Model)
    setattr(row, field.attname if by_key else field.name, value)


def _errors_of(row: models.Model, *, exclude: Iterable[str]) -> dict[str, list[str]]:
    try:
        row.full_clean(exclude=set(exclude), validate_unique=False)
    except ValidationError as error:
        return dict(error.message_dict)
    return {}


def _prepared(
    record: Record,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    errors: dict[str, list[str]],
) -> list[models.Model]:
    """Return the lines as rows of their model; their faults go into `errors`."""
    relation = type(record)._meta.get_field(name)
    fields = {field.name: field for field in content_fields(relation.related_model)}
    new_lines = []
    for index, values in enumerate(rows):
        line = relation.related_model(**{relation.field.name: record})
        if "order" in {field.name for field in line._meta.concrete_fields}:
            line.order = index
        for key in fields.keys() & values.keys():
            _assign(line, fields[key], values[key])
        faults = _errors_of(line, exclude={relation.field.name})
        errors.update({f"{name}-{index}-{key}": texts for key, texts in faults.items()})
        new_lines.append(line)
    return new_lines


def _replace_lines(record: Record, name: str, new_lines: list[models.Model]) -> None:
    """Replace the lines of one name; unchanged ones are not written again."""
    manager = getattr(record, name)
    present = list(manager.all())
    if [_content(line) for line in present] == [_content(line) for line in new_lines]:
        return
    manager.all().delete()
    manager.model._default_manager.bulk_create(new_lines)


def _content(line: models.Model) -> list[Any]:
    return [getattr(line, field.attname) for field in content_fields(type(line))]
