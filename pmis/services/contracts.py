"""Contracts: entered, signed, amended; guarantees."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import (
    Contract,
    ContractAmendment,
    ContractParty,
    Guarantee,
    Project,
)
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.projects import refuse_overwriting
from pmis.services.roles import roles_of

KEEPERS = (Role.OFFICER, Role.ACCOUNTING_OFFICER)
FIRST_PROMISES = ("original_amount", "original_completion_date")
CONTRACT_FIELDS = (
    "kind",
    "number",
    "title",
    "signed_date",
    "procurement_method",
    "award_method",
    "bidders_count",
    "contractor",
    "currency",
    "original_amount",
    "award_ratio",
    "instalment_number",
    "advance_paid_amount",
    "start_date",
    "original_completion_date",
    "document_url",
    "contractor_account",
    "seal_certificate",
)
State = Contract.State


def may_keep_contracts(user: User, project: Project) -> bool:
    """Return whether `user` keeps the contracts of the project today."""
    return bool(set(KEEPERS) & set(roles_of(user, project)))


def require_keeper(user: User, project: Project) -> None:
    """Raise `RoleNotAllowed` unless `user` keeps the contracts of the project today."""
    if not may_keep_contracts(user, project):
        raise RoleNotAllowed(action="write", roles=[role.label for role in KEEPERS])


@transaction.atomic
def enter_contract(
    *,
    project: Project,
    fields: Mapping[str, Any],
    by: User,
    parties: Sequence[Mapping[str, Any]] = (),
) -> Contract:
    """Return a new contract, not public before it is signed.

    Raises RoleNotAllowed and ValidationError.
    """
    require_keeper(by, project)
    contract = Contract(project=project)
    return _write_contract(contract, fields, parties)


@transaction.atomic
def update_contract(
    *,
    contract: Contract,
    fields: Mapping[str, Any],
    by: User,
    parties: Sequence[Mapping[str, Any]] | None = None,
) -> Contract:
    """Write changes of a contract; the amount and date at signing stay for good.

    Raises RoleNotAllowed, FirstPromiseKept, ValidationError, and TransitionNotAllowed for a
    contract that has ended.
    """
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    require_keeper(by, contract.project)
    if contract.state not in (State.DRAFT, State.SIGNED):
        raise TransitionNotAllowed(action="write", state=contract.state, needed=(State.DRAFT,))
    if contract.state == State.SIGNED:
        refuse_overwriting(contract, fields, FIRST_PROMISES)
    contract = _write_contract(contract, fields, parties)
    announce_change()
    return contract


@transaction.atomic
def sign_contract(*, contract: Contract, signed_date: datetime.date, by: User) -> Contract:
    """Sign a contract: public from here on. A planned project becomes contracted.

    Raises TransitionNotAllowed and RoleNotAllowed.
    """
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    require_keeper(by, contract.project)
    if contract.state == State.DRAFT:
        contract.signed_date = signed_date
        contract.save(update_fields=["signed_date"])
    return perform(subject=contract, action="sign", by=by)


@transaction.atomic
def end_contract(*, contract: Contract, action: str, by: User, comment: str = "") -> Contract:
    """Complete a contract, or terminate it with its reason, which is public.

    Raises TransitionNotAllowed, RoleNotAllowed, and ValidationError for a missing reason.
    """
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    if action == "terminate" and comment.strip() and contract.state == State.SIGNED:
        contract.termination_reason = comment.strip()
        contract.terminated_date = timezone.localdate()
        contract.save(update_fields=["termination_reason", "terminated_date"])
    return perform(subject=contract, action=action, by=by, comment=comment)


@transaction.atomic
def amend_contract(
    *,
    contract: Contract,
    kind: str,
    date: datetime.date,
    reason: str,
    by: User,
    after_amount: int | None = None,
    after_completion_date: datetime.date | None = None,
) -> ContractAmendment:
    """Record a signed change: before and after stay, the contract takes the new values.

    Amounts in minor units of the contract's currency. A construction contract moves the
    project's current amount and date with it.

    Raises TransitionNotAllowed unless the contract is signed, RoleNotAllowed, ValidationError.
    """
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    require_keeper(by, contract.project)
    if contract.state != State.SIGNED:
        raise TransitionNotAllowed(action="amend", state=contract.state, needed=(State.SIGNED,))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the contract is changed: it is public.")})
    last = contract.amendments.aggregate(Max("number"))["number__max"] or 0
    amendment = ContractAmendment(
        contract=contract,
        number=last + 1,
        kind=kind,
        date=date,
        reason=reason.strip(),
        before_amount=contract.amount,
        after_amount=contract.amount if after_amount is None else after_amount,
        before_completion_date=contract.completion_date,
        after_completion_date=after_completion_date or contract.completion_date,
    )
    amendment.full_clean(exclude=["contract"])
    amendment.save()
    _follow(contract, amendment)
    announce_change()
    return amendment


@transaction.atomic
def add_guarantee(*, contract: Contract, fields: Mapping[str, Any], by: User) -> Guarantee:
    """Return a guarantee given under a contract. Raises RoleNotAllowed and ValidationError."""
    require_keeper(by, contract.project)
    guarantee = Guarantee(contract=contract, **fields)
    guarantee.full_clean(exclude=["contract"])
    guarantee.save()
    announce_change()
    return guarantee


def _write_contract(
    contract: Contract, fields: Mapping[str, Any], parties: Sequence[Mapping[str, Any]] | None
) -> Contract:
    for name in CONTRACT_FIELDS:
        if name in fields:
            setattr(contract, name, fields[name])
    if contract.state == State.DRAFT:
        contract.amount = contract.original_amount
        contract.completion_date = contract.original_completion_date
    contract.full_clean(exclude=["project"])
    contract.save()
    if parties is not None:
        contract.parties.all().delete()
        rows = [ContractParty(contract=contract, **party) for party in parties]
        for row in rows:
            row.full_clean(exclude=["contract"], validate_constraints=False)
        ContractParty.objects.bulk_create(rows)
    return contract


def _follow(contract: Contract, amendment: ContractAmendment) -> None:
    """Give contract and project the current amount and date; the originals stay beside them."""
    contract.amount = amendment.after_amount
    contract.completion_date = amendment.after_completion_date
    contract.full_clean(exclude=["project"])
    contract.save(update_fields=["amount", "completion_date"])
    if contract.kind != Contract.Kind.CONSTRUCTION:
        return
    project = Project.objects.select_for_update().get(pk=contract.project_id)
    if project.total_cost_amount is not None and project.currency == contract.currency:
        project.total_cost_amount += amendment.after_amount - amendment.before_amount
    if amendment.after_completion_date != amendment.before_completion_date:
        project.planned_completion_date = amendment.after_completion_date
    project.save(update_fields=["total_cost_amount", "planned_completion_date", "updated_at"])
