"""Drawings, documents and site cameras as the generic pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.models import User
from pmis.filters import record_filter
from pmis.forms import documents as document_forms
from pmis.forms.records import Values
from pmis.models import (
    IN_WORK,
    Camera,
    Disposal,
    Document,
    DocumentClass,
    DocumentStage,
    Drawing,
    Project,
    Record,
)
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    Warning,
    register,
)
from pmis.services import cameras, filing, retention
from pmis.services.stored_files import prove_reading, readings_of


def _box() -> forms.Select:
    return forms.Select(attrs={"class": "full"})


def _search_box() -> forms.TextInput:
    return forms.TextInput(attrs={"type": "search", "class": "full"})


class DrawingFilter(record_filter(Drawing)):  # type: ignore[misc]
    """Filters of the register of drawings: words, discipline, status."""

    q = django_filters.CharFilter(
        label=gettext_lazy("Project, number or title"), method="filter_text", widget=_search_box()
    )
    discipline = django_filters.ChoiceFilter(choices=Drawing.Discipline, widget=_box())
    drawing_status = django_filters.ChoiceFilter(choices=Drawing.Status, widget=_box())

    def filter_text(self, rows: models.QuerySet, _name: str, value: str) -> models.QuerySet:
        """Keep drawings whose project, number or title holds the text."""
        found = models.Q(project__name__icontains=value) | models.Q(title__icontains=value)
        return rows.filter(found | models.Q(drawing_number__icontains=value))


class DocumentFilter(record_filter(Document)):  # type: ignore[misc]
    """Filters of the register of documents: words, stage, folder."""

    q = django_filters.CharFilter(
        label=gettext_lazy("Project, number or title"), method="filter_text", widget=_search_box()
    )
    stage = django_filters.ChoiceFilter(
        label=gettext_lazy("Stage"),
        field_name="document_class__stage",
        choices=DocumentStage,
        widget=_box(),
    )
    folder = django_filters.CharFilter(
        field_name="document_class__code", widget=forms.HiddenInput(), label=""
    )

    def filter_text(self, rows: models.QuerySet, _name: str, value: str) -> models.QuerySet:
        """Keep documents whose project, number or title holds the text."""
        found = models.Q(project__name__icontains=value) | models.Q(title__icontains=value)
        return rows.filter(found | models.Q(document_number__icontains=value))


def _opened(record: Record, user: User) -> bool:
    prove_reading(record=record, by=user)
    return False


def _links(project: Project) -> list[tuple[Any, str]]:
    return [
        (_("Folders and missing documents"), reverse("pmis:filing", args=[project.public_id])),
        (_("Completion documents"), reverse("pmis:hand-over", args=[project.public_id])),
    ]


def _readings(record: Record) -> list[dict[str, Any]]:
    """Return who opened which revision, and the firms of the list that have not."""
    return [
        {
            "firm": row.organization,
            "who": row.user.name,
            "version_no": row.version_no,
            "file": row.file.name if row.file else "",
            "at": row.at,
        }
        for row in readings_of(record)
    ]


def _drawing_context(drawing: Drawing, _user: User) -> dict[str, Any]:
    readings = _readings(drawing)
    read_by = {row["firm"] for row in readings if row["version_no"] == drawing.version_no}
    recipients = [
        {"firm": line.organization, "has_read": line.organization in read_by}
        for line in drawing.recipients.select_related("organization")
    ]
    versions = Drawing.objects.filter(public_id=drawing.public_id)
    in_force = versions.approved().first() if drawing.state in IN_WORK else None
    return {"readings": readings, "recipients": recipients, "in_force": in_force}


def _drawing_warnings(drawing: Drawing) -> list[Warning]:
    found = []
    if not drawing.recipients.exists():
        found.append(Warning("recipients", _("Nobody is on the distribution list.")))
    if drawing.version_no > 1 and not drawing.revision_reason:
        found.append(Warning("id_revision_reason", _("The reason of the revision is missing.")))
    return found


register(
    RecordType(
        model=Drawing,
        slug="drawings",
        group=Group.DOCUMENTS,
        form=document_forms.DrawingForm,
        lines=document_forms.DRAWING_LINES,
        columns=(
            Column(gettext_lazy("Drawing"), lambda drawing: drawing.title or str(drawing)),
            PROJECT_COLUMN,
            Column(gettext_lazy("Drawing number"), lambda drawing: drawing.drawing_number),
            Column(gettext_lazy("Revision"), lambda drawing: drawing.sheet_revision),
            Column(gettext_lazy("Discipline"), lambda drawing: drawing.get_discipline_display()),
            Column(
                gettext_lazy("Status of the drawing"),
                lambda drawing: drawing.get_drawing_status_display(),
            ),
            Column(gettext_lazy("Issued on"), lambda drawing: drawing.issued_date, "day"),
        ),
        sections=(
            Section(
                gettext_lazy("Sheet"),
                (
                    "drawing_number",
                    "title",
                    "discipline",
                    "drawing_status",
                    "sheet_revision",
                    "issued_date",
                    "revision_reason",
                ),
                ("files",),
            ),
            Section(gettext_lazy("Distribution list"), (), ("recipients",)),
            Section(
                gettext_lazy("What the public sees"),
                ("is_security_sensitive", "source_note"),
                ("sheets",),
            ),
            Section(gettext_lazy("Keeping"), ("hand_over_body", "retention_class")),
        ),
        filters=DrawingFilter,
        content_template="pmis/records/_drawing.html",
        warnings=_drawing_warnings,
        check=filing.check_drawing,
        may_batch=True,
        opened_by=_opened,
        links=_links,
        page_context=_drawing_context,
    )
)


def _of_class(_project: Project, question: Mapping[str, str]) -> Prefill | None:
    """Start in the folder that the address names."""
    row = DocumentClass.objects.filter(code=question.get("class", ""), is_active=True).first()
    if row is None:
        return None
    values = {"document_class": row, "title": row.title, "document_date": timezone.localdate()}
    return Prefill(Values(values), "")


register(
    RecordType(
        model=Document,
        slug="documents",
        group=Group.DOCUMENTS,
        form=document_forms.DocumentForm,
        lines=document_forms.DOCUMENT_LINES,
        columns=(
            Column(gettext_lazy("Document"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(
                gettext_lazy("Class of document"),
                lambda document: str(document.document_class or ""),
            ),
            Column(gettext_lazy("Date"), lambda document: document.document_date, "day"),
            Column(
                gettext_lazy("Retention period"),
                lambda document: document.get_retention_class_display(),
            ),
        ),
        sections=(
            Section(
                gettext_lazy("Document"),
                ("document_class", "title", "document_number", "document_date", "summary"),
                ("files",),
            ),
            Section(
                gettext_lazy("Keeping"),
                ("retention_class", "hand_over_body", "non_public_ground"),
            ),
        ),
        filters=DocumentFilter,
        content_template="pmis/records/_document.html",
        start=_of_class,
        check=filing.check_document,
        select=("project", "document_class"),
        may_batch=True,
        opened_by=_opened,
        links=_links,
        page_context=lambda document, _user: {"readings": _readings(document)},
    )
)

register(
    RecordType(
        model=Camera,
        slug="cameras",
        group=Group.DOCUMENTS,
        form=document_forms.CameraForm,
        lines=document_forms.CAMERA_LINES,
        columns=(
            Column(gettext_lazy("Camera"), str),
            PROJECT_COLUMN,
            Column(gettext_lazy("Place"), lambda camera: camera.place),
            Column(gettext_lazy("Hours of operation"), lambda camera: camera.operation_hours),
            Column(gettext_lazy("Why it is off"), lambda camera: camera.offline_note),
        ),
        sections=(
            Section(gettext_lazy("Camera"), ("name", "place", "longitude", "latitude")),
            Section(
                gettext_lazy("What the public sees"),
                ("view_url", "operation_hours", "purpose", "notice"),
                ("snapshots",),
            ),
            Section(gettext_lazy("Recordings, never public"), ("archive_place",)),
        ),
        check=cameras.check_camera,
    )
)


def _past_their_time(project: Project, _key: str) -> Prefill:
    """Begin with all that is past its time, decided as its class says."""
    lines = {"items": retention.proposed_lines(project)}
    return Prefill(Values({"as_of_date": timezone.localdate()}, lines), "")


def _progress(disposal: Disposal) -> list[tuple[Any, str]]:
    """Return how much of an approved list is done, and what holds the rest."""
    if not disposal.is_in_force:
        return []
    wanted = sum(item.record_count for item in disposal.items.all() if item.decision != "keep")
    done = disposal.entries.count()
    holds = retention.holds_of(disposal.project) if done < wanted else []
    return [
        (_("Done"), _("%(done)s of %(all)s records") % {"done": done, "all": wanted}),
        (_("Held by what is open"), "; ".join(holds)),
    ]


register(
    RecordType(
        model=Disposal,
        slug="disposals",
        group=Group.DOCUMENTS,
        form=document_forms.DisposalForm,
        lines=document_forms.DISPOSAL_LINES,
        columns=(
            Column(gettext_lazy("Past their time on"), lambda row: row.as_of_date, "day"),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Day of the review"), lambda row: row.review_date, "day"),
            Column(gettext_lazy("Reviewers"), lambda row: row.reviewers),
        ),
        prefill=_past_their_time,
        check=retention.check_disposal,
        more_facts=_progress,
        visible=retention.for_readers,
    )
)
