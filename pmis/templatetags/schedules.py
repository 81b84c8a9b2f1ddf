"""Template tags of the schedule: its tree on the page of the record, and its size."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone

from pmis.models import Schedule
from pmis.services import schedules
from pmis.services.scheduling import networks
from pmis.services.scheduling.baselines import first_baseline, milestone_rows
from pmis.services.scheduling.reading import gantt_of, plan_tree

register = template.Library()

#: Rows that the page of a schedule shows; the Progress tab pages through all of them.
SHOWN = 120


@register.filter
def is_large(schedule: Schedule | None) -> bool:
    """Return whether a schedule has more work items than a form shows."""
    return schedules.is_large(schedule)


@register.simple_tag
def plan_sheet(schedule: Schedule) -> dict[str, Any]:
    """Return what the page of a schedule shows: tree, Gantt chart, milestones, what is wrong."""
    today = timezone.localdate()
    tree = plan_tree(schedule, today=today)
    first = first_baseline(schedule.project_id)
    return {
        "tree": tree,
        "rows": tree.rows[:SHOWN],
        "left_out": max(0, len(tree.rows) - SHOWN),
        "gantt": gantt_of(tree.rows[:SHOWN], today),
        "milestones": milestone_rows(schedule, first if first != schedule else None),
        "faults": [] if schedule.is_locked else networks.faults(schedule),
    }
