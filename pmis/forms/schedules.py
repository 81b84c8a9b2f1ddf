"""The form of the schedule: work items as lines."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.forms.records import LineForm, LineSpec, form_of
from pmis.models import Schedule, WorkItem

ScheduleForm = form_of(Schedule, ("as_of_date", "milestones"))


class WorkItemForm(
    form_of(
        WorkItem,
        (
            "code",
            "name",
            "unit",
            "quantity",
            "amount",
            "weight",
            "planned_start_date",
            "planned_finish_date",
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

LINE_SPECS = (LineSpec("work_items", _("work item"), WorkItemForm, blank=3),)
