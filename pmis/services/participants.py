"""People and firms of a project: added, replaced with history kept, stood in for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import Delegation, Participant, Project
from pmis.roles import Role
from pmis.services.projects import is_officer, require_officer

FIELDS = (
    "role",
    "organization",
    "user",
    "name",
    "position",
    "department",
    "office_phone",
    "qualification_grade",
    "joint_venture_share",
    "valid_from",
    "valid_to",
    "mobile",
    "email",
    "licence_number",
)
ONE_DAY = datetime.timedelta(days=1)


@transaction.atomic
def add_participant(*, project: Project, fields: Mapping[str, Any], by: User) -> Participant:
    """Return a new participant, entered by the officer in charge.

    Raises RoleNotAllowed and ValidationError.
    """
    require_officer(by, project)
    participant = _write(Participant(project=project), fields)
    announce_change()
    return participant


@transaction.atomic
def update_participant(
    *, participant: Participant, fields: Mapping[str, Any], by: User
) -> Participant:
    """Write changes of how a participant stands in the directory. Role and person stay.

    Raises RoleNotAllowed and ValidationError.
    """
    participant = Participant.objects.select_for_update(of=("self",)).get(pk=participant.pk)
    require_officer(by, participant.project)
    kept = {name: value for name, value in fields.items() if name not in ("role", "user")}
    participant = _write(participant, kept)
    announce_change()
    return participant


@transaction.atomic
def replace_participant(
    *, participant: Participant, fields: Mapping[str, Any], by: User
) -> Participant:
    """Return the successor from `fields["valid_from"]` on; the row before ends the day before.

    The role stays. Raises RoleNotAllowed, ValidationError, and TransitionNotAllowed for a
    participant who was replaced before.
    """
    participant = Participant.objects.select_for_update(of=("self",)).get(pk=participant.pk)
    require_officer(by, participant.project)
    if Participant.objects.filter(replaces=participant).exists():
        raise TransitionNotAllowed(action="replace", state="replaced", needed=("current",))
    starts = fields.get("valid_from")
    if starts is None or starts <= participant.valid_from:
        raise ValidationError(
            {"valid_from": _("The successor starts after the first day of the one before.")}
        )
    participant.valid_to = starts - ONE_DAY
    participant.save(update_fields=["valid_to"])
    successor = Participant(
        project=participant.project, role=participant.role, replaces=participant
    )
    successor = _write(successor, {**fields, "role": participant.role})
    announce_change()
    return successor


@transaction.atomic
def end_participation(
    *, participant: Participant, last_day: datetime.date, by: User
) -> Participant:
    """End a participation on `last_day` without a successor; the row stays as history.

    Raises RoleNotAllowed, and ValidationError for the last officer in charge or a wrong day.
    """
    participant = Participant.objects.select_for_update(of=("self",)).get(pk=participant.pk)
    require_officer(by, participant.project)
    others = participant.project.participants.on(last_day + ONE_DAY).filter(role=Role.OFFICER)
    if participant.role == Role.OFFICER and not others.exclude(pk=participant.pk).exists():
        raise ValidationError({"valid_to": _("A project needs an officer in charge.")})
    participant.valid_to = last_day
    participant.full_clean(exclude=["project"])
    participant.save(update_fields=["valid_to"])
    announce_change()
    return participant


@transaction.atomic
def delegate(
    *,
    participant: Participant,
    to: User,
    valid_from: datetime.date,
    valid_to: datetime.date,
    reason: str,
    by: User,
) -> Delegation:
    """Let `to` act for a participant during an absence.

    SECURITY: only the person themselves or the officer in charge may delegate, and only to a
    colleague of the same firm or body, so that no side decides in another's name.

    Raises RoleNotAllowed and ValidationError.
    """
    if participant.user_id != by.pk and not is_officer(by, participant.project):
        raise RoleNotAllowed(action="delegate", roles=[Role.OFFICER.label])
    if to.organization_id != participant.organization_id:
        raise ValidationError({"delegate": _("The delegate must belong to the same firm or body.")})
    if to.pk == participant.user_id:
        raise ValidationError({"delegate": _("Nobody stands in for themselves.")})
    delegation = Delegation(
        participant=participant,
        delegate=to,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason.strip(),
    )
    delegation.full_clean()
    delegation.save()
    return delegation


@transaction.atomic
def end_delegation(*, delegation: Delegation, last_day: datetime.date, by: User) -> Delegation:
    """End a delegation early, on `last_day`. Raises RoleNotAllowed and ValidationError."""
    participant = delegation.participant
    if participant.user_id != by.pk and not is_officer(by, participant.project):
        raise RoleNotAllowed(action="delegate", roles=[Role.OFFICER.label])
    delegation.valid_to = max(last_day, delegation.valid_from)
    delegation.full_clean()
    delegation.save(update_fields=["valid_to"])
    return delegation


def _write(participant: Participant, fields: Mapping[str, Any]) -> Participant:
    for name in FIELDS:
        if name in fields:
            setattr(participant, name, fields[name])
    if participant.user and not participant.name:
        participant.name = participant.user.name
    participant.full_clean(exclude=["project", "replaces"])
    participant.save()
    return participant
