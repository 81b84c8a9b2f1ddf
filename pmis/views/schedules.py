"""The schedule of a project: its tab with Gantt and curve, its import and its export."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ccs.lib.formats import major_units
from pmis.models import Project, Schedule
from pmis.selectors import RuledBar, progress_of, variance_rules
from pmis.services.catch_up_plans import owed_by, plan_url
from pmis.services.daily_reports import reported_quantities
from pmis.services.records import may_write, require_writer
from pmis.services.schedules import current_schedule
from pmis.services.scheduling.baselines import milestone_rows, revisions
from pmis.services.scheduling.imports import keep_import, kept_import, take_over
from pmis.services.scheduling.msproject import NotReadable
from pmis.services.scheduling.plans import LARGEST_FILE, MOST_ITEMS
from pmis.services.scheduling.reading import PAGE, earned_value_of, gantt_of, plan_tree
from pmis.services.scheduling.tables import COLUMNS
from pmis.views.common import csv_answer, say_errors, visible_project
from pmis.views.projects import ProjectView

#: Rows of a read file that are shown before it is taken over.
SHOWN_ROWS = 50
SHOWN_ERRORS = 200


class ProjectScheduleView(ProjectView):
    """Progress tab: signal, curve, Gantt, milestones, earned value, revisions, work items."""

    tab = "schedule"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the schedule in force, a page of its tree at a time."""
        project = visible_project(request, project_id)
        current = current_schedule(project=project)
        overview = progress_of(project)
        context = self.project_page(
            project,
            progress=overview,
            current=current,
            may_write=may_write(request.user, project, Schedule.record_type),
            may_plan=may_write(request.user, project, "catch_up_plan"),
            today=timezone.localdate(),
            **_owed(project),
            **(_tree(request, overview.schedule) if overview.schedule else {}),
        )
        return render(request, "pmis/projects/schedule.html", context)


def _owed(project: Project) -> dict[str, Any]:
    demand = owed_by(project)
    plans = project.catchupplans.latest_versions().order_by("-demanded_date")[:5]
    return {"demand": demand, "demand_url": plan_url(demand) if demand else "", "plans": plans}


def _tree(request: HttpRequest, schedule: Schedule) -> dict[str, Any]:
    today, entries = timezone.localdate(), reported_quantities(schedule.project_id)
    tree = plan_tree(schedule, today=today, entries=entries)
    rows, rules = tree.rows, variance_rules(today)
    if "critical" in request.GET:
        rows = [row for row in rows if row.is_critical]
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    for row in shown:
        row.bar = RuledBar(row.planned_rate, row.actual_rate, *rules)
    newest = max((day for day, _code, _quantity in entries), default=today)
    return {
        "schedule": schedule,
        "tree": tree,
        "page": page,
        "rows": shown,
        "only_critical": "critical" in request.GET,
        "gantt": gantt_of(shown, today),
        "earned": earned_value_of(schedule, day=min(newest, today), entries=entries),
        "milestones": milestone_rows(schedule, tree.first),
        "revisions": revisions(schedule.project_id),
    }


class PlanExportView(ProjectView):
    """The work items as the table that the import reads again."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Send the schedule in work, else the approved one, as CSV."""
        project = visible_project(request, project_id)
        schedule = current_schedule(project=project)
        groups = schedule.work_groups.all() if schedule else ()
        items = schedule.work_items.select_related("organization") if schedule else ()
        names = [words[0] for words in COLUMNS.values()]
        return csv_answer(
            f"schedule-{project.code}",
            names,
            (*groups, *items),
            lambda row: [_cell(row, column, project.currency) for column in COLUMNS],
        )


def _cell(row: Any, column: str, currency: str) -> Any:
    value = getattr(row, column, "")
    if column == "amount" and value != "":
        return major_units(value, currency)
    return str(value) if column == "organization" and value else value


class PlanImportView(ProjectView):
    """Import of a schedule: read a file, look at what it says, take it over."""

    tab = "schedule"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Ask for a file, or show what the last one said."""
        project = visible_project(request, project_id)
        require_writer(request.user, project, Schedule.record_type)
        return self._page(project)

    def post(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Read a file; or take over or forget what was read."""
        project = visible_project(request, project_id)
        require_writer(request.user, project, Schedule.record_type)
        kept = kept_import(project=project, by=request.user)
        if kept and "forget" in request.POST:
            kept.delete()
            return redirect(request.path)
        if kept and "take" in request.POST:
            return self._take(project, kept)
        file = request.FILES.get("file")
        if file is None or file.size > LARGEST_FILE:
            sentence = _("Choose a file of at most %(size)s MB.") % {"size": LARGEST_FILE >> 20}
            return self._page(project, problem=sentence)
        try:
            keep_import(project=project, name=file.name, content=file.read(), by=request.user)
        except NotReadable as error:
            return self._page(project, problem=str(error))
        return redirect(request.path)

    def _take(self, project: Project, kept: Any) -> HttpResponse:
        try:
            schedule = take_over(kept=kept, by=self.request.user)
        except ValidationError as error:
            say_errors(self.request, error)
            return redirect(self.request.path)
        count = schedule.work_items.count()
        sentence = ngettext(
            "%(count)s work item was taken over.", "%(count)s work items were taken over.", count
        )
        messages.success(self.request, sentence % {"count": count})
        return redirect("pmis:schedule-write", project.public_id, "plan")

    def _page(self, project: Project, problem: str = "") -> HttpResponse:
        kept = kept_import(project=project, by=self.request.user)
        content = kept.content if kept else {}
        context = self.project_page(
            project,
            current=current_schedule(project=project),
            kept=kept,
            plan=content,
            rows=content.get("rows", [])[:SHOWN_ROWS],
            errors=content.get("errors", [])[:SHOWN_ERRORS],
            problem=problem,
            most=MOST_ITEMS,
            size=LARGEST_FILE >> 20,
            columns=[words[0] for words in COLUMNS.values()],
        )
        status = 400 if problem else 200
        return render(self.request, "pmis/projects/schedule_import.html", context, status=status)
