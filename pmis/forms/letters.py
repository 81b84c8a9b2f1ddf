"""The forms of letters, minutes, complaints and visits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.forms.offers import rows_of
from pmis.forms.records import LineForm, LineSpec, Offer, file_lines, form_of
from pmis.models import (
    IN_FORCE,
    ActionItem,
    CarriedItem,
    ComplaintEntry,
    Letter,
    LetterAttachment,
    LetterCopy,
    LetterFile,
    LetterPhoto,
    LetterReplyFile,
    LetterRound,
    Meeting,
    MeetingAttachment,
    MeetingAttendee,
    Participant,
    Photo,
    Project,
    StoredFile,
    Visit,
    WorkItem,
)

#: Letters offered as the one that a new letter is about.
MOST_LETTERS = 200

LetterForm = form_of(
    Letter,
    (
        "kind",
        "receiver_side",
        "title",
        "body",
        "needs_reply",
        "due_date",
        "work_item",
        "about",
        "related_record",
        "non_public_ground",
    ),
)
LETTER_LINES = (
    LineSpec(
        "attachments",
        _("attachments"),
        form_of(LetterAttachment, ("title", "document_number"), LineForm),
    ),
    file_lines("files", _("files"), LetterFile),
    LineSpec("copies", _("copies"), form_of(LetterCopy, ("participant",), LineForm)),
    LineSpec(
        "letter_photos",
        _("photos"),
        form_of(LetterPhoto, ("photo",), LineForm),
        is_photos=True,
    ),
)
#: Added by the reply.
LETTER_REPLY_FILES = file_lines("reply_files", _("files of the reply"), LetterReplyFile)
#: What was answered before, and why that was not enough: kept by the step, never typed.
LETTER_ROUNDS = LineSpec(
    "rounds",
    _("earlier replies"),
    form_of(
        LetterRound,
        ("due_date", "reply", "reply_date", "instruction", "instructed_date"),
        LineForm,
    ),
)


def offer_of_letters(project: Project) -> Offer:
    """Return what the form of a letter offers.

    SECURITY: of other letters only those that are public; a list of choices knows no reader.
    """
    letters = Letter.objects.filter(project=project, state__in=IN_FORCE, non_public_ground="")
    return Offer(
        {
            WorkItem: rows_of(WorkItem, project),
            Photo: rows_of(Photo, project),
            StoredFile: rows_of(StoredFile, project),
            Participant: rows_of(Participant, project),
            Letter: {str(row.public_id): row for row in letters.order_by("-id")[:MOST_LETTERS]},
        },
        currency=project.currency,
    )


MeetingForm = form_of(
    Meeting, ("kind", "date", "start_time", "place", "agenda", "decisions", "statements")
)
MEETING_LINES = (
    LineSpec(
        "attendees",
        _("attendees"),
        form_of(MeetingAttendee, ("participant", "body", "role", "name"), LineForm),
        blank=2,
    ),
    LineSpec(
        "carried_items",
        _("open items of earlier meetings"),
        form_of(CarriedItem, ("task", "owner", "raised_date", "due_date", "remark"), LineForm),
        shown=("age_days",),
    ),
    LineSpec(
        "action_items",
        _("action items"),
        form_of(ActionItem, ("task", "owner", "due_date"), LineForm),
        blank=1,
        shown=("organization",),
    ),
    LineSpec(
        "attachments",
        _("attachments"),
        form_of(MeetingAttachment, ("title", "document_number"), LineForm),
    ),
)

ComplaintEntryForm = form_of(
    ComplaintEntry,
    (
        "received_date",
        "way",
        "about",
        "subject",
        "detail",
        "place",
        "complainant_name",
        "complainant_contact",
        "handler",
        "due_date",
    ),
)

VisitForm = form_of(
    Visit,
    (
        "date",
        "from_time",
        "to_time",
        "kind",
        "body",
        "visitor_name",
        "visitor_position",
        "purpose",
        "instructions",
    ),
)
