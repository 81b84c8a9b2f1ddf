"""What an approved list of records does: archive their files, or delete files and personal data.

In small steps that may be broken off and repeated: a file is checked by its hash, the entry of the
disposal register and the change of the rows are one transaction, and a file leaves its place only
after that was committed. A file left over by a crash is an orphan, which the sweep takes.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from ccs.lib.extensions import announce_change
from pmis.models import (
    IN_WORK,
    ApprovalEvent,
    Disposal,
    DisposalEntry,
    DisposalItem,
    Draft,
    FileLine,
    ReceivedDraft,
    Record,
    RecordState,
    StoredFile,
)
from pmis.records import REGISTRY
from pmis.services.approvals import content_hash
from pmis.services.retention import holds_of, subjects

logger = logging.getLogger(__name__)

Decision = DisposalItem.Decision
Kind = DisposalEntry.Kind
KINDS = {Decision.ARCHIVE: Kind.ARCHIVED, Decision.DELETE: Kind.DELETED}
#: Records done in one transaction.
BATCH = 50


class FileDamaged(Exception):
    """Raised when a file is not the one that was taken in; its record is left as it is."""


@dataclass
class Done:
    """What a run did, or with a dry run would do."""

    archived: int = 0
    deleted: int = 0
    files: int = 0
    held: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """One record of a list with its versions and the files that only records like it name."""

    item: DisposalItem
    versions: list[Record]
    files: list[StoredFile]

    @property
    def newest(self) -> Record:
        """The newest version."""
        return self.versions[-1]


def open_disposals() -> list[Disposal]:
    """Return the approved lists of which something is left to do, oldest first."""
    approved = Disposal.objects.filter(state=RecordState.APPROVED).select_related("project")
    return [disposal for disposal in approved.order_by("id") if any(_pending(disposal))]


def carry_out(disposal: Disposal, *, limit: int = 500, dry_run: bool = False) -> Done:
    """Do what an approved list says with at most `limit` of its records; harmless when repeated.

    Nothing is done while something holds the project. A record with a damaged file, or with a
    version in work, is left as it is and named.
    """
    done = Done(held=holds_of(disposal.project))
    if done.held or disposal.state != RecordState.APPROVED:
        return done
    decided = ApprovalEvent.objects.filter(
        record_public_id=disposal.public_id, action="approve", version_no=disposal.version_no
    ).latest("id")
    for item, keys in _pending(disposal):
        keys = keys[: max(0, limit - done.archived - done.deleted)]
        for start in range(0, len(keys), BATCH):
            cases = list(_sound(item, keys[start : start + BATCH], done))
            if not dry_run:
                _do(disposal, decided, cases)
            done.files += sum(len(case.files) for case in cases)
            if item.decision == Decision.DELETE:
                done.deleted += len(cases)
            else:
                done.archived += len(cases)
    if done.archived and not dry_run:
        write_manifest(disposal)
    return done


def _pending(disposal: Disposal) -> Iterator[tuple[DisposalItem, list[str]]]:
    """Yield each class to be done with the records that have no entry of it yet."""
    entries = set(disposal.entries.values_list("record_public_id", "kind"))
    for item in disposal.items.exclude(decision=Decision.KEEP):
        kind = KINDS[item.decision]
        left = [key for key in item.records if (UUID(key), kind) not in entries]
        if left:
            yield item, left


def _sound(item: DisposalItem, keys: list[str], done: Done) -> Iterator[Case]:
    """Yield the records that can be done; name the others."""
    model = subjects()[item.subject_type]
    for key in keys:
        versions = list(model._default_manager.filter(public_id=key).order_by("version_no"))
        if not versions or any(version.state in IN_WORK for version in versions):
            done.problems.append(f"{item.subject_type} {key}: a version is in work")
            continue
        files = _own_files(model, versions)
        try:
            for stored in files:
                _check(stored)
        except (FileDamaged, OSError) as error:
            done.problems.append(f"{item.subject_type} {key}: {error}")
            logger.error("%s %s is not disposed of: %s", item.subject_type, key, error)
            continue
        yield Case(item, versions, files)


# -- Files --------------------------------------------------------------------------------------


def _file_lines() -> list[tuple[type[FileLine], models.ForeignKey]]:
    """Return all models of lines that name files, with their key to the record."""
    found = []
    for model in subjects().values():
        for relation in model._meta.related_objects:
            if issubclass(relation.related_model, FileLine):
                found.append((relation.related_model, relation.field))
    return found


def _own_files(model: type[Record], versions: list[Record]) -> list[StoredFile]:
    """Return the files that the record names and no other record does."""
    identity = versions[0].public_id
    mine: set[int] = set()
    others: set[int] = set()
    for line, key in _file_lines():
        named = line._default_manager.all()
        if key.model and key.related_model is model:
            own = named.filter(**{f"{key.name}__public_id": identity})
            mine |= set(own.values_list("file", flat=True))
    for line, key in _file_lines():
        named = line._default_manager.filter(file__in=mine)
        others |= set(
            named.exclude(**{f"{key.name}__public_id": identity}).values_list("file", flat=True)
        )
    files = StoredFile.objects.filter(pk__in=mine - others).exclude(content="").defer("text")
    return list(files.order_by("pk"))


def sha256_of(name: str) -> str:
    """Return the SHA-256 of a file of the private store."""
    with default_storage.open(name, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _check(stored: StoredFile, name: str = "") -> None:
    name = name or stored.content.name
    if sha256_of(name) != stored.sha256:
        raise FileDamaged(f"{name} is not what was taken in")


def _copied(disposal: Disposal, stored: StoredFile) -> str:
    """Copy a file into the archive package and return its name there, checked by its hash."""
    ending = PurePosixPath(stored.content.name).suffix
    name = f"{folder_of(disposal)}/files/{stored.public_id.hex}{ending}"
    if default_storage.exists(name) and sha256_of(name) != stored.sha256:
        default_storage.delete(name)  # Half a copy of a run that was broken off.
    if not default_storage.exists(name):
        with stored.content.open("rb") as content:
            default_storage.save(name, content)
    _check(stored, name)
    return name


# -- Rows ---------------------------------------------------------------------------------------


def _do(disposal: Disposal, decided: ApprovalEvent, cases: list[Case]) -> None:
    """Enter and do a batch; files leave their place after the commit."""
    paths = {
        stored.pk: _copied(disposal, stored) if case.item.decision == Decision.ARCHIVE else ""
        for case in cases
        for stored in case.files
    }
    with transaction.atomic():
        entries = [_enter(disposal, decided, case, paths) for case in cases]
        for case in cases:
            for stored in case.files:
                _move(stored, paths[stored.pk])
        deleted = [entry.pk for entry in entries if entry.kind == Kind.DELETED]
        if deleted:
            _erase(deleted)
            _forget_drafts(cases)
        announce_change()


def _enter(
    disposal: Disposal, decided: ApprovalEvent, case: Case, paths: dict[int, str]
) -> DisposalEntry:
    record = case.newest
    return DisposalEntry.objects.create(
        disposal=disposal,
        project=disposal.project,
        kind=KINDS[case.item.decision],
        subject_type=case.item.subject_type,
        record_public_id=record.public_id,
        title=_title(record),
        retention_class=case.item.retention_class,
        due_since=case.item.due_since,
        decided_by=decided.by,
        decided_at=decided.at,
        content_sha256=content_hash(record),
        files=[
            {
                "public_id": str(stored.public_id),
                "name": stored.name,
                "size": stored.size,
                "sha256": stored.sha256,
                "path": paths[stored.pk],
            }
            for stored in case.files
        ],
    )


def _title(record: Record) -> str:
    number = f"No. {record.number}" if record.number else ""
    return " ".join(part for part in (number, str(record)) if part)[:300]


def _move(stored: StoredFile, path: str) -> None:
    """Name the new place of a file, or none; the old one goes after the commit."""
    before = stored.content.name
    changed: dict[str, Any] = {"content": path}
    if not path:
        changed |= {"text": "", "text_state": StoredFile.TextState.NONE}
    StoredFile.objects.filter(pk=stored.pk, content=before).update(**changed)
    if before != path:
        transaction.on_commit(partial(default_storage.delete, before), robust=True)


def _erase(entries: list[int]) -> None:
    """Erase personal data in records, lines and history: the database knows where it stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pmis_erase(%s)", [entries])


def _forget_drafts(cases: Iterable[Case]) -> None:
    """Delete what was typed into the forms of records and never saved."""
    for case in cases:
        record = case.newest
        named = {
            "project": record.project_id,
            "record_type": record.record_type,
            "key": REGISTRY[record.record_type].key_of(record),
        }
        Draft.objects.filter(**named).delete()
        ReceivedDraft.objects.filter(**named).delete()


# -- The package --------------------------------------------------------------------------------


def folder_of(disposal: Disposal) -> str:
    """Return the folder of the archive package in the private store."""
    return f"archive/{disposal.project.public_id}/{disposal.public_id}"


def write_manifest(disposal: Disposal) -> str:
    """Write the list of what the package holds beside its files; return its SHA-256."""
    entries = disposal.entries.filter(kind=Kind.ARCHIVED).order_by("id")
    content = {
        "project": {"public_id": disposal.project.public_id, "name": disposal.project.name},
        "disposal": disposal.public_id,
        "records": list(
            entries.values(
                "subject_type",
                "record_public_id",
                "title",
                "retention_class",
                "due_since",
                "content_sha256",
                "files",
                "at",
            )
        ),
    }
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()
    digest = hashlib.sha256(text).hexdigest()
    for name, part in (
        ("manifest.json", text),
        ("manifest.json.sha256", f"{digest}  manifest.json\n".encode()),
    ):
        path = f"{folder_of(disposal)}/{name}"
        default_storage.delete(path)
        default_storage.save(path, ContentFile(part))
    return digest


def entries_of(record: Record) -> list[DisposalEntry]:
    """Return what was done with a record, oldest first."""
    rows = DisposalEntry.objects.filter(record_public_id=record.public_id)
    return list(rows.select_related("decided_by").order_by("id"))
