"""The safety page of a project: what is dangerous today, and the commonest next steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ccs.lib.identity import new_public_id
from pmis.models import SafetyChecklist, WorkPermit
from pmis.records import REGISTRY
from pmis.records.types import Group
from pmis.safety_overview import safety_of
from pmis.safety_templates import season_templates
from pmis.services.records import may_write
from pmis.views.common import visible_project
from pmis.views.projects import ProjectView


class ProjectSafetyView(ProjectView):
    """Findings by age and firm, permits of today, accidents, cost, education."""

    tab = "safety"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the page."""
        project = visible_project(request, project_id)
        today = timezone.localdate()
        season = season_templates(today)
        context = self.project_page(
            project,
            safety=safety_of(project),
            today=today,
            registers=[entry for entry in REGISTRY.values() if entry.group == Group.SAFETY],
            season=self._links(project, "safety-checklist", "template", season),
            rounds=self._links(
                project,
                "safety-checklist",
                "template",
                [choice for choice in SafetyChecklist.Template if choice not in season],
            ),
            permit_kinds=self._links(project, "work-permit", "kind", WorkPermit.Kind),
            may_find=may_write(request.user, project, "safety_finding"),
            may_permit=may_write(request.user, project, "work_permit"),
            may_check=may_write(request.user, project, "safety_checklist"),
        )
        return render(request, "pmis/projects/safety.html", context)

    @staticmethod
    def _links(project: Any, name: str, question: str, choices: Any) -> list[tuple[str, str]]:
        """Return label and address of a new record for each choice, each with a key of its own."""
        found = []
        for choice in choices:
            url = reverse(f"pmis:{name}-write", args=[project.public_id, new_public_id()])
            found.append((str(choice.label), f"{url}?{question}={choice.value}"))
        return found
