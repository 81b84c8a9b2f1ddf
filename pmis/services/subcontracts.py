"""Subcontracts and leases: entered, notified in time, reviewed, approved (domain A.1)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import RuleValue, User
from pmis import amounts
from pmis.models import Contract, Project, Subcontract
from pmis.roles import Role
from pmis.services.approvals import EFFECTS, Effects, perform
from pmis.services.roles import roles_of

Rule = RuleValue.Key
State = Subcontract.State
SUBCONTRACT_FIELDS = (
    "kind",
    "subcontractor",
    "work_scope",
    "contract_date",
    "amount",
    "scope_amount",
    "ratio_to_prime",
    "start_date",
    "completion_date",
    "has_direct_payment_agreement",
    "direct_payment_agreed_date",
    "has_payment_guarantee",
    "guarantee_issuer",
    "guarantee_amount",
    "guarantee_expiry_date",
    "guarantee_exemption_reason",
    "is_electronic",
    "uses_standard_contract",
    "unit_prices",
    "representative_name",
    "representative_mobile",
    "bank_account",
)
#: Parts of the review of appropriateness, and its result in words.
REVIEW_FIELDS = (
    "price_score",
    "capability_score",
    "reliability_score",
    "conditions_score",
    "review_result",
)
REVIEWERS = (Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER)
#: States in which a subcontract takes its part of the contract above it.
LIVE = (State.NOTIFIED, State.APPROVED, State.COMPLETED)


def may_write_subcontracts(user: User, project: Project) -> bool:
    """Return whether `user` enters the subcontracts of the project today."""
    return Role.SITE_AGENT in roles_of(user, project)


def may_review(user: User, subcontract: Subcontract) -> bool:
    """Return whether `user` reviews a notified subcontract today."""
    held = roles_of(user, subcontract.contract.project)
    return subcontract.state == State.NOTIFIED and bool(set(REVIEWERS) & set(held))


def sees_unit_prices(user: User, subcontract: Subcontract) -> bool:
    """Return whether `user` reads the unit prices: own firm, contractor, auditors.

    Domain D.11: not the other subcontractors, nor the ordering body outside an audit.
    """
    if user.office_role == User.OfficeRole.AUDITOR:
        return True
    held = roles_of(user, subcontract.contract.project)
    if {Role.AUDITOR, Role.SITE_AGENT, Role.ENGINEER} & set(held):
        return True
    return Role.SUBCONTRACTOR in held and user.organization_id == subcontract.subcontractor_id


@transaction.atomic
def enter_subcontract(*, contract: Contract, fields: Mapping[str, Any], by: User) -> Subcontract:
    """Return a new subcontract, entered by the site agent and not public before approval.

    Raises RoleNotAllowed, ValidationError, and TransitionNotAllowed unless the contract above
    it is signed.
    """
    _require_site_agent(by, contract.project)
    if contract.state != Contract.State.SIGNED:
        needed = (Contract.State.SIGNED,)
        raise TransitionNotAllowed(action="enter", state=contract.state, needed=needed)
    return _write(Subcontract(contract=contract), fields)


@transaction.atomic
def update_subcontract(
    *, subcontract: Subcontract, fields: Mapping[str, Any], by: User
) -> Subcontract:
    """Write changes of a subcontract that is not notified, or was returned.

    Raises TransitionNotAllowed, RoleNotAllowed and ValidationError.
    """
    subcontract = Subcontract.objects.select_for_update(of=("self",)).get(pk=subcontract.pk)
    _require_site_agent(by, subcontract.contract.project)
    open_states = (State.DRAFT, State.RETURNED)
    if subcontract.state not in open_states:
        raise TransitionNotAllowed(action="write", state=subcontract.state, needed=open_states)
    return _write(subcontract, fields)


def _require_site_agent(user: User, project: Project) -> None:
    if not may_write_subcontracts(user, project):
        raise RoleNotAllowed(action="write", roles=[Role.SITE_AGENT.label])


def _write(subcontract: Subcontract, fields: Mapping[str, Any]) -> Subcontract:
    for name in SUBCONTRACT_FIELDS:
        if name in fields:
            setattr(subcontract, name, fields[name])
    if subcontract.scope_amount:
        subcontract.ratio_to_prime = amounts.rate(subcontract.amount, subcontract.scope_amount)
    subcontract.full_clean(exclude=["contract"])
    subcontract.save()
    return subcontract


@transaction.atomic
def review_subcontract(
    *, subcontract: Subcontract, fields: Mapping[str, Any], by: User
) -> Subcontract:
    """Write the review of appropriateness of a notified subcontract.

    Raises RoleNotAllowed, TransitionNotAllowed unless it waits, and ValidationError.
    """
    subcontract = Subcontract.objects.select_for_update(of=("self",)).get(pk=subcontract.pk)
    if subcontract.state != State.NOTIFIED:
        needed = (State.NOTIFIED,)
        raise TransitionNotAllowed(action="review", state=subcontract.state, needed=needed)
    if not may_review(by, subcontract):
        raise RoleNotAllowed(action="review", roles=[role.label for role in REVIEWERS])
    for name in REVIEW_FIELDS:
        if name in fields:
            setattr(subcontract, name, fields[name])
    if not subcontract.review_result.strip():
        raise ValidationError({"review_result": _("Say what the review came to.")})
    subcontract.reviewed_date = timezone.localdate()
    subcontract.full_clean(exclude=["contract"])
    subcontract.save()
    return subcontract


@transaction.atomic
def approve_subcontract(*, subcontract: Subcontract, review_result: str, by: User) -> Subcontract:
    """Approve a notified subcontract with the result of the review of its appropriateness.

    Raises TransitionNotAllowed, RoleNotAllowed, PermissionDenied for the one who notified it,
    and ValidationError where its price asks for a review that is missing or failed.
    """
    subcontract = perform(subject=subcontract, action="approve", by=by, comment=review_result)
    if review_result.strip():
        subcontract.review_result = review_result.strip()
        subcontract.save(update_fields=["review_result"])
    return subcontract


# -- Rules -----------------------------------------------------------------------------------


def needs_review(subcontract: Subcontract) -> bool:
    """Return whether the price is so low that the appropriateness has to be reviewed."""
    if subcontract.ratio_to_prime is None:
        return False
    limit = RuleValue.objects.on(Rule.SUBCONTRACT_RATIO, subcontract.contract_date)
    return subcontract.ratio_to_prime < limit


def least_score(subcontract: Subcontract) -> int:
    """Return the points from which the review finds a subcontract appropriate."""
    return int(RuleValue.objects.on(Rule.SUBCONTRACT_SCORE, subcontract.contract_date))


def notice_due(subcontract: Subcontract) -> datetime.date:
    """Return the last day for the notice to the ordering body."""
    days = RuleValue.objects.on(Rule.SUBCONTRACT_NOTICE_DAYS, subcontract.contract_date)
    return subcontract.contract_date + datetime.timedelta(days=int(days))


def is_notice_late(subcontract: Subcontract, today: datetime.date) -> bool:
    """Return whether the notice came, or still waits, after its last day."""
    return (subcontract.notified_date or today) > notice_due(subcontract)


def overdue_notices(projects: models.QuerySet[Project], today: datetime.date) -> list[Subcontract]:
    """Return the subcontracts of projects whose notice is overdue, the oldest first."""
    rows = Subcontract.objects.filter(
        contract__project__in=projects,
        contract__state=Contract.State.SIGNED,
        state__in=(State.DRAFT, State.RETURNED),
        notified_date=None,
    ).select_related("contract__project", "subcontractor")
    return [row for row in rows.order_by("contract_date") if is_notice_late(row, today)]


def _check_notice(subcontract: Subcontract) -> None:
    """Check what the notice promises, and note its day.

    Raises ValidationError: no guarantee nor reason of exemption, direct payment without its day,
    the contractor as its own subcontractor, or more subcontracted than the contract holds.
    """
    errors: dict[str, list[str]] = {}
    if not (subcontract.has_payment_guarantee or subcontract.guarantee_exemption_reason.strip()):
        errors["guarantee_exemption_reason"] = [
            _("Give the payment guarantee, or the reason why none is needed.")
        ]
    contract = subcontract.contract
    if subcontract.subcontractor_id == contract.contractor_id:
        errors["subcontractor"] = [_("The contractor cannot be its own subcontractor.")]
    problem = sum_problem(subcontract)
    if problem:
        errors["amount"] = [problem]
    if errors:
        raise ValidationError(errors)
    if subcontract.notified_date is None:
        subcontract.notified_date = timezone.localdate()


def sum_problem(subcontract: Subcontract) -> str:
    """Return a sentence where the subcontracts would pass the contract's price, else nothing."""
    contract = Contract.objects.select_for_update().get(pk=subcontract.contract_id)
    others = Subcontract.objects.filter(contract=contract, state__in=LIVE)
    others = others.exclude(pk=subcontract.pk).aggregate(models.Sum("amount"))
    in_all = (others["amount__sum"] or 0) + subcontract.amount
    if in_all <= contract.amount:
        return ""
    return _("With this one %(sum)s would be subcontracted; the contract holds %(contract)s.") % {
        "sum": f"{in_all:,}",
        "contract": f"{contract.amount:,}",
    }


def _check_review(subcontract: Subcontract) -> None:
    if not needs_review(subcontract):
        return
    score, least = subcontract.review_score, least_score(subcontract)
    if score is None:
        raise ValidationError(
            _("At %(ratio)s %% of the contractor's price it needs the review of appropriateness.")
            % {"ratio": subcontract.ratio_to_prime}
        )
    if score < least:
        raise ValidationError(
            _("The review gave %(score)s points of the %(least)s needed: return it.")
            % {"score": score, "least": least}
        )


EFFECTS[Subcontract.record_type] = Effects(
    taken={"notify": _check_notice, "approve": _check_review}
)
