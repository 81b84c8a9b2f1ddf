"""Design changes, extensions and suspensions of the demonstration, as its amendments say."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pmis import amounts
from pmis.demo.dice import dice, public_id
from pmis.demo.people import Team
from pmis.demo.plan import Plan, PlannedItem
from pmis.demo.store import Store
from pmis.demo.times import at, office_day_after
from pmis.demo.ways import Step, walk
from pmis.models import (
    Approval,
    ApprovalEvent,
    Contract,
    ContractAmendment,
    DailyReport,
    DesignChange,
    DesignChangeItem,
    NonWorkingDay,
    TimeExtension,
)
from pmis.roles import Role

DAY = datetime.timedelta(days=1)
#: Title, reason category, description.
CHANGES = (
    ("가시설 흙막이 공법 변경", "site_conditions",
     "굴착 중 확인한 지층이 설계 지반조사와 달라 흙막이 공법을 바꿉니다. (지어낸 자료)"),
    ("지장 상수도관 이설 물량 반영", "utilities",
     "설계도에 없는 관로가 나와 이설 물량을 반영합니다. (지어낸 자료)"),
    ("보행 안전난간 추가 설치", "complaint",
     "주민 의견에 따라 보행 구간에 난간을 더 설치합니다. (지어낸 자료)"),
    ("도면과 내역의 물량 차이 정정", "design_error",
     "구조도와 내역서의 물량이 서로 달라 바로잡습니다. (지어낸 자료)"),
)  # fmt: skip
OPINION = "현장 확인 결과 물량과 단가 적용이 타당함."
COMMITTEE = "기술자문위원회 원안 가결, 시공 중 계측 강화 조건."
#: What becomes of a further change of a late or of any other running project.
LATER = ("approved", "confirmed", "submitted", "draft", "rejected")
STOPPED = ("heritage", "utilities", "complaint", "land")
EXTENDED = ("utilities", "rain", "complaint")
MINUTES = {"submit": 580, "confirm": 900, "approve": 660, "suspend": 660, "amend": 980}


@dataclass(frozen=True)
class Case:
    """One project with its construction contract and the amendments it has."""

    plan: Plan
    team: Team
    contract: Contract
    amendments: list[ContractAmendment]


def cases(plans: list[Plan], teams: dict[int, Team]) -> list[Case]:
    """Return the projects whose sites have worked, with their contracts."""
    contracts = {
        contract.project_id: contract
        for contract in Contract.objects.filter(kind=Contract.Kind.CONSTRUCTION)
    }
    amendments: dict[int, list[ContractAmendment]] = defaultdict(list)
    for row in ContractAmendment.objects.order_by("number"):
        amendments[row.contract_id].append(row)
    return [
        Case(plan, teams[plan.number], contracts[plan.id], amendments[contracts[plan.id].pk])
        for plan in plans
        if plan.first_report and plan.id in contracts
    ]


def write_contract_changes(store: Store, found: list[Case]) -> None:
    """Write design changes and time extensions of all cases."""
    non_working = _non_working()
    for case in found:
        _changes_of(store, case)
        _extensions_of(store, case, non_working.get(case.plan.id, []))
    store.write(DesignChange, DesignChangeItem, TimeExtension, NonWorkingDay)
    store.write(Approval, ApprovalEvent)
    store.decide(DesignChange)
    store.decide(TimeExtension)


def _non_working() -> dict[int, list[tuple[datetime.date, str, int]]]:
    """Return the non-working days of the approved reports by project."""
    days: dict[int, list[tuple[datetime.date, str, int]]] = defaultdict(list)
    reports = DailyReport.objects.approved().filter(is_non_working_day=True).order_by("date")
    for row in reports.values_list("project", "date", "non_working_reason", "pk"):
        days[row[0]].append(row[1:])
    return days


# -- Design changes --------------------------------------------------------------------------


def _changes_of(store: Store, case: Case) -> None:
    plan = case.plan
    number = 0
    for amendment in case.amendments:
        if amendment.kind == "value":
            number += 1
            _amended_change(store, case, amendment, number)
    is_late = plan.speed < 0.9
    if not plan.is_running or not (is_late or plan.number % 4 == 1):
        return
    for turn in range(2 if is_late else 1):
        number += 1
        state = LATER[(plan.number + turn) % len(LATER)]
        _further_change(store, case, number, state, is_repeated=number > 1 and is_late)


def _amended_change(store: Store, case: Case, amendment: ContractAmendment, number: int) -> None:
    """A change that became this amendment: its figures are those of the amendment."""
    signed = amendment.date
    steps = [
        _step("submit", Role.SITE_AGENT, signed - 40 * DAY),
        _step("confirm", Role.SUPERVISOR, signed - 30 * DAY),
        _step("approve", Role.OFFICER, signed - 18 * DAY),
        _step("amend", Role.ACCOUNTING_OFFICER, signed),
    ]
    raised = amendment.after_amount - amendment.before_amount
    _add_change(
        store,
        case,
        number,
        steps,
        raised=raised,
        before=amendment.before_amount,
        amended_date=signed,
        amendment_id=amendment.pk,
    )


def _further_change(
    store: Store, case: Case, number: int, state: str, *, is_repeated: bool
) -> None:
    begun = store.today - (34 - 4 * number) * DAY
    steps = {
        "draft": [],
        "submitted": [("submit", Role.SITE_AGENT, 0)],
        "confirmed": [("submit", Role.SITE_AGENT, 0), ("confirm", Role.SUPERVISOR, 6)],
        "approved": [
            ("submit", Role.SITE_AGENT, 0),
            ("confirm", Role.SUPERVISOR, 6),
            ("approve", Role.OFFICER, 14),
        ],
        "rejected": [("submit", Role.SITE_AGENT, 0), ("reject", Role.SUPERVISOR, 8)],
    }[state]
    raised = case.contract.original_amount * (2 + number) // 100 // 1000 * 1000
    _add_change(
        store,
        case,
        number,
        [_step(action, role, begun + days * DAY) for action, role, days in steps],
        raised=raised,
        before=case.contract.amount,
        is_repeated=is_repeated and state == "approved",
    )


def _add_change(
    store: Store,
    case: Case,
    number: int,
    steps: list[Step],
    *,
    raised: int,
    before: int,
    is_repeated: bool = False,
    **more: Any,
) -> None:
    plan, rng = case.plan, dice("design change", case.plan.number, number)
    title, reason, text = CHANGES[(plan.number + number) % len(CHANGES)]
    made = steps[0].moment if steps else at(store.today - 3 * DAY, 600)
    identity = public_id(made, rng)
    state, approved = walk(
        store,
        project_id=plan.id,
        record=("design_change", identity, 1),
        title=title,
        team=case.team,
        steps=steps,
    )
    was_sent, decided = bool(steps), approved is not None
    original = case.contract.original_amount
    asks = abs(raised) * 10 >= original
    total = raised + (case.contract.amount - original if is_repeated else 0)
    key = store[DesignChange].add(
        public_id=identity,
        project_id=plan.id,
        number=number if was_sent else None,
        author_id=case.team.people[Role.SITE_AGENT].id,
        created_at=made,
        submitted_at=made if was_sent else None,
        contract_id=case.contract.pk,
        title=title,
        requested_by=("contractor", "complaint")[reason == "complaint"],
        reason_category=reason,
        description=text,
        drawings=f"C-{100 + number} 평면도\nC-{200 + number} 단면도",
        before_amount=before if was_sent else None,
        after_amount=before + raised if was_sent else None,
        before_completion_date=case.contract.completion_date if was_sent else None,
        needs_committee=asks and was_sent,
        review_opinion=OPINION if state not in ("draft", "submitted", "rejected") else "",
        committee_date=made.date() + 10 * DAY if asks and decided else None,
        committee_result=COMMITTEE if asks and decided else "",
        negotiation_note="신규 단가는 협의단가의 90 %까지 수용" if decided else "",
        change_count=number if decided else None,
        cumulative_rate=amounts.rate(total, original) if decided else None,
        is_repeated=is_repeated,
        **more,
    )
    _add_quantities(store, key, case.plan.items[number % len(case.plan.items)], raised)
    store.decided[DesignChange].append((key, state, approved))


def _add_quantities(store: Store, change: int, work: PlannedItem, raised: int) -> None:
    """Two lines whose difference is exactly what the change raises."""
    price = max(1, int(work.amount / work.quantity))
    more = Decimal(raised // price)
    rest = raised - int(more) * price
    rows = [(work.item.name, work.quantity, work.quantity + more, price, "contract")]
    if rest:
        rows.append(("기타 조정", Decimal(0), Decimal(1), rest, "agreed"))
    for order, (name, before, after, unit_price, basis) in enumerate(rows):
        store[DesignChangeItem].add(
            change_id=change,
            order=order,
            section=work.item.section,
            name=name,
            unit=work.item.unit if name == work.item.name else "식",
            before_quantity=before,
            after_quantity=after,
            price_basis=basis,
            unit_price_amount=unit_price,
            before_amount=amounts.product(before, unit_price),
            after_amount=amounts.product(after, unit_price),
        )


def _step(action: str, role: Role, day: datetime.date) -> Step:
    comment = "같은 내용이 기존 설계에 포함되어 있음" if action == "reject" else ""
    return Step(action, role, at(office_day_after(day, 1), MINUTES.get(action, 700)), comment)


# -- Time extensions and suspensions -----------------------------------------------------------


def _extensions_of(
    store: Store, case: Case, non_working: list[tuple[datetime.date, str, int]]
) -> None:
    number = 0
    for amendment in case.amendments:
        if amendment.kind == "duration":
            number += 1
            _extended(store, case, amendment, number, non_working)
    if case.plan.stopped:
        _suspended(store, case, number + 1)
    elif case.plan.is_running and case.plan.number % 5 == 2:
        _asked(store, case, number + 1, non_working)


def _extended(
    store: Store,
    case: Case,
    amendment: ContractAmendment,
    number: int,
    non_working: list[tuple[datetime.date, str, int]],
) -> None:
    signed = amendment.date
    steps = [
        _step("submit", Role.SITE_AGENT, signed - 30 * DAY),
        _step("confirm", Role.SUPERVISOR, signed - 22 * DAY),
        _step("approve", Role.OFFICER, signed - 10 * DAY),
        _step("amend", Role.OFFICER, signed),
    ]
    before, after = amendment.before_completion_date, amendment.after_completion_date
    days = (after - before).days
    _add_extension(
        store,
        case,
        number,
        steps,
        [row for row in non_working if row[0] < steps[0].moment.date()],
        kind="extension",
        ground=EXTENDED[case.plan.number % len(EXTENDED)],
        description=f"{amendment.reason}. (지어낸 자료)",
        days_asked=days + 10,
        days_approved=days,
        before_completion_date=before,
        after_completion_date=after,
        amended_date=signed,
        amendment_id=amendment.pk,
    )


def _suspended(store: Store, case: Case, number: int) -> None:
    stopped = case.plan.stopped
    assert stopped is not None  # noqa: S101 - the caller asked
    steps = [
        Step("submit", Role.SITE_AGENT, at(stopped - 3 * DAY, 600)),
        Step("confirm", Role.SUPERVISOR, at(stopped - 2 * DAY, 700)),
        Step("suspend", Role.OFFICER, at(stopped, 640)),
    ]
    _add_extension(
        store,
        case,
        number,
        steps,
        [],
        kind="suspension",
        ground=STOPPED[case.plan.number % len(STOPPED)],
        description="사유가 풀릴 때까지 공사를 멈춥니다. (지어낸 자료)",
        suspended_from_date=stopped,
        suspended_to_date=stopped + 60 * DAY,
        before_completion_date=case.contract.completion_date,
    )


def _asked(
    store: Store,
    case: Case,
    number: int,
    non_working: list[tuple[datetime.date, str, int]],
) -> None:
    """An extension for bad weather that waits."""
    begun = store.today - 9 * DAY
    steps = [_step("submit", Role.SITE_AGENT, begun)]
    if case.plan.number % 2:
        steps.append(_step("confirm", Role.SUPERVISOR, begun + 4 * DAY))
    _add_extension(
        store,
        case,
        number,
        steps,
        [row for row in non_working if row[0] < steps[0].moment.date()],
        kind="extension",
        ground="rain",
        description="기준을 넘는 비와 바람으로 일하지 못한 날을 더합니다. (지어낸 자료)",
        days_asked=max(1, len(non_working)),
        before_completion_date=case.contract.completion_date,
    )


def _add_extension(
    store: Store,
    case: Case,
    number: int,
    steps: list[Step],
    days: list[tuple[datetime.date, str, int]],
    **fields: Any,
) -> None:
    plan = case.plan
    made = steps[0].moment
    identity = public_id(made, dice("time extension", plan.number, number))
    state, approved = walk(
        store,
        project_id=plan.id,
        record=("time_extension", identity, 1),
        title="공기연장" if fields["kind"] == "extension" else "공사중지",
        team=case.team,
        steps=steps,
    )
    key = store[TimeExtension].add(
        public_id=identity,
        project_id=plan.id,
        number=number,
        author_id=case.team.people[Role.SITE_AGENT].id,
        created_at=made,
        submitted_at=made,
        contract_id=case.contract.pk,
        evidence_from_date=days[0][0] if days else None,
        evidence_to_date=days[-1][0] if days else None,
        non_working_days=len(days),
        review_opinion="공사일보와 대조하여 확인함." if state != "submitted" else "",
        **fields,
    )
    for order, (day, cause, report) in enumerate(days):
        store[NonWorkingDay].add(
            extension_id=key, order=order, date=day, cause=cause, report_id=report
        )
    store.decided[TimeExtension].append((key, state, approved))
