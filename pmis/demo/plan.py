"""The plan of the demonstration: which projects there are, where, how far, and how late."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pmis import progress
from pmis.demo.dice import dice
from pmis.demo.places import District, Site, english, find_site
from pmis.demo.works import KINDS, Item, Kind

#: Kinds of the projects of the districts; with 25 districts each gets two different ones.
DISTRICT_KINDS = (
    "street", "pipe", "building", "park", "street", "bridge", "pipe", "building", "park", "pump",
)  # fmt: skip
#: Kinds of the city's own projects, after those of the districts.
CITY_KINDS = (
    "rail", "bridge", "rail", "pump", "rail", "building", "bridge",
    "rail", "park", "rail", "bridge", "pump", "rail", "building",
)  # fmt: skip
#: States of all projects that are not under construction, by number.
STATES = {
    **dict.fromkeys((7, 19, 33, 46, 58), "planned"),
    **dict.fromkeys((12, 40), "contracted"),
    **dict.fromkeys((4, 22, 37, 55), "suspended"),
    **dict.fromkeys((9, 30), "completion_inspection"),
    **dict.fromkeys((2, 16, 27, 44, 61), "completed"),
    **dict.fromkeys((14, 35, 48), "defect_period"),
    24: "closed",
}
FULL, SMALL = 64, 10
SMALL_STATES = {3: "planned", 5: "suspended", 7: "completed"}
#: Speed against the plan: every fourth is late, every fifth slips, the rest keep step.
SPEEDS = (1.01, 0.99, 0.80, 1.0, 0.945, 1.02, 0.985, 0.86, 1.0, 0.95)
#: Reports exist from this many days before today on; what was done before is carried over.
REPORT_DAYS = 126
#: Cost beside the contract, in per cent of it.
DESIGN_SHARE, SUPERVISION_SHARE, OTHER_SHARE = 5, 7, 9
HUNDRED_MILLION = 100_000_000


@dataclass
class PlannedItem:
    """A work item of one project, with its own quantity and days."""

    item: Item
    quantity: Decimal
    amount: int
    weight: Decimal
    start: datetime.date
    finish: datetime.date
    id: int = 0
    subcontractor: int | None = None

    @property
    def arithmetic(self) -> progress.Item:
        """The item for the arithmetic of rates."""
        return progress.Item(self.item.code, self.quantity, self.weight, self.start, self.finish)


@dataclass
class Plan:
    """One project of the demonstration."""

    number: int
    kind: Kind
    district: District
    site: Site
    name: str
    name_en: str
    body: str
    state: str
    speed: float
    amount: int
    signed: datetime.date | None
    start: datetime.date | None
    finish: datetime.date | None
    extension_days: int
    first_report: datetime.date | None = None
    last_report: datetime.date | None = None
    stopped: datetime.date | None = None
    completed: datetime.date | None = None
    items: list[PlannedItem] = field(default_factory=list)
    id: int = 0

    @property
    def code(self) -> str:
        """Project code, such as DEMO-1120-003."""
        return f"DEMO-{self.district.area.code[:4]}-{self.number + 1:03}"

    @property
    def is_running(self) -> bool:
        """Whether the site works and reports today."""
        return self.state == "ongoing"

    @property
    def current_finish(self) -> datetime.date | None:
        """The completion date as amended."""
        return self.finish and self.finish + datetime.timedelta(days=self.extension_days)

    def share_done(self, planned: PlannedItem, day: datetime.date) -> float:
        """Return which part of an item the site aims to have done at the end of `day`."""
        if self.start is None or (self.stopped and day > self.stopped):
            day = self.stopped or day
        if self.completed and day >= self.completed:
            return 1.0
        if self.start is None:
            return 0.0
        done = ((day - self.start).days + 1) * self.speed
        first = (planned.start - self.start).days
        length = (planned.finish - planned.start).days + 1
        return min(1.0, max(0.0, (done - first) / length))


def make_plans(
    districts: Sequence[District], today: datetime.date, *, small: bool = False
) -> list[Plan]:
    """Return the plans of all projects."""
    return [
        _plan(number, districts, today, small=small) for number in range(SMALL if small else FULL)
    ]


def _plan(number: int, districts: Sequence[District], today: datetime.date, *, small: bool) -> Plan:
    rng = dice("project", number)
    of_district = number < 2 * len(districts)
    if of_district:
        district = districts[number % len(districts)]
        kind = KINDS[DISTRICT_KINDS[number % len(DISTRICT_KINDS)]]
    else:
        district = districts[(number * 7 + 3) % len(districts)]
        kind = KINDS[CITY_KINDS[number - 2 * len(districts)]]
    turn = number // len(districts) + number
    shape = "point" if kind.shape == "polygon" and number % 4 == 3 else kind.shape
    amount = rng.randrange(kind.size[0] * 20, kind.size[1] * 20) * HUNDRED_MILLION // 20
    site = find_site(district, shape, _length(kind, amount), rng)
    korean, name_en = kind.names[turn % len(kind.names)]
    plan = Plan(
        number=number,
        kind=kind,
        district=district,
        site=site,
        name=korean.format(place=site.quarters[0].area.names["ko"]),
        name_en=name_en.format(place=english(site.quarters)),
        body=district.area.code if of_district else "works" if kind.key == "rail" else "city",
        state=(SMALL_STATES if small else STATES).get(number, "ongoing"),
        speed=SPEEDS[number % len(SPEEDS)],
        amount=amount,
        signed=None,
        start=None,
        finish=None,
        extension_days=0,
    )
    _date(plan, today, round(rng.uniform(*kind.months) * 30.4), report_days=40 if small else None)
    _schedule(plan)
    return plan


def _length(kind: Kind, amount: int) -> float:
    """Return the length of a line or side of a block in metres."""
    metres = {"street": 700, "bridge": 220, "pipe": 1300, "rail": 1600, "park": 120}
    return metres.get(kind.key, 70) * (0.6 + amount / HUNDRED_MILLION / kind.size[1])


def _date(plan: Plan, today: datetime.date, days: int, report_days: int | None) -> None:
    """Give the plan its days, all counted from today."""
    rng, day = dice("days", plan.number), datetime.timedelta(days=1)
    window = today - day * (report_days or REPORT_DAYS)
    if plan.state == "planned":
        return
    if plan.state == "contracted":
        plan.start = today + day * rng.randrange(8, 30)
    elif plan.state in ("ongoing", "suspended"):
        earliest = (today - window).days + 8
        plan.start = today - day * rng.randrange(earliest, max(earliest + 20, round(days * 0.93)))
        plan.last_report = today - day
        if plan.state == "suspended":
            plan.stopped = today - day * rng.randrange(12, max(13, (today - window).days // 2))
            plan.last_report = plan.stopped
    else:
        ago = {"completion_inspection": (4, 12), "completed": (14, 75), "defect_period": (95, 300)}
        plan.completed = today - day * rng.randrange(*ago.get(plan.state, (760, 900)))
        plan.start = plan.completed - day * round(days / plan.speed)
        plan.last_report = plan.completed
    plan.finish = plan.start + day * days
    plan.signed = plan.start - day * rng.randrange(9, 26)
    if plan.speed < 0.97 and plan.state != "contracted" and plan.number % 3:
        plan.extension_days = round(days * (1 / plan.speed - 1) / 10) * 10
    plan.first_report = max(plan.start, window)
    if plan.last_report and plan.last_report < plan.first_report:
        plan.first_report = plan.last_report = None


def _schedule(plan: Plan) -> None:
    """Divide the contract among the items, and its time."""
    start = plan.start or plan.finish
    amounts = [round(plan.amount * item.share / 100 / 1000) * 1000 for item in plan.kind.items]
    amounts[0] += plan.amount - sum(amounts)
    weights = progress.weights_from_amounts(amounts)
    for item, amount, weight in zip(plan.kind.items, amounts, weights, strict=True):
        if start is None or plan.finish is None:
            first = last = datetime.date.min
        else:
            length = (plan.finish - start).days
            first = start + datetime.timedelta(days=round(length * item.start))
            last = start + datetime.timedelta(days=max(1, round(length * item.finish)))
        quantity = Decimal(max(1, round(amount / item.price)))
        plan.items.append(PlannedItem(item, quantity, amount, weight, first, max(first, last)))
