"""Pages of a project in the office: list, overview, steps, mode, history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from ccs.lib.extensions import publication_of, publications_of
from ccs.models import History, Organization, User
from pmis.filters import ProjectFilter
from pmis.forms.projects import (
    BUDGET_LINES,
    ModeForm,
    ProjectForm,
    project_offer,
    project_values,
)
from pmis.forms.records import Offer
from pmis.models import ApprovalEvent, DailyReport, Project
from pmis.paging import keyset_page
from pmis.records import REGISTRY
from pmis.selectors import bar_of, progress_of, variance_rules, with_rates
from pmis.services.approvals import available_actions
from pmis.services.projects import (
    change_status,
    enter_project,
    is_officer,
    may_enter_projects,
    switch_mode,
    update_project,
)
from pmis.services.records import may_write
from pmis.services.roles import roles_of
from pmis.services.search import PROJECTS, register_filters
from pmis.services.stages import stages_of
from pmis.templatetags.records import step_label
from pmis.views.common import WorkView, visible_project
from pmis.views.forms import FormPage
from pmis.views.project_files import project_list_answer

PAGE = 30
#: Columns of the project's row that the history page names; the rest is technical.
SHOWN_CHANGES = (
    "name",
    "state",
    "mode",
    "work_type",
    "site_address",
    "start_date",
    "planned_completion_date",
    "actual_completion_date",
    "total_cost_amount",
    "original_completion_date",
    "original_cost_amount",
    "managing_department",
    "description",
)


class ProjectListView(WorkView):
    """All projects that a person may see: filters by area, type, status and delay."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of the list, or all of it as PDF or spreadsheet."""
        request.variance_rules = variance_rules()
        projects = with_rates(Project.objects.visible_to(request.user))
        projects = projects.select_related("ordering_body").prefetch_related("areas")
        filters = ProjectFilter(request.GET, queryset=projects, request=request)
        rows = filters.qs if filters.is_valid() else projects.none()
        answer = project_list_answer(request, rows, filters.form)
        if answer is not None:
            return answer
        page = keyset_page(
            rows, sorted_by="public_id", size=PAGE, after=request.GET.get("after", "")
        )
        for project in page.rows:
            project.bar = bar_of(project, request.variance_rules)
        context = {
            "filters": filters,
            "page": page,
            "may_enter": may_enter_projects(request.user),
            "nav": "projects",
            **register_filters(request.user, PROJECTS, request.GET),
        }
        return render(request, "pmis/projects/list.html", context)


class ProjectView(WorkView):
    """A page below a project; every tab begins here."""

    tab = "overview"

    def project_page(self, project: Project, **context: Any) -> dict[str, Any]:
        """Return what the head of all tabs shows."""
        return {
            "project": project,
            "tab": self.tab,
            "nav": "projects",
            "is_officer": is_officer(self.request.user, project),
            **context,
        }


class ProjectDetailView(ProjectView):
    """Overview: where the project stands, what differs from the promise, what to do next."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the overview."""
        project = visible_project(request, project_id)
        held = list(roles_of(request.user, project))
        reports = DailyReport.objects.latest_versions().filter(project=project)
        reports = list(reports.order_by("-date", "-version_no")[:5])
        stages = stages_of(project)
        context = self.project_page(
            project,
            stages=stages,
            next_demand=next((one for stage in stages for one in stage.missing), None),
            held=held,
            progress=progress_of(project),
            reports=reports,
            published=publications_of(report.public_id for report in reports),
            published_at=publication_of(project.public_id),
            areas=list(project.areas.select_related("parent")),
            budgets=list(project.budgets.all()),
            actions=available_actions(project, request.user),
            may_report=may_write(request.user, project, "daily_report"),
            today=timezone.localdate(),
            events=list(_events(project)[:6]),
        )
        return render(request, "pmis/projects/overview.html", context)


class ProjectHistoryView(ProjectView):
    """History tab: every step taken in the project, and changes of its own row."""

    tab = "history"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the newest steps first, a page at a time."""
        project = visible_project(request, project_id)
        events = _events(project)
        after = request.GET.get("after", "")
        if after.isdigit():
            events = events.filter(id__lt=int(after))
        rows = list(events[: PAGE + 1])
        next_key = str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
        context = self.project_page(
            project,
            events=rows[:PAGE],
            links=_links(rows),
            next_url=f"?after={next_key}" if next_key else "",
            first_url="?" if after else "",
            changes=[] if after else row_changes(project),
        )
        return render(request, "pmis/projects/history.html", context)


class ProjectTransitionView(ProjectView):
    """One step of a project's life (domain C.8)."""

    def get(self, request: HttpRequest, project_id: UUID, action: str) -> HttpResponse:
        """Ask for day and reason."""
        project = visible_project(request, project_id)
        return self._page(project, action)

    def post(self, request: HttpRequest, project_id: UUID, action: str) -> HttpResponse:
        """Take the step."""
        project = visible_project(request, project_id)
        try:
            change_status(
                project=project,
                action=action,
                by=request.user,
                comment=request.POST.get("comment", ""),
                date=_day(request.POST.get("date", "")),
            )
        except ValidationError as error:
            return self._page(project, action, error)
        messages.success(request, step_label(action))
        return redirect("pmis:project-detail", project_id)

    def _page(
        self, project: Project, action: str, error: ValidationError | None = None
    ) -> HttpResponse:
        rows = {row.action: row for row in available_actions(project, self.request.user)}
        if action not in rows:
            raise PermissionDenied(_("This step is not open to you now."))
        context = self.project_page(
            project,
            action=action,
            row=rows[action],
            problems=error.messages if error else [],
            today=timezone.localdate(),
            comment=self.request.POST.get("comment", ""),
        )
        status = 400 if error else 200
        return render(self.request, "pmis/projects/transition.html", context, status=status)


class ProjectEnterView(FormPage):
    """Enter a new project."""

    form = ProjectForm
    lines = BUDGET_LINES
    template = "pmis/projects/form.html"

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only people of an ordering body enter projects."""
        if not may_enter_projects(request.user):
            raise PermissionDenied(_("Only people of an ordering body enter projects."))
        self.title = _("Enter a project")
        self.button = _("Save, not public yet")
        self.back = reverse("pmis:project-list")

    def offer(self) -> Offer:
        """Return the ordering bodies, amounts in the chosen currency."""
        return project_offer(self.request.POST.get("currency", "KRW"))

    def start(self) -> dict[str, Any]:
        """Begin with one's own ordering body."""
        body = self.request.user.organization
        is_body = body is not None and body.kind == Organization.Kind.ORDERING_BODY
        return {"ordering_body": body if is_body else None}

    def call(self, fields: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
        """Enter the project."""
        areas = fields.pop("areas")
        project = enter_project(
            fields=fields, areas=areas, budgets=lines["budgets"], by=self.request.user
        )
        messages.success(self.request, _("Saved. The project is public once it is registered."))
        return reverse("pmis:project-detail", args=[project.public_id])


class ProjectEditView(ProjectEnterView):
    """Change a project; first promises stay."""

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the officer in charge changes a project."""
        self.project = visible_project(request, kwargs["project_id"])
        self.require_officer(self.project)
        self.title = _("Change the project")
        self.button = _("Save the changes")
        self.back = reverse("pmis:project-detail", args=[self.project.public_id])

    def offer(self) -> Offer:
        """Return the ordering bodies, amounts in the project's currency."""
        return project_offer(self.request.POST.get("currency", self.project.currency))

    def start(self) -> dict[str, Any]:
        """Begin with the project as it is."""
        return project_values(self.project)

    def start_lines(self) -> dict[str, list[dict[str, Any]]]:
        """Begin with the budgets as they are."""
        return {"budgets": list(self.project.budgets.values("year", "fund_source", "amount"))}

    def call(self, fields: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
        """Write the changes."""
        areas = fields.pop("areas")
        update_project(
            project=self.project,
            fields=fields,
            areas=areas,
            budgets=lines["budgets"],
            by=self.request.user,
        )
        messages.success(self.request, _("The changes are saved."))
        return self.back


class ProjectModeView(FormPage):
    """Switch between long-term and short-term mode."""

    form = ModeForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the officer in charge switches the mode."""
        self.project = visible_project(request, kwargs["project_id"])
        self.require_officer(self.project)
        self.title = _("Switch the mode")
        self.hint = _("Short-term mode hides progress reports and performance evaluation.")
        self.button = _("Switch")
        self.back = reverse("pmis:project-detail", args=[self.project.public_id])

    def start(self) -> dict[str, Any]:
        """Begin with the present mode."""
        return {"mode": self.project.mode}

    def call(self, fields: dict[str, Any], lines: dict[str, list[dict[str, Any]]]) -> str:
        """Switch the mode."""
        switch_mode(
            project=self.project,
            mode=fields["mode"],
            reason=fields["mode_reason"],
            by=self.request.user,
        )
        messages.success(self.request, _("The mode is switched."))
        return self.back


def row_changes(project: Project) -> list[dict[str, Any]]:
    """Return the newest changes of the project's row: when, who, which columns, from, to."""
    rows = list(
        History.objects.filter(table=Project._meta.db_table, row_id=project.pk, operation="update")[
            :30
        ]
    )
    people = User.objects.in_bulk({row.actor_id for row in rows if row.actor_id})
    changes = []
    for row in rows:
        old, new = row.old or {}, row.new or {}
        columns = [
            (Project._meta.get_field(name).verbose_name, old.get(name), new.get(name))
            for name in SHOWN_CHANGES
            if old.get(name) != new.get(name)
        ]
        if columns:
            actor = people.get(row.actor_id)
            changes.append({"at": row.at, "by": actor or row.database_user, "columns": columns})
    return changes


def _events(project: Project) -> models.QuerySet[ApprovalEvent]:
    return project.approval_events.select_related("by").order_by("-id")


def _links(events: list[ApprovalEvent]) -> dict[Any, str]:
    """Return the pages of the records that events are about, by public id."""
    return {
        event.record_public_id: reverse(
            f"pmis:{REGISTRY[event.record_type].name}-detail", args=[event.record_public_id]
        )
        for event in events
        if event.record_type in REGISTRY
    }


def _day(text: str) -> Any:
    try:
        return parse_date(text)
    except ValueError:
        return None
