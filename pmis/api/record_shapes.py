"""The shape of any record type at the API, made from its entry in the registry.

Amounts are in minor units of the project's currency, decimals are strings, rows of other tables
are named by their public key. Internal ids never appear.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ccs.lib.workflow import Transition
from pmis.api.serializers import StepSerializer
from pmis.forms.offers import rows_of
from pmis.forms.records import LineSpec
from pmis.models import Record
from pmis.records import REGISTRY, RecordType
from pmis.services.approvals import available_actions
from pmis.services.records import way_of
from pmis.workflows import WORKFLOWS

#: What every record says about its life, beside its content.
LIFE = (
    "public_id",
    "project",
    "number",
    "version_no",
    "state",
    "revision",
    "reason",
    "submitted_at",
    "approved_at",
    "updated_at",
)


@extend_schema_field({"type": "string", "nullable": True, "description": "Public key of a row."})
class RowField(serializers.Field):
    """A row of the project by its public key: a work item's code, else a public id."""

    default_error_messages = {"unknown": _("This project has no such row: %(key)s.")}

    def __init__(self, *, model: type[models.Model], **options: Any) -> None:
        self.model = model
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> models.Model:
        """Return the row with the key `data`, of those that the project offers."""
        known = self.context.setdefault("rows", {})
        if self.model not in known:
            known[self.model] = rows_of(self.model, self.context["project"])
        row = known[self.model].get(str(data))
        if row is None:
            message = self.error_messages["unknown"] % {"key": data}
            raise serializers.ValidationError(message, code="unknown")
        return row

    def to_representation(self, value: models.Model) -> str:
        """Return the public key."""
        return str(getattr(value, "public_id", None) or value.code)


class _ByKey(serializers.ModelSerializer):
    """Columns of a model; rows of other tables by their public key."""

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """Return the field by which another row is named: never an internal id."""
        nullable = relation_info.model_field.null
        options = {"model": relation_info.related_model, "allow_null": nullable}
        return RowField, {**options, "required": False}

    def get_validators(self) -> list[Any]:
        """Leave the rules of the whole row to the service, which knows its other fields."""
        return []


def _shape(
    name: str, base: type, model: type[models.Model], fields: tuple[str, ...], **members: Any
) -> type:
    read_only = members.pop("read_only", ())
    meta = type(
        "Meta", (), {"model": model, "fields": fields, "read_only_fields": tuple(read_only)}
    )
    return type(name, (base,), {"Meta": meta, **members})


def _title(text: str) -> str:
    return "".join(part.title() for part in text.split("_"))


def _lines(entry: RecordType, specs: tuple[LineSpec, ...]) -> dict[str, serializers.Field]:
    """Return the shapes of the lines, with the columns that later steps fill in."""
    found: dict[str, serializers.Field] = {}
    for spec in specs:
        filled = [
            column
            for row in WORKFLOWS[entry.record_type]
            for column in row.fills_lines.get(spec.name, ())
        ]
        columns = tuple(dict.fromkeys([*spec.form.base_fields, *filled]))
        name = f"{_title(entry.record_type)}{_title(spec.name)}"
        shape = _shape(name, _ByKey, spec.form.model, columns, read_only=filled)
        found[spec.name] = shape(many=True, required=False)
    return found


@cache
def content_shape(record_type: str) -> type[serializers.ModelSerializer]:
    """Return what the author of a record sends: fields and lines, each optional."""
    entry = _entry(record_type)
    lines = _lines(entry, entry.lines)
    fields = (*entry.form.base_fields, *lines)
    name = f"{_title(record_type)}Content"
    return _shape(name, _ByKey, entry.model, fields, **lines)


@cache
def row_shape(record_type: str) -> type[serializers.ModelSerializer]:
    """Return a record as lists show it."""
    entry = _entry(record_type)
    project = serializers.UUIDField(source="project.public_id", read_only=True)
    title = serializers.CharField(source="__str__", read_only=True)
    fields = (*LIFE, "title")
    members = {"project": project, "title": title, "read_only": fields}
    return _shape(f"{_title(record_type)}Row", _ByKey, entry.model, fields, **members)


class _Whole(_ByKey):
    """A record with its lines, the way it took, and what the asker may do now."""

    project = serializers.UUIDField(source="project.public_id", read_only=True)
    author = serializers.CharField(source="author.name", read_only=True)
    actions = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    def get_actions(self, record: Record) -> list[str]:
        """Return the actions open to the asker in the record's state."""
        return [row.action for row in available_actions(record, self.context["request"].user)]

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, record: Record) -> Any:
        """Return the steps that the record took, the oldest first."""
        return StepSerializer(way_of(record), many=True).data


@cache
def whole_shape(record_type: str) -> type[serializers.ModelSerializer]:
    """Return a record as its own address shows it."""
    entry = _entry(record_type)
    specs = [spec for spec in (*entry.lines, *entry.step_lines) if spec.name not in entry.internal]
    lines = _lines(entry, specs)
    filled = dict.fromkeys(name for row in WORKFLOWS[record_type] for name in row.fills)
    shown = [name for name in (*entry.form.base_fields, *filled) if name not in entry.internal]
    content = dict.fromkeys([*shown, *lines])
    fields = (*LIFE, "author", *content, "actions", "steps")
    return _shape(_title(record_type), _Whole, entry.model, fields, read_only=LIFE, **lines)


def action_shape(record_type: str, action: str) -> type[serializers.Serializer]:
    """Return what a step takes: comment, revision, and what it fills in."""
    entry = _entry(record_type)
    rows = [row for row in WORKFLOWS[record_type] if row.action == action]
    members: dict[str, Any] = {
        "comment": serializers.CharField(
            required=False, allow_blank=True, default="", max_length=5000
        ),
        "revision": serializers.IntegerField(
            required=False, min_value=1, help_text="Refuse (409) if the record changed since."
        ),
    }
    for row in rows:
        members.update(_filled(entry, row))
    name = f"{_title(record_type)}{_title(action)}"
    return type(f"{name}Step", (serializers.Serializer,), members)


def _filled(entry: RecordType, row: Transition) -> dict[str, Any]:
    members: dict[str, Any] = {}
    if row.fills:
        name = f"{_title(entry.record_type)}{_title(row.action)}Fields"
        shape = _shape(name, _ByKey, entry.model, row.fills)
        members["fields"] = shape(required=bool(row.needs), partial=True)
    specs = {spec.name: spec for spec in (*entry.lines, *entry.step_lines)}
    for name, columns in row.fills_lines.items():
        title = f"{_title(entry.record_type)}{_title(row.action)}{_title(name)}"
        model = entry.model._meta.get_field(name).related_model
        members[name] = _shape(title, _ByKey, model, tuple(columns))(many=True, required=False)
    for name in row.adds_lines:
        spec = specs[name]
        title = f"{_title(entry.record_type)}{_title(row.action)}{_title(name)}"
        shape = _shape(title, _ByKey, spec.form.model, tuple(spec.form.base_fields))
        members[name] = shape(many=True, required=False)
    return members


def _entry(record_type: str) -> RecordType:
    return REGISTRY[record_type]
