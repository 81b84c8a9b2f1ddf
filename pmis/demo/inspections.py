"""Inspections of the demonstration: hold points of the running sites in all their states."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass
from uuid import UUID

from pmis.demo.dice import dice, public_id
from pmis.demo.events import Named, log
from pmis.demo.people import Person, Team
from pmis.demo.plan import Plan, PlannedItem
from pmis.demo.store import Store
from pmis.demo.times import at, is_site_day
from pmis.models import (
    Approval,
    ApprovalEvent,
    InspectionItem,
    InspectionRequest,
    InspectionTemplate,
)
from pmis.roles import Role
from pmis.services.inspection_templates import load_templates

DAY = datetime.timedelta(days=1)
#: Checklist of a work item, by a word in its section or name; the first that fits.
CHECKLISTS = (
    ("철근", "구조물 기초공사"), ("타설", "구조물 기초공사"), ("거푸집", "구조물 기초공사"),
    ("말뚝", "구조물 기초공사"), ("터널", "터널공사"), ("흙막이", "가설흙막이"),
    ("가시설", "가설흙막이"), ("관로", "우,오,상수공"), ("관부설", "우,오,상수공"),
    ("배수", "우,오,상수공"), ("포장", "포장공"), ("식재", "식재공사"), ("시설물", "조경시설 공사"),
    ("골조", "철근콘크리트"), ("설비", "배관공사"),
)  # fmt: skip
#: What becomes of the inspections of a running site, the newest first.
NEWEST = ("draft", "submitted", "scheduled", "conditional", "failed", "passed", "rectified")
NOTES = (
    "간격재가 빠진 곳 보완 뒤 재검측",
    "이음 길이 부족, 보강 뒤 재검측",
    "계획고 차이 있음, 재시공",
)
ACTIONS = ("빠진 간격재를 넣고 피복 두께를 다시 쟀음", "이음부를 보강하고 결속을 더함")


@dataclass(frozen=True)
class Asked:
    """One request: of which work, when it was sent and looked at, what became of it."""

    work: PlannedItem
    state: str
    sent: datetime.datetime
    inspected: datetime.datetime
    location: str


def decide(
    store: Store,
    plan: Plan,
    team: Team,
    *,
    record: Named,
    title: str,
    line: tuple[str, Role],
    sent: datetime.datetime,
    decision: tuple[str, str, datetime.datetime] | None,
    writer: Role = Role.SITE_AGENT,
) -> None:
    """Collect the approval and the log of a record with one step, named with its role.

    `decision` is action, new state and moment; None where it waits.
    """
    step, decider = line
    drafter = team.people[writer]
    approval = store[Approval].add(
        public_id=public_id(sent, dice("approval", *record, sent)),
        project_id=plan.id,
        record_type=record[0],
        record_public_id=record[1],
        version_no=record[2],
        title=title[:300],
        state="approved" if decision else "in_review",
        drafter_id=drafter.id,
        drafter_role=str(writer),
        steps=[{"action": step, "role": str(decider), "mode": "serial", "quorum": 1}],
        approver_roles=[str(decider)],
        current_step=1 if decision else 0,
        current_action="" if decision else step,
        current_role="" if decision else str(decider),
        submitted_at=sent,
        decided_at=decision[2] if decision else None,
        processing_days=(decision[2] - sent).days if decision else None,
    )
    log(store, project_id=plan.id, record=record, action="submit", change=("draft", "submitted"),
        by=(drafter.id, str(writer)), moment=sent, approval=approval)  # fmt: skip
    if decision:
        action, state, moment = decision
        log(store, project_id=plan.id, record=record, action=action, moment=moment, step=0,
            change=("submitted", state), by=(team.people[decider].id, str(decider)),
            approval=approval)  # fmt: skip


class InspectionWriter:
    """Collects the inspections of one site after the other."""

    def __init__(self, store: Store) -> None:
        load_templates()
        self.store = store
        rows = InspectionTemplate.objects.prefetch_related("items").order_by("order")
        self.templates = {row.work_type: (row.pk, list(row.items.all())) for row in rows[::-1]}

    def add_site(self, plan: Plan, team: Team) -> None:
        """Collect some of the inspections of a site that has reports."""
        if plan.first_report is None or plan.last_report is None:
            return
        rng = dice("inspections", plan.number)
        number = 0
        for asked in self._asked(plan, rng):
            number += asked.state != "draft"
            first = self._add(plan, team, asked, rng, number=number)
            if asked.state == "rectified":
                number += 1
                days = DAY * 3
                again = Asked(
                    asked.work, "passed", asked.sent + days, asked.inspected + days, asked.location
                )
                self._add(plan, team, again, rng, number=number, previous=first)

    def write(self) -> None:
        """Send what was collected and lead it to its states."""
        self.store.write(InspectionRequest, InspectionItem, Approval, ApprovalEvent)
        self.store.decide(InspectionRequest)

    def _asked(self, plan: Plan, rng: random.Random) -> list[Asked]:
        """Return the inspections of a site, oldest first."""
        last = plan.last_report or self.store.today
        works = [row for row in plan.items if row.start <= last]
        if not works:
            return []
        count = min(9, 3 + len(works))
        found = []
        for place in range(count):
            usual = "rectified" if place % 5 == 4 else "passed"
            state = NEWEST[place] if plan.is_running and place < len(NEWEST) else usual
            ahead = state in ("draft", "submitted", "scheduled")
            day = self.store.today if ahead else _site_day(last - DAY * (3 + 6 * place))
            if day < (plan.start or day):
                continue
            sent = at(day - DAY, 930 + rng.randrange(90))
            work = works[-1 - place % len(works)]
            moment = at(day, 600 + rng.randrange(240))
            place_name = rng.choice(("시점부", "종점부", "2구간"))
            found.append(Asked(work, state, sent, moment, place_name))
        return found[::-1]

    def _add(
        self,
        plan: Plan,
        team: Team,
        asked: Asked,
        rng: random.Random,
        *,
        number: int,
        previous: tuple[int, UUID] | None = None,
    ) -> tuple[int, UUID]:
        template, points = self._checklist(asked.work)
        is_decided = asked.state not in ("draft", "submitted", "scheduled")
        inspector = team.people[Role.INSPECTOR]
        identity = public_id(asked.sent, rng)
        title = asked.work.item.name
        is_bad = asked.state in ("failed", "conditional", "rectified")
        key = self.store[InspectionRequest].add(
            public_id=identity,
            project_id=plan.id,
            version_no=1,
            number=number if asked.state != "draft" else None,
            author_id=team.people[Role.SITE_AGENT].id,
            created_at=asked.sent - datetime.timedelta(minutes=20),
            submitted_at=asked.sent if asked.state != "draft" else None,
            activity=title,
            work_item_id=asked.work.id,
            location=asked.location,
            drawing_number=f"{asked.work.item.code}-{rng.randrange(1, 40):03}",
            kind="hold_point" if rng.random() < 0.7 else "witness_point",
            inspection_date=asked.inspected.date(),
            inspection_time=datetime.time(rng.choice((9, 10, 14, 15)), rng.choice((0, 30))),
            template_id=template,
            previous_id=previous[0] if previous else None,
            chain=previous[1] if previous else None,
            reinspection_number=1 if previous else 0,
            result_note=rng.choice(NOTES) if is_bad else "",
            rectify_by_date=asked.inspected.date() + DAY * 5 if is_bad else None,
            corrective_action=rng.choice(ACTIONS) if asked.state == "rectified" else "",
            **(_inspected(asked, inspector) if is_decided else {}),
        )
        self._add_points(key, asked, points, is_decided=is_decided, is_bad=is_bad)
        self._decide(plan, team, asked, key, (InspectionRequest.record_type, identity, 1), title)
        return key, identity

    def _add_points(
        self, key: int, asked: Asked, points: list[str], *, is_decided: bool, is_bad: bool
    ) -> None:
        for order, point in enumerate(points):
            failed = is_bad and asked.state != "conditional" and order == 0
            result = ("fail" if failed else "pass") if is_decided else ""
            self.store[InspectionItem].add(
                request_id=key,
                order=order,
                item=point,
                self_check="" if asked.state == "draft" else "pass",
                result=result,
                measured_value="기준 미달" if failed else "",
                remark="재시공 뒤 재검측" if failed else "",
            )

    def _decide(
        self, plan: Plan, team: Team, asked: Asked, key: int, record: Named, title: str
    ) -> None:
        if asked.state == "draft":
            return
        actions = {"passed": "pass", "conditional": "pass_conditionally"}
        decision = None
        if asked.state not in ("submitted", "scheduled"):
            state = "failed" if asked.state == "rectified" else asked.state
            decision = (actions.get(state, "fail"), state, asked.inspected)
        decide(self.store, plan, team, record=record, title=f"{title}, {asked.location}",
               line=("inspection", Role.INSPECTOR), sent=asked.sent, decision=decision)  # fmt: skip
        by = (team.people[Role.SITE_AGENT].id, str(Role.SITE_AGENT))
        if asked.state == "scheduled":
            log(self.store, project_id=plan.id, record=record, action="schedule",
                change=("submitted", "scheduled"), moment=asked.sent + DAY / 24,
                by=(team.people[Role.INSPECTOR].id, str(Role.INSPECTOR)))  # fmt: skip
        if asked.state == "rectified":
            log(self.store, project_id=plan.id, record=record, action="rectify", by=by,
                change=("failed", "rectified"), moment=asked.inspected + DAY)  # fmt: skip
        moment = asked.inspected if decision else None
        self.store.decided[InspectionRequest].append((key, asked.state, moment))

    def _checklist(self, work: PlannedItem) -> tuple[int, list[str]]:
        words = f"{work.item.name} {work.item.section}"
        name = next((kind for word, kind in CHECKLISTS if word in words), "토공")
        key, points = self.templates[name]
        return key, [f"[{point.timing}] {point.item}"[:200] for point in points[:6]]


def _inspected(asked: Asked, inspector: Person) -> dict[str, object]:
    return {
        "inspected_at": asked.inspected,
        "inspector_id": inspector.id,
        "inspector_role": str(Role.INSPECTOR),
        "inspector_firm_id": inspector.organization.id,
    }


def _site_day(day: datetime.date) -> datetime.date:
    """Return the last day on which sites worked, up to `day`."""
    while not is_site_day(day):
        day -= DAY
    return day
