"""The schedule as the generic pages see it: one per project."""

from __future__ import annotations

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy

from pmis.filters import ScheduleFilter
from pmis.forms import schedules as schedule_forms
from pmis.forms.records import Values, values_of
from pmis.models import Project, Schedule
from pmis.records.types import Column, Group, Prefill, RecordType, register
from pmis.services import schedules

#: A project has one schedule at a time: its key in addresses.
PLAN = "plan"


def _check_plan(key: str) -> str:
    if key != PLAN:
        raise Http404
    return key


def _plan_before(project: Project, _key: str) -> Values | None:
    approved = Schedule.objects.approved().filter(project=project).first()
    if approved is None:
        return None
    return values_of(approved, schedule_forms.ScheduleForm, schedule_forms.LINE_SPECS)


register(
    RecordType(
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
        before=_plan_before,
        prefill=lambda _project, _key: Prefill(Values({"as_of_date": timezone.localdate()}), ""),
        check=schedules.check_complete,
        prefetch=("work_items",),
    )
)
