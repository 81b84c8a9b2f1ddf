"""What every record type with versions shares: who writes, save, correct (domain C.1)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import ApprovalEvent, Project, Record, RecordState
from pmis.roles import Role
from pmis.services.contents import LIFE, Lines, content_fields, write_content
from pmis.services.roles import roles_of
from pmis.workflows import WORKFLOWS, WRITERS

RecordT = TypeVar("RecordT", bound=Record)

#: States in which the author may still write.
OPEN_TO_AUTHOR = (RecordState.DRAFT, RecordState.RETURNED)


#: By record type: who of its writers writes this very record, such as the sender's side only.
WRITERS_OF: dict[str, Callable[[Any], Collection[str]]] = {}


class RecordChanged(TransitionNotAllowed):
    """Raised when somebody saved the record after the writer had read it (409).

    Attributes: `changed_at`, and `revision`, the present one.
    """

    def __init__(self, *, record: Record) -> None:
        super().__init__(action="save", state=record.state, needed=OPEN_TO_AUTHOR)
        self.changed_at: datetime.datetime = record.updated_at
        self.revision: int = record.revision


def fields_of_author(model: type[Record]) -> frozenset[str]:
    """Return the names of the fields that the author writes: those that no later step fills in.

    Fields that the model names as shared are written by both.
    """
    filled = {name for row in WORKFLOWS[model.record_type] for name in row.fills}
    names = frozenset(field.name for field in content_fields(model))
    return names - (filled - set(model.shared_fields))


def writers_of(record_type: str, record: Record | None = None) -> list[Role]:
    """Return the roles that write records of this type, or this very record."""
    narrow = WRITERS_OF.get(record_type)
    own = narrow(record) if narrow and record is not None else WRITERS[record_type]
    return [role for role in WRITERS[record_type] if role in own]


def may_write(user: User, project: Project, record_type: str, record: Record | None = None) -> bool:
    """Return whether `user` may write records of this type, or this one, in the project today."""
    return bool(set(writers_of(record_type, record)) & set(roles_of(user, project)))


def require_writer(
    user: User, project: Project, record_type: str, record: Record | None = None
) -> str:
    """Return the role in which `user` writes; raise `RoleNotAllowed` where there is none."""
    held, writers = roles_of(user, project), writers_of(record_type, record)
    for role in writers:
        if role in held:
            return role
    raise RoleNotAllowed(action="write", roles=[Role(role).label for role in writers])


@transaction.atomic
def save_record(
    *,
    record: RecordT,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> RecordT:
    """Write content into a version in work and return it with its new revision.

    `fields` holds values by field name; fields not named stay. `lines` holds the lines by their
    related name, such as `workforce_lines`: a list replaces the lines of that name, names not
    given stay. `revision` is the one the writer read.

    Raises:
        RecordChanged: the record was saved by somebody else meanwhile; nothing is written.
        TransitionNotAllowed: the version is not open to its author (submitted or locked).
        RoleNotAllowed: the actor does not write records of this type here.
        ValidationError: by field name; of lines as `workforce_lines-0-count`.
    """
    record = _locked_for_writing(record, by=by, revision=revision)
    own = fields_of_author(type(record))
    write_content(record, {name: value for name, value in fields.items() if name in own}, lines)
    record.revision += 1
    record.save()
    return record


@transaction.atomic
def correct_record(*, record: RecordT, reason: str, by: User) -> RecordT:
    """Return a new version in work that corrects the approved one: row and lines copied.

    The approved version stays in force, and public, until the new one is approved.

    Raises:
        TransitionNotAllowed: the version is not the approved one, or a correction is in work.
        RoleNotAllowed: the actor does not write records of this type here.
        ValidationError: the reason is missing.
    """
    model = type(record)
    record = model._default_manager.select_for_update(of=("self",)).get(pk=record.pk)
    role = require_writer(by, record.project, record.record_type, record)
    versions = model._default_manager.filter(public_id=record.public_id)
    if not record.is_in_force or versions.in_work().exists():
        raise TransitionNotAllowed(
            action="correct", state=record.state, needed=(RecordState.APPROVED,)
        )
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the record is corrected: it is public.")})
    version = _copied_row(record, reason=reason.strip(), by=by)
    for name in record.line_names():
        _copy_lines(record, version, name)
    ApprovalEvent.objects.create(
        project=record.project,
        record_type=record.record_type,
        record_public_id=record.public_id,
        version_no=version.version_no,
        action="correct",
        from_state=record.state,
        to_state=version.state,
        by=by,
        role=role,
        comment=version.reason,
    )
    return version


@transaction.atomic
def discard_version(*, record: Record, by: User) -> None:
    """Delete a correction in work that was never submitted.

    Raises:
        TransitionNotAllowed: it is the first version, or it was submitted before.
        RoleNotAllowed: the actor does not write records of this type here.
    """
    record = _locked_for_writing(record, by=by, revision=None)
    if record.version_no == 1 or record.submitted_at is not None:
        raise TransitionNotAllowed(
            action="discard", state=record.state, needed=(RecordState.DRAFT,)
        )
    for name in record.line_names():
        getattr(record, name).all().delete()
    record.delete()


def _locked_for_writing(record: RecordT, *, by: User, revision: int | None) -> RecordT:
    queryset = type(record)._default_manager.select_for_update(of=("self",))
    record = queryset.select_related("project").get(pk=record.pk)
    require_writer(by, record.project, record.record_type, record)
    if record.state not in OPEN_TO_AUTHOR:
        raise TransitionNotAllowed(action="save", state=record.state, needed=OPEN_TO_AUTHOR)
    if revision is not None and record.revision != revision:
        raise RecordChanged(record=record)
    return record


def _copied_row(record: RecordT, *, reason: str, by: User) -> RecordT:
    model = type(record)
    values = {
        field.attname: getattr(record, field.attname)
        for field in model._meta.concrete_fields
        if field.name not in LIFE
    }
    version_no = record.version_no + 1
    return model._default_manager.create(
        **values, version_no=version_no, supersedes=record, reason=reason, author=by
    )


def _copy_lines(record: Record, version: Record, name: str) -> None:
    column = type(record)._meta.get_field(name).field.attname
    lines = list(getattr(record, name).all())
    for line in lines:
        line.pk = None
        line._state.adding = True
        setattr(line, column, version.pk)
    if lines:
        type(lines[0])._default_manager.bulk_create(lines)


def way_of(record: Record | models.Model) -> models.QuerySet[ApprovalEvent]:
    """Return the steps that a record took, oldest first, with the people who took them."""
    events = ApprovalEvent.objects.filter(record_public_id=record.public_id)
    return events.select_related("by", "on_behalf_of").order_by("id")


def action_names(record_type: str) -> list[str]:
    """Return the actions of a record type's workflow, once each, in table order."""
    return list(dict.fromkeys(row.action for row in WORKFLOWS[record_type]))
