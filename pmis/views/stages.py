"""The seven-stage guide of a project: what is missing next, and who owes it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pmis.services.roles import roles_of
from pmis.services.stages import stages_of
from pmis.views.common import WorkView, visible_project


class StagesView(WorkView):
    """All stages with their demands."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the guide."""
        project = visible_project(request, project_id)
        stages = stages_of(project)
        context = {
            "project": project,
            "tab": "overview",
            "nav": "projects",
            "stages": stages,
            "missing_count": sum(len(stage.missing) for stage in stages),
            "held": set(roles_of(request.user, project)),
        }
        return render(request, "pmis/projects/stages.html", context)
