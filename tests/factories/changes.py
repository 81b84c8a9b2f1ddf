"""Design changes, claims, evaluations and penalties; led on by the real steps."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from pmis.models import (
    Contract,
    DesignChange,
    Evaluation,
    Penalty,
    ProgressClaim,
    Schedule,
    TimeExtension,
    WorkItem,
)
from pmis.models.progress_claims import SPLIT
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.progress_claims import save_claim
from tests.factories.ccs import OrganizationFactory
from tests.factories.pmis import ContractFactory, Site

DAY = datetime.date(2026, 9, 1)
#: Work items of the contract: code, quantity, amount in won.
ITEMS = (("A1", Decimal(3), 1_000_000), ("A2", Decimal("7.5"), 499_999))


def contract_of(site: Site, **fields: Any) -> Contract:
    """Return the signed construction contract of a site, made where there is none."""
    found = site.project.contracts.filter(kind="construction").first()
    contractor = site.firms.get("contractor") or OrganizationFactory()
    return found or ContractFactory(project=site.project, contractor=contractor, **fields)


def priced_schedule(site: Site) -> Schedule:
    """Return an approved schedule whose items have amounts."""
    found = Schedule.objects.approved().filter(project=site.project).first()
    if found is not None:
        return found
    schedule = site.schedule()
    WorkItem.objects.filter(schedule=schedule).delete()
    for order, (code, quantity, amount) in enumerate(ITEMS):
        WorkItem.objects.create(
            schedule=schedule,
            code=code,
            name=f"공종 {code}",
            unit="m",
            quantity=quantity,
            amount=amount,
            weight=50,
            planned_start_date=DAY,
            planned_finish_date=DAY + datetime.timedelta(days=90),
            order=order,
        )
    return site.lead(schedule, "approved")


def design_change(site: Site, **fields: Any) -> DesignChange:
    """Return a draft that raises the contract by 1,000,000 won and 20 days."""
    contract = fields.pop("contract", None) or contract_of(site)
    values = {
        "title": "가시설 공법 변경",
        "description": "연약지반이 설계와 다름",
        "after_completion_date": (contract.completion_date or DAY) + datetime.timedelta(days=20),
    }
    change = DesignChange.objects.create(
        project=site.project,
        author=site[Role.SITE_AGENT],
        contract=contract,
        **{**values, **fields},
    )
    change.quantity_lines.create(
        section="토공",
        name="흙막이",
        unit="m",
        before_quantity=10,
        after_quantity=20,
        unit_price_amount=100_000,
    )
    return change


def time_extension(site: Site, **fields: Any) -> TimeExtension:
    """Return a draft that asks for ten days."""
    values = {"description": "장마로 작업 불가", "days_asked": 10, "ground": "utilities"}
    return TimeExtension.objects.create(
        project=site.project,
        author=site[Role.SITE_AGENT],
        contract=contract_of(site),
        **{**values, **fields},
    )


def progress_claim(site: Site, *quantities: str, **fields: Any) -> ProgressClaim:
    """Return a draft that claims quantities of the work items, all as own work."""
    priced_schedule(site)
    claim = ProgressClaim.objects.create(
        project=site.project,
        author=site[Role.SITE_AGENT],
        contract=contract_of(site),
        from_date=DAY,
        to_date=DAY + datetime.timedelta(days=29),
        claimant_account="110-111-222222",
    )
    rows = [
        {"code": code, "quantity": Decimal(quantity)}
        for (code, _most, _amount), quantity in zip(ITEMS, quantities, strict=False)
    ]
    lines = {"items": rows, "attachments": [{"document": "사진대지", "is_attached": True}]}
    return save_claim(record=claim, fields=fields, lines=lines, by=site[Role.SITE_AGENT])


def certify(site: Site, claim: ProgressClaim, *quantities: str, **fields: Any) -> ProgressClaim:
    """Submit and certify a claim; without quantities as it was claimed."""
    claim = perform(subject=claim, action="submit", by=site[Role.SITE_AGENT])
    rows = [{"certified_quantity": Decimal(value)} for value in quantities] or [
        {"certified_quantity": row.quantity} for row in claim.items.all()
    ]
    split = {name: getattr(claim, name) for name in SPLIT}
    return perform(
        subject=claim,
        action="certify",
        by=site[Role.SUPERVISOR],
        fields={
            "inspection_date": DAY,
            "supervision_statement": "설계도서대로 시공됨",
            **split,
            **fields,
        },
        lines={"items": rows},
    )


def approved_claim(site: Site, *quantities: str, **fields: Any) -> ProgressClaim:
    """Return a claim that the officer approved."""
    claim = certify(site, progress_claim(site, *quantities, **fields))
    return perform(subject=claim, action="approve", by=site[Role.OFFICER], fields={})


def evaluation(site: Site, **fields: Any) -> Evaluation:
    """Return a draft with two scores: 85 of 100."""
    values = {"stage": 30, "evaluated_date": DAY, "evaluators": "김평가, 이평가"}
    record = Evaluation.objects.create(
        project=site.project,
        author=site[Role.OFFICER],
        contract=contract_of(site),
        **{**values, **fields},
    )
    record.scores.create(area="품질", item="시험", most_points=60, points=50, evidence="대장")
    record.scores.create(area="안전", item="점검", most_points=40, points=35, evidence="일지")
    return record


def penalty(site: Site, **fields: Any) -> Penalty:
    """Return a draft that proposes one point."""
    values = {
        "firm": contract_of(site).contractor,
        "engineer_name": "홍길동",
        "engineer_role": "site_agent",
        "points": Decimal("1.0"),
        "legal_ground": "건설기술 진흥법 제53조",
        "violation_date": DAY,
        "description": "철근 배근 간격 불량",
    }
    return Penalty.objects.create(
        project=site.project, author=site[Role.OFFICER], **{**values, **fields}
    )


def lead(site: Site, record: Any, *steps: tuple[str, str, dict[str, Any]]) -> Any:
    """Take steps given as (action, role, fields)."""
    for action, role, fields in steps:
        record = perform(
            subject=record, action=action, by=site[role], comment="까닭", fields=fields
        )
    return record


REVIEWED = ("confirm", Role.SUPERVISOR, {"review_opinion": "타당함"})


def approved_change(site: Site, **fields: Any) -> DesignChange:
    """Return a design change that was approved."""
    return lead(
        site,
        design_change(site, **fields),
        ("submit", Role.SITE_AGENT, {}),
        REVIEWED,
        ("approve", Role.OFFICER, {"committee_date": DAY, "committee_result": "원안 가결"}),
    )


def approved_extension(site: Site, days: int = 7, **fields: Any) -> TimeExtension:
    """Return an extension that was approved for `days`."""
    return lead(
        site,
        time_extension(site, **fields),
        ("submit", Role.SITE_AGENT, {}),
        REVIEWED,
        ("approve", Role.OFFICER, {"days_approved": days}),
    )


def final_evaluation(site: Site, **fields: Any) -> Evaluation:
    """Return an evaluation whose grade is final."""
    return lead(
        site,
        evaluation(site, **fields),
        ("submit", Role.OFFICER, {}),
        ("notify_result", Role.DEPARTMENT_HEAD, {}),
        ("make_final", Role.OFFICER, {}),
    )


def imposed_penalty(site: Site, **fields: Any) -> Penalty:
    """Return a penalty that was heard and imposed."""
    return lead(
        site,
        penalty(site, **fields),
        ("submit", Role.OFFICER, {}),
        ("hear", Role.DEPARTMENT_HEAD, {"hearing_date": DAY}),
        ("impose", Role.DEPARTMENT_HEAD, {"hearing_minutes": "진술을 들음"}),
    )
