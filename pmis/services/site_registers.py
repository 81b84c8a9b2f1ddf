"""Rules of the complaint register and the visit register, which stay inside."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.extensions import DueItem, register_closed_columns, register_due_items
from ccs.lib.personal_data import PersonalColumn, register_personal_columns
from ccs.models import User
from pmis.models import ComplaintEntry, Participant, RecordState, Visit
from pmis.roles import ORDERING_BODY_ROLES, SUPERVISION_ROLES, Role
from pmis.services.approvals import EFFECTS, Effects

State = RecordState
#: Who reads registers with names of private people: not other firms on site.
READERS = frozenset({*ORDERING_BODY_ROLES, *SUPERVISION_ROLES, Role.SITE_AGENT, Role.ENGINEER})
#: Columns that no search and no list repeats (G6); `closed_columns` asks by record type.
CLOSED = {
    "complaint_entry": frozenset(
        ("pmis_complaintentry", column)
        for column in ("complainant_name", "complainant_contact", "detail")
    ),
    "visit": frozenset(
        ("pmis_visit", column) for column in ("visitor_name", "visitor_position", "instructions")
    ),
}


def for_readers(records: models.QuerySet, user: User) -> models.QuerySet:
    """Return the entries that a person may see: by their role in the project, or by office."""
    if user.sees_all_projects:
        return records
    acting = Participant.objects.acting_for(user, timezone.localdate())
    mine = acting.filter(project=models.OuterRef("project"), role__in=READERS)
    return records.filter(models.Exists(mine))


def check_complaint(entry: ComplaintEntry) -> None:
    """Raise ValidationError by field name for what keeps a complaint from being entered."""
    errors: dict[str, str] = {}
    if not entry.subject.strip():
        errors["subject"] = _("Say in a few words what it is about.")
    if entry.received_date is None:
        errors["received_date"] = _("The day is missing.")
    elif entry.received_date > timezone.localdate():
        errors["received_date"] = _("The day lies in the future.")
    if errors:
        raise ValidationError(errors)


def check_visit(visit: Visit) -> None:
    """Raise ValidationError by field name for what keeps a visit from being entered."""
    errors = {
        name: sentence
        for name, value, sentence in (
            ("body", visit.body.strip(), _("The body of the visitor is missing.")),
            ("purpose", visit.purpose.strip(), _("The purpose is missing.")),
            ("visitor_name", visit.visitor_name.strip(), _("The register asks for the real name.")),
            ("date", visit.date, _("The day is missing.")),
        )
        if not value
    }
    if visit.date and visit.date > timezone.localdate():
        errors["date"] = _("The day lies in the future.")
    if errors:
        raise ValidationError(errors)


def _answered(entry: ComplaintEntry) -> None:
    if entry.reply_date and entry.received_date and entry.reply_date < entry.received_date:
        raise ValidationError({"reply_date": _("The answer lies before the complaint.")})


def due_complaints(user: User) -> Iterator[DueItem]:
    """Yield the complaints that wait for a person's answer: those they handle, or unassigned."""
    today = timezone.localdate()
    acting = Participant.objects.acting_for(user, today)
    watched = acting.filter(role__in=(Role.SUPERVISOR, Role.SITE_AGENT)).values("project")
    entries = ComplaintEntry.objects.filter(
        models.Q(handler__in=acting) | models.Q(handler=None, project__in=watched),
        state__in=(State.OPEN, State.ASSIGNED),
    )
    for entry in entries.select_related("project").order_by("due_date", "id")[:100]:
        yield DueItem(
            title=_("Answer a complaint: %(subject)s") % {"subject": entry.subject},
            url=reverse("pmis:complaint-entry-detail", args=[entry.public_id]),
            project_name=entry.project.name,
            due_date=entry.due_date,
            is_overdue=bool(entry.due_date and entry.due_date < today),
        )


EFFECTS[ComplaintEntry.record_type] = Effects(
    taken={"enter": check_complaint, "reply": _answered},
)
EFFECTS[Visit.record_type] = Effects(taken={"enter": check_visit})
register_closed_columns(lambda record_type: CLOSED.get(record_type, frozenset()))
register_personal_columns(
    PersonalColumn(
        record_type=model.record_type,
        item=item,
        label=label,
        model=model,
        column=column,
    )
    for model, item, label, columns in (
        (
            ComplaintEntry,
            "complainant",
            gettext_lazy("Who complained"),
            ("complainant_name", "complainant_contact"),
        ),
        (Visit, "visitor", gettext_lazy("Who visited"), ("visitor_name", "visitor_position")),
    )
    for column in columns
)
register_due_items(due_complaints)
