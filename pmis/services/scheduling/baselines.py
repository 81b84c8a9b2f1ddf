"""Baselines: the first promise, every revision with its reason, and what moved between them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import models

from pmis.models import LOCKED, Milestone, Schedule


@dataclass(frozen=True)
class Revision:
    """A baseline that was in force, with the reason it was made for."""

    schedule: Schedule
    start: datetime.date | None
    finish: datetime.date | None
    #: Later than the baseline before, in days; None for the first.
    days_later: int | None

    @property
    def is_first(self) -> bool:
        """Whether it is the first promise."""
        return self.days_later is None


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone as it was promised first, as it is planned now, and when it was reached."""

    name: str
    first_promised: datetime.date | None
    planned: datetime.date | None
    actual: datetime.date | None

    @property
    def days_later(self) -> int | None:
        """Days after the first promise, by the day reached or else planned."""
        day = self.actual or self.planned
        if day is None or self.first_promised is None:
            return None
        return (day - self.first_promised).days


def baselines(project_id: int) -> models.QuerySet[Schedule]:
    """Return all baselines that are or were in force, oldest first."""
    return Schedule.objects.filter(project=project_id, state__in=LOCKED).order_by(
        "version_no", "id"
    )


def first_baseline(project_id: int) -> Schedule | None:
    """Return the first approved schedule: the first promise."""
    return baselines(project_id).first()


def revisions(project_id: int) -> list[Revision]:
    """Return all baselines with how much later each one ends than the one before."""
    rows = baselines(project_id).annotate(
        first_day=models.Min("work_items__planned_start_date"),
        last_day=models.Max("work_items__planned_finish_date"),
    )
    found: list[Revision] = []
    for schedule in rows:
        before = found[-1].finish if found else None
        later = (schedule.last_day - before).days if before and schedule.last_day else None
        later = 0 if found and later is None else later
        found.append(Revision(schedule, schedule.first_day, schedule.last_day, later))
    return found


def first_days(first: Schedule | None) -> dict[str, tuple[datetime.date, datetime.date]]:
    """Return start and finish first promised, by the code of the work item."""
    if first is None:
        return {}
    rows = first.work_items.values_list("code", "planned_start_date", "planned_finish_date")
    return {code: (start, finish) for code, start, finish in rows}


def milestone_rows(schedule: Schedule | None, first: Schedule | None) -> list[MilestoneRow]:
    """Return the milestones of a schedule; those promised first and dropped since come last."""
    shown = list(schedule.milestones.all()) if schedule else []
    rows = [
        MilestoneRow(
            row.name, row.first_promised_date or row.planned_date, row.planned_date, row.actual_date
        )
        for row in shown
    ]
    names = {row.name for row in shown}
    dropped = first.milestones.exclude(name__in=names) if first else ()
    return rows + [MilestoneRow(row.name, row.planned_date, None, None) for row in dropped]


def keep_first_promises(schedule: Schedule) -> None:
    """Write into the milestones of a draft the day first promised for each of them."""
    promised: dict[str, Any] = {}
    earlier = Milestone.objects.filter(
        schedule__project=schedule.project_id, schedule__state__in=LOCKED
    )
    for name, day in earlier.order_by("-schedule__version_no").values_list("name", "planned_date"):
        promised[name] = day
    rows = list(schedule.milestones.all())
    for row in rows:
        row.first_promised_date = promised.get(row.name, row.planned_date)
    Milestone.objects.bulk_update(rows, ["first_promised_date"])
