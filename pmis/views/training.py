"""Practice: start a project of one's own, let the colleagues act, start afresh."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmis.services.training import ROLES, let_colleagues_act, practice_of, start_practice
from pmis.views.common import WorkView, say_errors


class TrainingView(WorkView):
    """What practice is, the own practice project, and the roles to practise."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        practice = practice_of(request.user)
        context = {
            "practice": practice,
            "roles": [(role.value, role.label) for role in ROLES],
            "nav": "practice",
        }
        return render(request, "pmis/training/practice.html", context)


class TrainingStartView(WorkView):
    """Start a practice project, or start afresh."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the project and open it."""
        try:
            project = start_practice(role=request.POST.get("role", ""), by=request.user)
        except ValidationError as error:
            say_errors(request, error)
            return redirect("pmis:practice")
        messages.success(request, _("Your practice project is ready."))
        return redirect("pmis:project-detail", project.public_id)


class TrainingActView(WorkView):
    """Let the invented colleagues take their step."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the steps and say how many."""
        done = let_colleagues_act(by=request.user)
        text = ngettext(
            "Your colleagues decided on %(count)s record.",
            "Your colleagues decided on %(count)s records.",
            done,
        )
        messages.success(request, text % {"count": done})
        return redirect("pmis:practice")
