"""A published record taken back, and the withdrawal lifted again (domain C.18)."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change
from ccs.lib.grounds import Ground
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import ApprovalEvent, Project, Withdrawal
from pmis.roles import Role
from pmis.services.approvals import project_of
from pmis.services.roles import roles_of

#: Withdrawing is the act that needs a named person (design, section 1).
WITHDRAWERS = (Role.OFFICER, Role.DEPARTMENT_HEAD)
ADMINISTRATOR = User.OfficeRole.ADMINISTRATOR


@cache
def record_models() -> dict[str, type[models.Model]]:
    """Return the models of all record types of One-PMIS by their type."""
    return {
        model.record_type: model
        for model in apps.get_app_config("pmis").get_models()
        if isinstance(getattr(model, "record_type", None), str)
    }


def project_of_record(*, record_type: str, public_id: UUID) -> Project:
    """Return the project of a record; raise `ValidationError` where there is no such record."""
    model = record_models().get(record_type)
    row = model._default_manager.filter(public_id=public_id).first() if model else None
    if row is None:
        raise ValidationError(_("There is no such record."))
    return project_of(row)


def withdrawing_role(user: User, project: Project) -> str:
    """Return the role in which `user` may withdraw records of the project.

    Raises `RoleNotAllowed` where there is none.
    """
    held = roles_of(user, project)
    for role in WITHDRAWERS:
        if role in held:
            return role
    if user.is_superuser or user.office_role == ADMINISTRATOR:
        return str(ADMINISTRATOR)
    raise RoleNotAllowed(action="withdraw", roles=[Role(role).label for role in WITHDRAWERS])


@transaction.atomic
def withdraw_record(
    *, record_type: str, public_id: UUID, ground: str, reason: str, by: User
) -> Withdrawal:
    """Take a published record back: it answers "gone", with ground and reason, within a second.

    Raises:
        ValidationError: no such record, no such ground, or no reason.
        RoleNotAllowed: the actor is neither officer nor head of the department.
        TransitionNotAllowed: the record is withdrawn already.
    """
    project = project_of_record(record_type=record_type, public_id=public_id)
    role = withdrawing_role(by, project)
    if ground not in Ground.values:
        raise ValidationError({"ground": _("Name the legal ground.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the record is withdrawn: it is public.")})
    try:
        with transaction.atomic():
            withdrawal = Withdrawal.objects.create(
                record_type=record_type,
                record_public_id=public_id,
                ground=ground,
                reason=reason.strip(),
                role=role,
                by=by,
            )
    except IntegrityError as error:
        raise TransitionNotAllowed(action="withdraw", state="withdrawn", needed=()) from error
    _log(withdrawal, project, action="withdraw", by=by, role=role, comment=reason.strip())
    return withdrawal


@transaction.atomic
def lift_withdrawal(*, withdrawal: Withdrawal, by: User) -> Withdrawal:
    """End a withdrawal: the record is public again; the row stays as its history.

    Raises:
        RoleNotAllowed: the actor may not withdraw in this project.
        TransitionNotAllowed: it was lifted before.
    """
    withdrawal = Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)
    project = project_of_record(
        record_type=withdrawal.record_type, public_id=withdrawal.record_public_id
    )
    role = withdrawing_role(by, project)
    if withdrawal.lifted_at is not None:
        raise TransitionNotAllowed(action="lift", state="lifted", needed=("withdrawn",))
    withdrawal.lifted_at = timezone.now()
    withdrawal.lifted_by = by
    withdrawal.save(update_fields=["lifted_at", "lifted_by"])
    _log(withdrawal, project, action="lift", by=by, role=role, comment="")
    return withdrawal


def withdrawal_in_force(*, record_type: str, public_id: UUID) -> Withdrawal | None:
    """Return the withdrawal under which a record stands now, if any."""
    return Withdrawal.objects.filter(
        record_type=record_type, record_public_id=public_id, lifted_at=None
    ).first()


def _log(
    withdrawal: Withdrawal, project: Project, *, action: str, by: User, role: str, comment: str
) -> None:
    states = ("public", "withdrawn")
    from_state, to_state = states if action == "withdraw" else states[::-1]
    ApprovalEvent.objects.create(
        project=project,
        record_type=withdrawal.record_type,
        record_public_id=withdrawal.record_public_id,
        version_no=0,
        action=action,
        from_state=from_state,
        to_state=to_state,
        by=by,
        role=role,
        comment=comment,
    )
    announce_change()
