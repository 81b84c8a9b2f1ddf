"""Pages of photos: what waits for a check, the check itself, the album, the private pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage, storages
from django.db import models, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from PIL import Image

from ccs.lib.grounds import Ground
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.filters_photos import AlbumFilter
from pmis.models import Participant, Photo, Project
from pmis.photo_processing import THUMBNAIL_SIDE, Box, encode
from pmis.roles import ORDERING_BODY_ROLES, Role
from pmis.services import photos as service
from pmis.services.cameras import file_photo, may_file
from pmis.services.roles import roles_of

PAGE = 24
#: What a box may hide, as the page names it.
KINDS = {
    "face": gettext_lazy("face"),
    "plate": gettext_lazy("number plate"),
    "person": gettext_lazy("person"),
}
#: Who may fetch the evidence itself, with its metadata.
ORIGINAL_READERS = (*ORDERING_BODY_ROLES, Role.SUPERVISOR)


def visible_photos(user: User) -> models.QuerySet[Photo]:
    """Return the photos of the projects that `user` may see."""
    return Photo.objects.filter(project__in=Project.objects.visible_to(user))


def photos_to_check(user: User) -> models.QuerySet[Photo]:
    """Return the photos that wait for a check that `user` may do today."""
    held = Participant.objects.acting_for(user, timezone.localdate()).filter(
        role__in=service.CHECKERS
    )
    return Photo.objects.waiting_for_check().filter(project__in=held.values("project"))


def photo_or_404(request: HttpRequest, public_id: UUID) -> Photo:
    """Return the photo if the person may see its project, else raise 404."""
    photos = visible_photos(request.user).select_related("project", "uploader_body", "checked_by")
    return get_object_or_404(photos, public_id=public_id)


def _page(photos: models.QuerySet[Photo], before: str) -> tuple[list[Photo], str]:
    """Return one page, newest first, and the key of the next; the key is a public id."""
    if before:
        last = Photo.objects.filter(public_id=_uuid(before)).values("pk")[:1]
        photos = photos.filter(pk__lt=models.Subquery(last))
    rows = list(photos.select_related("project").order_by("-id")[: PAGE + 1])
    return rows[:PAGE], str(rows[PAGE - 1].public_id) if len(rows) > PAGE else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """List the photos that the person should check."""
    photos, following = _page(photos_to_check(request.user), request.GET.get("before", ""))
    return render(
        request,
        "pmis/photos/waiting.html",
        {
            "nav": "photos",
            "photos": photos,
            "next_url": f"?before={following}" if following else "",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def album(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show the photos of a project; take in new ones from those who may add them."""
    project = get_object_or_404(Project.objects.visible_to(request.user), public_id=public_id)
    problems: list[str] = []
    if request.method == "POST":
        problems = _take_in(request, project)
        if not problems:
            return redirect("pmis:photo-album", public_id)
    filters = AlbumFilter(request.GET, queryset=project.photos.all(), project=project)
    shown = filters.qs if filters.is_valid() else project.photos.none()
    photos, following = _page(shown, request.GET.get("before", ""))
    kept = {name: value for name, value in request.GET.items() if value and name != "before"}
    context = {
        "filters": filters,
        "is_filtered": bool(kept),
        "points": project.fixed_points.all(),
        "films": bool(settings.VIDEO_HOSTS),
        "nav": "photos",
        "project": project,
        "photos": photos,
        "problems": problems,
        "categories": Photo.Category.choices,
        "may_add": bool(set(service.UPLOADERS) & set(roles_of(request.user, project))),
        "limit": service.size_limit_mb(),
        "next_url": f"?{urlencode({**kept, 'before': following})}" if following else "",
    }
    return render(request, "pmis/photos/album.html", context, status=400 if problems else 200)


def _take_in(request: HttpRequest, project: Project) -> list[str]:
    """Store the files of the form; return a sentence for each that was refused."""
    given = {
        name: request.POST.get(name, "").strip()[:200] for name in ("caption", "activity", "place")
    }
    category = request.POST.get("category", "")
    if category not in Photo.Category.values:
        category = Photo.Category.DURING
    named = {
        "series": request.POST.get("series", "")[:100],
        "is_hidden_work": "is_hidden_work" in request.POST,
        "video_url": request.POST.get("video_url", "").strip()[:200],
    }
    files = request.FILES.getlist("files")
    problems, stored = [] if files else [_("Choose at least one photo.")], 0
    for file in files:
        try:
            with transaction.atomic():
                added = service.add_photo(
                    project=project, file=file, by=request.user, category=category, **given
                )
                file_photo(photo=added, by=request.user, fields=named)
        except RoleNotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except ValidationError as error:
            problems += error.messages
        else:
            stored += 1
    if stored:
        sentence = ngettext("%(count)s photo was saved.", "%(count)s photos were saved.", stored)
        messages.success(request, sentence % {"count": stored})
    return problems


# -- The check ----------------------------------------------------------------------------------


@dataclass
class BoxForm:
    """The boxes on the page, carried by the form itself until the photo is released."""

    boxes: list[Box]
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, posted: QueryDict) -> BoxForm:
        """Read the boxes and do the step that adds or removes one."""
        form = cls([box for text in posted.getlist("box") if (box := _box(text.split(",")))])
        step, _dash, index = posted.get("step", "").partition("-")
        if step == "remove" and index.isdigit() and int(index) < len(form.boxes):
            del form.boxes[int(index)]
        if step == "add":
            parts = [posted.get(name, "").strip() for name in ("x", "y", "w", "h", "kind")]
            if box := _box(parts):
                form.boxes.append(box)
            else:
                form.problems.append(_("Give the box by four whole numbers, or draw it."))
        return form


def _box(parts: list[str]) -> Box | None:
    """Return the box that five texts describe, or None where they do not."""
    *numbers, kind = parts
    if len(numbers) != 4 or kind not in KINDS or not all(n.isdecimal() for n in numbers):
        return None
    x, y, w, h = (min(int(number), 10**6) for number in numbers)
    return Box(x=x, y=y, w=w, h=h, kind=kind) if w and h else None


@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show a photo with its boxes; let a checker add and remove boxes and release it."""
    shown = photo_or_404(request, public_id)
    form = BoxForm(list(shown.blur_boxes))
    status = 200
    if request.method == "POST":
        if not _may_check(request, shown):
            raise PermissionDenied(_("Supervisors, inspectors and the officer check photos."))
        form = BoxForm.read(request.POST)
        status = 400 if form.problems else 200
        if request.POST.get("step") == "release":
            status = _release(request, shown, form)
            if status == 200:
                return redirect("pmis:photos")
    return render(request, "pmis/photos/photo.html", _context(request, shown, form), status=status)


def _release(request: HttpRequest, shown: Photo, form: BoxForm) -> int:
    """Release the photo; return the HTTP status and leave what went wrong in `form`."""
    try:
        service.check_photo(photo=shown, boxes=form.boxes, by=request.user)
    except ValidationError as error:
        form.problems += error.messages
        return 400
    except TransitionNotAllowed:
        form.problems.append(_("This photo cannot be released in its present state."))
        return 409
    messages.success(request, _("The photo is released and public within a second."))
    return 200


def _may_check(request: HttpRequest, shown: Photo) -> bool:
    return bool(set(service.CHECKERS) & set(roles_of(request.user, shown.project)))


def _context(request: HttpRequest, shown: Photo, form: BoxForm) -> dict[str, Any]:
    withdrawal = service.withdrawal_of(shown)
    may_check = _may_check(request, shown) and shown.state in service.CHECKABLE
    return {
        "nav": "photos",
        "photo": shown,
        "project": shown.project,
        "boxes": [
            {**box, "label": KINDS[box["kind"]], "value": _text(box)}
            for box in form.boxes
            if box["kind"] in KINDS
        ],
        "problems": form.problems,
        "kinds": KINDS.items(),
        "grounds": Ground.choices,
        "withdrawal": withdrawal,
        "refusal": service.refusal_sentence(shown.refused_reason),
        "may_check": may_check and withdrawal is None,
        "may_withdraw": service.may_withdraw(request.user, shown.project),
        "may_file": may_file(request.user, shown.project),
    }


def _text(box: Box) -> str:
    return f"{box['x']},{box['y']},{box['w']},{box['h']},{box['kind']}"


@require_POST
def withdraw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a released photo back at once, or lift its withdrawal."""
    shown = photo_or_404(request, public_id)
    problems: list[str] = []
    try:
        if request.POST.get("step") == "lift":
            service.lift_photo_withdrawal(photo=shown, by=request.user)
        else:
            ground, reason = request.POST.get("ground", ""), request.POST.get("reason", "")
            service.withdraw_photo(photo=shown, ground=ground, reason=reason, by=request.user)
    except RoleNotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except ValidationError as error:
        problems, status = error.messages, 400
    except TransitionNotAllowed:
        problems, status = [_("This is not possible in the photo’s present state.")], 409
    if problems:
        context = _context(request, shown, BoxForm(list(shown.blur_boxes), problems))
        return render(request, "pmis/photos/photo.html", context, status=status)
    return redirect("pmis:photo", public_id)


# -- Private pictures ---------------------------------------------------------------------------


def _private(response: HttpResponse) -> HttpResponse:
    """SECURITY: unblurred pictures stay in no cache, and nothing in them can run."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
def picture(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Serve the working copy, without metadata, to those who see the project."""
    name = service.working_copy_name(photo_or_404(request, public_id))
    if not default_storage.exists(name):
        return _private(HttpResponse(status=404))
    return _private(FileResponse(default_storage.open(name), content_type="image/jpeg"))


@require_safe
def thumbnail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Serve a small picture: the public one where there is one, else of the working copy."""
    shown = photo_or_404(request, public_id)
    public = service.public_name(shown.thumbnail_sha256)
    if shown.thumbnail_sha256 and storages["public"].exists(public):
        return _private(FileResponse(storages["public"].open(public), content_type="image/jpeg"))
    name = service.working_copy_name(shown)
    if not default_storage.exists(name):
        return _private(HttpResponse(status=404))
    with default_storage.open(name) as file, Image.open(file) as image:
        image.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        content = encode(image.convert("RGB"), side=THUMBNAIL_SIDE)
    return _private(HttpResponse(content, content_type="image/jpeg"))


@require_safe
def original(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand the original over as evidence: always as a download, never shown."""
    shown = photo_or_404(request, public_id)
    held = set(roles_of(request.user, shown.project))
    if not (held & set(ORIGINAL_READERS) or request.user.sees_all_projects):
        raise PermissionDenied(_("The original is kept for the ordering body and the supervisor."))
    response = FileResponse(
        shown.original.open("rb"),
        as_attachment=True,
        filename=f"{shown.public_id}.{shown.original.name.rpartition('.')[2]}",
        content_type="application/octet-stream",
    )
    return _private(response)
