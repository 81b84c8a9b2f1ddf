"""Materials, tests and non-conformances of the demonstration."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from pmis.demo.dice import dice, public_id
from pmis.demo.events import log, log_approval
from pmis.demo.inspections import DAY, decide
from pmis.demo.people import Team
from pmis.demo.plan import Plan, PlannedItem
from pmis.demo.store import Store
from pmis.demo.times import at, office_day_after
from pmis.models import (
    Approval,
    ApprovalEvent,
    MaterialApproval,
    MaterialReceipt,
    NonConformance,
    QualityPlan,
    QualityPlanItem,
    QualityTest,
    required_number,
)
from pmis.roles import Role


class Trial(NamedTuple):
    """A test that a work item asks for, by a word in its name."""

    word: str
    item: str
    standard: str
    #: One test for so much work.
    every: int
    criterion: str
    #: Two measured values that pass, and one that fails.
    values: tuple[str, str, str]


TRIALS = (
    Trial("철근", "철근 인장강도", "KS B 0802", 50, "항복강도 400 MPa 이상",
          ("432 MPa", "418 MPa", "381 MPa")),
    Trial("콘크리트", "콘크리트 압축강도", "KS F 2405", 120, "설계기준강도 27 MPa 이상",
          ("30.4 MPa", "29.1 MPa", "25.2 MPa")),
    Trial("타설", "콘크리트 슬럼프", "KS F 2402", 120, "120 ± 25 mm",
          ("125 mm", "110 mm", "160 mm")),
    Trial("되메우기", "현장 들밀도(다짐도)", "KS F 2311", 500, "최대건조밀도의 95 % 이상",
          ("97.2 %", "96.1 %", "92.8 %")),
    Trial("기층", "현장 들밀도(다짐도)", "KS F 2311", 1000, "최대건조밀도의 95 % 이상",
          ("98.0 %", "96.5 %", "93.0 %")),
    Trial("아스팔트", "아스팔트 혼합물 밀도", "KS F 2446", 500, "기준밀도의 96 % 이상",
          ("97.8 %", "96.9 %", "94.5 %")),
    Trial("포장", "포장 두께", "KS F 2367", 1000, "설계두께 -10 % 이내",
          ("-2 %", "-5 %", "-14 %")),
    Trial("관", "수밀시험", "KCS 57 30 10", 300, "누수 없음",
          ("누수 없음", "누수 없음", "접합부 누수")),
    Trial("터파기", "지지력(평판재하)", "KS F 2310", 2000, "설계지지력 이상",
          ("312 kN/㎡", "298 kN/㎡", "201 kN/㎡")),
)  # fmt: skip
#: Tests of one work item; a real site makes more.
MOST_TESTS = 4
LABORATORIES = ("서울품질시험소", "한강건설재료시험원(지어냄)", "가람시험연구원(지어냄)")
MAKERS = ("한강산업(지어냄)", "가람제강(지어냄)", "누리콘크리트(지어냄)", "다온건재(지어냄)")
CONDITIONS = "첫 반입분은 공인기관 시험성적서를 받은 뒤 사용할 것"
#: What becomes of the materials of a running site, by place; beyond: approved.
MATERIAL_STATES = ("approved", "approved", "conditional", "submitted", "suspended", "revoked")
TEST_STATES = ("submitted", "passed", "failed", "passed", "passed", "passed", "passed")
FINDINGS = (
    ("콘크리트 표면 재료분리", "벽체 하부 1.2 m 구간 골재 노출", "균일한 표면", "다짐 부족",
     "손상부를 쪼아내고 무수축 모르타르로 보수", "다짐 간격 50 cm, 책임자 지정"),
    ("배수관 기울기 부족", "3번과 4번 맨홀 사이 0.2 %", "설계 0.5 % 이상", "기준틀 설치 오류",
     "해당 구간을 걷어내고 다시 부설", "부설 전 측량 확인표 작성"),
    ("자재 반입 검수 누락", "반입 전표 두 장에 검수 서명이 없음", "반입마다 검수",
     "담당자 교체 뒤 인계 누락",
     "수량과 시험성적서를 다시 확인", "검수 기록을 매일 확인"),
)  # fmt: skip
NCR_STATES = ("open", "done", "closed")


@dataclass(frozen=True)
class Site:
    """One site, and where its records are collected."""

    plan: Plan
    team: Team
    rng: random.Random
    last: datetime.date


@dataclass(frozen=True)
class Made:
    """One test that was made: of which work, as which of how many."""

    work: PlannedItem
    trial: Trial
    code: str
    state: str
    day: datetime.date
    turn: int
    number: int
    required: int


class QualityWriter:
    """Collects the materials, tests and non-conformances of one site after the other."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def add_site(self, plan: Plan, team: Team) -> None:
        """Collect what a site with reports has."""
        if plan.first_report is None or plan.last_report is None or plan.start is None:
            return
        site = Site(plan, team, dice("quality", plan.number), plan.last_report)
        self._add_materials(site)
        self._add_tests(site)
        self._add_findings(site)

    def write(self) -> None:
        """Send what was collected and lead it to its states."""
        self.store.write(
            MaterialApproval, MaterialReceipt, QualityPlan, QualityPlanItem, QualityTest,
            NonConformance, Approval, ApprovalEvent,
        )  # fmt: skip
        for model in (MaterialApproval, QualityPlan, QualityTest, NonConformance):
            self.store.decide(model)

    # -- Materials --------------------------------------------------------------------------

    def _add_materials(self, site: Site) -> None:
        seen: set[tuple[str, str]] = set()
        for work in site.plan.items:
            if work.item.material is None or "반출" in work.item.material[0]:
                continue
            item, standard, _unit, _ratio = work.item.material
            if (item, standard) not in seen and work.start <= site.last:
                seen.add((item, standard))
                self._add_material(site, work, place=len(seen) - 1)

    def _add_material(self, site: Site, work: PlannedItem, *, place: int) -> None:
        item, standard, unit, ratio = work.item.material or ("", "", "", 0)
        usual = "approved"
        is_special = site.plan.is_running and place < len(MATERIAL_STATES)
        state = MATERIAL_STATES[place] if is_special and site.plan.number % 3 == 0 else usual
        day = max(site.plan.start or site.last, work.start - DAY * 12)
        sent = at(min(day, site.last - DAY * 2), 640 + place * 7)
        decided = sent + datetime.timedelta(days=1, minutes=95)
        identity = public_id(sent, site.rng)
        maker = site.rng.choice(MAKERS)
        key = self.store[MaterialApproval].add(
            public_id=identity,
            project_id=site.plan.id,
            version_no=1,
            number=place + 1,
            author_id=site.team.people[Role.SITE_AGENT].id,
            created_at=sent,
            submitted_at=sent,
            item=item,
            standard=standard,
            certificate=f"KS 인증 제{site.rng.randrange(1000, 9999)}호",
            quantity=max(Decimal(1), (work.quantity * Decimal(str(ratio))).quantize(Decimal(1))),
            unit=unit,
            intended_location=work.item.name,
            manufacturer=maker,
            supplier=site.rng.choice(site.team.subcontractors or [site.team.contractor]).name,
            origin="국산",
            test_report=f"{LABORATORIES[0]} 제{site.rng.randrange(100, 999)}호",
            quotation_amount=site.rng.randrange(20, 900) * 100_000,
            quotation_note="부가세 별도, 현장 도착도",
            conditions=CONDITIONS if state == "conditional" else "",
        )
        record = (MaterialApproval.record_type, identity, 1)
        first = "approved" if state in ("suspended", "revoked") else state
        action = "approve_conditionally" if first == "conditional" else "approve"
        decide(self.store, site.plan, site.team, record=record, title=f"{item} {standard}",
               line=("approve", Role.SUPERVISOR), sent=sent,
               decision=None if state == "submitted" else (action, first, decided))  # fmt: skip
        if state in ("suspended", "revoked"):
            by = (site.team.people[Role.SUPERVISOR].id, str(Role.SUPERVISOR))
            log(self.store, project_id=site.plan.id, record=record, moment=decided + DAY * 9,
                action={"suspended": "suspend_approval", "revoked": "revoke"}[state],
                change=("approved", state), by=by, comment="반입분 시험 기준 미달")  # fmt: skip
        moment = None if state == "submitted" else decided
        self.store.decided[MaterialApproval].append((key, state, moment))
        if moment:
            self._add_receipts(site, key, record, first, decided)

    def _add_receipts(
        self,
        site: Site,
        key: int,
        record: tuple[str, UUID, int],
        state: str,
        decided: datetime.datetime,
    ) -> None:
        by = (site.team.people[Role.INSPECTOR].id, str(Role.INSPECTOR))
        for order in range(site.rng.randrange(1, 4)):
            moment = decided + DAY * (2 + 3 * order)
            if moment.date() > site.last:
                break
            sent_back = site.rng.random() < 0.08
            self.store[MaterialReceipt].add(
                approval_id=key,
                order=order,
                date=moment.date(),
                lot=f"L-{moment:%m%d}-{order + 1}",
                quantity=Decimal(site.rng.randrange(5, 60)),
                result="returned" if sent_back else "accepted",
                remark="규격 표시가 승인 내용과 다름" if sent_back else "",
            )
            log(self.store, project_id=site.plan.id, record=record, action="receive", by=by,
                change=(state, state), moment=moment)  # fmt: skip

    # -- Plan and tests ---------------------------------------------------------------------

    def _add_tests(self, site: Site) -> None:
        rows = [(work, found) for work in site.plan.items if (found := _test_of(work))][:6]
        if not rows:
            return
        plan, day = site.plan, site.plan.start or site.last
        sent = at(day + DAY * 6, 700)
        confirmed, approved = (at(office_day_after(day + DAY * 6, n), 660) for n in (1, 2))
        if approved > self.store.now:
            return
        key = self._add_plan(site, day, (sent, confirmed, approved))
        number = 0
        for place, (work, found) in enumerate(rows):
            self._add_plan_item(key, place, work, found)
            done = plan.share_done(work, site.last)
            if done <= 0 or work.start > site.last:
                continue
            required = required_number(
                (work.quantity * Decimal(str(round(done, 3)))).quantize(Decimal("0.001")),
                _every(work, found),
                1,
            )
            for turn in range(max(1, required - (plan.is_running and place == 1))):
                state = TEST_STATES[number % len(TEST_STATES)] if plan.is_running else "passed"
                number += 1
                back = DAY * (2 if state == "submitted" else 6 + 5 * number)
                day = max(work.start, site.last - back)
                made = Made(work, found, f"Q{place + 1:02}", state, day, turn, number, required)
                self._add_test(site, made)

    def _add_plan(
        self, site: Site, day: datetime.date, moments: tuple[datetime.datetime, ...]
    ) -> int:
        sent, confirmed, approved = moments
        identity = public_id(sent, site.rng)
        key = self.store[QualityPlan].add(
            public_id=identity,
            project_id=site.plan.id,
            version_no=1,
            number=1,
            author_id=site.team.people[Role.SITE_AGENT].id,
            created_at=sent,
            submitted_at=sent,
            as_of_date=day,
        )
        log_approval(self.store, project_id=site.plan.id, title="v1", team=site.team,
                     record=(QualityPlan.record_type, identity, 1),
                     moments=(sent, confirmed, approved))  # fmt: skip
        self.store.decided[QualityPlan].append((key, "approved", approved))
        return key

    def _add_plan_item(self, key: int, place: int, work: PlannedItem, trial: Trial) -> None:
        self.store[QualityPlanItem].add(
            plan_id=key,
            order=place,
            code=f"Q{place + 1:02}",
            item=trial.item,
            standard=trial.standard,
            criterion=trial.criterion,
            work_item_id=work.id,
            planned_quantity=work.quantity,
            unit=work.item.unit,
            per_quantity=_every(work, trial),
            least_number=1,
        )

    def _add_test(self, site: Site, made: Made) -> None:
        trial, tested = made.trial, min(made.day + DAY * 3, site.last)
        sent = at(tested, 980 + made.number)
        identity = public_id(sent, site.rng)
        is_bad, is_decided = made.state == "failed", made.state != "submitted"
        key = self.store[QualityTest].add(
            public_id=identity,
            project_id=site.plan.id,
            version_no=1,
            number=made.number,
            author_id=site.team.people[Role.SITE_AGENT].id,
            created_at=sent,
            submitted_at=sent,
            plan_code=made.code,
            item=trial.item,
            standard=trial.standard,
            frequency=f"1 / {_every(made.work, trial)} {made.work.item.unit}",
            sample_location=site.rng.choice(("시점부", "종점부", "2구간")),
            sample_date=made.day,
            test_date=tested,
            laboratory=site.rng.choice(LABORATORIES),
            criterion=trial.criterion,
            measured_value=trial.values[2] if is_bad else site.rng.choice(trial.values[:2]),
            certificate=f"제{site.rng.randrange(1000, 9999)}호",
            result_note="기준 미달, 해당 구간 재시공 뒤 재시험" if is_bad else "",
            required_number=made.required if is_decided else None,
            done_number=made.turn + 1 if is_decided else None,
        )
        decided = min(at(office_day_after(tested), 600 + made.number), self.store.now - DAY / 48)
        action = "fail" if is_bad else "pass"
        decide(self.store, site.plan, site.team, title=trial.item, sent=sent,
               record=(QualityTest.record_type, identity, 1),
               line=("judgement", Role.INSPECTOR),
               decision=(action, made.state, decided) if is_decided else None)  # fmt: skip
        moment = decided if is_decided else None
        self.store.decided[QualityTest].append((key, made.state, moment))

    # -- Non-conformances -------------------------------------------------------------------

    def _add_findings(self, site: Site) -> None:
        for place in range(3 if site.plan.is_running and site.plan.number % 2 else 1):
            state = NCR_STATES[place] if site.plan.is_running else "closed"
            self._add_finding(site, place, state)

    def _add_finding(self, site: Site, place: int, state: str) -> None:
        title, text, wanted, cause, correction, prevention = FINDINGS[
            (site.plan.number + place) % len(FINDINGS)
        ]
        day = max(site.plan.first_report or site.last, site.last - DAY * (4 + 9 * place))
        found = at(day, 700 + place)
        inspector, agent = (site.team.people[role] for role in (Role.INSPECTOR, Role.SITE_AGENT))
        works = [row for row in site.plan.items if row.start <= day] or site.plan.items
        identity = public_id(found, site.rng)
        answered = min(found + DAY * 3, self.store.now - DAY / 12)
        closed = min(found + DAY * 4, self.store.now - DAY / 24)
        key = self.store[NonConformance].add(
            public_id=identity,
            project_id=site.plan.id,
            version_no=1,
            number=place + 1,
            author_id=inspector.id,
            created_at=found,
            found_date=day,
            title=title,
            location=site.rng.choice(("시점부", "종점부", "2구간")),
            work_item_id=works[-1].id,
            description=text,
            requirement=wanted,
            organization_id=site.team.contractor.id,
            rectify_by_date=day + DAY * (3 if state == "open" and place == 0 else 7),
            cause=cause if state != "open" else "",
            correction=correction if state != "open" else "",
            prevention=prevention if state != "open" else "",
            rectified_date=answered.date() if state != "open" else None,
            verification="현장에서 다시 재어 설계와 맞음을 확인" if state == "closed" else "",
            closed_date=closed.date() if state == "closed" else None,
        )
        record = (NonConformance.record_type, identity, 1)
        by, back = (inspector.id, str(Role.INSPECTOR)), (agent.id, str(Role.SITE_AGENT))
        steps = [("issue", ("draft", "open"), by, found)]
        if state != "open":
            steps.append(("rectify", ("open", "done"), back, answered))
        if state == "closed":
            steps.append(("verify", ("done", "closed"), by, closed))
        for action, change, who, moment in steps:
            log(self.store, project_id=site.plan.id, record=record, action=action,
                change=change, by=who, moment=moment)  # fmt: skip
        self.store.decided[NonConformance].append((key, state, found))


def _every(work: PlannedItem, trial: Trial) -> Decimal:
    """Return for how much work one test is made: four at most for the whole item."""
    times = -(-work.quantity // (trial.every * MOST_TESTS))
    return Decimal(trial.every) * max(Decimal(1), times)


def _test_of(work: PlannedItem) -> Trial | None:
    return next((trial for trial in TRIALS if trial.word in work.item.name), None)
