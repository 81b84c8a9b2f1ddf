"""Subcontracts of a project: entered, notified, reviewed, approved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import publication_of
from ccs.lib.workflow import RoleNotAllowed
from pmis.forms.projects import SubcontractForm, SubcontractReviewForm, subcontract_offer
from pmis.forms.records import Offer
from pmis.models import Subcontract
from pmis.services.approvals import available_actions, perform
from pmis.services.records import way_of
from pmis.services.roles import roles_of
from pmis.services.subcontracts import (
    REVIEW_FIELDS,
    REVIEWERS,
    SUBCONTRACT_FIELDS,
    approve_subcontract,
    enter_subcontract,
    is_notice_late,
    least_score,
    may_review,
    may_write_subcontracts,
    needs_review,
    notice_due,
    review_subcontract,
    sees_unit_prices,
    update_subcontract,
)
from pmis.templatetags.records import step_label
from pmis.views.common import visible_project
from pmis.views.contracts import ContractPage
from pmis.views.forms import FormPage
from pmis.views.projects import ProjectView


class SubcontractEnterView(ContractPage):
    """Enter a subcontract: the site agent does."""

    form = SubcontractForm

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the site agent enters subcontracts."""
        self.find(request, **kwargs)
        if not may_write_subcontracts(request.user, self.project):
            raise PermissionDenied(_("Only the site agent enters subcontracts."))
        self.title = _("Enter a subcontract")
        self.button = _("Save, not notified yet")

    def offer(self) -> Offer:
        """Return the firms that may hold a subcontract."""
        return subcontract_offer(self.project)

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Enter the subcontract."""
        row = enter_subcontract(contract=self.contract, fields=fields, by=self.request.user)
        messages.success(self.request, _("Saved. Now notify the ordering body."))
        return reverse("pmis:subcontract-detail", args=[self.project.public_id, row.public_id])


class SubcontractEditView(FormPage):
    """Change a subcontract before it is notified, or after it was returned."""

    form = SubcontractForm
    tab = "contracts"

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only the site agent changes subcontracts."""
        self.project = visible_project(request, kwargs["project_id"])
        self.subcontract = find_subcontract(self.project, kwargs["public_id"])
        if not may_write_subcontracts(request.user, self.project):
            raise PermissionDenied(_("Only the site agent changes subcontracts."))
        self.title = _("Change the subcontract")
        self.back = reverse(
            "pmis:subcontract-detail", args=[self.project.public_id, self.subcontract.public_id]
        )

    def offer(self) -> Offer:
        """Return the firms that may hold a subcontract."""
        return subcontract_offer(self.project)

    def start(self) -> dict[str, Any]:
        """Begin with the subcontract as it is."""
        return {name: getattr(self.subcontract, name) for name in SUBCONTRACT_FIELDS}

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Write the changes."""
        update_subcontract(subcontract=self.subcontract, fields=fields, by=self.request.user)
        messages.success(self.request, _("The changes are saved."))
        return self.back


class SubcontractDetailView(ProjectView):
    """A subcontract, the review of its appropriateness, and the steps open to the person."""

    tab = "contracts"

    def get(self, request: HttpRequest, project_id: UUID, public_id: UUID) -> HttpResponse:
        """Show the subcontract."""
        project = visible_project(request, project_id)
        return self._page(project, find_subcontract(project, public_id))

    def post(self, request: HttpRequest, project_id: UUID, public_id: UUID) -> HttpResponse:
        """Take a step: notify, approve with the review, return with a reason, end."""
        project = visible_project(request, project_id)
        row = find_subcontract(project, public_id)
        action, comment = request.POST.get("action", ""), request.POST.get("comment", "")
        try:
            if action == "approve":
                approve_subcontract(subcontract=row, review_result=comment, by=request.user)
            else:
                perform(subject=row, action=action, by=request.user, comment=comment)
        except ValidationError as error:
            return self._page(project, row, error)
        messages.success(request, step_label(action))
        return redirect("pmis:subcontract-detail", project_id, public_id)

    def _page(
        self, project: Any, row: Subcontract, error: ValidationError | None = None
    ) -> HttpResponse:
        actions = available_actions(row, self.request.user)
        writes = may_write_subcontracts(self.request.user, project)
        context = self.project_page(
            project,
            subcontract=row,
            actions=actions,
            may_edit=writes and row.state in (Subcontract.State.DRAFT, Subcontract.State.RETURNED),
            events=list(way_of(row)),
            published_at=publication_of(row.public_id),
            problems=error.messages if error else [],
            sees_account="site_agent" in roles_of(self.request.user, project),
            prices=row.unit_prices if sees_unit_prices(self.request.user, row) else [],
            asks_review=needs_review(row),
            least_score=least_score(row),
            may_review=may_review(self.request.user, row),
            notice_due=notice_due(row),
            is_notice_late=is_notice_late(row, timezone.localdate()),
        )
        status = 400 if error else 200
        return render(self.request, "pmis/projects/subcontract.html", context, status=status)


class SubcontractReviewView(FormPage):
    """The review of appropriateness of a notified subcontract: points and result."""

    form = SubcontractReviewForm
    tab = "contracts"

    def prepare(self, request: HttpRequest, **kwargs: Any) -> None:
        """Only supervisor, inspector and officer review, while it waits."""
        self.project = visible_project(request, kwargs["project_id"])
        self.subcontract = find_subcontract(self.project, kwargs["public_id"])
        if not set(REVIEWERS) & set(roles_of(request.user, self.project)):
            raise RoleNotAllowed(action="review", roles=[role.label for role in REVIEWERS])
        self.title = _("Review of appropriateness")
        self.hint = _("From %(least)s points of 100 the subcontract is appropriate.") % {
            "least": least_score(self.subcontract)
        }
        self.back = reverse(
            "pmis:subcontract-detail", args=[self.project.public_id, self.subcontract.public_id]
        )

    def start(self) -> dict[str, Any]:
        """Begin with the review as it is."""
        return {name: getattr(self.subcontract, name) for name in REVIEW_FIELDS}

    def call(self, fields: dict[str, Any], lines: dict[str, Any]) -> str:
        """Write the review."""
        review_subcontract(subcontract=self.subcontract, fields=fields, by=self.request.user)
        messages.success(self.request, _("The review is saved."))
        return self.back


def find_subcontract(project: Any, public_id: UUID) -> Subcontract:
    """Return a subcontract of the project, else raise 404."""
    rows = Subcontract.objects.filter(contract__project=project)
    return get_object_or_404(
        rows.select_related("contract__contractor", "contract__project", "subcontractor"),
        public_id=public_id,
    )
