"""Pages of files and folders: a stored file, what is missing, the hand-over package."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from ccs.lib.workflow import RoleNotAllowed
from pmis.models import StoredFile
from pmis.services import filing
from pmis.services.file_access import may_open, naming_record
from pmis.services.stored_files import prove_reading
from pmis.views.common import WorkView, visible_project


def sealed(response: HttpResponse) -> HttpResponse:
    """SECURITY: what was uploaded stays in no cache, and nothing in it can run."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


class StoredFileView(WorkView):
    """Hand a file to whoever sees a record with it: always as a download, and proved."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        """Send the file."""
        stored = get_object_or_404(StoredFile.objects.defer("text"), public_id=public_id)
        if not may_open(stored, request.user):
            raise Http404
        if not stored.content:
            return render(request, "pmis/filing/gone.html", {"stored": stored}, status=410)
        if not stored.content.storage.exists(stored.content.name):
            raise Http404
        if record := naming_record(stored, request.user):
            prove_reading(record=record, by=request.user, file=stored)
        return sealed(
            FileResponse(
                stored.content.open("rb"),
                as_attachment=True,
                filename=stored.name,
                content_type=stored.media_type,
            )
        )


class FilingView(WorkView):
    """The folders of a project by the standard class tree, and what is missing in them."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show folders and missing documents."""
        project = visible_project(request, project_id)
        missing = filing.missing_documents(project)
        stages = filing.stages_reached(project)
        context = {
            "project": project,
            "nav": "projects",
            "tab": "filed_document",
            "missing": [
                (stage, [row for row in missing if row.stage == stage]) for stage in stages
            ],
            "count": len(missing),
            "folders": filing.folders_of(project).items(),
        }
        return render(request, "pmis/filing/folders.html", context)


class HandOverView(WorkView):
    """The as-built set and the completion documents of a project."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Show what is handed over."""
        project = visible_project(request, project_id)
        try:
            filing.require_package_reader(request.user, project)
            may_take = True
        except RoleNotAllowed:
            may_take = False
        context = {
            "project": project,
            "nav": "projects",
            "tab": "filed_document",
            "drawings": filing.as_built_set(project),
            "documents": filing.completion_documents(project),
            "may_take": may_take,
        }
        return render(request, "pmis/filing/hand_over.html", context)


class PackageView(WorkView):
    """The hand-over package as an archive with a list of its files."""

    def get(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """Stream the archive."""
        project = visible_project(request, project_id)
        try:
            filing.require_package_reader(request.user, project)
        except RoleNotAllowed as error:
            sentence = _("The package is for the ordering body, the supervisor, the site agent.")
            raise PermissionDenied(sentence) from error
        pieces = filing.hand_over_package(project)
        response = StreamingHttpResponse(pieces, content_type="application/zip")
        name = f"hand-over-{project.public_id}.zip"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return sealed(response)
