"""Drawings and documents: what is complete, what a project lacks, what it hands over."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from ccs.lib.formats import format_day
from ccs.lib.identity import new_public_id
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.models import (
    IN_FORCE,
    Document,
    DocumentClass,
    DocumentStage,
    Drawing,
    Project,
    Record,
    StoredFile,
)
from pmis.roles import ORDERING_BODY_ROLES, Role
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.roles import roles_of

State = Project.State
#: Which documents a project must have come to, by its state: all stages up to this one.
REACHED = {
    State.DRAFT: None,
    State.PLANNED: None,
    State.CONTRACTED: DocumentStage.CONTRACT,
    State.COMMENCED: DocumentStage.COMMENCEMENT,
    State.ONGOING: DocumentStage.CONSTRUCTION,
    State.SUSPENDED: DocumentStage.CONSTRUCTION,
    State.TERMINATED: DocumentStage.CONSTRUCTION,
    State.COMPLETION_INSPECTION: DocumentStage.COMPLETION,
    State.COMPLETED: DocumentStage.COMPLETION,
    State.DEFECT_PERIOD: DocumentStage.DEFECT_PERIOD,
    State.CLOSED: DocumentStage.DEFECT_PERIOD,
}
#: Who may take the hand-over package with every file in it.
PACKAGE_ROLES = (*sorted(ORDERING_BODY_ROLES), Role.SUPERVISOR, Role.SITE_AGENT)


# -- What is complete ---------------------------------------------------------------------------


def check_drawing(drawing: Drawing) -> None:
    """Raise ValidationError, by field, where a drawing cannot be submitted."""
    errors: dict[str, str] = {}
    if not drawing.drawing_number:
        errors["drawing_number"] = _("A drawing needs its number.")
    if not drawing.title:
        errors["title"] = _("A drawing needs its title.")
    if drawing.issued_date is None:
        errors["issued_date"] = _("Say when the sheet was issued.")
    if not drawing.files.exists():
        errors["drawing_status"] = _("Add the file of the drawing.")
    if drawing.is_security_sensitive and drawing.sheets.exists():
        errors["is_security_sensitive"] = _(
            "A security-sensitive sheet has no public picture; take the picture away."
        )
    if drawing.drawing_number and _same_number(drawing):
        errors["drawing_number"] = _("This project has a drawing of that number already.")
    if errors:
        raise ValidationError(errors)


def _same_number(drawing: Drawing) -> bool:
    """Whether another drawing in force has this number; a new revision corrects that one."""
    others = Drawing.objects.approved().exclude(public_id=drawing.public_id)
    return others.filter(
        project=drawing.project_id,
        drawing_number=drawing.drawing_number,
        drawing_status=drawing.drawing_status,
    ).exists()


def check_document(document: Document) -> None:
    """Raise ValidationError, by field, where a document cannot be submitted."""
    errors: dict[str, str] = {}
    if document.document_class_id is None:
        errors["document_class"] = _("Choose the folder of the document.")
    if not document.title:
        errors["title"] = _("A document needs its title.")
    if document.document_date is None:
        errors["document_date"] = _("A document needs its date.")
    if not document.files.exists():
        errors["summary"] = _("Add the file of the document.")
    if errors:
        raise ValidationError(errors)


EFFECTS[Drawing.record_type] = Effects(submitted=check_drawing)
EFFECTS[Document.record_type] = Effects(submitted=check_document)


# -- What is missing ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Missing:
    """A demanded document that the project does not have in force."""

    stage: DocumentStage
    name: str
    owed_by: Role
    #: Where it is written.
    url: str
    #: Somebody began or submitted it.
    is_begun: bool = False


def stages_reached(project: Project) -> list[DocumentStage]:
    """Return the stages whose documents the project must have by its state."""
    last = REACHED[State(project.state)]
    order = list(DocumentStage)
    return order[: order.index(last) + 1] if last else []


def missing_documents(project: Project) -> list[Missing]:
    """Return the demanded documents that a project lacks, by stage, up to the stage it is in.

    A document in force of the class counts, and so does a record in force of the type that the
    class names.
    """
    stages = stages_reached(project)
    demanded = DocumentClass.objects.filter(is_demanded=True, is_active=True, stage__in=stages)
    documents = Document.objects.filter(project=project, document_class__in=demanded)
    has = set(documents.approved().values_list("document_class", flat=True))
    begun = set(documents.in_work().values_list("document_class", flat=True))
    missing = []
    for row in demanded:
        if row.pk in has or _stands_in(row.record_type, project):
            continue
        url = _where(row, project)
        stage = DocumentStage(row.stage)
        missing.append(Missing(stage, row.title, Role(row.owed_by), url, row.pk in begun))
    return sorted(missing, key=lambda one: list(DocumentStage).index(one.stage))


def _stands_in(record_type: str, project: Project) -> bool:
    """Whether the project has a record in force of a type: `schedule`, `drawing:as_built`."""
    kind, _colon, status = record_type.partition(":")
    model = _record_model(kind)
    if model is None:
        return False
    records = model._default_manager.filter(project=project, state__in=IN_FORCE)
    if status:
        records = records.filter(drawing_status=status)
    return records.exists()


def _record_model(record_type: str) -> type[Record] | None:
    for model in apps.get_app_config("pmis").get_models() if record_type else ():
        if issubclass(model, Record) and model.record_type == record_type:
            return model
    return None


def _where(row: DocumentClass, project: Project) -> str:
    """Return where the document is written: the form of its type."""
    kind = row.record_type.partition(":")[0]
    name = kind.replace("_", "-") if _record_model(kind) else ""
    if name:
        return reverse(f"pmis:{name}-begin", args=[project.public_id])
    form = reverse("pmis:filed-document-write", args=[project.public_id, new_public_id()])
    return f"{form}?{urlencode({'class': row.code})}"


# -- Folders ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Folder:
    """A class of the tree with the number of documents of a project in it."""

    document_class: DocumentClass
    count: int


def folders_of(project: Project) -> dict[DocumentStage, list[Folder]]:
    """Return the class tree by stage with the documents in force counted."""
    counted = models.Count(
        "documents",
        filter=models.Q(documents__project=project, documents__state__in=IN_FORCE),
    )
    found: dict[DocumentStage, list[Folder]] = {}
    for row in DocumentClass.objects.annotate(found=counted).order_by("order", "code"):
        if row.is_active or row.found:
            found.setdefault(DocumentStage(row.stage), []).append(Folder(row, row.found))
    return {stage: found[stage] for stage in DocumentStage if stage in found}


# -- What is handed over ------------------------------------------------------------------------


def as_built_set(project: Project) -> models.QuerySet[Drawing]:
    """Return the as-built drawings in force, by discipline and number."""
    rows = Drawing.objects.approved().filter(project=project, drawing_status="as_built")
    return rows.order_by("discipline", "drawing_number").prefetch_related("files__file")


def completion_documents(project: Project) -> models.QuerySet[Document]:
    """Return the documents in force of completion and of the defect period, by class."""
    stages = (DocumentStage.COMPLETION, DocumentStage.DEFECT_PERIOD)
    rows = Document.objects.approved().filter(project=project, document_class__stage__in=stages)
    rows = rows.select_related("document_class").prefetch_related("files__file")
    return rows.order_by("document_class__order", "document_date", "id")


def require_package_reader(user: User, project: Project) -> None:
    """Raise `RoleNotAllowed` unless `user` may take the hand-over package of the project."""
    if not set(PACKAGE_ROLES) & set(roles_of(user, project)) and not user.sees_all_projects:
        labels = [Role(role).label for role in PACKAGE_ROLES]
        raise RoleNotAllowed(action="package", roles=labels)


#: What may stand in a name inside the package: letters of any script, digits, a few signs.
_UNSAFE = re.compile(r"[^\w.() -]+")


def package_name(folder: str, *parts: Any, ending: str = "") -> str:
    """Return a name inside the package: one folder, no way out of it, no hidden file."""
    words = "_".join(str(part) for part in parts if part)
    return f"{_safe(folder)}/{_safe(words)[:120]}{_safe(ending)}"


def _safe(text: str) -> str:
    plain = _UNSAFE.sub("_", text)
    return re.sub(r"\.{2,}", ".", plain).strip(" ") if plain.strip(". ") else "_"


class _Pipe(io.RawIOBase):
    """What the archive writes, until it is sent on."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Say that the archive may write, but not go back."""
        return True

    def write(self, part: Any) -> int:
        """Keep a part."""
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def hand_over_package(project: Project) -> Iterator[bytes]:
    """Return a ZIP of the as-built set and the completion documents with a list, in pieces."""
    files: list[tuple[str, StoredFile]] = []
    rows, used = [], set()
    for folder, row, line in _contents(project):
        if not line.file.content:
            continue  # Deleted when its time was over; the disposal register names it.
        name = _unused(folder, row, line.file, used)
        files.append((name, line.file))
        rows.append([name, *_listed(row), line.file.size, line.file.sha256])
    return _packed(files, _list_of(rows))


def _packed(files: list[tuple[str, StoredFile]], listed: bytes) -> Iterator[bytes]:
    """Yield the archive while it is written: no package is held in memory or on disk."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as package:
        for name, stored in files:
            with (
                package.open(name, "w", force_zip64=True) as target,
                stored.content.open("rb") as source,
            ):
                for chunk in source.chunks(256 * 1024):
                    target.write(chunk)
                    yield pipe.take()
            yield pipe.take()
        package.writestr("list.csv", listed)
    yield pipe.take()


def _contents(project: Project) -> Iterator[tuple[str, Any, Any]]:
    for drawing in as_built_set(project):
        yield from ((_("as-built drawings"), drawing, line) for line in drawing.files.all())
    for document in completion_documents(project):
        folder = document.document_class.code if document.document_class else ""
        yield from ((folder, document, line) for line in document.files.all())


def _unused(folder: str, row: Any, stored: StoredFile, used: set[str]) -> str:
    """Return a name that no other file of the package has."""
    stem, _dot, ending = stored.name.rpartition(".")
    name = package_name(folder, str(row), stem, ending=f".{ending}")
    number = 2
    while name.casefold() in used:
        name = package_name(folder, str(row), stem, number, ending=f".{ending}")
        number += 1
    used.add(name.casefold())
    return name


def _listed(row: Any) -> list[str]:
    day = row.issued_date if isinstance(row, Drawing) else row.document_date
    date = format_day(day, reader_language()) if day else ""
    return [row._meta.verbose_name, str(row), date, row.hand_over_body]


def _list_of(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    headings = (
        _("File"), _("Kind"), _("Title"), _("Date"), _("Handed over to"), _("Bytes"), "SHA-256",
    )  # fmt: skip
    writer = csv.writer(text)
    writer.writerow(headings)
    # SECURITY: a text that begins like a formula would run in a spreadsheet.
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell)[:1] in "=+-@" else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")
