"""The search box of the working side, and the filters that people keep."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from pmis.models import Project, SavedFilter
from pmis.services.search import (
    LONGEST,
    address_of,
    delete_filter,
    registers,
    save_filter,
    search,
)
from pmis.views.common import WorkView, say_errors


class SearchView(WorkView):
    """What the words of the search box are found in, by type; or one type, page by page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what was found."""
        text = request.GET.get("q", "")[:LONGEST].strip()
        record_type = request.GET.get("type", "")
        found = search(
            text=text, by=request.user, record_type=record_type, after=request.GET.get("after", "")
        )
        context = {"text": text, "found": found, "type": record_type, "nav": "search"}
        return render(request, "pmis/search/results.html", context)


class FilterSaveView(WorkView):
    """Keep the filter of a register under a name."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep it and go back to the register as it was filtered."""
        page, query = request.POST.get("page", ""), request.POST.get("query", "")
        project = _project(request)
        try:
            saved = save_filter(
                page=page,
                query=query,
                name=request.POST.get("name", ""),
                by=request.user,
                project=project,
                is_shared=bool(request.POST.get("is_shared")),
            )
        except ValidationError as error:
            say_errors(request, error)
            known = page in registers()
            return redirect(address_of(page, project, query) if known else reverse("pmis:my-day"))
        messages.success(request, _("Kept as “%(name)s”.") % {"name": saved.name})
        return redirect(address_of(page, project, saved.query))


class FilterDeleteView(WorkView):
    """Delete a filter that the person kept."""

    def post(self, request: HttpRequest, number: int) -> HttpResponse:
        """Delete it and go back to the register."""
        rows = SavedFilter.objects.usable_by(request.user).select_related("project")
        saved = get_object_or_404(rows, pk=number)
        delete_filter(saved=saved, by=request.user)
        messages.success(request, _("The filter “%(name)s” is deleted.") % {"name": saved.name})
        return redirect(address_of(saved.page, saved.project, ""))


def _project(request: HttpRequest) -> Project | None:
    public_id = request.POST.get("project", "")
    if not public_id:
        return None
    projects = Project.objects.visible_to(request.user)
    try:
        return get_object_or_404(projects, public_id=public_id)
    except ValidationError:
        return get_object_or_404(projects.none())
