"""What waits for a person: every approval whose next step they may take."""

from __future__ import annotations

from functools import cache

from django.db import models
from django.db.models.functions import Concat
from django.utils import timezone

from ccs.models import User
from pmis.models import Approval, ApprovalQuerySet, Participant
from pmis.workflows import WORKFLOWS

_TEXT = models.CharField()


def deciding_roles(approval: Approval) -> tuple[str, ...]:
    """Return the roles that may take the next step of an approval, the one of its line first."""
    named = WORKFLOWS[approval.record_type].deciders(approval.current_action, approval.current_role)
    return named or (approval.current_role,)


def waiting_for(user: User) -> ApprovalQuerySet:
    """Return the approvals whose next step `user` may take today.

    One question to the database, which is told the workflow tables' own rule of who stands in for
    the role in the line: the inbox never knows less than the page of the record.
    """
    record_type, action, role = map(models.OuterRef, ("record_type", "current_action",
                                                      "current_role"))  # fmt: skip
    held = Participant.objects.acting_for(user, timezone.localdate())
    key = Concat(*_joined(record_type, action, role, models.F("role")), output_field=_TEXT)
    held = held.filter(project=models.OuterRef("project")).annotate(stand_in=key)
    may_take = models.Exists(held.filter(models.Q(role=role) | models.Q(stand_in__in=_stand_ins())))
    return Approval.objects.pending().filter(may_take).exclude(~_own_steps(), drafter=user)


def _own_steps() -> models.Q:
    """Return the steps that whoever wrote the record may take: signatures, no decisions."""
    found = models.Q(pk=None)
    for record_type, workflow in WORKFLOWS.items():
        steps = [row.step_name for row in workflow.steps() if not row.is_decision]
        if steps:
            found |= models.Q(record_type=record_type, current_action__in=steps)
    return found


def _joined(*parts: models.F) -> list[models.F | models.Value]:
    """Return the parts with a sign between them that no name holds."""
    return [piece for part in parts for piece in (models.Value(":"), part)][1:]


@cache
def _stand_ins() -> tuple[str, ...]:
    """Return type:step:role of the line:role that may take it, of all steps of several roles."""
    return tuple(
        sorted(
            {
                f"{record_type}:{row.step_name}:{row.roles[0]}:{role}"
                for record_type, workflow in WORKFLOWS.items()
                for row in workflow
                if row.is_step
                for role in workflow.deciders(row.step_name, row.roles[0])[1:]
            }
        )
    )
