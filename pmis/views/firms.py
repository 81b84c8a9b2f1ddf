"""The history of a firm for the office: projects, changes, penalties, evaluations."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from ccs.models import Organization
from pmis.services.firms import history_of, may_read_firms
from pmis.views.common import WorkView


class FirmDetailView(WorkView):
    """What a firm did in the projects that the reader may see."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Show the firm."""
        if not may_read_firms(request.user):
            raise PermissionDenied(_("Only the office and oversight read the history of firms."))
        firm = get_object_or_404(Organization, public_id=public_id)
        context = {"firm": firm, "history": history_of(firm, request.user), "nav": "projects"}
        return render(request, "pmis/firm.html", context)
