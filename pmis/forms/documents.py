"""The forms of drawings, documents and site cameras."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.forms.records import LineForm, LineSpec, form_of
from pmis.models import (
    Camera,
    CameraSnapshot,
    Disposal,
    DisposalItem,
    Document,
    DocumentFile,
    Drawing,
    DrawingFile,
    DrawingRecipient,
    DrawingSheet,
)

DrawingForm = form_of(
    Drawing,
    (
        "drawing_number",
        "title",
        "discipline",
        "drawing_status",
        "sheet_revision",
        "issued_date",
        "revision_reason",
        "is_security_sensitive",
        "source_note",
        "hand_over_body",
        "retention_class",
    ),
)

DRAWING_LINES = (
    LineSpec("files", _("files"), form_of(DrawingFile, ("file",), LineForm), is_files=True),
    LineSpec(
        "sheets",
        _("picture for the public"),
        form_of(DrawingSheet, ("photo",), LineForm),
        is_photos=True,
    ),
    LineSpec(
        "recipients",
        _("distribution list"),
        form_of(DrawingRecipient, ("organization",), LineForm),
        blank=1,
    ),
)

DocumentForm = form_of(
    Document,
    (
        "document_class",
        "title",
        "document_number",
        "document_date",
        "summary",
        "retention_class",
        "hand_over_body",
        "non_public_ground",
    ),
)

DOCUMENT_LINES = (
    LineSpec("files", _("files"), form_of(DocumentFile, ("file",), LineForm), is_files=True),
)

CameraForm = form_of(
    Camera,
    (
        "name",
        "place",
        "longitude",
        "latitude",
        "view_url",
        "operation_hours",
        "purpose",
        "notice",
        "archive_place",
    ),
)

CAMERA_LINES = (
    LineSpec(
        "snapshots",
        _("snapshots"),
        form_of(CameraSnapshot, ("photo",), LineForm),
        is_photos=True,
    ),
)

DisposalForm = form_of(Disposal, ("as_of_date",))

DISPOSAL_LINES = (
    LineSpec(
        "items",
        _("what is past its time"),
        form_of(DisposalItem, ("subject_type", "retention_class", "decision", "note"), LineForm),
        blank=1,
        shown=("record_count", "due_since"),
    ),
)
