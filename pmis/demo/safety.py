"""Safety records of the demonstration: in all states of their lives, at every running site."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from pmis.demo.album import Album, add_photo
from pmis.demo.dice import dice, public_id
from pmis.demo.events import log
from pmis.demo.people import Team
from pmis.demo.plan import Plan
from pmis.demo.store import Store
from pmis.demo.times import at, is_site_day
from pmis.models import (
    Accident,
    Approval,
    ApprovalEvent,
    EmergencyContact,
    PermitPrecaution,
    Photo,
    RiskAssessment,
    RiskLine,
    SafetyActivity,
    SafetyChecklist,
    SafetyChecklistItem,
    SafetyCost,
    SafetyCostLine,
    SafetyCostPlanLine,
    SafetyFinding,
    SafetyFindingActionPhoto,
    SafetyFindingPhoto,
    SafetyPlan,
    WorkPermit,
)
from pmis.roles import Role

DAY = datetime.timedelta(days=1)
#: Hazard, place, severity, what was done.
FINDINGS = (
    ("개구부 덮개 미고정", "2층 바닥", "serious", "덮개를 볼트로 고정하고 표지 부착"),
    ("비계 작업발판 단부 난간 탈락", "북측 비계 3단", "imminent", "난간 재설치, 전 구간 점검"),
    ("분전반 잠금장치 없음", "현장사무실 뒤 분전반", "minor", "잠금장치와 회로 표찰 부착"),
    ("굴착면 상단에 토사 적치", "1구간 굴착부", "serious", "토사를 1 m 뒤로 옮기고 방호책 설치"),
    ("소화기 압력 부족", "용접 작업장", "minor", "소화기 2대 교체"),
    ("보행 통로 조명 꺼짐", "시점부 가설 보도", "serious", "조명등 4개 교체"),
    ("줄걸이 와이어 소선 끊어짐", "자재 야적장", "imminent", "폐기하고 새 줄걸이로 교체"),
    ("안전대 미체결 작업", "거더 상부", "serious", "작업자 재교육, 생명줄 추가 설치"),
)
#: State of the finding in each place, and days since it was found.
LIVES = (
    ("closed", 40), ("closed", 26), ("assigned", 12), ("done", 5),
    ("assigned", 3), ("open", 1), ("released", 18), ("closed", 33),
)  # fmt: skip
WALKS = {
    "open": ("open",),
    "assigned": ("assign_action",),
    "done": ("assign_action", "done"),
    "released": ("assign_action", "stop", "lift_stop"),
    "closed": ("assign_action", "done", "verify"),
}
AFTER = {
    "open": "open", "assign_action": "assigned", "done": "done", "stop": "stopped",
    "lift_stop": "released", "verify": "closed",
}  # fmt: skip
ROUND = (
    "작업 전 안전점검회의 실시", "보호구 착용", "통로 확보와 조명", "개구부 덮개와 난간",
    "자재 적치 상태", "소화기 비치", "분전반과 누전차단기", "정리정돈",
)  # fmt: skip
RISKS = (
    ("굴착", "굴착면 붕괴", 3, 5, "흙막이 계측과 기울기 준수"),
    ("자재 인양", "줄걸이 파단으로 낙하", 2, 5, "줄걸이 매일 점검, 인양 반경 통제"),
    ("고소 작업", "단부에서 추락", 3, 4, "안전난간과 안전대 걸이 설치"),
    ("용접", "불티로 화재", 2, 3, "불티 비산 방지포와 화재감시자"),
    ("장비 이동", "후진 장비와 충돌", 2, 4, "신호수 배치, 후방 카메라"),
)
CONTACTS = (
    ("화재·구급", "소방서", "119"),
    ("중대재해 보고", "고용노동부 관할 지청(시연)", "02-0000-1350"),
    ("현장 비상연락", "현장사무실", "02-0000-2119"),
    ("가스 누출", "도시가스 안전관리(시연)", "02-0000-4500"),
)
PERMITS = (
    ("hot_work", "거더 브래킷 용접", "상부 작업대", ("화재감시자와 소화기", "불티 비산 방지포")),
    ("crane", "철근 다발 인양", "자재 야적장", ("인양 계획 확인", "신호수 배치", "반경 통제")),
    ("confined_space", "맨홀 내부 방수", "3번 맨홀", ("산소농도 측정", "환기", "감시인 배치")),
    ("height", "난간 도장", "종점부 난간", ("안전대 걸이", "하부 통제")),
)
SPENDING = (
    ("facilities", "안전난간과 개구부 덮개", 0.35),
    ("protection", "안전모, 안전대, 안전화", 0.20),
    ("managers", "안전관리자 인건비", 0.30),
    ("education", "신규자 교육 자료", 0.05),
)
#: Sites that had an accident: (place among the running sites) → kind, injured, near miss, state.
ACCIDENTS = {
    3: ("struck", 1, False, "closed"),
    8: ("trip", 1, False, "measures"),
    14: ("fall", 1, False, "investigating"),
    19: ("collapse", 0, True, "reported"),
    26: ("vehicle", 0, True, "closed"),
}
CHILDREN = (
    SafetyFindingPhoto, SafetyFindingActionPhoto, SafetyChecklistItem, RiskLine,
    EmergencyContact, SafetyCostPlanLine, SafetyCostLine, PermitPrecaution,
)  # fmt: skip
RECORDS = (
    SafetyFinding, SafetyChecklist, RiskAssessment, SafetyPlan, SafetyCost, SafetyActivity,
    WorkPermit, Accident,
)  # fmt: skip


def write_safety(store: Store, album: Album, plans: Sequence[Plan], teams: dict[int, Team]) -> None:
    """Collect and send the safety records of all running sites."""
    running = [plan for plan in plans if plan.is_running and plan.start]
    for place, plan in enumerate(running):
        site = SafetySite(store, album, plan, teams[plan.number])
        site.add_all(ACCIDENTS.get(place))
    store.write(Photo, *RECORDS, *CHILDREN, Approval, ApprovalEvent)
    for model in RECORDS:
        store.decide(model)


class SafetySite:
    """Collects the safety records of one site."""

    def __init__(self, store: Store, album: Album, plan: Plan, team: Team) -> None:
        self.store, self.album, self.plan, self.team = store, album, plan, team
        self.numbers: dict[type[models.Model], int] = {}
        assert plan.start is not None  # noqa: S101 - only running sites come here
        self.start = plan.start

    def add_all(self, accident: tuple[str, int, bool, str] | None) -> None:
        """Collect everything of the site."""
        self._add_plan()
        for place, (state, ago) in enumerate(LIVES):
            self._add_finding(place, state, ago)
        for place, ago in enumerate((30, 21, 14, 7, 2, 1)):
            self._add_checklist(place, ago)
        for place, ago in enumerate((60, 20)):
            self._add_assessment(place, ago)
        for back in (3, 2, 1):
            self._add_cost(back)
        for place, ago in enumerate((45, 31, 24, 10, 3)):
            self._add_activity(place, ago)
        for place in range(len(PERMITS)):
            self._add_permit(place)
        if accident:
            self._add_accident(*accident)

    # -- What all have in common ----------------------------------------------------------------

    def _dice(self, *parts: object) -> random.Random:
        return dice("safety", self.plan.number, *parts)

    def _day(self, ago: int) -> datetime.date:
        """Return a site day so many days back, but not before the work began."""
        day = max(self.start, self.store.today - DAY * ago)
        while not is_site_day(day) and day > self.start:
            day -= DAY
        return day

    def _add(
        self,
        model: Any,
        moment: datetime.datetime,
        author: Role,
        *,
        number: bool = True,
        **values: Any,
    ) -> tuple[int, UUID]:
        identity = public_id(moment, self._dice(model.record_type, moment, *values.values()))
        if number:
            self.numbers[model] = self.numbers.get(model, 0) + 1
        key = self.store[model].add(
            public_id=identity,
            project_id=self.plan.id,
            author_id=self.team.people[author].id,
            created_at=moment,
            number=self.numbers[model] if number else None,
            **values,
        )
        return key, identity

    def _log(
        self, model: Any, identity: UUID, action: str, change: tuple[str, str],
        role: Role, moment: datetime.datetime, approval: int | None = None,
        step: int | None = None, comment: str = "",
    ) -> None:  # fmt: skip
        log(self.store, project_id=self.plan.id, record=(model.record_type, identity, 1),
            action=action, change=change, by=(self.team.people[role].id, str(role)),
            moment=min(moment, self.store.now), comment=comment, approval=approval,
            step=step)  # fmt: skip

    def _approve(
        self, model: Any, key: int, identity: UUID, title: str, writer: Role,
        deciders: Sequence[tuple[str, Role]], moment: datetime.datetime, *, waits: bool = False,
    ) -> None:  # fmt: skip
        """Lead a record through its line, or leave it at the first step."""
        steps = [
            {"action": action, "role": str(role), "mode": "serial", "quorum": 1}
            for action, role in deciders
        ]
        decided = None if waits else moment + datetime.timedelta(hours=3 * len(steps))
        approval = self.store[Approval].add(
            public_id=public_id(moment, self._dice("approval", identity)),
            project_id=self.plan.id,
            record_type=model.record_type,
            record_public_id=identity,
            version_no=1,
            title=title,
            state="in_review" if waits else "approved",
            drafter_id=self.team.people[writer].id,
            drafter_role=str(writer),
            steps=steps,
            approver_roles=[step["role"] for step in steps],
            current_step=0 if waits else len(steps),
            current_action=steps[0]["action"] if waits else "",
            current_role=steps[0]["role"] if waits else "",
            submitted_at=moment,
            decided_at=decided,
            processing_days=None if waits else 0,
        )
        self._log(model, identity, "submit", ("draft", "submitted"), writer, moment, approval)
        state = "submitted"
        for place, (action, role) in enumerate(() if waits else deciders):
            after = "confirmed" if action == "confirm" else "approved"
            taken = moment + datetime.timedelta(hours=3 * (place + 1))
            self._log(model, identity, action, (state, after), role, taken, approval, place)
            state = after
        self.store.decided[model].append((key, "submitted" if waits else "approved", decided))

    # -- Findings -------------------------------------------------------------------------------

    def _add_finding(self, place: int, state: str, ago: int) -> None:
        rng = self._dice("finding", place)
        hazard, where, severity, action = FINDINGS[(place + self.plan.number) % len(FINDINGS)]
        day = self._day(ago)
        found = min(at(day, 600 + 17 * place), self.store.now)
        due = day + DAY * (3 if severity != "imminent" else 1)
        done = min(due, self.store.today)
        firm = rng.choice([self.team.contractor, *self.team.subcontractors])
        is_stopped, is_done = state == "released", state in ("done", "closed")
        key, identity = self._add(
            SafetyFinding, found, Role.INSPECTOR,
            hazard=hazard, place=where, severity="imminent" if is_stopped else severity,
            organization_id=None if state == "open" else firm.id,
            due_date=None if state == "open" else due,
            source=rng.choice(("patrol", "patrol", "checklist", "worker")), found_date=day,
            inspecting_body_id=self.team.supervision.id,
            stopped_by_workers=is_stopped and rng.random() < 0.4,
            action_note=action if is_done else "",
            done_date=done if is_done else None,
            verification_note="현장에서 확인함" if state == "closed" else "",
            closed_date=min(done + DAY, self.store.today) if state == "closed" else None,
            stop_scope="이 구간의 모든 작업" if is_stopped else "",
            stopped_at=found if is_stopped else None,
            lift_note=f"{action}, 감리원 확인" if is_stopped else "",
            lifted_at=found + DAY if is_stopped else None,
        )  # fmt: skip
        self._add_finding_photo(SafetyFindingPhoto, key, found, hazard, "before")
        if is_done:
            self._add_finding_photo(SafetyFindingActionPhoto, key, at(done, 900), action, "after")
        before = "draft"
        for number, taken in enumerate(WALKS[state]):
            role = Role.SITE_AGENT if taken == "done" else Role.SUPERVISOR
            role = Role.INSPECTOR if number == 0 else role
            moment = found + DAY * number
            self._log(SafetyFinding, identity, taken, (before, AFTER[taken]), role, moment)
            before = AFTER[taken]
        self.store.decided[SafetyFinding].append((key, state, found))

    def _add_finding_photo(
        self, model: Any, finding: int, taken: datetime.datetime, caption: str, category: str
    ) -> None:
        taken = min(taken, self.store.now)
        scene = self.plan.items[finding % len(self.plan.items)].item.scene
        picture = self.album.picture(scene, finding + len(category))
        photo = add_photo(self.store, picture, self.plan, self.team, taken=taken,
                          caption=caption, activity="안전점검", category=category)  # fmt: skip
        self.store[model].add(finding_id=finding, photo_id=photo, order=0)

    # -- Paper ----------------------------------------------------------------------------------

    def _add_plan(self) -> None:
        amount = round(self.plan.amount * 0.019 / 1000) * 1000
        moment = at(self.start, 540)
        key, identity = self._add(
            SafetyPlan, moment, Role.SITE_AGENT, submitted_at=moment, as_of_date=self.start,
            measures="위험 작업은 허가를 받아 시작하고, 매일 작업 전 안전점검회의를 연다.",
            emergency_procedure="119 신고, 작업 중지와 대피, 감리단과 발주청에 보고",
            evacuation_place="현장 정문 앞 집결지", appropriated_amount=amount,
        )  # fmt: skip
        for order, (duty, body, phone) in enumerate(CONTACTS):
            self.store[EmergencyContact].add(
                plan_id=key, order=order, duty=duty, body=body, office_phone=phone
            )
        for order, (item, _words, share) in enumerate(SPENDING):
            planned = round(amount * share / 1000) * 1000
            self.store[SafetyCostPlanLine].add(
                plan_id=key, order=order, item=item, planned_amount=planned
            )
        deciders = (("confirm", Role.SUPERVISOR), ("approve", Role.OFFICER))
        self._approve(SafetyPlan, key, identity, "안전관리계획", Role.SITE_AGENT, deciders, moment)

    def _add_assessment(self, place: int, ago: int) -> None:
        day = self._day(ago)
        moment = at(day, 980 + place)
        work = self.plan.items[place % len(self.plan.items)].item.name
        key, identity = self._add(
            RiskAssessment, moment, Role.SITE_AGENT, submitted_at=moment, date=day, work=work,
            kind="regular" if place else "initial",
            worker_share="작업반장과 근로자 대표가 함께 살핌",
            security_note="화약류 없음. 야간 경비 2인, 출입 통제 1개소" if place else "",
        )  # fmt: skip
        for order, (task, hazard, likelihood, severity, measure) in enumerate(RISKS):
            self.store[RiskLine].add(
                assessment_id=key, order=order, task=task, hazard=hazard, likelihood=likelihood,
                severity=severity, level=likelihood * severity, measure=measure,
                organization_id=self.team.contractor.id, due_date=day + DAY * 7,
            )  # fmt: skip
        deciders = (("approve", Role.SUPERVISOR),)
        self._approve(
            RiskAssessment, key, identity, work, Role.SITE_AGENT, deciders, moment,
            waits=bool(place) and self.plan.number % 5 == 0,
        )  # fmt: skip

    def _add_checklist(self, place: int, ago: int) -> None:
        rng = self._dice("checklist", place)
        day = self._day(ago)
        moment = at(day, 1000 + place)
        results = [rng.choice(("pass",) * 9 + ("fail", "na")) for _item in ROUND]
        counted = [result for result in results if result != "na"] or ["pass"]
        score = Decimal(100 * counted.count("pass")) / len(counted)
        key, identity = self._add(
            SafetyChecklist, moment, Role.SITE_AGENT, submitted_at=moment, date=day,
            template="cold" if place == 1 else "general",
            period="weekly" if place % 3 == 0 else "daily", place="현장 전체",
            score=score.quantize(Decimal("0.01")), inspecting_body_id=self.team.contractor.id,
        )  # fmt: skip
        for order, (text, result) in enumerate(zip(ROUND, results, strict=True)):
            self.store[SafetyChecklistItem].add(
                checklist_id=key, order=order, text=text, result=result,
                note="즉시 바로잡을 것" if result == "fail" else "",
            )  # fmt: skip
        deciders = (("approve", Role.SUPERVISOR),)
        self._approve(
            SafetyChecklist, key, identity, f"일반 {day}", Role.SITE_AGENT, deciders, moment,
            waits=place == 5 and self.plan.number % 3 == 0,
        )  # fmt: skip

    def _add_cost(self, back: int) -> None:
        month = self.store.today.replace(day=1)
        for _month in range(back):
            month = (month - DAY).replace(day=1)
        if month < self.start.replace(day=1):
            return
        rng = self._dice("cost", month)
        moment = at((month + DAY * 32).replace(day=3), 600)
        if moment >= self.store.now:
            return
        total = 0
        lines = []
        for item, words, share in SPENDING:
            amount = round(self.plan.amount * 0.019 * share * rng.uniform(0.05, 0.11) / 100) * 100
            lines.append((item, words, amount))
            total += amount
        key, identity = self._add(
            SafetyCost, moment, Role.SITE_AGENT, submitted_at=moment, month=month,
            total_amount=total,
        )  # fmt: skip
        for order, (item, words, amount) in enumerate(lines):
            self.store[SafetyCostLine].add(
                statement_id=key, order=order, item=item, description=words, spent_amount=amount
            )
        self._approve(
            SafetyCost, key, identity, f"{month:%Y-%m}", Role.SITE_AGENT,
            (("approve", Role.SUPERVISOR),), moment,
            waits=back == 1 and self.plan.number % 4 == 0,
        )  # fmt: skip

    # -- Meetings, permits, accidents -----------------------------------------------------------

    def _add_activity(self, place: int, ago: int) -> None:
        kinds = (
            ("new_worker", "신규 채용자 안전교육", "1.00"),
            ("regular", "정기 안전보건교육: 추락 예방", "2.00"),
            ("special", "밀폐공간 작업 특별교육", "2.00"),
            ("drill", "화재 대피 훈련", None),
            ("changed_work", "작업내용 변경 교육: 인양 작업", "1.00"),
        )
        kind, topic, hours = kinds[place]
        rng = self._dice("activity", place)
        day = self._day(ago)
        moment = at(day, 1020 + place)
        people = rng.randrange(8, 40)
        key, identity = self._add(
            SafetyActivity, moment, Role.SITE_AGENT, kind=kind, topic=topic, date=day,
            start_time=datetime.time(13, 0), duration_hours=Decimal(hours) if hours else None,
            attendance_count=people, foreign_count=people // 4, languages="한국어, 베트남어",
            place="현장 교육장", organization_id=self.team.contractor.id,
        )  # fmt: skip
        self._log(SafetyActivity, identity, "report", ("draft", "reported"), Role.SITE_AGENT,
                  moment)  # fmt: skip
        self.store.decided[SafetyActivity].append((key, "reported", moment))

    def _add_permit(self, place: int) -> None:
        """Collect a permit: one was closed, one expired, one is valid today, one waits."""
        kind, work, where, precautions = PERMITS[place]
        ago = (9, 2, 0, -1)[place]
        day = self._day(ago) if ago > 0 else self.store.today - DAY * ago
        asked = min(at(day - DAY, 960 + place), self.store.now - datetime.timedelta(hours=9))
        ended = at(day, 1080)
        key, identity = self._add(
            WorkPermit, asked, Role.SITE_AGENT, submitted_at=asked, kind=kind, work=work,
            place=where, organization_id=self.team.subcontractors[0].id,
            worker_count=3 + place, valid_from=at(day, 480), valid_until=ended,
            closing_note="정리정돈과 잔불 확인" if place == 0 else "",
            closed_at=ended if place == 0 else None,
        )  # fmt: skip
        for order, text in enumerate(precautions):
            self.store[PermitPrecaution].add(
                permit_id=key, order=order, text=text, is_in_place=True
            )
        self._approve(
            WorkPermit, key, identity, f"{work} {where}", Role.SITE_AGENT,
            (("approve", Role.SUPERVISOR),), asked, waits=place == 3,
        )  # fmt: skip
        if place == 0:
            self._log(WorkPermit, identity, "close", ("approved", "closed"), Role.SITE_AGENT,
                      ended)  # fmt: skip
            _key, _state, decided = self.store.decided[WorkPermit].pop()
            self.store.decided[WorkPermit].append((key, "closed", decided))

    def _add_accident(self, kind: str, injured: int, is_near_miss: bool, state: str) -> None:
        happened = at(self._day(34), 640)
        told = happened + datetime.timedelta(minutes=50)
        ended = state in ("measures", "closed")
        key, identity = self._add(
            Accident, told, Role.SITE_AGENT, kind=kind, is_near_miss=is_near_miss,
            occurred_at=happened, place="자재 야적장", injured_count=injured,
            has_stoppage=bool(injured), stoppage_scope="야적장 인양 작업" if injured else "",
            authority="고용노동부 관할 지청(시연)" if injured else "",
            authority_reported_at=told if injured else None,
            account="자재를 옮기던 중 일어남. 구급 조치 뒤 작업을 멈추고 보고함.",
            victim_details="협력사 근로자 1명, 손가락 골절(지어낸 내용)" if injured else "",
            witness_statements="함께 일하던 근로자 1명의 진술(지어낸 내용)" if injured else "",
            preliminary_cause="줄걸이 점검 누락으로 보임",
            cause="줄걸이 점검 절차를 지키지 않음" if ended else "",
            prevention_measure="줄걸이를 매일 점검하고 기록함" if ended else "",
            resumed_at=happened + DAY * 2 if injured and state == "closed" else None,
            closed_date=(happened + DAY * 21).date() if state == "closed" else None,
        )  # fmt: skip
        walk = ("report", "investigate", "conclude", "close")
        states = ("draft", "reported", "investigating", "measures", "closed")
        for number, action in enumerate(walk[: states.index(state)]):
            role = Role.SITE_AGENT if number == 0 else Role.SUPERVISOR
            self._log(Accident, identity, action, (states[number], states[number + 1]), role,
                      told + DAY * 7 * number)  # fmt: skip
        self.store.decided[Accident].append((key, state, told))
