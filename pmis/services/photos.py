"""Photos: take them in, process them, check them, take them back.

A photo is public when it is processed and checked; its public copy lies in the store "public"
under its own SHA-256, the original and a working copy without metadata in the private one.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, default_storage, storages
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from ccs.celery import nudge
from ccs.lib.extensions import announce_change
from ccs.lib.identity import new_public_id
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import ApprovalEvent, Photo, Project, Withdrawal
from pmis.photo_processing import (
    ENDINGS,
    THUMBNAIL_SIDE,
    WORKING_QUALITY,
    Box,
    Decoded,
    PhotoRefused,
    blur,
    clamp,
    decode,
    encode,
    find_boxes,
    holds_second_file,
    kind_of,
)
from pmis.roles import CONTRACTOR_ROLES, Role
from pmis.services.roles import roles_of
from pmis.services.withdrawals import (
    lift_withdrawal,
    withdraw_record,
    withdrawal_in_force,
    withdrawing_role,
)

logger = logging.getLogger(__name__)

#: Who may add a photo to a project.
UPLOADERS = (*sorted(CONTRACTOR_ROLES), Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER)
#: Who may release a photo, and take it back.
CHECKERS = (Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER)
#: States in which a photo can be checked: a released one again, when a box was missed.
CHECKABLE = (Photo.State.PROCESSED, Photo.State.CHECKED)
MAX_BOXES = 200


# -- Taking in ----------------------------------------------------------------------------------


def add_photo(
    *,
    project: Project,
    file: File,
    by: User,
    caption: str = "",
    activity: str = "",
    category: str = Photo.Category.DURING,
    place: str = "",
) -> Photo:
    """Store an uploaded file as a photo that waits to be processed, and return it.

    The original goes to the private store under a random name, with its SHA-256.

    Raises:
        RoleNotAllowed: `by` takes part in the project in no role that adds photos.
        ValidationError: too large, no photo, or a second file inside; says which file.
    """
    roles = roles_of(by, project)
    if not set(UPLOADERS) & set(roles):
        raise RoleNotAllowed(action="add_photo", roles=[Role(role).label for role in UPLOADERS])
    name = PurePosixPath((file.name or "").replace("\\", "/")).name[:200]
    content = _read(file, name)
    photo = Photo(
        project=project,
        caption=caption,
        activity=activity,
        category=category,
        place=place,
        uploader=by,
        uploader_body=by.organization,
        original_name=name,
        original_sha256=hashlib.sha256(content).hexdigest(),
    )
    ending = ENDINGS[kind_of(content[:32]) or ""]
    with transaction.atomic():
        photo.original.save(f"{new_public_id().hex}.{ending}", ContentFile(content), save=False)
        photo.save()
        wake = partial(nudge, "pmis.photo_tasks.process_photo", photo.pk)
        transaction.on_commit(wake, robust=True)
    return photo


def _read(file: File, name: str) -> bytes:
    """Return the content of an upload that looks like a photo; raise ValidationError if not."""
    if (file.size or 0) > settings.PHOTO_MAX_BYTES:
        sentence = _("%(name)s is larger than %(limit)s MB; choose a smaller photo.")
        raise ValidationError(sentence % {"name": name, "limit": size_limit_mb()})
    content = file.read()
    if kind_of(content[:32]) is None:
        raise ValidationError(f"{name}: {refusal_sentence('wrong_type')}")
    if holds_second_file(content):
        raise ValidationError(f"{name}: {refusal_sentence('second_file')}")
    return content


def size_limit_mb() -> int:
    """Return how large a photo may be, in megabytes."""
    return settings.PHOTO_MAX_BYTES // 1024 // 1024


def refusal_sentence(refusal: str) -> str:
    """Return why a file is refused and what to do, in the reader's language."""
    sentences = {
        "wrong_type": _("This is no JPEG, PNG, WebP or HEIC photo; choose another file."),
        "too_many_pixels": _("The picture has more than 50 million pixels; send a smaller one."),
        "second_file": _("The file holds something besides the photo; save the photo anew."),
        "damaged": _("The picture is damaged or incomplete; send it again."),
    }
    return sentences.get(refusal, refusal)


# -- Processing ---------------------------------------------------------------------------------


@transaction.atomic
def process_photo(photo_id: int) -> str | None:
    """Decode an uploaded photo, store its working copy and the boxes found; return its state.

    Harmless when repeated: returns None for a photo that another process holds or that is
    processed already. A file that cannot be a photo ends in the state refused.
    """
    rows = Photo.objects.select_for_update(skip_locked=True, of=("self",))
    photo = rows.filter(pk=photo_id, state=Photo.State.UPLOADED).first()
    if photo is None:
        return None
    try:
        with photo.original.open("rb") as original:
            decoded = decode(original.read(), timezone.get_default_timezone())
    except PhotoRefused as refused:
        photo.refused_reason = refused.refusal
        photo.state = Photo.State.REFUSED
        photo.save(update_fields=["refused_reason", "state"])
        return photo.state
    _store_working_copy(photo, decoded)
    photo.save()
    return photo.state


def _store_working_copy(photo: Photo, decoded: Decoded) -> None:
    picture = decoded.picture
    _replace(default_storage, working_copy_name(photo), encode(picture, quality=WORKING_QUALITY))
    photo.taken_at = photo.taken_at or plausible(decoded.taken_at)
    photo.longitude, photo.latitude = decoded.longitude, decoded.latitude
    photo.width, photo.height = picture.size
    photo.blur_boxes = find_boxes(picture)
    photo.state = Photo.State.PROCESSED


def plausible(taken_at: datetime.datetime | None) -> datetime.datetime | None:
    """Return the capture time unless the camera's clock runs more than a day ahead of ours."""
    if taken_at is None or taken_at > timezone.now() + datetime.timedelta(days=1):
        return None
    return taken_at


def process_waiting_photos(limit: int = 20, older_than_seconds: int = 30) -> int:
    """Process uploads whose task was lost; return how many. One bad row never stops the rest."""
    since = timezone.now() - datetime.timedelta(seconds=older_than_seconds)
    waiting = Photo.objects.filter(state=Photo.State.UPLOADED, uploaded_at__lte=since)
    done = 0
    for photo_id in list(waiting.order_by("id").values_list("pk", flat=True)[:limit]):
        try:
            done += process_photo(photo_id) is not None
        except Exception:
            logger.exception("Photo %s could not be processed", photo_id)
    return done


# -- Checking -----------------------------------------------------------------------------------


def check_photo(*, photo: Photo, boxes: Iterable[Box], by: User) -> Photo:
    """Release a photo with `boxes` blurred: from here on it is public.

    Also mends a released photo in which a face was missed: the copy before is deleted.

    Raises:
        RoleNotAllowed: `by` may not check photos of this project.
        TransitionNotAllowed: the photo is not processed, was refused, or is withdrawn.
        ValidationError: a box lies outside the picture.
    """
    role = _checker_role(by, photo.project, "check")
    with transaction.atomic():
        photo = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
        before, left = photo.state, {photo.public_sha256, photo.thumbnail_sha256}
        if before not in CHECKABLE or is_withdrawn(photo):
            raise TransitionNotAllowed(action="check", state=before, needed=CHECKABLE)
        photo.blur_boxes = _valid_boxes(photo, boxes)
        _write_public_copy(photo)
        photo.state = Photo.State.CHECKED
        photo.checked_by, photo.checked_at = by, timezone.now()
        photo.save()
        ApprovalEvent.objects.create(
            project_id=photo.project_id,
            record_type=Photo.record_type,
            record_public_id=photo.public_id,
            version_no=0,
            action="check",
            from_state=before,
            to_state=photo.state,
            by=by,
            role=role,
            content_hash=photo.public_sha256,
        )
        transaction.on_commit(partial(_delete_unused, left), robust=True)
        announce_change()
    return photo


def may_withdraw(user: User, project: Project) -> bool:
    """Return whether `user` may take a photo of the project back."""
    try:
        withdrawing_role(user, project)
    except RoleNotAllowed:
        return False
    return True


def _checker_role(by: User, project: Project, action: str) -> str:
    roles = roles_of(by, project)
    for role in CHECKERS:
        if role in roles:
            return role
    raise RoleNotAllowed(action=action, roles=[Role(role).label for role in CHECKERS])


def _valid_boxes(photo: Photo, boxes: Iterable[Box]) -> list[Box]:
    size = (photo.width or 0, photo.height or 0)
    valid = []
    for box in boxes:
        inside = clamp(box, size)
        if inside is None:
            raise ValidationError(
                _("The box at %(x)s, %(y)s lies outside the picture.")
                % {"x": box["x"], "y": box["y"]}
            )
        valid.append(inside)
    if len(valid) > MAX_BOXES:
        raise ValidationError(_("A picture can have %(count)s boxes.") % {"count": MAX_BOXES})
    return valid


def _write_public_copy(photo: Photo) -> None:
    """Write copy and thumbnail under their hashes and name them in `photo`."""
    with default_storage.open(working_copy_name(photo)) as file, Image.open(file) as image:
        shown = blur(image.convert("RGB"), photo.blur_boxes)
    photo.public_sha256 = store_public(encode(shown))
    photo.thumbnail_sha256 = store_public(encode(shown, side=THUMBNAIL_SIDE))


def store_public(content: bytes) -> str:
    """Put `content` into the public store under its SHA-256 and return that."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not storages["public"].exists(public_name(sha256)):
        storages["public"].save(public_name(sha256), ContentFile(content))
    return sha256


def public_name(sha256: str) -> str:
    """Return the path of a public copy in the public store."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}.jpg"


def working_copy_name(photo: Photo) -> str:
    """Return the path of the unblurred copy without metadata in the private store."""
    path = PurePosixPath(photo.original.name)
    return str(path.with_name(f"{path.stem}-copy.jpg"))


def _replace(storage: Storage, name: str, content: bytes) -> None:
    storage.delete(name)
    storage.save(name, ContentFile(content))


# -- Taking back --------------------------------------------------------------------------------


def is_withdrawn(photo: Photo) -> bool:
    """Return whether a withdrawal of the photo is in force."""
    return withdrawal_of(photo) is not None


def withdrawal_of(photo: Photo) -> Withdrawal | None:
    """Return the withdrawal under which the photo stands now, if any."""
    return withdrawal_in_force(record_type=Photo.record_type, public_id=photo.public_id)


@transaction.atomic
def withdraw_photo(*, photo: Photo, ground: str, reason: str, by: User) -> Withdrawal:
    """Take a photo back at once: its public copy is deleted when the transaction commits.

    Raises what `withdraw_record` raises, and TransitionNotAllowed for a photo that is not public.
    """
    if photo.state != Photo.State.CHECKED:
        raise TransitionNotAllowed(
            action="withdraw", state=photo.state, needed=(Photo.State.CHECKED,)
        )
    withdrawal = withdraw_record(
        record_type=Photo.record_type,
        public_id=photo.public_id,
        ground=ground,
        reason=reason,
        by=by,
    )
    used = {photo.public_sha256, photo.thumbnail_sha256}
    transaction.on_commit(partial(_delete_unused, used), robust=True)
    return withdrawal


@transaction.atomic
def lift_photo_withdrawal(*, photo: Photo, by: User) -> Photo:
    """Make a withdrawn photo public again, with the boxes it had.

    Raises what `lift_withdrawal` raises.
    """
    withdrawal = withdrawal_of(photo)
    if withdrawal is None:
        raise TransitionNotAllowed(action="lift", state=photo.state, needed=("withdrawn",))
    lift_withdrawal(withdrawal=withdrawal, by=by)
    photo = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
    _write_public_copy(photo)
    photo.save(update_fields=["public_sha256", "thumbnail_sha256"])
    return photo


# -- Files and rows, both ways ------------------------------------------------------------------


def shown_hashes(hashes: Iterable[str] | None = None) -> set[str]:
    """Return the hashes (of those given) that a released photo still shows."""
    withdrawn = Withdrawal.objects.filter(record_type=Photo.record_type, lifted_at=None)
    shown = Photo.objects.filter(state=Photo.State.CHECKED).exclude(
        public_id__in=withdrawn.values("record_public_id")
    )
    found: set[str] = set()
    for column in ("public_sha256", "thumbnail_sha256"):
        rows = shown if hashes is None else shown.filter(**{f"{column}__in": list(hashes)})
        found.update(rows.order_by().values_list(column, flat=True).distinct())
    return found - {""}


def _delete_unused(hashes: set[str]) -> None:
    """Delete public copies that no released photo shows; two photos may be one picture."""
    for sha256 in hashes - {""} - shown_hashes(hashes):
        storages["public"].delete(public_name(sha256))


def restore_public_copies(limit: int = 100) -> int:
    """Make public copies that are missing from the store anew; return how many."""
    restored = 0
    for sha256 in sorted(shown_hashes()):
        if restored >= limit:
            break
        if storages["public"].exists(public_name(sha256)):
            continue
        logger.warning("The public copy %s is missing and is made anew", sha256)
        showing = models.Q(public_sha256=sha256) | models.Q(thumbnail_sha256=sha256)
        for photo in Photo.objects.filter(showing, state=Photo.State.CHECKED):
            _write_public_copy(photo)
            photo.save(update_fields=["public_sha256", "thumbnail_sha256"])
            if storages["public"].exists(public_name(sha256)):
                break  # The other rows show the same picture.
        restored += 1
    return restored


def delete_orphans(older_than_hours: int = 24) -> int:
    """Delete private files whose row was never committed; return how many."""
    limit = timezone.now() - datetime.timedelta(hours=older_than_hours)
    deleted = 0
    for folder in _folders(default_storage, "photos"):
        known = set(Photo.objects.filter(original__startswith=folder).values_list("original"))
        kept = {PurePosixPath(name).stem for (name,) in known}
        for file_name in default_storage.listdir(folder)[1]:
            name = f"{folder}/{file_name}"
            is_kept = PurePosixPath(name).stem.removesuffix("-copy") in kept
            if not is_kept and default_storage.get_modified_time(name) < limit:
                default_storage.delete(name)
                deleted += 1
    return deleted


def _folders(storage: Storage, top: str) -> list[str]:
    """Return all folders below and including `top`; none where it does not exist."""
    if not storage.exists(top):
        return []
    below = [f"{top}/{name}" for name in storage.listdir(top)[0]]
    return [top, *(folder for name in below for folder in _folders(storage, name))]
