"""What one site did on one day, and what of it was already decided."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from pmis.demo.dice import dice
from pmis.demo.plan import Plan, PlannedItem
from pmis.demo.times import Weather, at, office_day_after, site_days, weather

#: Items a crew works on in one day.
ITEMS_A_DAY = 4
#: Units that are counted, not measured.
COUNTED = frozenset({"개소", "대", "면", "주", "본", "개"})
#: After this many office days the time-out approves (rule `daily_report_timeout_working_days`).
TIMEOUT_DAYS = 5


@dataclass(frozen=True)
class Done:
    """Work on one item."""

    row: PlannedItem
    quantity: Decimal
    cumulative: Decimal
    #: What was done before the system began, entered once.
    is_carried: bool = False


@dataclass
class Fate:
    """What became of a report: when it was sent, confirmed and approved, if it was."""

    submitted: datetime.datetime | None
    confirmed: datetime.datetime | None = None
    approved: datetime.datetime | None = None
    #: Returned before: (submitted, returned, reason); the report was then sent again.
    returned_before: tuple[datetime.datetime, datetime.datetime, str] | None = None
    #: Returned and not sent again yet.
    returned: tuple[datetime.datetime, str] | None = None
    is_late: bool = False
    unreviewed_by: str = ""

    @property
    def state(self) -> str:
        """State of the report now."""
        if self.submitted is None:
            return "draft"
        if self.returned:
            return "returned"
        return "approved" if self.approved else "confirmed" if self.confirmed else "submitted"


@dataclass
class SiteDay:
    """One day of one site."""

    day: datetime.date
    weather: Weather
    done: list[Done]
    next: list[PlannedItem]
    fate: Fate
    totals: dict[str, Decimal] = field(default_factory=dict)

    @property
    def stopped_by(self) -> str:
        """Why nobody worked, or nothing."""
        return "" if self.done else self.weather.stops_work


RETURNED = (
    "콘크리트 물량이 레미콘 송장과 다릅니다. 확인해 주세요.",
    "어제 지적한 안전난간 조치 사진이 없습니다.",
    "투입 인원이 전자출역과 다릅니다. 까닭을 적어 주세요.",
)


def site_diary(
    plan: Plan, today: datetime.date, now: datetime.datetime, last_day: str = ""
) -> Iterator[SiteDay]:
    """Yield the days of a site in order. `last_day` says what becomes of the newest report."""
    if plan.first_report is None or plan.last_report is None:
        return
    days = site_days(plan.first_report, plan.last_report)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for place, day in enumerate(days):
        rng = dice("day", plan.number, day)
        conditions = weather(day)
        is_last = place == len(days) - 1
        done = [] if place else list(_carried(plan, day, totals))
        outside = plan.kind.key != "rail"
        if not (outside and conditions.stops_work):
            done += _worked(plan, day, totals, is_completion=is_last and plan.completed is not None)
        fate = _fate(plan, day, now, rng)
        if is_last and plan.is_running:
            fate = _newest(fate, last_day, day)
        if fate is None:
            continue
        upcoming = _next(plan, day, totals)
        yield SiteDay(day, conditions, done, upcoming, fate, dict(totals))


def _carried(plan: Plan, day: datetime.date, totals: dict[str, Decimal]) -> Iterator[Done]:
    """Yield what was done before reports began, so that the sums are right."""
    for row in plan.items:
        before = day - datetime.timedelta(days=1)
        quantity = _rounded(row, float(row.quantity) * plan.share_done(row, before))
        if quantity > 0 and plan.start and plan.start < day:
            totals[row.item.code] += quantity
            yield Done(row, quantity, totals[row.item.code], is_carried=True)


def _rounded(row: PlannedItem, quantity: float) -> Decimal:
    places = Decimal(1) if row.item.unit in COUNTED else Decimal("0.1")
    if row.quantity < 60 and row.item.unit not in COUNTED:
        places = Decimal("0.01")
    return min(Decimal(quantity).quantize(places, ROUND_DOWN), row.quantity)


def _worked(
    plan: Plan, day: datetime.date, totals: dict[str, Decimal], *, is_completion: bool
) -> list[Done]:
    """Return the work of a day: the items farthest behind their aim, a few of them."""
    behind = []
    for row in plan.items:
        aim = _rounded(row, float(row.quantity) * plan.share_done(row, day))
        missing = aim - totals[row.item.code]
        if missing > 0:
            behind.append((missing / row.quantity, row.item.code, row, missing))
    behind.sort(key=lambda entry: (-entry[0], entry[1]))
    done = []
    for _share, code, row, missing in behind if is_completion else behind[:ITEMS_A_DAY]:
        totals[code] += missing
        done.append(Done(row, missing, totals[code]))
    return done


def _next(plan: Plan, day: datetime.date, totals: dict[str, Decimal]) -> list[PlannedItem]:
    if plan.completed and day >= plan.completed:
        return []
    tomorrow = day + datetime.timedelta(days=2)
    rows = [
        row
        for row in plan.items
        if totals[row.item.code] < row.quantity and plan.share_done(row, tomorrow) > 0
    ]
    return rows[:3]


def _fate(
    plan: Plan, day: datetime.date, now: datetime.datetime, rng: random.Random
) -> Fate | None:
    """Return what became of a report in the usual course until `now`."""
    is_late = rng.random() < (0.08 if plan.speed < 0.9 else 0.02)
    submitted = at(day, rng.randrange(1005, 1125))
    if is_late:
        submitted = at(office_day_after(day), rng.randrange(640, 900))
    fate = Fate(submitted, is_late=is_late)
    if rng.random() < 0.03:
        back = submitted + datetime.timedelta(minutes=rng.randrange(15, 60))
        fate.returned_before = (submitted, back, rng.choice(RETURNED))
        fate.submitted = submitted = back + datetime.timedelta(minutes=rng.randrange(15, 45))
    confirmed = submitted + datetime.timedelta(minutes=rng.randrange(12, 110))
    if rng.random() < 0.25:
        confirmed = at(office_day_after(submitted.date()), rng.randrange(545, 690))
    approved = confirmed + datetime.timedelta(minutes=rng.randrange(15, 150))
    if rng.random() < 0.4 or approved.hour >= 22:
        approved = at(office_day_after(confirmed.date()), rng.randrange(550, 1000))
    if rng.random() < 0.008:
        fate.unreviewed_by = rng.choice(("supervisor", "officer"))
        approved = at(office_day_after(submitted.date(), TIMEOUT_DAYS + 1), 10)
        confirmed = confirmed if fate.unreviewed_by == "officer" else None
    return _until(fate, confirmed, approved, now)


def _until(
    fate: Fate,
    confirmed: datetime.datetime | None,
    approved: datetime.datetime,
    now: datetime.datetime,
) -> Fate | None:
    """Return the part of a fate that lies before `now`; None where nothing was sent."""
    if fate.submitted is None or fate.submitted >= now:
        return None
    fate.confirmed = confirmed if confirmed and confirmed < now else None
    fate.approved = approved if approved < now else None
    if fate.approved is None:
        fate.unreviewed_by = ""
    return fate


def _newest(fate: Fate | None, last_day: str, day: datetime.date) -> Fate | None:
    """Return the fate of the newest report, so that everybody has something to do."""
    if last_day == "missing":
        return None
    submitted = at(day, 1040)
    match last_day:
        case "draft":
            return Fate(None)
        case "submitted":
            return Fate(submitted)
        case "confirmed":
            return Fate(submitted, at(day, 1075))
        case "returned":
            return Fate(submitted, returned=(at(day, 1090), RETURNED[0]))
    return fate
