"""Pages of fixed points: series before, during and after, time-lapse; filing a photo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from pmis.forms.albums import FixedPointForm, PhotoForm
from pmis.models import FixedPoint, Project
from pmis.services.cameras import (
    FILED,
    before_during_after,
    file_photo,
    may_file,
    require_filer,
    series_of,
    set_fixed_point,
)
from pmis.views.common import WorkView, add_errors, problems_of, visible_project
from pmis.views.photos import photo_or_404

#: Pictures of one contact sheet.
MOST_ON_SHEET = 60


class PointsView(WorkView):
    """The fixed points of a project with their pictures side by side; a form for a new one."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show the fixed points."""
        return self._page(visible_project(request, project_id), FixedPointForm())

    def post(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Add a fixed point."""
        project = visible_project(request, project_id)
        require_filer(request.user, project)
        form = FixedPointForm(request.POST)
        if form.is_valid():
            try:
                point = set_fixed_point(project=project, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("The fixed point was added."))
                return redirect("pmis:photo-point", point.public_id)
        return self._page(project, form, status=400)

    def _page(self, project: Project, form: FixedPointForm, status: int = 200) -> HttpResponse:
        points = list(project.fixed_points.all())
        context = {
            "project": project,
            "nav": "photos",
            "rows": [(point, before_during_after(point)) for point in points],
            "form": form,
            "problems": problems_of(form),
            "may_file": may_file(self.request.user, project),
        }
        return render(self.request, "pmis/photos/points.html", context, status=status)


class SeriesView(WorkView):
    """One picture of a fixed point after the other, and all of them on a contact sheet."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Show the picture that the address names, the newest without a number."""
        projects = Project.objects.visible_to(request.user)
        points = FixedPoint.objects.filter(project__in=projects).select_related("project")
        point = get_object_or_404(points, public_id=public_id)
        photos = list(series_of(point))
        place = _place(request.GET.get("n", ""), len(photos))
        context: dict[str, Any] = {
            "point": point,
            "project": point.project,
            "nav": "photos",
            "sides": before_during_after(point),
            "photo": photos[place - 1] if photos else None,
            "place": place,
            "total": len(photos),
            "earlier": place - 1 if place > 1 else 0,
            "later": place + 1 if place < len(photos) else 0,
            "sheet": list(enumerate(photos, 1))[-MOST_ON_SHEET:],
        }
        return render(request, "pmis/photos/series.html", context)


def _place(text: str, total: int) -> int:
    """Return the number of a picture, from 1; the newest where none is asked for."""
    number = int(text) if text.isdecimal() and len(text) < 7 else total
    return min(max(1, number), total)


class PhotoFileView(WorkView):
    """Say what a photo shows, and to which fixed point it belongs."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Show the form."""
        photo = photo_or_404(request, public_id)
        require_filer(request.user, photo.project)
        return self._page(photo, self._form(photo))

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Save what was said."""
        photo = photo_or_404(request, public_id)
        require_filer(request.user, photo.project)
        form = self._form(photo, request.POST)
        if form.is_valid():
            try:
                file_photo(photo=photo, by=request.user, fields=form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("pmis:photo", public_id)
        return self._page(photo, form, status=400)

    def _form(self, photo: Any, data: Any = None) -> PhotoForm:
        points = [point.name for point in photo.project.fixed_points.all()]
        initial = {name: getattr(photo, name) for name in FILED}
        return PhotoForm(data, points=points, initial=initial)

    def _page(self, photo: Any, form: PhotoForm, status: int = 200) -> HttpResponse:
        context = {
            "photo": photo,
            "project": photo.project,
            "nav": "photos",
            "form": form,
            "problems": problems_of(form),
        }
        return render(self.request, "pmis/photos/file.html", context, status=status)
