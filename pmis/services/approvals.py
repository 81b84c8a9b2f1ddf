"""The approval engine: one function leads any record through its workflow (domain C.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change
from ccs.lib.workflow import RoleNotAllowed, Transition, TransitionNotAllowed, Workflow
from ccs.models import User
from pmis.models import (
    IN_FORCE,
    IN_WORK,
    Approval,
    ApprovalEvent,
    ApprovalStep,
    Project,
    Record,
    RecordState,
)
from pmis.roles import SYSTEM, Role
from pmis.services.contents import Lines, add_lines, fill_lines, write_content
from pmis.services.roles import roles_of
from pmis.workflows import WORKFLOWS

SubjectT = TypeVar("SubjectT", bound=models.Model)


@dataclass(frozen=True)
class Effects:
    """What one record type does when a step is taken, in the same transaction.

    `submitted`, `approved` (it comes into force) and `taken` (by action) get the record before it
    is saved in its new state; `after` gets it when it has been saved, with its new state.
    """

    submitted: Callable[[Any], None] | None = None
    approved: Callable[[Any], None] | None = None
    taken: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)
    after: Mapping[str, Callable[[Any, User | None], None]] = field(default_factory=dict)
    #: By action: whether the record itself lets the step be taken; without an entry it does. For
    #: types whose records live differently, such as an extension and a suspension.
    possible: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    #: Narrows the roles of a row for one record, such as to those of the receiver's side.
    roles: Callable[[Any, Transition], tuple[str, ...]] | None = None


#: By record type; the service of a subject adds its own.
EFFECTS: dict[str, Effects] = {}


@dataclass(frozen=True)
class Actor:
    """Who takes a step, in which role, and for whom."""

    user: User | None
    role: str
    on_behalf_of: User | None = None


def workflow_of(subject: models.Model) -> Workflow:
    """Return the workflow table of a record, project or contract."""
    return WORKFLOWS[subject.record_type]


def project_of(subject: models.Model) -> Project:
    """Return the project a subject belongs to: itself, or the one it names."""
    if isinstance(subject, Project):
        return subject
    return subject.project if hasattr(subject, "project") else subject.contract.project


def approval_line(*, record_type: str, project: Project) -> list[dict[str, Any]]:
    """Return the steps that a record of this type takes in the project's ordering body.

    Rows of `ApprovalStep` win over the line written in `pmis/workflows/`.
    """
    rows = ApprovalStep.objects.filter(
        ordering_body=project.ordering_body_id, record_type=record_type
    )
    configured = list(rows.values("action", "role", "mode", "quorum"))
    return configured or [
        {"action": step.step_name, "role": step.roles[0], "mode": "serial", "quorum": 1}
        for step in WORKFLOWS[record_type].steps()
    ]


def _may_decide(row: Transition, approval: Approval) -> tuple[str, ...]:
    """Return the roles that may take the current step: the line's, or any that stand in for it."""
    current = approval.current_role
    return row.deciders(current) if row.is_step else (current,)


def roles_for(row: Transition, subject: models.Model) -> tuple[str, ...]:
    """Return the roles that may take a row with this very subject: the table's or fewer."""
    narrow = EFFECTS.get(subject.record_type, Effects()).roles
    return narrow(subject, row) if narrow else row.roles


def open_approval(record: models.Model) -> Approval | None:
    """Return the approval that this version of the record is going through, if any."""
    return Approval.objects.filter(
        record_public_id=record.public_id,
        version_no=getattr(record, "version_no", 0),
        state=Approval.State.IN_REVIEW,
    ).first()


def available_actions(subject: models.Model, user: User) -> list[Transition]:
    """Return the steps that `user` may take now; pages draw their buttons from it."""
    roles = roles_of(user, project_of(subject))
    approval = open_approval(subject) if isinstance(subject, Record) else None
    rows = []
    for row in workflow_of(subject):
        if subject.state not in row.from_ or (row.is_decision and _wrote(user, subject)):
            continue
        if not _is_possible(row, subject):
            continue
        if row.is_step:
            fits = approval and row.step_name == approval.current_action
            fits = fits and bool(set(_may_decide(row, approval)) & set(roles))
        elif row.is_decision and approval:
            fits = bool(set(_deciders(row, subject, approval)) & set(roles))
        elif row.action == "recall":
            fits = set(row.roles) & set(roles) and approval and not _decided(approval)
        else:
            fits = bool(set(roles_for(row, subject)) & set(roles))
        if fits:
            rows.append(row)
    return rows


@transaction.atomic
def perform(
    *,
    subject: SubjectT,
    action: str,
    by: User,
    comment: str = "",
    revision: int | None = None,
    fields: Mapping[str, Any] | None = None,
    lines: Lines | None = None,
) -> SubjectT:
    """Take one step and return the subject as it is now.

    Locks the row, asks the workflow table, checks role and four eyes, writes what the step fills
    in (`fields`, `lines`), logs, and wakes the publisher after commit.

    Raises:
        TransitionNotAllowed: the state does not permit the action, or (with `revision`, the one
            the actor saw) somebody changed the record meanwhile.
        RoleNotAllowed: the actor holds none of the roles today.
        PermissionDenied: the actor would decide on what they wrote.
        ValidationError: the action needs a reason, or what it fills in is missing or wrong.
    """
    subject = _locked(subject)
    row = workflow_of(subject).transition(action, state=subject.state)
    if not _is_possible(row, subject):
        raise TransitionNotAllowed(action=action, state=subject.state, needed=())
    if revision is not None and subject.revision != revision:
        raise TransitionNotAllowed(action=action, state=subject.state, needed=row.from_)
    if row.needs_reason and not comment.strip():
        raise ValidationError({"comment": _("Say why: the reason is shown to the author.")})
    if row.is_decision and _wrote(by, subject):
        raise PermissionDenied(_("Nobody decides on their own draft."))
    approval = open_approval(subject) if isinstance(subject, Record) else None
    actor = _actor(row, subject=subject, approval=approval, by=by)
    if row.fills or row.fills_lines or row.adds_lines:
        _fill(row, subject, fields or {}, lines or {})
    return _take(row, subject=subject, approval=approval, actor=actor, comment=comment)


@transaction.atomic
def approve_by_timeout(*, record: Record) -> Record:
    """Approve a record whose deciders let the time pass; the actor is "system".

    The role that did not decide is kept and shown publicly (domain C.2).

    Raises:
        TransitionNotAllowed: the record is not waiting for a decision any more.
    """
    record = _locked(record)
    approval = open_approval(record)
    if approval is None:
        raise TransitionNotAllowed(
            action="approve", state=record.state, needed=(RecordState.SUBMITTED,)
        )
    record.approved_by_timeout = True
    record.unreviewed_by = approval.current_role
    approval.is_by_timeout = True
    approval.current_step = len(approval.steps) - 1
    row = Transition(
        "approve", from_=(record.state,), to=RecordState.APPROVED, roles=(), is_step=True
    )
    return _take(row, subject=record, approval=approval, actor=Actor(None, SYSTEM), comment="")


def _fill(row: Transition, record: Record, fields: Mapping[str, Any], lines: Lines) -> None:
    """Write what the step fills in; nothing else of what was sent."""
    given = {name: fields[name] for name in row.fills if name in fields}
    write_content(record, given)
    missing = [name for name in row.needs if getattr(record, name) in (None, "")]
    if missing:
        raise ValidationError({name: _("This is needed for the step.") for name in missing})
    for name, columns in row.fills_lines.items():
        fill_lines(record, name, columns, lines.get(name, ()))
    for name in row.adds_lines:
        add_lines(record, name, lines.get(name, ()))
    if record.follow_up_fields or not record.is_locked:
        # Whoever saw the record before this step is told so.
        record.revision += 1


def content_hash(subject: models.Model) -> str:
    """Return the SHA-256 of what is decided on: the row's own fields and its lines."""
    content: dict[str, Any] = {
        "row": {field.name: field.value_from_object(subject) for field in subject._meta.fields}
    }
    for child in subject.line_names() if isinstance(subject, Record) else ():
        content[child] = [model_to_dict(line) for line in getattr(subject, child).all()]
    text = json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _is_possible(row: Transition, subject: models.Model) -> bool:
    """Whether the record itself lets the step be taken."""
    ask = EFFECTS.get(subject.record_type, Effects()).possible.get(row.action)
    return ask is None or ask(subject)


def _locked(subject: SubjectT) -> SubjectT:
    queryset = type(subject)._default_manager.select_for_update(of=("self",))
    return queryset.get(pk=subject.pk)


def _wrote(user: User, subject: models.Model) -> bool:
    """Whether `user` wrote the subject or sent it in."""
    if getattr(subject, "author_id", None) == user.pk:
        return True
    last = (
        ApprovalEvent.objects.filter(
            record_public_id=subject.public_id, action__in=("submit", "notify")
        )
        .order_by("-id")
        .values_list("by", flat=True)
        .first()
    )
    return last == user.pk


def _deciders(row: Transition, subject: models.Model, approval: Approval) -> tuple[str, ...]:
    """Return the roles that may take a decision now: those of the current step."""
    if row.is_step:
        return _may_decide(row, approval)
    current = [step for step in workflow_of(subject) if step.step_name == approval.current_action]
    return _may_decide(current[0], approval) if current else (approval.current_role,)


def _decided(approval: Approval) -> bool:
    return approval.events.exclude(action="submit").exists()


def _actor(row: Transition, *, subject: models.Model, approval: Approval | None, by: User) -> Actor:
    """Return in which role `by` acts; raise `RoleNotAllowed` or `TransitionNotAllowed`."""
    allowed: tuple[str, ...] = roles_for(row, subject)
    if approval and (row.is_step or row.is_decision):
        if row.is_step and approval.current_action != row.step_name:
            raise TransitionNotAllowed(
                action=row.action, state=subject.state, needed=(approval.current_action,)
            )
        allowed = _deciders(row, subject, approval)
    if row.action == "recall" and approval and _decided(approval):
        raise TransitionNotAllowed(
            action="recall", state=subject.state, needed=(RecordState.SUBMITTED,)
        )
    held = roles_of(by, project_of(subject))
    for role in allowed:
        if role in held:
            return Actor(by, role, held[role])
    raise RoleNotAllowed(action=row.action, roles=[Role(role).label for role in allowed])


def _take(
    row: Transition,
    *,
    subject: SubjectT,
    approval: Approval | None,
    actor: Actor,
    comment: str,
) -> SubjectT:
    before = subject.state
    decided_on = content_hash(subject)
    step = approval.current_step if approval and row.is_step else None
    if isinstance(subject, Record):
        after = _advance(row, record=subject, approval=approval, actor=actor)
    else:
        after = row.to
    subject.state = after
    if isinstance(subject, Project) and row.action == "register":
        subject.registered_at = timezone.now()
    effects = EFFECTS.get(subject.record_type, Effects())
    if effect := effects.taken.get(row.action):
        effect(subject)
    subject.save()
    if row.action == "submit":
        approval = open_approval(subject)
    ApprovalEvent.objects.create(
        approval=approval,
        project=project_of(subject),
        record_type=subject.record_type,
        record_public_id=subject.public_id,
        version_no=getattr(subject, "version_no", 0),
        step=step,
        action=row.action,
        from_state=before,
        to_state=after,
        by=actor.user,
        on_behalf_of=actor.on_behalf_of,
        role=actor.role,
        comment=comment,
        content_hash=decided_on,
    )
    if after_effect := effects.after.get(row.action):
        after_effect(subject, actor.user)
    announce_change()
    return subject


def _advance(row: Transition, *, record: Record, approval: Approval | None, actor: Actor) -> str:
    """Move record and approval along; return the record's new state."""
    if row.action == "submit":
        return _submit(record, actor)
    if row.is_step:
        if approval is None:
            raise TransitionNotAllowed(action=row.action, state=record.state, needed=row.from_)
        return _decide(row, record, approval, actor)
    if record.state in IN_WORK and row.to in IN_FORCE:
        _come_into_force(record)
    if approval is not None and row.to not in WAITING:
        _end_approval(approval, ENDS.get(row.to, Approval.State.RETURNED))
    return row.to


#: States in which an approval goes on.
WAITING = (RecordState.SUBMITTED, RecordState.CONFIRMED, RecordState.SCHEDULED, RecordState.HEARING)
#: How an approval ends, by the state that its record comes to.
ENDS = {
    RecordState.DRAFT: Approval.State.RECALLED,
    RecordState.CANCELLED: Approval.State.RECALLED,
    RecordState.REJECTED: Approval.State.REJECTED,
}


def _submit(record: Record, actor: Actor) -> str:
    now = timezone.now()
    steps = approval_line(record_type=record.record_type, project=record.project)
    if record.number is None:
        record.number = _next_number(record)
    record.submitted_at = now
    if effect := EFFECTS.get(record.record_type, Effects()).submitted:
        effect(record)
    if steps:
        _open_approval(record, actor, steps)
    return RecordState.SUBMITTED


def _open_approval(record: Record, actor: Actor, steps: list[dict[str, Any]]) -> None:
    Approval.objects.create(
        project=record.project,
        record_type=record.record_type,
        record_public_id=record.public_id,
        version_no=record.version_no,
        title=str(record)[:300],
        drafter=actor.user,
        drafter_role=actor.role,
        steps=steps,
        approver_roles=[step["role"] for step in steps],
        current_action=steps[0]["action"],
        current_role=steps[0]["role"],
        submitted_at=record.submitted_at,
        is_delegated=actor.on_behalf_of is not None,
    )


def _next_number(record: Record) -> int:
    """Return the next number of this record type in the project, holding the project's row."""
    Project.objects.select_for_update(no_key=True).get(pk=record.project_id)
    rows = type(record)._default_manager.filter(project=record.project_id)
    return (rows.aggregate(models.Max("number"))["number__max"] or 0) + 1


def _decide(row: Transition, record: Record, approval: Approval, actor: Actor) -> str:
    """Count one decision of the current step; go on when its quorum is reached."""
    approval.is_delegated |= actor.on_behalf_of is not None
    step = approval.steps[approval.current_step]
    taken = approval.events.filter(step=approval.current_step)
    if actor.user and taken.filter(by=actor.user).exists():
        raise TransitionNotAllowed(action=step["action"], state=record.state, needed=())
    if taken.count() + 1 < step["quorum"] and actor.user:
        approval.save()
        return record.state
    approval.current_step += 1
    if approval.current_step < len(approval.steps):
        following = approval.steps[approval.current_step]
        approval.current_action = following["action"]
        approval.current_role = following["role"]
        approval.save()
        return row.to if row.to in IN_WORK else RecordState.CONFIRMED
    _come_into_force(record)
    _end_approval(approval, Approval.State.APPROVED)
    return row.to if row.to in IN_FORCE else RecordState.APPROVED


def _come_into_force(record: Record) -> None:
    """Let this version count from now on, and the one before no more."""
    if record.number is None:
        record.number = _next_number(record)
    if effect := EFFECTS.get(record.record_type, Effects()).approved:
        effect(record)
    if record.supersedes_id:
        type(record)._default_manager.filter(pk=record.supersedes_id).update(
            state=RecordState.SUPERSEDED
        )
    record.approved_at = timezone.now()


def _end_approval(approval: Approval, state: str) -> None:
    now = timezone.now()
    approval.state = state
    approval.decided_at = now
    if state == Approval.State.APPROVED:
        approval.processing_days = (now - approval.submitted_at).days
    approval.current_action = approval.current_role = ""
    approval.save()
