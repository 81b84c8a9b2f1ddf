"""Catch-up plans of the demonstration: some late sites have answered, the others still owe one."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal

from pmis import progress
from pmis.demo.dice import dice, public_id
from pmis.demo.events import log_approval
from pmis.demo.people import Team
from pmis.demo.plan import Plan
from pmis.demo.store import Store
from pmis.demo.times import at, is_office_day
from pmis.models import CatchUpDemand, CatchUpMeasure, CatchUpPlan
from pmis.roles import Role
from pmis.services.catch_up_plans import demand_catch_up_plans

DAY = datetime.timedelta(days=1)
LIMIT = Decimal(-5)
#: An answered demand lies so many days back, and so many ahead the site is back on plan.
AGO, AHEAD = 24, 55
CAUSES = (
    "지하 지장물 이설이 늦어져 터파기가 중단되었습니다.",
    "여름철 집중호우로 작업하지 못한 날이 예상보다 많았습니다.",
    "주요 자재의 공장 제작이 늦어졌습니다.",
)
MEASURES = (
    "작업조를 2개 조로 늘려 앞 공종과 겹쳐 시공",
    "야간 작업 허가를 받아 하루 작업시간 2시간 연장",
)


def add_catch_up_plans(store: Store, plans: Sequence[Plan], teams: dict[int, Team]) -> None:
    """Write the plans of every second late site; then demand those that are owed today."""
    for plan in plans:
        if plan.is_running and plan.speed < 0.9 and plan.last_report and plan.number % 4 != 2:
            _add_plan(store, plan, teams[plan.number])
    store.write(CatchUpDemand, CatchUpPlan, CatchUpMeasure)
    store.decide(CatchUpPlan)
    demand_catch_up_plans(store.today)


def _add_plan(store: Store, plan: Plan, team: Team) -> None:
    day = store.today - DAY * AGO
    while not is_office_day(day):
        day -= DAY
    items = [row.arithmetic for row in plan.items]
    done = {
        row.item.code: row.quantity * Decimal(str(round(plan.share_done(row, day), 4)))
        for row in plan.items
    }
    planned, actual = progress.planned_rate(items, day), progress.actual_rate(items, done)
    difference = progress.variance(planned, actual)
    if plan.start is None or day < plan.start or difference is None or difference >= LIMIT:
        return
    rng, submitted = dice("catch up", plan.number), at(day + DAY * 3, 880)
    facts = {"demanded_date": day, "due_date": day + DAY * 9} | {
        "planned_rate": planned, "actual_rate": actual,
    }  # fmt: skip
    store[CatchUpDemand].add(
        project_id=plan.id, limit_points=LIMIT, created_at=at(day + DAY, 30), **facts
    )
    identity = public_id(submitted, rng)
    key = store[CatchUpPlan].add(
        public_id=identity,
        project_id=plan.id,
        version_no=1,
        number=1,
        state="draft",
        author_id=team.people[Role.SITE_AGENT].id,
        created_at=submitted,
        submitted_at=submitted,
        cause=CAUSES[plan.number % len(CAUSES)],
        recovery_date=store.today + DAY * AHEAD,
        effect="준공일은 바뀌지 않습니다.",
        extra_resources="철근공 6명, 굴착기 1대 추가",
        **facts,
    )
    under_way = [row for row in plan.items if row.finish > day][: len(MEASURES)]
    for order, (row, measure) in enumerate(zip(under_way, MEASURES, strict=False)):
        store[CatchUpMeasure].add(
            plan_id=key,
            work_item_code=row.item.code,
            measure=measure,
            start_date=day + DAY * 7,
            finish_date=store.today + DAY * AHEAD,
            order=order,
        )
    approved = at(day + DAY * 6, 900)
    log_approval(
        store,
        project_id=plan.id,
        record=("catch_up_plan", identity, 1),
        title=f"{plan.name} {day}",
        team=team,
        moments=(submitted, at(day + DAY * 5, 640), approved),
    )
    store.decided[CatchUpPlan].append((key, "approved", approved))
