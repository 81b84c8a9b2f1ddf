"""Progress claims: the quantity sheet, certification, deductions, payment (domain C.10).

All amounts are integers in minor units; `pmis.amounts` says how they are cut.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import RuleValue, User
from pmis import amounts
from pmis.models import (
    ClaimItem,
    Contract,
    Participant,
    ProgressClaim,
    Project,
    RecordState,
    Schedule,
    WorkItem,
)
from pmis.models.progress_claims import DEDUCTIONS, SPLIT
from pmis.roles import Role
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.contents import Lines
from pmis.services.contract_changes import contract_problem, missing_fields
from pmis.services.daily_reports import reported_quantities
from pmis.services.records import OPEN_TO_AUTHOR, save_record

Rule = RuleValue.Key

IN_PAYMENT = (RecordState.SENT_TO_PAYMENT, RecordState.PAID, RecordState.SETTLED)
#: Documents that go with a claim (기성부분 내역서, 감독조서 …).
DOCUMENTS = (
    "기성부분 내역서",
    "사진대지",
    "품질시험 성적서",
    "안전관리비 사용내역서",
    "노무비 지급내역",
    "하도급대금 지급계획",
)


# -- The quantity sheet ------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """What was certified of an item by the claims before."""

    quantity: Decimal = Decimal(0)
    amount: int = 0


def construction_contract(project: Project) -> Contract | None:
    """Return the contract whose work is claimed: the newest construction contract in force."""
    contracts = project.contracts.filter(
        kind=Contract.Kind.CONSTRUCTION, state=Contract.State.SIGNED
    )
    return contracts.order_by("-signed_date", "-id").first()


def claims_before(claim: ProgressClaim) -> models.QuerySet[ProgressClaim]:
    """Return the claims of the same contract in force that came before."""
    claims = ProgressClaim.objects.approved().filter(contract=claim.contract_id)
    claims = claims.exclude(public_id=claim.public_id)
    if claim.instalment_number is not None:
        claims = claims.filter(instalment_number__lt=claim.instalment_number)
    return claims


def certified_before(claims: models.QuerySet[ProgressClaim]) -> dict[str, Before]:
    """Return what was certified by code of the item."""
    rows = (
        ClaimItem.objects.filter(claim__in=claims)
        .order_by()
        .values_list("code")
        .annotate(models.Sum("certified_quantity"), models.Sum("certified_amount"))
    )
    return {
        code: Before(quantity or Decimal(0), int(amount or 0)) for code, quantity, amount in rows
    }


def sheet_basis(project: Project, contract: Contract | None) -> dict[str, dict[str, Any]]:
    """Return what the approved schedule and the bill say of each item, by its code.

    The bill gives the section; an item that it does not name stands under the first part of its
    code.
    """
    schedule = Schedule.objects.approved().filter(project=project).first()
    items = WorkItem.objects.filter(schedule=schedule) if schedule else WorkItem.objects.none()
    bill = contract.bill_items.values_list("name", "section") if contract else ()
    sections = dict(bill)
    return {
        item.code: {
            "code": item.code,
            "section": sections.get(item.name, item.code.split(".")[0]),
            "name": item.name,
            "unit": item.unit,
            "contract_quantity": item.quantity,
            "contract_amount": item.amount,
        }
        for item in items.filter(amount__gt=0)
    }


def proposed_lines(project: Project) -> list[dict[str, Any]]:
    """Return a new quantity sheet: what the daily reports say was done since the last claim."""
    contract = construction_contract(project)
    before = certified_before(ProgressClaim.objects.approved().filter(contract=contract))
    done: dict[str, Decimal] = {}
    for _day, code, quantity in reported_quantities(project.pk):
        done[code] = done.get(code, Decimal(0)) + quantity
    lines = []
    for code, basis in sheet_basis(project, contract).items():
        known = before.get(code, Before())
        most = basis["contract_quantity"]
        quantity = min(done.get(code, Decimal(0)), most) - known.quantity
        lines.append(
            basis
            | {
                "previous_quantity": known.quantity,
                "previous_amount": known.amount,
                "quantity": max(quantity, Decimal(0)),
            }
        )
    return lines


@transaction.atomic
def save_claim(
    *,
    record: ProgressClaim,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> ProgressClaim:
    """Write a claim; of its lines only code and quantity are taken from the writer.

    Everything else of a line comes from the approved schedule, the bill and the claims before.
    Raises as `save_record` does.
    """
    given = dict(lines or {})
    if "items" in given:
        record.contract = fields.get("contract", record.contract)
        given["items"] = _worked_out(record, given["items"])
    if record.certified_amount is not None and record.state in OPEN_TO_AUTHOR:
        # A correction begins with the figures of the version before.
        _uncertify(record)
        figures = ("certified_amount", "payable_amount", "cumulative_amount", "cumulative_rate")
        columns = {name: getattr(record, name) for name in (*figures, *DEDUCTIONS)}
        ProgressClaim.objects.filter(pk=record.pk).update(**columns)
    return save_record(record=record, fields=fields, lines=given, by=by, revision=revision)


def _worked_out(claim: ProgressClaim, rows: Any) -> list[dict[str, Any]]:
    basis = sheet_basis(claim.project, claim.contract)
    before = certified_before(claims_before(claim)) if claim.contract else {}
    found, errors = [], {}
    for index, row in enumerate(rows):
        code = row.get("code", "")
        if code not in basis:
            errors[f"items-{index}-code"] = [
                _("The schedule has no item %(code)s.") % {"code": code}
            ]
            continue
        found.append(_line(basis[code], before.get(code, Before()), row.get("quantity")))
    if errors:
        raise ValidationError(errors)
    return found


def _line(basis: Mapping[str, Any], before: Before, quantity: Decimal | None) -> dict[str, Any]:
    quantity = quantity or Decimal(0)
    return {
        **basis,
        "previous_quantity": before.quantity,
        "previous_amount": before.amount,
        "quantity": quantity,
        "amount": amounts.instalment(
            whole=basis["contract_amount"],
            whole_quantity=basis["contract_quantity"],
            done_quantity=before.quantity + quantity,
            paid_before=before.amount,
        ),
    }


# -- Submission --------------------------------------------------------------------------------


def check_claim(claim: ProgressClaim) -> None:
    """Raise `ValidationError` where a claim lacks its period or quantities, or does not sum."""
    errors = missing_fields(claim, ("contract", "from_date", "to_date"))
    errors |= contract_problem(claim)
    if claim.supersedes and claim.supersedes.state in IN_PAYMENT:
        errors["contract"] = [
            _("This claim was sent to payment: take the difference off the next one.")
        ]
    total = _claimed(claim)
    if total <= 0:
        errors["items"] = [_("Enter what was done: the claim is empty.")]
    split = sum(claim.split.values())
    if split not in (0, total):
        errors["own_amount"] = [_not_the_sum(split, total)]
    if claim.contract and _other_open(claim).exists():
        errors["contract"] = [_("Another claim of this contract is not decided yet.")]
    if errors:
        raise ValidationError(errors)


def _claimed(claim: ProgressClaim) -> int:
    return sum(claim.items.values_list("amount", flat=True))


def _other_open(claim: ProgressClaim) -> models.QuerySet[ProgressClaim]:
    waiting = (RecordState.SUBMITTED, RecordState.CONFIRMED)
    others = ProgressClaim.objects.filter(contract=claim.contract_id, state__in=waiting)
    return others.exclude(public_id=claim.public_id)


def _not_the_sum(split: int, total: int) -> str:
    return _("The split sums to %(split)s, not to %(total)s: %(difference)s differ.") % {
        "split": f"{split:,}",
        "total": f"{total:,}",
        "difference": f"{abs(total - split):,}",
    }


def _submit_claim(claim: ProgressClaim) -> None:
    """Count the instalment, work the lines out anew, propose the claimed as certified.

    A claim without a split is all the contractor's own work.
    """
    check_claim(claim)
    Contract.objects.select_for_update().get(pk=claim.contract_id)
    if claim.instalment_number is None:
        claims = ProgressClaim.objects.filter(contract=claim.contract_id)
        last = claims.aggregate(models.Max("instalment_number"))["instalment_number__max"] or 0
        claim.instalment_number = last + 1
    before = certified_before(claims_before(claim))
    items = list(claim.items.all())
    for item in items:
        basis = {
            "contract_amount": item.contract_amount,
            "contract_quantity": item.contract_quantity,
        }
        row = _line(basis, before.get(item.code, Before()), item.quantity)
        for name in ("previous_quantity", "previous_amount", "amount"):
            setattr(item, name, row[name])
        item.certified_quantity, item.certified_amount = item.quantity, None
        item.full_clean(exclude=["claim"], validate_unique=False)
    columns = ["previous_quantity", "previous_amount", "amount"]
    ClaimItem.objects.bulk_update(items, [*columns, "certified_quantity", "certified_amount"])
    claim.claimed_amount = sum(item.amount for item in items)
    if not any(claim.split.values()):
        claim.own_amount = claim.claimed_amount
    _refuse_above_contract(claim, claim.claimed_amount)


def _refuse_above_contract(claim: ProgressClaim, amount: int) -> int:
    """Return what is certified in all with `amount`; raise where the contract holds less."""
    before = claims_before(claim).aggregate(models.Sum("certified_amount"))
    in_all = (before["certified_amount__sum"] or 0) + amount
    if in_all > claim.contract.amount:
        raise ValidationError(
            _("With this claim %(sum)s would be certified; the contract holds %(contract)s.")
            % {"sum": f"{in_all:,}", "contract": f"{claim.contract.amount:,}"}
        )
    return in_all


# -- Certification and approval ----------------------------------------------------------------


def _certify(claim: ProgressClaim) -> None:
    """Work out what the certified quantities come to, and take the split along.

    A split that still sums to the claimed amount is scaled to the certified one, to the last
    unit; any other must sum to it.
    """
    items = list(claim.items.all())
    if any(item.certified_quantity is None for item in items):
        raise ValidationError(_("Enter a certified quantity for each line; 0 for none."))
    for item in items:
        item.certified_amount = amounts.instalment(
            whole=item.contract_amount,
            whole_quantity=item.contract_quantity,
            done_quantity=item.previous_quantity + item.certified_quantity,
            paid_before=item.previous_amount,
        )
    ClaimItem.objects.bulk_update(items, ["certified_amount"])
    certified = sum(item.certified_amount for item in items)
    split = sum(claim.split.values())
    if split == claim.claimed_amount and split != certified:
        parts = amounts.divide(certified, list(claim.split.values()))
        for name, value in zip(SPLIT, parts, strict=True):
            setattr(claim, name, value)
    elif split != certified:
        raise ValidationError({"own_amount": _not_the_sum(split, certified)})
    claim.certified_amount = certified
    claim.cumulative_amount = _refuse_above_contract(claim, certified)
    claim.cumulative_rate = amounts.rate(claim.cumulative_amount, claim.contract.amount)
    retained = RuleValue.objects.on(Rule.RETENTION_PERCENT, timezone.localdate())
    claim.retention_amount = amounts.percent_of(certified, retained)
    _take_off(claim)


def _take_off(claim: ProgressClaim) -> None:
    """Work out the recovery of the advance and the damages for delay."""
    taken = claims_before(claim).aggregate(
        recovered=models.Sum("advance_recovery_amount"),
        damages=models.Sum("delay_damages_amount"),
    )
    contract, today = claim.contract, timezone.localdate()
    claim.advance_recovery_amount = amounts.advance_recovery(
        advance=contract.advance_paid_amount,
        contract_amount=contract.amount,
        certified_in_all=claim.cumulative_amount,
        recovered_before=taken["recovered"] or 0,
    )
    claim.delay_damages_amount = amounts.delay_damages(
        contract_amount=contract.amount,
        days=claim.delay_days,
        daily_percent=RuleValue.objects.on(Rule.DELAY_DAILY_PERCENT, today),
        most_percent=RuleValue.objects.on(Rule.DELAY_MOST_PERCENT, today),
        charged_before=taken["damages"] or 0,
    )


def _approve_claim(claim: ProgressClaim) -> None:
    """Work out what is left to pay.

    Raises ValidationError where more is taken off than is certified.
    """
    _take_off(claim)
    claim.payable_amount = claim.certified_amount - sum(claim.deductions.values())
    if claim.payable_amount < 0:
        raise ValidationError(
            _("The deductions (%(sum)s) are above the certified amount (%(certified)s).")
            % {
                "sum": f"{sum(claim.deductions.values()):,}",
                "certified": f"{claim.certified_amount:,}",
            }
        )


def _uncertify(claim: ProgressClaim) -> None:
    """Forget the certification of a claim that goes back to its author."""
    claim.certified_amount = claim.payable_amount = None
    claim.cumulative_amount = claim.cumulative_rate = None
    for name in DEDUCTIONS:
        setattr(claim, name, 0)


def _name_inspector(claim: ProgressClaim, by: User | None) -> None:
    """Write the body that inspected: the firm for which the supervisor takes part."""
    roles = (Role.SUPERVISOR, Role.INSPECTOR)
    own = Participant.objects.on(timezone.localdate()).filter(
        project=claim.project_id, role__in=roles, user=by
    )
    place = (
        own.first()
        or Participant.objects.on(timezone.localdate())
        .filter(project=claim.project_id, role=Role.SUPERVISOR)
        .first()
    )
    if place is not None:
        claim.inspector_body_id = place.organization_id
        claim.save(update_fields=["inspector_body", "updated_at"])


# -- Payment -----------------------------------------------------------------------------------


def _check_payment(claim: ProgressClaim) -> None:
    if not 0 < claim.paid_amount <= claim.payable_amount:
        raise ValidationError(
            {
                "paid_amount": _("To be paid are %(amount)s.")
                % {"amount": f"{claim.payable_amount:,}"}
            }
        )


def _check_settled(claim: ProgressClaim) -> None:
    if claim.paid_amount != claim.payable_amount:
        raise ValidationError(
            _("Paid are %(paid)s of %(payable)s: it is settled when all is paid.")
            % {"paid": f"{claim.paid_amount:,}", "payable": f"{claim.payable_amount:,}"}
        )


@dataclass(frozen=True)
class CertifiedClaim:
    """What the payment of a claim starts from: exact figures in minor units.

    `split` sums to `certified_amount`; `payable_amount` is what is left after `deductions`.
    """

    public_id: UUID
    version_no: int
    contract_id: int
    instalment_number: int
    currency: str
    from_date: datetime.date
    to_date: datetime.date
    certified_amount: int
    split: Mapping[str, int]
    deductions: Mapping[str, int]
    payable_amount: int


@transaction.atomic
def certified_claim(claim: ProgressClaim) -> CertifiedClaim:
    """Return the exact figures of an approved claim, for the payment side.

    Raises `ValidationError` where the claim is not in force, or its figures do not agree.
    """
    claim = ProgressClaim.objects.select_related("contract").get(pk=claim.pk)
    if not claim.is_in_force:
        raise ValidationError(_("Only an approved claim is paid."))
    parts, taken = sum(claim.split.values()), sum(claim.deductions.values())
    if parts != claim.certified_amount or claim.payable_amount != parts - taken:
        raise ValidationError(_not_the_sum(parts, claim.certified_amount or 0))
    return CertifiedClaim(
        public_id=claim.public_id,
        version_no=claim.version_no,
        contract_id=claim.contract_id,
        instalment_number=claim.instalment_number,
        currency=claim.contract.currency,
        from_date=claim.from_date,
        to_date=claim.to_date,
        certified_amount=claim.certified_amount,
        split=claim.split,
        deductions=claim.deductions,
        payable_amount=claim.payable_amount,
    )


EFFECTS[ProgressClaim.record_type] = Effects(
    submitted=_submit_claim,
    approved=_approve_claim,
    taken={
        "certify": _certify,
        "return": _uncertify,
        "pay": _check_payment,
        "settle": _check_settled,
    },
    after={"certify": _name_inspector},
)
