"""The schedule as the generic pages see it: one per project."""

from __future__ import annotations

from typing import cast

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy

from pmis.filters import ScheduleFilter
from pmis.forms import schedules as schedule_forms
from pmis.forms.records import Values, values_of
from pmis.models import Record, Schedule
from pmis.records.types import Column, Group, Prefill, RecordType, Warning, register
from pmis.services import schedules
from pmis.services.scheduling import networks

#: A project has one schedule at a time: its key in addresses.
PLAN = "plan"


def _check_plan(key: str) -> str:
    if key != PLAN:
        raise Http404
    return key


def _doubts(schedule: Schedule) -> list[Warning]:
    """Return what looks forgotten in the network."""
    if networks.faults(schedule):
        return []
    return [Warning("work_items", sentence) for sentence in networks.doubts(schedule)]


class ScheduleType(RecordType):
    """The schedule. The items of a large one stand in no form: they are imported and exported."""

    def values(self, record: Record) -> Values:
        """Return the content of a schedule for its form."""
        lines = self.lines[2:] if schedules.is_large(cast(Schedule, record)) else self.lines
        return values_of(record, self.form, lines)


register(
    ScheduleType(
        model=Schedule,
        slug="schedules",
        group=Group.PROGRESS,
        form=schedule_forms.ScheduleForm,
        lines=schedule_forms.LINE_SPECS,
        columns=(
            Column(gettext_lazy("As of"), lambda schedule: schedule.as_of_date, "day"),
            Column(
                gettext_lazy("Project"),
                lambda schedule: schedule.project.name,
                names_project=True,
            ),
            Column(gettext_lazy("Revision"), lambda schedule: schedule.version_no, "number"),
        ),
        filters=ScheduleFilter,
        sorted_by="as_of_date",
        content_template="pmis/records/_schedule.html",
        form_template="pmis/records/_schedule_form.html",
        find=lambda project, _key: schedules.current_schedule(project=project),
        open=lambda project, _key, by: schedules.open_schedule(project=project, by=by),
        heading=lambda _project, _key: "",
        key_of=lambda _schedule: PLAN,
        default_key=lambda _project: PLAN,
        check_key=_check_plan,
        save=schedules.save_schedule,
        prefill=lambda _project, _key: Prefill(
            Values(
                {
                    "as_of_date": timezone.localdate(),
                    "working_week": Schedule.WorkingWeek.MON_FRI,
                }
            ),
            "",
        ),
        check=schedules.check_complete,
        warnings=_doubts,
        prefetch=("milestones", "site_days"),
    )
)
