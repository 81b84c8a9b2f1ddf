"""People and firms of a project: directory, successors, delegation."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.forms.projects import (
    DayForm,
    DelegationForm,
    ParticipantForm,
    SuccessorForm,
    participant_offer,
)
from pmis.forms.records import Offer
from pmis.models import Delegation, Participant, Project
from pmis.roles import Role
from pmis.services.participants import (
    add_participant,
    delegate,
    end_delegation,
    end_participation,
    replace_participant,
)
from pmis.services.personal_data import reads_log
from pmis.services.projects import is_officer
from pmis.views.common import visible_project
from pmis.views.forms import FormPage
from pmis.views.projects import ProjectView


class ParticipantListView(ProjectView):
    """The directory of a site: who takes part now, who did before, who stands in."""

    tab = "participants"

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show people and firms."""
        project = visible_project(request, project_id)
        today = timezone.localdate()
        rows = list(
            project.participants.select_related("organization", "user", "replaces").order_by(
                "-valid_from"
            )
        )
        order = list(Role)
        rows.sort(key=lambda row: order.index(row.role))
        present = [row for row in rows if row.valid_to is None or row.valid_to >= today]
        delegations = running_delegations(project)
        officer = is_officer(request.user, project)
        for row in present:
            row.may_delegate = bool(row.user_id) and (officer or row.user_id == request.user.pk)
        context = self.project_page(
            project,
            present=present,
            past=[row for row in rows if row not in present],
            delegations=[
                (number, row, officer or row.participant.user_id == request.user.pk)
                for number, row in enumerate(delegations)
            ],
            today=today,
            reads_access_log=reads_log(request.user, rows, today),
        )
        return render(request, "pmis/projects/participants.html", context)


class ParticipantPage(FormPage):
    """A form about one participant, or about a new one."""

    tab = "participants"
    participant: Participant

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Find the participant; only the officer in charge goes on."""
        self.find(request, **kwargs)
        self.require_officer(self.project)

    def find(self, request: HttpRequest, **kwargs: Any) -> None:
        """Find project and participant."""
        self.project = visible_project(request, kwargs["project_id"])
        self.back = reverse("pmis:participant-list", args=[self.project.public_id])
        if "public_id" in kwargs:
            rows = self.project.participants.select_related("organization", "user")
            self.participant = get_object_or_404(rows, public_id=kwargs["public_id"])

    def offer(self) -> Offer:
        """Return organizations and people."""
        return participant_offer(self.project)


class ParticipantAddView(ParticipantPage):
    """Add a person or firm."""

    form = ParticipantForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the officer in charge adds people."""
        super().prepare(request, **kwargs)
        self.title = _("Add a participant")
        self.hint = _("Name, position, department and office phone become public.")

    def start(self) -> dict[str, Any]:
        """Begin today."""
        return {"valid_from": timezone.localdate()}

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Add the participant."""
        add_participant(project=self.project, fields=fields, by=self.request.user)
        messages.success(self.request, _("The participant is added."))
        return self.back


class ParticipantReplaceView(ParticipantPage):
    """Replace a participant; the one before stays as history."""

    form = SuccessorForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the officer in charge replaces people."""
        super().prepare(request, **kwargs)
        self.title = _("Replace %(who)s") % {"who": self.participant}
        self.hint = _("The one before stays in the directory up to the day before.")

    def start(self) -> dict[str, Any]:
        """Begin with the same firm, from today on."""
        return {
            "organization": self.participant.organization,
            "department": self.participant.department,
            "valid_from": timezone.localdate(),
        }

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Replace the participant."""
        replace_participant(participant=self.participant, fields=fields, by=self.request.user)
        messages.success(self.request, _("The successor is entered."))
        return self.back


class ParticipantEndView(ParticipantPage):
    """End a participation without a successor."""

    form = DayForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the officer in charge ends a participation."""
        super().prepare(request, **kwargs)
        self.title = _("Last day of %(who)s") % {"who": self.participant}
        self.button = _("End the participation")

    def start(self) -> dict[str, Any]:
        """Propose today."""
        return {"day": timezone.localdate()}

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """End the participation."""
        end_participation(
            participant=self.participant, last_day=fields["day"], by=self.request.user
        )
        messages.success(self.request, _("The participation ends on that day."))
        return self.back


class DelegationAddView(ParticipantPage):
    """Let a colleague stand in during an absence."""

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """The person themselves or the officer in charge delegates."""
        self.find(request, **kwargs)
        own = self.participant.user_id == request.user.pk
        if not self.participant.user_id:
            raise Http404
        if not own and not is_officer(request.user, self.project):
            raise RoleNotAllowed(action="delegate", roles=[Role.OFFICER.label])
        self.title = _("Delegate for %(who)s") % {"who": self.participant}
        self.hint = _("Only colleagues of the same firm or body can stand in.")
        self.button = _("Delegate")

    def make_form(self) -> Any:
        """Return the form with the colleagues to choose from."""
        people = User.objects.filter(
            is_active=True, organization=self.participant.organization_id
        ).exclude(pk=self.participant.user_id)
        return partial(DelegationForm, people=list(people.order_by("name")))

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Delegate."""
        delegate(participant=self.participant, by=self.request.user, **fields)
        messages.success(self.request, _("The delegation is entered."))
        return self.back


class DelegationEndView(ProjectView):
    """End a delegation today."""

    def post(self, request: HttpRequest, project_id: UUID, number: int) -> HttpResponse:
        """End it with this day."""
        project = visible_project(request, project_id)
        rows = running_delegations(project)
        if number >= len(rows):
            raise Http404
        row = rows[number]
        end_delegation(delegation=row, last_day=timezone.localdate(), by=request.user)
        messages.success(request, _("The delegation ends with this day."))
        return redirect("pmis:participant-list", project_id)


def running_delegations(project: Project) -> list[Delegation]:
    """Return the delegations of a project that are not over, in a steady order."""
    rows = Delegation.objects.filter(
        participant__project=project, valid_to__gte=timezone.localdate()
    )
    return list(rows.select_related("participant", "delegate").order_by("id"))
