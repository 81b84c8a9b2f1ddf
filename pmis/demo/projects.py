"""Projects, money and contracts of the demonstration."""

from __future__ import annotations

import datetime
from typing import Any

from pmis.demo.dice import dice, public_id
from pmis.demo.events import log
from pmis.demo.people import Team
from pmis.demo.plan import (
    DESIGN_SHARE,
    OTHER_SHARE,
    SUPERVISION_SHARE,
    Plan,
)
from pmis.demo.store import Store
from pmis.demo.times import at, is_office_day
from pmis.demo.words import mobile, person
from pmis.models import (
    Approval,
    BillItem,
    Contract,
    ContractAmendment,
    ContractParty,
    Guarantee,
    Milestone,
    Project,
    ProjectArea,
    ProjectBudget,
    Schedule,
    Subcontract,
    WorkGroup,
    WorkItem,
)
from pmis.roles import Role

DAY = datetime.timedelta(days=1)
#: States a project has gone through on its way, by the state it is in.
WAY = {
    "planned": ("planned",),
    "contracted": ("planned", "contracted"),
    "ongoing": ("planned", "contracted", "commenced", "ongoing"),
    "suspended": ("planned", "contracted", "commenced", "ongoing", "suspended"),
    "completion_inspection": (
        "planned", "contracted", "commenced", "ongoing", "completion_inspection",
    ),
}  # fmt: skip
DONE = (*WAY["completion_inspection"], "completed")
WAY |= {
    "completed": DONE,
    "defect_period": (*DONE, "defect_period"),
    "closed": (*DONE, "defect_period", "closed"),
}
ACTIONS = {
    "planned": "register",
    "contracted": "contract",
    "commenced": "commence",
    "ongoing": "progress",
    "suspended": "suspend",
    "completion_inspection": "inspect",
    "completed": "complete",
    "defect_period": "hand_over",
    "closed": "close",
}
STOPPED = (
    "매장문화재가 나와 조사하는 동안 공사를 멈춥니다.",
    "지하 매설물 이설 협의가 끝날 때까지 공사를 멈춥니다.",
    "인접 건물 안전진단 결과가 나올 때까지 공사를 멈춥니다.",
    "보상이 끝나지 않은 구간이 있어 공사를 멈춥니다.",
)
EXTENDED = (
    "지장 상수도관이 설계와 다른 곳에 있어 이설 기간을 더함",
    "장마 기간 비작업일이 기준보다 많아 공기를 더함",
    "주민 요청으로 야간작업을 줄여 공기를 더함",
)
RAISED = (
    "토질이 설계와 달라 흙막이 공법을 바꿈",
    "물가 변동에 따른 계약금액 조정",
    "보행 안전시설 추가 반영",
)


def add_project(store: Store, plan: Plan, team: Team) -> None:
    """Collect a project with its areas, budgets and the steps of its life."""
    rng = dice("project row", plan.number)
    registered = _registered(plan, store.today)
    total = plan.amount * (100 + DESIGN_SHARE + SUPERVISION_SHARE + OTHER_SHARE) // 100
    raised = total + _raise(plan)
    plan.id = store[Project].add(
        public_id=public_id(registered, rng),
        code=plan.code,
        procurement_number=f"DEMO{store.today:%y}TA{plan.number + 1:06}" if plan.signed else "",
        name=plan.name,
        name_en=plan.name_en,
        work_type=plan.kind.work_type,
        description=_scale(plan),
        purpose=plan.kind.purpose + " (지어낸 사업입니다.)",
        state=plan.state,
        mode=_mode(plan),
        mode_reason="" if _mode(plan) == "long_term" else "계약금액 10억 원 이하 또는 12개월 이하",
        ordering_body_id=team.body.id,
        managing_department=team.people[Role.OFFICER].department,
        site_address=_address(plan),
        geometry=plan.site.geometry,
        longitude=plan.site.longitude,
        latitude=plan.site.latitude,
        location_check=plan.site.location_check,
        start_date=plan.start,
        original_completion_date=plan.finish,
        planned_completion_date=plan.current_finish,
        actual_completion_date=plan.completed if "completed" in WAY[plan.state] else None,
        currency="KRW",
        original_cost_amount=total,
        total_cost_amount=raised,
        internal_risk_rating=rng.choice(("low", "medium", "high")),
        on_watch_list=plan.speed < 0.9,
        is_invented=True,
        import_key=f"demo:{plan.number}",
        registered_at=registered,
        created_at=registered,
    )
    for quarter in plan.site.quarters:
        store[ProjectArea].add(project_id=plan.id, area_id=quarter.area.pk)
    _add_budgets(store, plan, raised)
    _add_life(store, plan, team, registered)


def _registered(plan: Plan, today: datetime.date) -> datetime.datetime:
    day = (plan.signed or today - DAY * (6 + plan.number)) - DAY * 40
    while not is_office_day(day):
        day -= DAY
    return at(day, 600 + plan.number)


def _mode(plan: Plan) -> str:
    """Domain 2.1: long-term above 1 billion won and longer than 12 months."""
    is_long = plan.start and plan.finish and (plan.finish - plan.start).days > 365
    return "long_term" if plan.amount > 1_000_000_000 and is_long else "short_term"


def _scale(plan: Plan) -> str:
    parts = [f"{row.item.name} {row.quantity:,}{row.item.unit}" for row in plan.items[1:5]]
    return ", ".join(parts)


def _address(plan: Plan) -> str:
    home = plan.site.quarters[0].area.names["ko"]
    rng = dice("address", plan.number)
    district = plan.district.area.names["ko"]
    lot = f"{rng.randrange(1, 900)}-{rng.randrange(1, 40)}"
    return f"서울특별시 {district} {home} {lot} 일원(가상 지번)"


def _raise(plan: Plan) -> int:
    """Return by how much the contract was raised since it was signed."""
    if not plan.first_report or plan.number % 3 == 0:
        return 0
    return plan.amount * (plan.number % 5 + 1) // 100 // 1000 * 1000


def _add_budgets(store: Store, plan: Plan, total: int) -> None:
    first = (plan.start or store.today).year
    last = max(first, (plan.current_finish or plan.finish or store.today).year)
    years, source = (
        list(range(first, last + 1)),
        "시비" if plan.body in ("city", "works") else "구비",
    )
    share = total // len(years) // 1000 * 1000
    for year in years:
        amount = share if year != last else total - share * (len(years) - 1)
        if plan.kind.work_type in ("water", "urban_rail") and amount > 1000:
            state = amount * 3 // 10
            store[ProjectBudget].add(
                project_id=plan.id, year=year, fund_source="국고보조금", amount=state
            )
            amount -= state
        store[ProjectBudget].add(project_id=plan.id, year=year, fund_source=source, amount=amount)


def _add_life(store: Store, plan: Plan, team: Team, registered: datetime.datetime) -> None:
    row = store[Project].rows[-1]
    before = "draft"
    days = {
        "contracted": plan.signed,
        "commenced": plan.start,
        "ongoing": plan.start and plan.start + DAY,
        "suspended": plan.stopped,
        "completion_inspection": plan.completed,
        "completed": plan.completed and plan.completed + DAY * 9,
        "defect_period": plan.completed and plan.completed + DAY * 20,
        "closed": plan.completed and plan.completed + DAY * 740,
    }
    for state in WAY[plan.state]:
        day = days.get(state)
        log(
            store,
            project_id=plan.id,
            record=("project", row["public_id"], 0),
            action=ACTIONS[state],
            change=(before, state),
            by=(team.people[Role.OFFICER].id, Role.OFFICER),
            moment=at(min(day, store.today - DAY), 640) if day else registered,
            comment=STOPPED[plan.number % len(STOPPED)] if state == "suspended" else "",
        )
        before = state


# -- Contracts ----------------------------------------------------------------------------------


def add_contracts(store: Store, plan: Plan, team: Team) -> None:
    """Collect design, construction and supervision contracts with all that hangs on them."""
    design = plan.amount * DESIGN_SHARE // 100
    signed = (plan.signed or store.today) - DAY * 300
    _add_contract(store, plan, team, "design", team.designer.id, design, signed)
    if plan.signed is None:
        return
    supervision = plan.amount * SUPERVISION_SHARE // 100
    _add_contract(store, plan, team, "supervision", team.supervision.id, supervision, plan.signed)
    main = _add_contract(
        store, plan, team, "construction", team.contractor.id, plan.amount, plan.signed
    )
    _add_amendments(store, plan, main)
    if team.partner:
        lead, partner = team.contractor.id, team.partner.id
        store[ContractParty].add(
            contract_id=main, organization_id=lead, share="65.00", is_lead=True
        )
        store[ContractParty].add(contract_id=main, organization_id=partner, share="35.00")
    for row in plan.items:
        store[BillItem].add(
            contract_id=main,
            section=row.item.section,
            name=row.item.name,
            unit=row.item.unit,
            quantity=row.quantity,
            unit_price_amount=int(row.amount / row.quantity),
            amount=row.amount,
        )
    if plan.start and plan.start <= store.today:
        _add_subcontracts(store, plan, team, main)


TITLES = {"construction": "", "design": " 설계용역", "supervision": " 건설사업관리용역"}


def _add_contract(
    store: Store, plan: Plan, team: Team, kind: str, firm: int, amount: int, signed: datetime.date
) -> int:
    rng = dice("contract", plan.number, kind)
    is_main = kind == "construction"
    start, finish = plan.start, plan.finish
    if kind == "design":
        start, finish = signed, signed + DAY * 240
    is_over = kind == "design" or plan.state in ("completed", "defect_period", "closed")
    identity = public_id(at(signed, 660), rng)
    key = store[Contract].add(
        public_id=identity,
        project_id=plan.id,
        kind=kind,
        number=f"{plan.code}-{kind[0].upper()}1",
        title=plan.name + TITLES[kind],
        state="completed" if is_over else "signed",
        signed_date=signed,
        procurement_method="open" if amount > 300_000_000 else "limited",
        award_method="종합심사낙찰제" if amount > 10_000_000_000 else "적격심사",
        bidders_count=rng.randrange(4, 68),
        contractor_id=firm,
        currency="KRW",
        original_amount=amount,
        amount=amount + (_raise(plan) if is_main else 0),
        award_ratio=f"{rng.uniform(79.9, 88.7):.3f}",
        advance_paid_amount=amount * 3 // 10 if is_main and plan.first_report else 0,
        start_date=start,
        original_completion_date=finish,
        completion_date=finish if kind == "design" else plan.current_finish,
        contractor_account=f"가상은행 000-{rng.randrange(10**6):06}-00",
        seal_certificate=f"DEMO-SEAL-{rng.getrandbits(40):010X}",
    )
    record = ("contract", identity, 0)
    by = (team.people[Role.ACCOUNTING_OFFICER].id, Role.ACCOUNTING_OFFICER)
    log(store, project_id=plan.id, record=record, action="sign", change=("draft", "signed"),
        by=by, moment=at(signed, 660))  # fmt: skip
    for given, share in (("performance", 15), ("advance", 30), ("defect", 5)):
        if is_main or given == "performance":
            store[Guarantee].add(
                contract_id=key,
                kind=given,
                issuer="가상건설공제조합",
                amount=amount * share // 100,
                expiry_date=(finish or signed) + DAY * (60 if given != "defect" else 800),
            )
    return key


def _add_amendments(store: Store, plan: Plan, contract: int) -> None:
    rng = dice("amendments", plan.number)
    rise, start, finish = _raise(plan), plan.start, plan.finish
    if start is None or finish is None:
        return
    last = min(store.today, plan.completed or store.today) - DAY * 15
    span = max(30, (last - start).days)
    steps: list[dict[str, Any]] = []
    if rise:
        steps.append({"kind": "value", "reason": rng.choice(RAISED), "at": 0.4})
    if plan.extension_days:
        steps.append({"kind": "duration", "reason": rng.choice(EXTENDED), "at": 0.7})
    amount, completion = plan.amount, finish
    for number, step in enumerate(steps, start=1):
        after = amount + (rise if step["kind"] == "value" else 0)
        later = plan.current_finish if step["kind"] == "duration" else completion
        store[ContractAmendment].add(
            contract_id=contract,
            number=number,
            kind=step["kind"],
            date=start + DAY * round(span * step["at"]),
            reason=step["reason"],
            before_amount=amount,
            after_amount=after,
            before_completion_date=completion,
            after_completion_date=later,
        )
        amount, completion = after, later or completion


def _add_subcontracts(store: Store, plan: Plan, team: Team, contract: int) -> None:
    """Collect one subcontract per firm over the items of its sections, and a lease."""
    assert plan.start is not None  # noqa: S101 - the caller asked
    sections = sorted({row.item.section for row in plan.items})
    for number, firm in enumerate(team.subcontractors):
        rng = dice("subcontract", plan.number, number)
        rows = [
            row
            for row in plan.items
            if sections.index(row.item.section) % len(team.subcontractors) == number
        ]
        if not rows:
            continue
        for row in rows:
            row.subcontractor = firm.id
        start = min(row.start for row in rows)
        is_waiting = start > store.today - DAY * 20
        ratio = rng.uniform(82.1, 93.5)
        identity = public_id(at(plan.start, 700 + number), rng)
        store[Subcontract].add(
            public_id=identity,
            contract_id=contract,
            subcontractor_id=firm.id,
            work_scope=", ".join(dict.fromkeys(row.item.section for row in rows)),
            state="notified" if is_waiting else "completed" if plan.completed else "approved",
            contract_date=min(start, store.today) - DAY * 12,
            amount=int(sum(row.amount for row in rows) * ratio / 100) // 1000 * 1000,
            ratio_to_prime=f"{ratio:.2f}",
            start_date=start,
            completion_date=max(row.finish for row in rows),
            has_direct_payment_agreement=number % 2 == 0,
            has_payment_guarantee=number % 2 == 1,
            guarantee_exemption_reason="직접지급 합의" if number % 2 == 0 else "",
            review_result="" if is_waiting else "하도급률 82 % 이상, 적정",
            is_electronic=True,
            unit_prices=[
                {"item": row.item.name, "price": int(row.item.price * ratio / 100)} for row in rows
            ],
            representative_name=person(rng),
            representative_mobile=mobile(rng),
            bank_account=f"가상은행 000-{rng.randrange(10**6):06}-00",
        )
        log(store, project_id=plan.id, record=("subcontract", identity, 0), action="notify",
            change=("draft", "notified"), by=(team.people[Role.SITE_AGENT].id, Role.SITE_AGENT),
            moment=at(min(start, store.today) - DAY * 10, 900))  # fmt: skip


def write_projects(store: Store) -> None:
    """Send everything of this module, parents first."""
    store.write(Project, ProjectArea, ProjectBudget, Contract, ContractParty, Guarantee)
    store.write(ContractAmendment, BillItem, Subcontract, Schedule, WorkGroup, WorkItem, Milestone)
    store.write(Approval)
