"""What an official document says: the content of a record or a register, in the reader's language.

Nothing of it depends on the moment or on the reader's person, so that the same record gives the
same document again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from ccs.lib.formats import format_moment
from ccs.templatetags.formats import city_zone, reader_language
from pmis.models import Approval, ApprovalEvent, Project, Record, RecordState
from pmis.printing.tables import ACROSS, UPRIGHT, Table, layout, needs_landscape
from pmis.records.types import RecordType, capital
from pmis.services.records import way_of
from pmis.services.withdrawals import withdrawal_in_force
from pmis.sheets import Sheet, sheet_of
from pmis.templatetags.records import role_label, step_label

Content = dict[str, Any]


def record_content(entry: RecordType, record: Record) -> Content:
    """Return the document of one version of a record."""
    events = [event for event in way_of(record) if event.version_no == record.version_no]
    sheet = sheet_of(entry, record)
    tables = [*_sheet_tables(sheet), _way(events)]
    return _content(
        title=sheet.title,
        body=record.project.ordering_body.name,
        project=_project_line(record.project),
        marks=_record_marks(record),
        notes=_record_notes(record),
        boxes=_boxes(record, events),
        sections=[
            {
                "heading": section.heading,
                "facts": [[fact.label, fact.text] for fact in section.facts],
            }
            for section in sheet.sections
        ],
        tables=tables,
    )


def register_content(
    *,
    title: str,
    project: Project | None,
    body: str,
    marks: Sequence[tuple[str, str]],
    notes: Sequence[str],
    table: Table,
) -> Content:
    """Return the document of a register: one table, and how it was chosen."""
    return _content(
        title=title,
        body=project.ordering_body.name if project else body,
        project=_project_line(project) if project else _("All projects"),
        marks=list(marks),
        notes=[*_project_notes(project), *notes],
        boxes=[],
        sections=[],
        tables=[table],
    )


def _content(*, tables: Sequence[Table], **parts: Any) -> Content:
    language = reader_language()
    is_wide = any(needs_landscape(table) for table in tables)
    room = ACROSS if is_wide else UPRIGHT
    return {
        "language": language,
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
        "landscape": is_wide,
        "tables": [
            {
                "heading": table.heading,
                "headings": table.headings,
                "rows": table.rows,
                "kinds": ["number" if number else "text" for number in table.is_number],
                "widths": layout(table, room=room),
            }
            for table in tables
        ],
        "words": {
            "code": _("Verification code"),
            "page": _("Page {page} of {pages}"),
            "approval": _("Approval"),
            "nothing": _("None"),
            "verify": _("Anyone can check this document by its code at:"),
            "scan": _("Scan to verify"),
            "qr_alt": _("Square code that leads to the verification of this document"),
        },
        **parts,
    }


def _project_line(project: Project) -> str:
    return f"{project.name} · {project.code}"


def _project_notes(project: Project | None) -> list[str]:
    """Return what makes a document worth less than it looks."""
    if project is None:
        return []
    if project.is_training:
        return [_("Practice: this document has no force, and its code is not genuine.")]
    if project.is_invented:
        return [_("Demonstration: project, firms, people and amounts are invented.")]
    return []


def _record_marks(record: Record) -> list[tuple[str, str]]:
    moment = record.approved_at or record.submitted_at
    label = _("Approved") if record.approved_at else _("Submitted")
    marks = [
        (_("Number"), str(record.number) if record.number else "–"),
        (_("Version"), str(record.version_no)),
        (_("State"), capital(RecordState(record.state).label)),
    ]
    if moment:
        marks.append((label, format_moment(moment, reader_language(), city_zone())))
    return marks


def _record_notes(record: Record) -> list[str]:
    """Return what a reader of the paper must know before its content."""
    notes = _project_notes(record.project)
    if record.state == RecordState.SUPERSEDED:
        notes.append(_("A newer version was approved; this one is kept for the file."))
    elif not record.is_in_force:
        notes.append(_("Not approved: the record as it stood when this document was issued."))
    if record.version_no > 1:
        notes.append(_("Correction: %(reason)s") % {"reason": record.reason})
    if getattr(record, "approved_by_timeout", False):
        role = role_label(record.unreviewed_by)
        notes.append(_("Approved by time-out, not reviewed by: %(role)s.") % {"role": role})
    withdrawal = withdrawal_in_force(record_type=record.record_type, public_id=record.public_id)
    if withdrawal is not None:
        notes.append(_("Withdrawn from the public: %(reason)s") % {"reason": withdrawal.reason})
    return notes


def _boxes(record: Record, events: Sequence[ApprovalEvent]) -> list[dict[str, str]]:
    """Return the approval boxes (결재란): who sent it, and each step of its line.

    A step that nobody took since the last submission has an empty box.
    """
    sent = [place for place, event in enumerate(events) if event.action == "submit"]
    if not sent:
        return []
    boxes = [_taken(events[sent[-1]])]
    since = events[sent[-1] + 1 :]
    approval = (
        Approval.objects.filter(record_public_id=record.public_id, version_no=record.version_no)
        .order_by("-id")
        .first()
    )
    for step in approval.steps if approval else []:
        taken = [event for event in since if event.action == step["action"]]
        own = [event for event in taken if event.role == step["role"]] or taken
        boxes.append(_taken(own[-1]) if own else _waiting(step["role"]))
    return boxes


def _taken(event: ApprovalEvent) -> dict[str, str]:
    person, stood_in_for = event.by, event.on_behalf_of
    return {
        "role": capital(role_label(event.role)),
        "name": str(person) if person else capital(role_label(event.role)),
        "position": person.position if person else "",
        "decision": step_label(event.action),
        "note": _("for %(who)s") % {"who": stood_in_for} if stood_in_for else "",
        "at": format_moment(event.at, reader_language(), city_zone()),
    }


def _waiting(role: str) -> dict[str, str]:
    empty = dict.fromkeys(("name", "position", "decision", "note", "at"), "")
    return {"role": capital(role_label(role)), **empty}


def _sheet_tables(sheet: Sheet) -> list[Table]:
    tables = [
        Table(table.heading, table.headings, table.rows, table.is_number) for table in sheet.tables
    ]
    if sheet.photos:
        rows = [[str(line.photo), _moment(line.photo.taken_at)] for line in sheet.photos]
        tables.append(Table(_("Photos"), [_("Photo"), _("Taken")], rows, [False, False]))
    return tables


def _way(events: Iterable[ApprovalEvent]) -> Table:
    rows = [
        [
            _moment(event.at),
            step_label(event.action),
            ", ".join(filter(None, [capital(role_label(event.role)), str(event.by or "")])),
            event.comment,
        ]
        for event in events
    ]
    headings = [_("Time"), _("Step"), _("Who"), _("Reason")]
    return Table(_("The way it took"), headings, rows, [False] * 4)


def _moment(moment: Any) -> str:
    return format_moment(moment, reader_language(), city_zone()) if moment else ""


def site_body() -> str:
    """Return who issues a document that belongs to no single project."""
    return _(settings.SITE_NAME)
