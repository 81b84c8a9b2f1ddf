"""Disclosure of drawings, documents and site cameras (domain B.1).

Files are not published: the public has the data of drawing and document, and the pictures of
drawings that were checked like every photo.
"""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.conditions import IN_FORCE_OR_SUPERSEDED
from allimi.catalogue.declarations import Lines, RecordType, opened, withheld
from allimi.catalogue.reports import RECORD_TECHNICAL
from ccs.lib.grounds import Ground
from pmis.models import (
    Camera,
    CameraSnapshot,
    Document,
    DocumentFile,
    Drawing,
    DrawingFile,
    DrawingRecipient,
    DrawingSheet,
)

DRAWING = RecordType(
    kind="drawing",
    label=_("Drawing"),
    label_plural=_("Drawings"),
    model=Drawing,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("number", _("Drawing number"), "drawing_number", "number"),
        opened("title", _("Title"), "title"),
        opened("discipline", _("Discipline"), "discipline"),
        opened("revision", _("Revision"), "sheet_revision", "state"),
        opened("issued_date", _("Issued on"), "issued_date", "submitted_at", "approved_at"),
        opened("revision_reason", _("Reason of the revision"), "revision_reason"),
        opened("as_built", _("For construction or as-built"), "drawing_status"),
        opened("sheet", _("Picture of plan or section"), "sheets.photo_id"),
        opened("hand_over_body", _("Handed over to"), "hand_over_body"),
        opened("retention_class", _("Retention period"), "retention_class"),
        withheld(
            "sensitive_sheets",
            _("Security-sensitive sheets"),
            "is_security_sensitive",
            "recipients.organization_id",
            ground=Ground.G3,
        ),
        withheld(
            "source_files",
            _("Source files under the copyright of others"),
            "source_note",
            "files.file_id",
            ground=Ground.G7,
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("files", DrawingFile, "drawing"),
        Lines("sheets", DrawingSheet, "drawing"),
        Lines("recipients", DrawingRecipient, "drawing"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={
        "title": "t.drawing_number || ' ' || t.title",
        "status": "t.state",
        "sort_date": "t.issued_date",
    },
)

DOCUMENT = RecordType(
    kind="filed_document",
    label=_("Document"),
    label_plural=_("Documents"),
    model=Document,
    # SECURITY: what is classified non-public is not there at all.
    condition=f"{IN_FORCE_OR_SUPERSEDED} AND t.non_public_ground = ''",
    public_from=_("on approval, unless it is classified non-public"),
    items=(
        opened("title", _("Title"), "title", "document_number", "number"),
        opened("document_class", _("Class of document"), "document_class_id"),
        opened("date", _("Date of the document"), "document_date", "submitted_at", "approved_at"),
        opened("summary", _("Summary"), "summary"),
        opened("hand_over_body", _("Handed over to"), "hand_over_body"),
        opened("retention_class", _("Retention period"), "retention_class"),
        opened("state", _("Status"), "state"),
        withheld(
            "non_public_documents",
            _("Documents classified non-public"),
            "non_public_ground",
            ground=Ground.G5,
        ),
        withheld(
            "files",
            _("Files, which may hold the works and data of others"),
            "files.file_id",
            ground=Ground.G7,
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(Lines("files", DocumentFile, "document"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'supervisor'",
    listing={"title": "t.title", "status": "t.state", "sort_date": "t.document_date"},
)

CAMERA = RecordType(
    kind="camera",
    label=_("Site camera"),
    label_plural=_("Site cameras"),
    model=Camera,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("name", _("Name of the camera"), "name", "number", "submitted_at", "approved_at"),
        opened("place", _("Place of the camera"), "place", "longitude", "latitude"),
        opened("view", _("Live view in low resolution"), "view_url"),
        opened("snapshots", _("Snapshots"), "snapshots.photo_id"),
        opened("operation_hours", _("Hours of operation"), "operation_hours"),
        opened("purpose", _("Purpose and notice"), "purpose", "notice"),
        opened("offline", _("In operation or off, and why"), "state", "offline_note"),
        withheld("archive", _("Recordings"), "archive_place", ground=Ground.G6),
    ),
    technical=RECORD_TECHNICAL,
    lines=(Lines("snapshots", CameraSnapshot, "camera"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={"title": "t.name", "status": "t.state", "sort_date": "t.approved_at::date"},
)
