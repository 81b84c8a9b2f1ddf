"""Schedules of the demonstration: tree, predecessors, milestones, and the network worked out."""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from pmis import progress
from pmis.calendar import DayScale, WorkingDays
from pmis.demo.dice import dice, public_id
from pmis.demo.events import log_approval
from pmis.demo.people import Team
from pmis.demo.plan import Plan, PlannedItem
from pmis.demo.store import Store
from pmis.demo.times import at
from pmis.models import Milestone, Schedule, WorkGroup, WorkItem
from pmis.network import Activity, Link, LinkKind, analyse, write_links
from pmis.roles import Role

DAY = datetime.timedelta(days=1)
#: Milestones of every project, by the planned rate at which they are promised.
MILESTONES = ((30, "공정 30 %"), (60, "공정 60 %"), (95, "예비준공검사"), (100, "준공"))
#: Points by which what was entered may lie behind what a site aims at.
MARGIN = 2


def add_schedule(store: Store, plan: Plan, team: Team) -> None:
    """Collect the schedule of a started project with its lines and its approval."""
    if plan.start is None or plan.start > store.today or plan.signed is None:
        return
    rng = dice("schedule", plan.number)
    submitted = at(plan.start + DAY * 2, 1010)
    identity = public_id(submitted, rng)
    schedule = store[Schedule].add(
        public_id=identity,
        project_id=plan.id,
        version_no=1,
        number=1,
        state="draft",
        author_id=team.people[Role.SITE_AGENT].id,
        created_at=submitted,
        submitted_at=submitted,
        as_of_date=plan.start,
        working_week=Schedule.WorkingWeek.MON_SAT,
    )
    _add_tree(store, plan, schedule)
    _add_milestones(store, plan, schedule)
    confirmed, approved = at(plan.start + DAY * 3, 700), at(plan.start + DAY * 5, 840)
    log_approval(
        store,
        project_id=plan.id,
        record=("schedule", identity, 1),
        title=f"{plan.name} v1",
        team=team,
        moments=(submitted, confirmed, approved),
    )
    store.decided[Schedule].append((schedule, "approved", approved))


def _add_tree(store: Store, plan: Plan, schedule: int) -> None:
    sections = list(dict.fromkeys(row.item.section for row in plan.items))
    for order, section in enumerate(sections):
        store[WorkGroup].add(schedule_id=schedule, code=_group(order), name=section, order=order)
    activities, scale = _network(plan.items)
    places = analyse(activities).places
    for order, (row, activity) in enumerate(zip(plan.items, activities, strict=True)):
        place = places[activity.code]
        row.id = store[WorkItem].add(
            schedule_id=schedule,
            code=row.item.code,
            name=row.item.name,
            parent_code=_group(sections.index(row.item.section)),
            unit=row.item.unit,
            quantity=row.quantity,
            amount=row.amount,
            weight=row.weight,
            planned_start_date=row.start,
            planned_finish_date=row.finish,
            predecessors=write_links(activity.links),
            organization_id=row.subcontractor,
            early_start_date=scale.day(place.early_start),
            early_finish_date=scale.day(place.early_finish - 1),
            late_start_date=scale.day(place.late_start),
            late_finish_date=scale.day(place.late_finish - 1),
            total_float_days=place.total_float,
            free_float_days=place.free_float,
            is_critical=place.is_critical,
            location=plan.site.quarters[0].area.names["ko"],
            order=order,
            resource_loading={"crew": dict(row.item.crew)},
        )


def _group(order: int) -> str:
    return f"W{order + 1}"


def _network(items: Sequence[PlannedItem]) -> tuple[list[Activity], DayScale]:
    """Return the items linked as their days suggest, on a calendar of six days."""
    first = min(row.start for row in items)
    last = max(row.finish for row in items)
    calendar = WorkingDays(first, last, weekdays=Schedule.WEEKDAYS[Schedule.WorkingWeek.MON_SAT])
    scale = DayScale(calendar, first)
    activities: list[Activity] = []
    for row in items:
        start, length = scale.number(row.start), scale.length(row.start, row.finish)
        links = tuple(_links(start, activities))
        activities.append(Activity(row.item.code, start, length, links))
    return activities, scale


def _links(start: int, before: Sequence[Activity]) -> Iterator[Link]:
    """Yield the link to the last activity that is over by then, else to the last one begun."""
    over = [row for row in before if row.start + row.duration <= start]
    begun = [row for row in before if row.start <= start]
    if over:
        latest = max(over, key=lambda row: row.start + row.duration)
        lag = start - latest.start - latest.duration
        yield Link(latest.code, LinkKind.FINISH_START, lag)
    elif begun:
        latest = max(begun, key=lambda row: row.start)
        yield Link(latest.code, LinkKind.START_START, start - latest.start)


def _add_milestones(store: Store, plan: Plan, schedule: int) -> None:
    assert plan.start is not None and plan.finish is not None  # noqa: S101 - started projects only
    for order, (share, name) in enumerate(MILESTONES):
        day = _first_day(plan, lambda day, share=share: _planned_rate(plan, day) >= share)
        store[Milestone].add(
            schedule_id=schedule,
            name=name,
            planned_date=day,
            first_promised_date=day,
            actual_date=_reached(plan, share),
            order=order,
        )


def _reached(plan: Plan, share: int) -> datetime.date | None:
    """Return the day on which a site had come so far, None where it has not yet."""
    if plan.completed:
        day = _first_day(plan, lambda day: _site_rate(plan, day) >= share)
        return min(day, plan.completed)
    if plan.last_report is None or _site_rate(plan, plan.last_report) < share + MARGIN:
        return None
    return _first_day(plan, lambda day: _site_rate(plan, day) >= share)


def _first_day(plan: Plan, is_there: Callable[[datetime.date], bool]) -> datetime.date:
    """Return the first day of the plan's days on which it is so, the last where on none."""
    assert plan.start is not None and plan.finish is not None  # noqa: S101 - started projects only
    days = range((plan.finish - plan.start).days)
    return plan.start + DAY * bisect.bisect_left(
        days, True, key=lambda number: is_there(plan.start + DAY * number)
    )


def _planned_rate(plan: Plan, day: datetime.date) -> Decimal:
    return progress.planned_rate([row.arithmetic for row in plan.items], day) or Decimal(0)


def _site_rate(plan: Plan, day: datetime.date) -> float:
    whole = float(sum(row.weight for row in plan.items))
    done = sum(float(row.weight) * plan.share_done(row, day) for row in plan.items)
    return 100 * done / whole
