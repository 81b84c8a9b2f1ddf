"""The approval engine: one function leads any record through its workflow (domain C.1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
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
from pmis.models import Approval, ApprovalEvent, ApprovalStep, Project, Record, RecordState
from pmis.roles import SYSTEM, Role
from pmis.services.roles import roles_of
from pmis.workflows import WORKFLOWS

SubjectT = TypeVar("SubjectT", bound=models.Model)


@dataclass(frozen=True)
class Effects:
    """What one record type does when a step is taken, in the same transaction.

    `submitted` and `approved` get the record before it is saved in its new state; `children`
    names the related lines that belong to its content.
    """

    submitted: Callable[[Any], None] | None = None
    approved: Callable[[Any], None] | None = None
    children: tuple[str, ...] = ()


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

    Rows of `ApprovalStep` win over the line written in `pmis/workflows.py`.
    """
    rows = ApprovalStep.objects.filter(
        ordering_body=project.ordering_body_id, record_type=record_type
    )
    configured = list(rows.values("action", "role", "mode", "quorum"))
    return configured or [
        {"action": step.action, "role": step.roles[0], "mode": "serial", "quorum": 1}
        for step in WORKFLOWS[record_type].steps()
    ]


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
        if row.is_step:
            fits = approval and (row.action, True) == (
                approval.current_action,
                approval.current_role in roles,
            )
        elif row.action == "return" and approval:
            fits = approval.current_role in roles
        elif row.action == "recall":
            fits = set(row.roles) & set(roles) and approval and not _decided(approval)
        else:
            fits = bool(set(row.roles) & set(roles))
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
) -> SubjectT:
    """Take one step and return the subject as it is now.

    Locks the row, asks the workflow table, checks role and four eyes, logs, and wakes the
    publisher after commit.

    Raises:
        TransitionNotAllowed: the state does not permit the action, or (with `revision`, the one
            the actor saw) somebody changed the record meanwhile.
        RoleNotAllowed: the actor holds none of the roles today.
        PermissionDenied: the actor would decide on what they wrote.
        ValidationError: the action needs a reason.
    """
    subject = _locked(subject)
    row = workflow_of(subject).transition(action, state=subject.state)
    if revision is not None and subject.revision != revision:
        raise TransitionNotAllowed(action=action, state=subject.state, needed=row.from_)
    if row.needs_reason and not comment.strip():
        raise ValidationError({"comment": _("Say why: the reason is shown to the author.")})
    if row.is_decision and _wrote(by, subject):
        raise PermissionDenied(_("Nobody decides on their own draft."))
    approval = open_approval(subject) if isinstance(subject, Record) else None
    actor = _actor(row, subject=subject, approval=approval, by=by)
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


def content_hash(subject: models.Model) -> str:
    """Return the SHA-256 of what is decided on: the row's own fields and its lines."""
    content: dict[str, Any] = {
        "row": {field.name: field.value_from_object(subject) for field in subject._meta.fields}
    }
    effects = EFFECTS.get(subject.record_type, Effects())
    for child in effects.children:
        content[child] = [model_to_dict(line) for line in getattr(subject, child).all()]
    text = json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


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


def _decided(approval: Approval) -> bool:
    return approval.events.exclude(action="submit").exists()


def _actor(row: Transition, *, subject: models.Model, approval: Approval | None, by: User) -> Actor:
    """Return in which role `by` acts; raise `RoleNotAllowed` or `TransitionNotAllowed`."""
    allowed: tuple[str, ...] = row.roles
    if approval and (row.is_step or row.is_decision):
        if row.is_step and approval.current_action != row.action:
            raise TransitionNotAllowed(
                action=row.action, state=subject.state, needed=(approval.current_action,)
            )
        allowed = (approval.current_role,)
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
    announce_change()
    return subject


def _advance(row: Transition, *, record: Record, approval: Approval | None, actor: Actor) -> str:
    """Move record and approval along; return the record's new state."""
    if row.action == "submit":
        return _submit(record, actor)
    if approval is None:
        raise TransitionNotAllowed(action=row.action, state=record.state, needed=row.from_)
    if row.is_step:
        return _decide(record, approval, actor)
    approval.state = Approval.State.RECALLED if row.action == "recall" else Approval.State.RETURNED
    approval.decided_at = timezone.now()
    approval.current_action = approval.current_role = ""
    approval.save()
    return row.to


def _submit(record: Record, actor: Actor) -> str:
    now = timezone.now()
    steps = approval_line(record_type=record.record_type, project=record.project)
    if record.number is None:
        record.number = _next_number(record)
    record.submitted_at = now
    if effect := EFFECTS.get(record.record_type, Effects()).submitted:
        effect(record)
    Approval.objects.create(
        project=record.project,
        record_type=record.record_type,
        record_public_id=record.public_id,
        version_no=record.version_no,
        title=str(record),
        drafter=actor.user,
        drafter_role=actor.role,
        steps=steps,
        approver_roles=[step["role"] for step in steps],
        current_action=steps[0]["action"],
        current_role=steps[0]["role"],
        submitted_at=now,
        is_delegated=actor.on_behalf_of is not None,
    )
    return RecordState.SUBMITTED


def _next_number(record: Record) -> int:
    """Return the next number of this record type in the project, holding the project's row."""
    Project.objects.select_for_update(no_key=True).get(pk=record.project_id)
    rows = type(record)._default_manager.filter(project=record.project_id)
    return (rows.aggregate(models.Max("number"))["number__max"] or 0) + 1


def _decide(record: Record, approval: Approval, actor: Actor) -> str:
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
        return RecordState.CONFIRMED
    _approve(record, approval)
    return RecordState.APPROVED


def _approve(record: Record, approval: Approval) -> None:
    now = timezone.now()
    if effect := EFFECTS.get(record.record_type, Effects()).approved:
        effect(record)
    if record.supersedes_id:
        type(record)._default_manager.filter(pk=record.supersedes_id).update(
            state=RecordState.SUPERSEDED
        )
    record.approved_at = now
    approval.state = Approval.State.APPROVED
    approval.decided_at = now
    approval.processing_days = (now - approval.submitted_at).days
    approval.current_action = approval.current_role = ""
    approval.save()
