"""The form of the schedule: its calendar, groups, work items and milestones as lines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.forms.records import LineForm, LineSpec, form_of
from pmis.models import Milestone, Schedule, SiteDay, WorkGroup, WorkItem


class ScheduleForm(form_of(Schedule, ("as_of_date", "working_week", "works_holidays", "notes"))):  # type: ignore[misc]
    """The plan's own facts; a week that nobody chose is Monday to Friday."""

    def clean(self) -> dict[str, object]:
        """Read an empty week as the usual one."""
        if not self.cleaned_data.get("working_week"):
            self.cleaned_data["working_week"] = Schedule.WorkingWeek.MON_FRI
        return self.cleaned_data


ScheduleForm.base_fields["working_week"].required = False


class WorkItemForm(
    form_of(
        WorkItem,
        (
            "code",
            "name",
            "parent_code",
            "unit",
            "quantity",
            "amount",
            "weight",
            "planned_start_date",
            "planned_finish_date",
            "predecessors",
            "organization",
            "location",
        ),
        LineForm,
    )
):  # type: ignore[misc]
    """A work item; an empty amount is none."""

    def clean(self) -> dict[str, object]:
        """Read an empty amount as zero."""
        if self.cleaned_data.get("amount") is None:
            self.cleaned_data["amount"] = 0
        return self.cleaned_data


WorkItemForm.base_fields["amount"].required = False

LINE_SPECS = (
    LineSpec("work_items", _("work item"), WorkItemForm, blank=3),
    LineSpec(
        "work_groups",
        _("work group"),
        form_of(WorkGroup, ("code", "name", "parent_code"), LineForm),
    ),
    LineSpec(
        "milestones",
        _("milestone"),
        form_of(Milestone, ("name", "planned_date", "actual_date"), LineForm),
    ),
    LineSpec(
        "site_days",
        _("day of the site's calendar"),
        form_of(SiteDay, ("date", "is_working", "name"), LineForm),
    ),
)
