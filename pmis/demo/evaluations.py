"""Performance evaluations and penalties of the demonstration."""

from __future__ import annotations

import datetime
from decimal import Decimal

from pmis.demo.contract_changes import Case
from pmis.demo.dice import dice, public_id
from pmis.demo.store import Store
from pmis.demo.times import at, office_day_after
from pmis.demo.ways import Step, walk
from pmis.demo.words import person
from pmis.models import Approval, ApprovalEvent, Contract, Evaluation, EvaluationScore, Penalty
from pmis.roles import Role
from pmis.services.evaluations import FORMS, grade_of, score_of

DAY = datetime.timedelta(days=1)
#: How the newest evaluation of a running project stands; "owed" leaves it to the officer.
NEWEST = ("owed", "final", "notified", "objected", "submitted")
OBJECTION = "안전점검 지적 2건은 기한 안에 조치되었으므로 점수를 다시 살펴 주십시오. (지어낸 자료)"
#: State, points, ground, description.
PENALTIES = (
    ("imposed", "1.00", "건설기술 진흥법 제53조: 배근 불량", "슬래브 배근 간격이 설계와 다름"),
    ("final", "2.00", "건설기술 진흥법 제53조: 시험 미실시", "다짐시험을 두 차례 빠뜨림"),
    ("hearing", "0.50", "건설기술 진흥법 제53조: 안전계획 미이행", "개구부 덮개가 없음"),
    ("appealed", "1.00", "건설기술 진흥법 제53조: 가설구조물 관리 소홀", "동바리 수평연결재 누락"),
    ("submitted", "0.50", "건설기술 진흥법 제53조: 현장 정리 미흡", "자재 적치 기준을 지키지 않음"),
    ("annulled", "1.00", "건설기술 진흥법 제53조: 검측 누락", "검측 기록이 나중에 확인됨"),
)  # fmt: skip
WAYS: dict[str, tuple[tuple[str, Role], ...]] = {
    "submitted": (("submit", Role.OFFICER),),
    "hearing": (("submit", Role.OFFICER), ("hear", Role.DEPARTMENT_HEAD)),
}
WAYS["imposed"] = (*WAYS["hearing"], ("impose", Role.DEPARTMENT_HEAD))
WAYS["appealed"] = (*WAYS["imposed"], ("appeal", Role.SITE_AGENT))
WAYS["final"] = (*WAYS["imposed"], ("make_final", Role.OFFICER))
WAYS["annulled"] = (*WAYS["appealed"], ("annul", Role.DEPARTMENT_HEAD))
EVALUATED: dict[str, tuple[tuple[str, Role], ...]] = {"submitted": (("submit", Role.OFFICER),)}
EVALUATED["notified"] = (*EVALUATED["submitted"], ("notify_result", Role.DEPARTMENT_HEAD))
EVALUATED["objected"] = (*EVALUATED["notified"], ("object", Role.SITE_AGENT))
EVALUATED["final"] = (*EVALUATED["notified"], ("make_final", Role.OFFICER))


def write_evaluations(store: Store, found: list[Case]) -> None:
    """Write evaluations of projects in long-term mode, and the penalties of a few."""
    contracts: dict[int, list[Contract]] = {}
    for contract in Contract.objects.exclude(state=Contract.State.DRAFT).select_related("project"):
        contracts.setdefault(contract.project_id, []).append(contract)
    turn = 0
    for case in found:
        _evaluations_of(store, case, contracts[case.plan.id])
        if case.plan.speed < 0.95 and case.plan.is_running:
            _penalty(store, case, turn)
            turn += 1
    store.write(Evaluation, EvaluationScore, Penalty, Approval, ApprovalEvent)
    store.decide(Evaluation)
    store.decide(Penalty)


def _done(case: Case, day: datetime.date) -> float:
    return sum(float(work.weight) * case.plan.share_done(work, day) for work in case.plan.items)


def _evaluations_of(store: Store, case: Case, contracts: list[Contract]) -> None:
    if contracts[0].project.mode != "long_term":
        return
    rate = _done(case, store.today)
    stages = [stage for stage in Evaluation.Stage.values if rate >= stage]
    number = 0
    for contract in contracts:
        for stage in stages:
            is_newest = stage == stages[-1] and case.plan.is_running
            state = NEWEST[(case.plan.number + contract.pk) % len(NEWEST)] if is_newest else "final"
            if state == "owed" or (contract.kind == "design" and stage != stages[0]):
                continue
            number += 1
            _evaluation(store, case, contract, stage, state, number, len(stages))


def _evaluation(
    store: Store,
    case: Case,
    contract: Contract,
    stage: int,
    state: str,
    number: int,
    count: int,
) -> None:
    rng = dice("evaluation", contract.number, stage)
    age = 30 + 60 * (count - Evaluation.Stage.values.index(stage) - 1)
    begun = max(store.today - age * DAY, (case.plan.start or store.today) + DAY)
    begun = min(begun, store.today - 26 * DAY)
    steps = _steps(EVALUATED[state], begun, 5)
    identity = public_id(steps[0].moment, rng)
    reached, approved = walk(
        store,
        project_id=case.plan.id,
        record=("evaluation", identity, 1),
        title=f"{stage} %",
        team=case.team,
        steps=steps,
    )
    scores = [
        (area, item, Decimal(most), Decimal(round(most * rng.uniform(0.68, 0.97) * 2)) / 2)
        for area, item, most in FORMS[contract.kind]
    ]
    total = score_of([(points, most) for _area, _item, most, points in scores])
    key = store[Evaluation].add(
        public_id=identity,
        project_id=case.plan.id,
        number=number,
        author_id=case.team.people[Role.OFFICER].id,
        created_at=steps[0].moment,
        submitted_at=steps[0].moment,
        contract_id=contract.pk,
        stage=stage,
        evaluated_date=steps[0].moment.date(),
        summary="현장 점검과 기록 확인으로 평가함. (지어낸 자료)",
        evaluators=f"{person(rng)}, {person(rng)}",
        firm_id=contract.contractor_id,
        total_score=total,
        grade=grade_of(total),
        objection=OBJECTION if reached == "objected" else "",
        final_date=steps[-1].moment.date() if reached == "final" else None,
    )
    for order, (area, item, most, points) in enumerate(scores):
        store[EvaluationScore].add(
            evaluation_id=key,
            order=order,
            area=area,
            item=item,
            most_points=most,
            points=points,
            evidence="관련 대장과 보고서",
        )
    store.decided[Evaluation].append((key, reached, approved))


def _steps(way: tuple[tuple[str, Role], ...], day: datetime.date, days: int) -> list[Step]:
    steps = []
    for action, role in way:
        day = office_day_after(day, days if steps else 1)
        steps.append(Step(action, role, at(day, 590 + 41 * len(steps))))
    return steps


def _penalty(store: Store, case: Case, turn: int) -> None:
    state, points, ground, text = PENALTIES[turn % len(PENALTIES)]
    rng = dice("penalty", case.plan.number)
    steps = _steps(WAYS[state], store.today - 45 * DAY, 6)
    identity = public_id(steps[0].moment, rng)
    reached, approved = walk(
        store,
        project_id=case.plan.id,
        record=("penalty", identity, 1),
        title=ground,
        team=case.team,
        steps=steps,
    )
    moments = {step.action: step.moment.date() for step in steps}
    key = store[Penalty].add(
        public_id=identity,
        project_id=case.plan.id,
        number=1,
        author_id=case.team.people[Role.OFFICER].id,
        created_at=steps[0].moment,
        submitted_at=steps[0].moment,
        firm_id=case.team.contractor.id,
        engineer_role="site_agent",
        engineer_name=person(rng),
        points=points,
        legal_ground=ground,
        violation_date=steps[0].moment.date() - 4 * DAY,
        description=f"{text}. (지어낸 자료)",
        hearing_date=moments.get("impose", moments.get("hear")),
        hearing_minutes="업체 의견을 듣고 심의함." if approved else "",
        imposed_date=moments.get("impose"),
        appeal="사실관계가 다르다는 이의신청. (지어낸 자료)" if "appeal" in moments else "",
        appeal_result="기록이 확인되어 취소함." if reached == "annulled" else "",
        final_date=steps[-1].moment.date() if reached in ("final", "annulled") else None,
    )
    store.decided[Penalty].append((key, reached, approved))
