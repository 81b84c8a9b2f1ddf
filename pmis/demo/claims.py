"""Progress claims of the demonstration: worked out by the very arithmetic of the system."""

from __future__ import annotations

import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from pmis import amounts
from pmis.demo.contract_changes import Case
from pmis.demo.dice import dice, public_id
from pmis.demo.plan import PlannedItem
from pmis.demo.store import Store
from pmis.demo.times import at, office_day_after
from pmis.demo.ways import Step, walk
from pmis.models import Approval, ApprovalEvent, ClaimAttachment, ClaimItem, ProgressClaim
from pmis.models.progress_claims import SPLIT
from pmis.roles import Role
from pmis.services.progress_claims import DOCUMENTS

DAY = datetime.timedelta(days=1)
#: Share of own work, subcontractors, equipment, material, labor.
SHARES = (24, 38, 9, 17, 12)
STATEMENT = "설계도서와 시방서대로 시공되었음을 확인함. (지어낸 자료)"
#: Steps by the state that a claim comes to: (action, role, days after the one before).
WAYS: dict[str, tuple[tuple[str, Role, int], ...]] = {
    "submitted": (("submit", Role.SITE_AGENT, 1),),
    "confirmed": (("submit", Role.SITE_AGENT, 1), ("certify", Role.SUPERVISOR, 4)),
}
WAYS["approved"] = (*WAYS["confirmed"], ("approve", Role.OFFICER, 3))
WAYS["sent_to_payment"] = (*WAYS["approved"], ("send_to_payment", Role.ACCOUNTING_OFFICER, 1))
WAYS["paid"] = (*WAYS["sent_to_payment"], ("pay", Role.ACCOUNTING_OFFICER, 3))
WAYS["settled"] = (*WAYS["paid"], ("settle", Role.ACCOUNTING_OFFICER, 2))
#: How far the newest claim of a running site has come.
NEWEST = ("submitted", "confirmed", "approved", "sent_to_payment", "paid")


def write_claims(store: Store, found: list[Case]) -> None:
    """Write the claims of all cases, the oldest first."""
    for case in found:
        _claims_of(store, case)
    store.write(ProgressClaim, ClaimItem, ClaimAttachment, Approval, ApprovalEvent)
    store.decide(ProgressClaim)


def _claims_of(store: Store, case: Case) -> None:
    plan = case.plan
    last = min(plan.completed or plan.stopped or store.today, store.today - 24 * DAY)
    if plan.start is None or (last - plan.start).days < 45:
        return
    length = (last - plan.start).days
    count = min(4, max(1, length // 75))
    before: dict[str, tuple[Decimal, int]] = {}
    totals = {"certified": 0, "recovered": 0}
    start = plan.start
    for number in range(1, count + 1):
        to_date = plan.start + DAY * (length * number // count)
        is_newest = number == count and plan.is_running
        state = NEWEST[plan.number % len(NEWEST)] if is_newest else "settled"
        _add_claim(store, case, number, (start, to_date), state, before, totals)
        start = to_date + DAY


def _add_claim(
    store: Store,
    case: Case,
    number: int,
    period: tuple[datetime.date, datetime.date],
    state: str,
    before: dict[str, tuple[Decimal, int]],
    totals: dict[str, int],
) -> None:
    lines = _lines(case, period[1], before)
    claimed = sum(row["amount"] for row in lines)
    if claimed <= 0:
        return
    identity = public_id(at(period[1], 610), dice("claim", case.plan.number, number))
    steps = _steps(state, period[1])
    reached, approved = walk(
        store,
        project_id=case.plan.id,
        record=("progress_claim", identity, 1),
        title=f"#{number} {period[0]} – {period[1]}",
        team=case.team,
        steps=steps,
    )
    figures = _figures(case, claimed, reached, totals)
    inspected = [step.moment.date() for step in steps if step.action == "certify"]
    figures["inspection_date"] = inspected[0] if inspected else None
    if reached in ("paid", "settled"):
        paid = next(step.moment for step in steps if step.action == "pay")
        figures |= {"paid_date": paid.date(), "paid_amount": figures["payable_amount"]}
    key = store[ProgressClaim].add(
        public_id=identity,
        project_id=case.plan.id,
        number=number,
        instalment_number=number,
        author_id=case.team.people[Role.SITE_AGENT].id,
        created_at=steps[0].moment,
        submitted_at=steps[0].moment,
        contract_id=case.contract.pk,
        kind="completion" if case.plan.completed and not before else "progress",
        from_date=period[0],
        to_date=period[1],
        claimed_amount=claimed,
        claimant_account=case.contract.contractor_account,
        tax_invoice_number=f"DEMO-{case.plan.number:03}-{number:02}",
        **figures,
    )
    _add_lines(store, key, lines, is_certified=reached != "submitted")
    for row in lines:
        quantity, amount = before.get(row["code"], (Decimal(0), 0))
        before[row["code"]] = (quantity + row["quantity"], amount + row["amount"])
    store.decided[ProgressClaim].append((key, reached, approved))


def _steps(state: str, day: datetime.date) -> list[Step]:
    steps = []
    for action, role, days in WAYS[state]:
        day = office_day_after(day, days)
        steps.append(Step(action, role, at(day, 560 + 37 * len(steps))))
    return steps


def _lines(
    case: Case, day: datetime.date, before: dict[str, tuple[Decimal, int]]
) -> list[dict[str, Any]]:
    """Return the sheet of a day: what the site had done of each item at its end."""
    return [
        line
        for order, work in enumerate(case.plan.items)
        if (line := _line(case, work, day, before, order))
    ]


def _line(
    case: Case,
    work: PlannedItem,
    day: datetime.date,
    before: dict[str, tuple[Decimal, int]],
    order: int,
) -> dict[str, Any]:
    quantity, amount = before.get(work.item.code, (Decimal(0), 0))
    share = Decimal(str(round(case.plan.share_done(work, day), 4)))
    done = min(work.quantity, (work.quantity * share).quantize(Decimal("0.1"), ROUND_DOWN))
    done = max(done, quantity)
    return {
        "order": order,
        "code": work.item.code,
        "section": work.item.section,
        "name": work.item.name,
        "unit": work.item.unit,
        "contract_quantity": work.quantity,
        "contract_amount": work.amount,
        "previous_quantity": quantity,
        "previous_amount": amount,
        "quantity": done - quantity,
        "amount": amounts.instalment(
            whole=work.amount,
            whole_quantity=work.quantity,
            done_quantity=done,
            paid_before=amount,
        ),
    }


def _figures(case: Case, claimed: int, state: str, totals: dict[str, int]) -> dict[str, Any]:
    """Return the split, and from the inspection on what is certified and taken off."""
    split = dict(zip(SPLIT, amounts.divide(claimed, SHARES), strict=True))
    if state == "submitted":
        return split
    contract = case.contract
    totals["certified"] += claimed
    recovery = amounts.advance_recovery(
        advance=contract.advance_paid_amount,
        contract_amount=contract.amount,
        certified_in_all=totals["certified"],
        recovered_before=totals["recovered"],
    )
    totals["recovered"] += recovery
    return {
        **split,
        "supervision_statement": STATEMENT,
        "inspector_body_id": case.team.supervision.id,
        "certified_amount": claimed,
        "cumulative_amount": totals["certified"],
        "cumulative_rate": amounts.rate(totals["certified"], contract.amount),
        "advance_recovery_amount": recovery,
        "payable_amount": None if state == "confirmed" else claimed - recovery,
    }


def _add_lines(
    store: Store, claim: int, lines: list[dict[str, Any]], *, is_certified: bool
) -> None:
    for row in lines:
        store[ClaimItem].add(
            claim_id=claim,
            **row,
            certified_quantity=row["quantity"],
            certified_amount=row["amount"] if is_certified else None,
        )
    for order, document in enumerate(DOCUMENTS):
        store[ClaimAttachment].add(
            claim_id=claim, order=order, document=document, is_attached=is_certified or order < 4
        )
