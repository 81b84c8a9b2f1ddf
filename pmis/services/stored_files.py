"""Stored files: take in, hand out, prove who opened them, read their text for the search."""

from __future__ import annotations

import datetime
import hashlib
import logging
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.celery import nudge
from ccs.lib.identity import new_public_id
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from pmis.file_types import FileRefused, facts_of, read_pdf
from pmis.models import Project, Record, RecordReading, StoredFile
from pmis.roles import CONTRACTOR_ROLES, SUPERVISION_ROLES, Role
from pmis.services.roles import roles_of

logger = logging.getLogger(__name__)

#: Who may add a file to a project: whoever writes records.
FILE_ROLES = (
    *sorted(CONTRACTOR_ROLES | SUPERVISION_ROLES),
    Role.OFFICER,
    Role.DEPARTMENT_HEAD,
    Role.ACCOUNTING_OFFICER,
)
LONGEST_NAME = 200


# -- Taking in ----------------------------------------------------------------------------------


def store_file(*, project: Project, file: File, by: User) -> StoredFile:
    """Keep an uploaded file in the private store under a random name, and return its row.

    Raises:
        RoleNotAllowed: `by` takes part in the project in no role that writes records.
        ValidationError: too large, of no permitted type, or not what its name says.
    """
    if not set(FILE_ROLES) & set(roles_of(by, project)):
        raise RoleNotAllowed(action="store_file", roles=[Role(role).label for role in FILE_ROLES])
    name = plain_name(file.name or "")
    if (file.size or 0) > settings.DOCUMENT_MAX_BYTES:
        sentence = _("%(name)s is larger than %(limit)s MB; divide it or make it smaller.")
        raise ValidationError(sentence % {"name": name, "limit": size_limit_mb()})
    content = file.read()
    try:
        facts = facts_of(name, content)
    except FileRefused as refused:
        raise ValidationError(f"{name}: {refusal_sentence(refused.refusal)}") from refused
    is_pdf = facts.media_type == "application/pdf"
    stored = StoredFile(
        project=project,
        name=name,
        media_type=facts.media_type,
        size=len(content),
        pages=facts.pages,
        sha256=hashlib.sha256(content).hexdigest(),
        uploader=by,
        text_state=StoredFile.TextState.WAITING if is_pdf else StoredFile.TextState.NONE,
    )
    ending = PurePosixPath(name).suffix.lower()
    with transaction.atomic():
        stored.content.save(f"{new_public_id().hex}{ending}", ContentFile(content), save=False)
        stored.save()
        if is_pdf:
            wake = partial(nudge, "pmis.file_tasks.read_text", stored.pk)
            transaction.on_commit(wake, robust=True)
    return stored


def plain_name(name: str) -> str:
    """Return the last part of a file name without control characters, its extension kept."""
    last = PurePosixPath(name.replace("\\", "/")).name
    # Control and direction marks would show another extension than the one that is there.
    letters = "".join(letter for letter in last if letter.isprintable()).strip() or "file"
    path = PurePosixPath(letters)
    return f"{path.stem[: LONGEST_NAME - len(path.suffix[:20])]}{path.suffix[:20]}"


def size_limit_mb() -> int:
    """Return how large a file may be, in megabytes."""
    return settings.DOCUMENT_MAX_BYTES // 1024 // 1024


def refusal_sentence(refusal: str) -> str:
    """Return why a file is refused and what to do, in the reader's language."""
    sentences = {
        "wrong_type": _(
            "This type of file is not kept; send PDF, DWG, DXF, HWP, HWPX, DOCX, XLSX, PPTX, CSV,"
            " TXT, JPEG or PNG."
        ),
        "not_what_it_says": _("The content is not what the extension says; save the file anew."),
        "locked": _("The file is locked with a password; save it without one."),
        "too_many_pages": _("The file has more than 3,000 pages; divide it."),
        "too_large_inside": _("The file unpacks to more than can be kept; divide it."),
        "program": _("The file holds a program; save it without scripts and macros."),
        "second_file": _("The file holds something besides the picture; save the picture anew."),
        "damaged": _("The file is damaged or incomplete; save it anew and send it again."),
    }
    return sentences.get(refusal, refusal)


# -- Read proof ---------------------------------------------------------------------------------


def prove_reading(*, record: Record, by: User, file: StoredFile | None = None) -> None:
    """Keep that `by` opened this version, or its file; only the first time counts."""
    row = RecordReading(
        project_id=record.project_id,
        record_type=record.record_type,
        record_public_id=record.public_id,
        version_no=record.version_no,
        file=file,
        user=by,
        organization_id=by.organization_id,
    )
    RecordReading.objects.bulk_create([row], ignore_conflicts=True)


def readings_of(record: Record) -> models.QuerySet[RecordReading]:
    """Return who opened which version of a record and when, oldest first."""
    rows = RecordReading.objects.filter(record_public_id=record.public_id)
    return rows.select_related("user", "organization", "file").order_by("id")


# -- Text ---------------------------------------------------------------------------------------


def read_text(file_id: int) -> str | None:
    """Read the text of a PDF for the search and return its new state; harmless when repeated."""
    with transaction.atomic():
        rows = StoredFile.objects.select_for_update(skip_locked=True, of=("self",))
        waiting = StoredFile.TextState.WAITING
        stored = rows.filter(pk=file_id, text_state=waiting).first()
        if stored is None:
            return None
        with stored.content.open("rb") as content:
            found: dict[str, Any] = read_pdf("text", content.read())
        stored.text = found.get("text", "")
        has_text = bool(stored.text)
        stored.text_state = StoredFile.TextState.READ if has_text else StoredFile.TextState.NONE
        stored.save(update_fields=["text", "text_state"])
    return stored.text_state


def read_waiting_texts(limit: int = 20, older_than_seconds: int = 30) -> int:
    """Read PDFs whose task was lost; return how many. One bad file never stops the rest."""
    since = timezone.now() - datetime.timedelta(seconds=older_than_seconds)
    waiting = StoredFile.objects.filter(text_state="waiting", uploaded_at__lte=since)
    done = 0
    for file_id in list(waiting.order_by("id").values_list("pk", flat=True)[:limit]):
        try:
            done += read_text(file_id) is not None
        except Exception:
            logger.exception("The text of file %s could not be read", file_id)
    return done


# -- Files without rows -------------------------------------------------------------------------


def delete_orphans(older_than_hours: int = 24) -> int:
    """Delete files of the store whose row was never committed; return how many."""
    limit = timezone.now() - datetime.timedelta(hours=older_than_hours)
    deleted = 0
    folders = ["documents"] if default_storage.exists("documents") else []
    while folders:
        folder = folders.pop()
        below, names = default_storage.listdir(folder)
        folders += [f"{folder}/{name}" for name in below]
        rows = StoredFile.objects.filter(content__startswith=f"{folder}/")
        known = set(rows.values_list("content", flat=True)) if names else set()
        for name in names:
            path = f"{folder}/{name}"
            if path not in known and default_storage.get_modified_time(path) < limit:
                default_storage.delete(path)
                deleted += 1
    return deleted
