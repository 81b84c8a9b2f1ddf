"""What was written without a network comes in once, in any order, and overwrites nothing.

The client's id of a draft is its idempotency key. A repeat gets the answer of the first; an older
edition that comes late changes nothing; a text about a record that the server has a newer version
of is kept beside it until its author has seen both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import connection, models, transaction
from django.http import QueryDict

from ccs.lib.workflow import TransitionNotAllowed
from ccs.models import User
from pmis.forms.records import RecordForms, Values, line_indexes
from pmis.models import Draft, Project, ReceivedDraft, ReceivedPhoto, Record
from pmis.records.types import RecordType
from pmis.services.daily_reports import name_photos
from pmis.services.drafts import discard_draft, find_draft, save_draft
from pmis.services.photos import add_photo
from pmis.services.records import OPEN_TO_AUTHOR, RecordChanged, require_writer

Outcome = ReceivedDraft.Outcome
PhotoOutcome = ReceivedPhoto.Outcome
#: Field of a form that names the draft of the device which wrote it.
CLIENT_ID = "client_id"
#: Fields of a form that are about the form and not about the record.
ABOUT_THE_FORM = frozenset({CLIENT_ID, "csrfmiddlewaretoken", "revision", "next", "save"})
#: Revision of a record that nobody has written into.
UNWRITTEN = 1


class ClientIdReused(ValueError):
    """Raised when an id that a device made names something else already (422)."""


@dataclass(frozen=True)
class SentDraft:
    """A draft as a device sends it."""

    client_id: UUID
    #: Counts the changes on the device.
    edition: int
    key: str
    fields: QueryDict
    #: Revision of the record that the writer had before them; None where there was none.
    revision: int | None = None

    @property
    def body_sha256(self) -> str:
        """SHA-256 of what the draft says."""
        lists = sorted((name, list(values)) for name, values in self.fields.lists())
        said = json.dumps([self.key, self.revision, lists], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


# -- Drafts -------------------------------------------------------------------------------------


@transaction.atomic
def receive_draft(
    *, project: Project, entry: RecordType, sent: SentDraft, by: User
) -> ReceivedDraft:
    """Save what a device wrote as the form would, once; return it with its outcome.

    Raises:
        RoleNotAllowed: `by` does not write records of this type in the project today.
        ClientIdReused: the id is that of another form, or of another text of the same edition.
        DraftTooLarge: larger than any form of the system.
        Http404: the key is none of this type, such as a day ahead.
    """
    require_writer(by, project, entry.record_type)
    key = entry.checked_key(sent.key or entry.default_key(project))
    hold(by, sent.client_id)
    known = ReceivedDraft.objects.filter(user=by, client_id=sent.client_id).first()
    if known is not None and not _is_news(known, project, entry, sent):
        return known
    received = known or ReceivedDraft(
        user=by, client_id=sent.client_id, project=project, record_type=entry.record_type
    )
    received.key, received.edition, received.body_sha256 = key, sent.edition, sent.body_sha256
    received.fields = dict(sent.fields.lists())
    _write(received, entry, sent)
    received.save()
    if received.outcome == Outcome.SAVED:
        _forget_draft(received)
        _attach_photos(received, entry)
    return received


def hold(user: User, client_id: UUID) -> None:
    """Take the lock of a draft until the transaction ends: a repeat and a photo wait for it."""
    name = f"pmis.offline:{user.pk}:{client_id}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _is_news(known: ReceivedDraft, project: Project, entry: RecordType, sent: SentDraft) -> bool:
    """Return whether a draft says something that the one received does not."""
    if (known.project_id, known.record_type) != (project.pk, entry.record_type):
        raise ClientIdReused
    if sent.edition == known.edition and sent.body_sha256 != known.body_sha256:
        raise ClientIdReused
    return sent.edition > known.edition and known.outcome != Outcome.DROPPED


def _write(received: ReceivedDraft, entry: RecordType, sent: SentDraft) -> None:
    """Write the text into its record and set the outcome; a refusal undoes the attempt."""
    record = _record_of(received, entry)
    if record is not None and (
        record.state not in OPEN_TO_AUTHOR or record.revision != _base(received, record, sent)
    ):
        _in_conflict(received, record)
        return
    forms = RecordForms(
        entry.form, entry.lines, entry.offer_in(received.project), data=sent.fields, validate=True
    )
    if not forms.is_valid():
        _to_be_mended(received, entry, record)
        return
    try:
        with transaction.atomic():
            saved = record or entry.opened(received.project, received.key, received.user)
            saved = entry.save(
                record=saved,
                fields=forms.fields,
                lines=forms.line_values,
                by=received.user,
                revision=record.revision if record else UNWRITTEN,
            )
    except ValidationError:
        _to_be_mended(received, entry, record)
    except (RecordChanged, TransitionNotAllowed):
        # Somebody was faster in the same moment.
        _in_conflict(received, entry.found(received.project, received.key, received.user))
    else:
        words = photo_words(sent.fields, entry.photo_lines)
        name_photos(project=received.project, words=words, by=received.user)
        received.outcome, received.fields = Outcome.SAVED, {}
        received.record_public_id, received.revision = saved.public_id, saved.revision


def refusal(
    *, entry: RecordType, project: Project, key: str, forms: RecordForms, by: User
) -> ValidationError | None:
    """Return what the service would say against checked forms; nothing is written."""
    try:
        with transaction.atomic():
            record = entry.opened(project, key, by)
            entry.save(
                record=record, fields=forms.fields, lines=forms.line_values, by=by, revision=None
            )
            transaction.set_rollback(True)
    except ValidationError as error:
        return error
    return None


def photo_words(data: QueryDict, lines: str) -> dict[str, tuple[str, str]]:
    """Return caption and activity, by public id, typed about photos that a form names."""
    words = {}
    for index in line_indexes(data, lines) if lines else ():
        public_id = data.get(f"{lines}-{index}-photo")
        if public_id and f"caption-{index}" in data:
            words[public_id] = (data[f"caption-{index}"], data.get(f"activity-{index}", ""))
    return words


def _record_of(received: ReceivedDraft, entry: RecordType) -> Record | None:
    """Return the record that the draft is about: the one it went into, or the one of its key."""
    if received.pk and received.outcome == Outcome.SAVED:
        return newest_version(received, entry)
    return entry.found(received.project, received.key, received.user)


def newest_version(received: ReceivedDraft, entry: RecordType) -> Record | None:
    """Return the newest version of the record that a received draft names."""
    versions = entry.queryset().filter(
        public_id=received.record_public_id, project=received.project_id
    )
    return versions.order_by("-version_no").first()


def _base(received: ReceivedDraft, record: Record, sent: SentDraft) -> int | None:
    """Return the revision that the text was written upon.

    An earlier edition of the same draft counts as read by its writer.
    """
    was_saved = received.pk is not None and received.outcome == Outcome.SAVED
    if was_saved and received.record_public_id == record.public_id:
        return received.revision
    return sent.revision


def _in_conflict(received: ReceivedDraft, record: Record | None) -> None:
    received.outcome = Outcome.CONFLICT
    received.record_public_id = record.public_id if record else None
    received.revision = record.revision if record else None


def _to_be_mended(received: ReceivedDraft, entry: RecordType, record: Record | None) -> None:
    """Put the text into the form; where the form holds another unsaved text, both are kept."""
    received.record_public_id = record.public_id if record else None
    received.revision = record.revision if record else None
    draft = _form_draft(received)
    if draft is not None and not is_of(draft, received):
        received.outcome = Outcome.CONFLICT
        return
    received.outcome = Outcome.INVALID
    put_into_form(received, revision=record.revision if record else None)


def put_into_form(received: ReceivedDraft, *, revision: int | None) -> Draft:
    """Let the form show the received text, written upon `revision` of the record."""
    fields: dict[str, Sequence[str]] = {
        **received.fields,
        CLIENT_ID: [str(received.client_id)],
        "revision": ["" if revision is None else str(revision)],
    }
    return save_draft(
        project=received.project,
        record_type=received.record_type,
        key=received.key,
        fields=fields,
        by=received.user,
    )


def is_of(draft: Draft, received: ReceivedDraft) -> bool:
    """Return whether an unsaved form on the server was written by the same draft."""
    return draft.fields.get(CLIENT_ID) == [str(received.client_id)]


def _form_draft(received: ReceivedDraft) -> Draft | None:
    return find_draft(
        project=received.project,
        record_type=received.record_type,
        key=received.key,
        by=received.user,
    )


def _forget_draft(received: ReceivedDraft) -> None:
    """Discard the unsaved form that this draft had left; one of another device stays."""
    draft = _form_draft(received)
    if draft is not None and is_of(draft, received):
        _discard_form(received)


def _discard_form(received: ReceivedDraft) -> None:
    discard_draft(
        project=received.project,
        record_type=received.record_type,
        key=received.key,
        by=received.user,
    )


@transaction.atomic
def decide_for_mine(*, received: ReceivedDraft, entry: RecordType) -> ReceivedDraft:
    """Put a text in conflict into the form, where its author sees what differs before saving.

    Raises TransitionNotAllowed where the record is not open to its author any more.
    """
    received = _locked_conflict(received)
    record = entry.found(received.project, received.key, received.user)
    if record is not None and record.state not in OPEN_TO_AUTHOR:
        raise TransitionNotAllowed(action="save", state=record.state, needed=OPEN_TO_AUTHOR)
    put_into_form(received, revision=record.revision if record else None)
    received.outcome = Outcome.INVALID
    received.save(update_fields=["outcome", "received_at"])
    return received


@transaction.atomic
def decide_for_theirs(*, received: ReceivedDraft) -> ReceivedDraft:
    """Throw a text in conflict away; photos sent with it stay in the album."""
    received = _locked_conflict(received)
    received.outcome, received.fields = Outcome.DROPPED, {}
    received.save(update_fields=["outcome", "fields", "received_at"])
    _waiting_photos(received).update(outcome=PhotoOutcome.ALBUM)
    return received


def _locked_conflict(received: ReceivedDraft) -> ReceivedDraft:
    hold(received.user, received.client_id)
    received = ReceivedDraft.objects.select_related("project", "user").get(pk=received.pk)
    if received.outcome != Outcome.CONFLICT:
        raise TransitionNotAllowed(
            action="decide", state=received.outcome, needed=(Outcome.CONFLICT,)
        )
    return received


def form_was_saved(*, client_id: str, entry: RecordType, record: Record, by: User) -> None:
    """Close the received draft whose text went by way of the form into `record`."""
    try:
        public_id = UUID(client_id)
    except ValueError:
        return
    with transaction.atomic():
        hold(by, public_id)
        drafts = ReceivedDraft.objects.filter(user=by, client_id=public_id)
        received = (
            drafts.filter(project=record.project_id, record_type=record.record_type)
            .exclude(outcome=Outcome.SAVED)
            .first()
        )
        if received is not None:
            received.outcome, received.fields = Outcome.SAVED, {}
            received.record_public_id, received.revision = record.public_id, record.revision
            received.save()
            _attach_photos(received, entry)
            record.refresh_from_db(fields=["revision"])


# -- Photos -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SentPhoto:
    """A photo as a device sends it."""

    client_id: UUID
    draft_client_id: UUID
    file: File
    position: int = 0
    caption: str = ""
    activity: str = ""

    @property
    def body_sha256(self) -> str:
        """SHA-256 of the file."""
        digest = hashlib.sha256()
        for chunk in self.file.chunks():
            digest.update(chunk)
        self.file.seek(0)
        return digest.hexdigest()


@transaction.atomic
def receive_photo(
    *, project: Project, entry: RecordType, sent: SentPhoto, by: User
) -> ReceivedPhoto:
    """Store a photo of a device once; name it in its record if that is here already.

    Raises:
        RoleNotAllowed: `by` adds no photos to the project.
        ClientIdReused: the id is that of another photo.
    """
    hold(by, sent.draft_client_id)
    hold(by, sent.client_id)
    body_sha256 = sent.body_sha256
    known = ReceivedPhoto.objects.filter(user=by, client_id=sent.client_id).first()
    if known is not None:
        if known.body_sha256 != body_sha256 or known.draft_client_id != sent.draft_client_id:
            raise ClientIdReused
        return known
    received = ReceivedPhoto(
        user=by,
        client_id=sent.client_id,
        draft_client_id=sent.draft_client_id,
        project=project,
        position=sent.position,
        body_sha256=body_sha256,
        outcome=PhotoOutcome.WAITING,
    )
    try:
        received.photo = add_photo(
            project=project, file=sent.file, by=by, caption=sent.caption, activity=sent.activity
        )
    except ValidationError as error:
        received.outcome, received.sentence = PhotoOutcome.REFUSED, " ".join(error.messages)[:400]
    received.save()
    draft = ReceivedDraft.objects.filter(user=by, client_id=sent.draft_client_id).first()
    if draft is not None and (draft.project_id, draft.record_type) != (
        project.pk,
        entry.record_type,
    ):
        raise ClientIdReused
    if draft is not None and draft.outcome in (Outcome.SAVED, Outcome.DROPPED):
        _attach_photos(draft, entry)
        received.refresh_from_db()
    return received


def _waiting_photos(draft: ReceivedDraft) -> models.QuerySet[ReceivedPhoto]:
    return ReceivedPhoto.objects.filter(
        user=draft.user_id,
        draft_client_id=draft.client_id,
        project=draft.project_id,
        outcome=PhotoOutcome.WAITING,
    ).order_by("position", "id")


def _attach_photos(draft: ReceivedDraft, entry: RecordType) -> None:
    """Name the stored photos of a saved draft in its record, after those named already."""
    waiting = list(_waiting_photos(draft))
    if not waiting:
        return
    record = newest_version(draft, entry) if draft.outcome == Outcome.SAVED else None
    outcome = PhotoOutcome.ALBUM
    if entry.photo_lines and record is not None and record.state in OPEN_TO_AUTHOR:
        is_ours = record.revision == draft.revision
        saved = _name_photos_in(record, entry, waiting, draft.user)
        if is_ours:
            draft.revision = saved.revision
            draft.save(update_fields=["revision", "received_at"])
        outcome = PhotoOutcome.ATTACHED
    ReceivedPhoto.objects.filter(pk__in=[row.pk for row in waiting]).update(outcome=outcome)


def _name_photos_in(
    record: Record, entry: RecordType, waiting: Sequence[ReceivedPhoto], by: User
) -> Record:
    record = type(record)._default_manager.select_for_update(of=("self",)).get(pk=record.pk)
    values: Values = entry.values(record)
    rows: list[Mapping[str, object]] = list(values.lines.get(entry.photo_lines, ()))
    rows += [{"photo": row.photo} for row in waiting]
    return entry.save(
        record=record, fields={}, lines={entry.photo_lines: rows}, by=by, revision=record.revision
    )
