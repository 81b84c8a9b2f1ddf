"""Fixed points, series of photos, video links and site cameras."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.models import Camera, FixedPoint, Photo, Project
from pmis.roles import Role
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.photos import UPLOADERS
from pmis.services.roles import roles_of

#: What whoever files a photo may change of it; the picture itself never changes.
FILED = ("title", "caption", "activity", "place", "category", "series", "is_hidden_work",
         "video_url")  # fmt: skip


def check_video_url(url: str) -> None:
    """Raise ValidationError unless `url` is a plain https address of a permitted video store.

    SECURITY: the address is shown to the public; hosts are those of `CCS_VIDEO_HOSTS`.
    """
    try:
        parts = urlsplit(url)
        is_plain = parts.port in (None, 443) and not parts.username and not parts.password
    except ValueError:
        parts, is_plain = urlsplit(""), False
    hosts = {host.lower() for host in settings.VIDEO_HOSTS}
    if not is_plain or parts.scheme != "https" or (parts.hostname or "") not in hosts:
        named = ", ".join(sorted(hosts)) or _("none is set")
        sentence = _("Only https addresses of the city's video stores are taken: %(hosts)s.")
        raise ValidationError(sentence % {"hosts": named})


# -- Cameras ------------------------------------------------------------------------------------


def check_camera(camera: Camera) -> None:
    """Raise ValidationError, by field, where a camera cannot be submitted."""
    errors: dict[str, Any] = {}
    needed = {
        "name": _("A camera needs a name."),
        "place": _("Say where the camera stands."),
        "operation_hours": _("Say when the camera runs."),
        "purpose": _("Say what the camera is for."),
        "notice": _("Write what the sign on site says."),
    }
    errors.update({name: text for name, text in needed.items() if not getattr(camera, name)})
    if camera.view_url:
        try:
            check_video_url(camera.view_url)
        except ValidationError as error:
            errors["view_url"] = error.messages
    if errors:
        raise ValidationError(errors)


def _clear_note(camera: Camera) -> None:
    camera.offline_note = ""


EFFECTS[Camera.record_type] = Effects(submitted=check_camera, taken={"switch_on": _clear_note})


# -- Fixed points and series --------------------------------------------------------------------


def may_file(user: User, project: Project) -> bool:
    """Return whether `user` may name photos of the project and set fixed points."""
    return bool(set(UPLOADERS) & set(roles_of(user, project)))


def require_filer(user: User, project: Project) -> None:
    """Raise `RoleNotAllowed` unless `user` may name photos and set fixed points."""
    if not may_file(user, project):
        raise RoleNotAllowed(action="file", roles=[Role(role).label for role in UPLOADERS])


def set_fixed_point(*, project: Project, by: User, **fields: Any) -> FixedPoint:
    """Add a fixed point with `name`, `longitude`, `latitude`, `direction`, and return it.

    Raises RoleNotAllowed, and ValidationError by field.
    """
    require_filer(by, project)
    point = FixedPoint(project=project, **fields)
    point.full_clean()
    point.save()
    return point


def series_of(point: FixedPoint) -> models.QuerySet[Photo]:
    """Return the photos of a fixed point, oldest first: a time-lapse."""
    photos = Photo.objects.filter(project=point.project_id, series=point.name)
    return photos.exclude(state=Photo.State.REFUSED).order_by("taken_at", "id")


def before_during_after(point: FixedPoint) -> list[tuple[str, Photo | None]]:
    """Return the first photo before, the newest during and the newest after the work."""
    found: dict[str, Photo] = {}
    for photo in series_of(point):
        if photo.category != Photo.Category.BEFORE or photo.category not in found:
            found[photo.category] = photo
    return [(str(label), found.get(value)) for value, label in Photo.Category.choices]


def file_photo(*, photo: Photo, by: User, fields: dict[str, Any]) -> Photo:
    """Name a photo: title, activity, category, fixed point, hidden work, film.

    Raises RoleNotAllowed, and ValidationError by field.
    """
    require_filer(by, photo.project)
    for name in FILED:
        if name in fields:
            setattr(photo, name, fields[name])
    points = FixedPoint.objects.filter(project=photo.project_id)
    if photo.series and not points.filter(name=photo.series).exists():
        raise ValidationError({"series": _("This project has no such fixed point.")})
    if photo.video_url:
        try:
            check_video_url(photo.video_url)
        except ValidationError as error:
            raise ValidationError({"video_url": error.messages}) from error
    photo.clean_fields(exclude={"original", "uploader", "blur_boxes"})
    photo.save(update_fields=[name for name in FILED if name in fields])
    announce_change()
    return photo
