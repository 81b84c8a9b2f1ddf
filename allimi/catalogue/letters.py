"""Disclosure of letters and minutes (domain B.1); complaints and visits stay inside."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.conditions import IN_FORCE_OR_SUPERSEDED
from allimi.catalogue.declarations import (
    Disclosure,
    Item,
    Lines,
    RecordType,
    masked,
    opened,
    withheld,
)
from allimi.catalogue.reports import RECORD_TECHNICAL
from ccs.lib.grounds import Ground
from pmis.models import (
    ActionItem,
    CarriedItem,
    Letter,
    LetterAttachment,
    LetterCopy,
    LetterPhoto,
    LetterRound,
    Meeting,
    MeetingAttachment,
    MeetingAttendee,
)

LETTER = RecordType(
    kind="letter",
    label=_("Letter"),
    label_plural=_("Letters"),
    model=Letter,
    # SECURITY: what is classified non-public is not there at all.
    condition=f"{IN_FORCE_OR_SUPERSEDED} AND t.non_public_ground = ''",
    public_from=_("when it is issued, unless it is classified non-public"),
    items=(
        opened("number", _("Number"), "number", "sent_number", "received_number"),
        opened("sender", _("Sender"), "sender_id", "sender_side"),
        opened("receiver", _("Receiver"), "receiver_id", "receiver_side"),
        opened("title", _("Title"), "title"),
        opened("kind", _("Kind of letter"), "kind"),
        opened("date", _("Date"), "date", "received_at", "approved_at", "submitted_at"),
        opened("due_date", _("Reply due"), "due_date", "needs_reply"),
        opened("reply_date", _("Replied on"), "reply_date"),
        opened("state", _("Status"), "state"),
        opened("body", _("Body of the letter"), "body"),
        opened(
            "attachments",
            _("Attachments"),
            "attachments.title",
            "attachments.document_number",
        ),
        opened("photos", _("Photos"), "letter_photos.photo_id"),
        opened("activity", _("Related activity"), "work_item_id", "related_record"),
        Item(
            "reply",
            _("Reply and further instructions"),
            Disclosure.LATER,
            (
                "reply",
                "instruction",
            ),
            ground=Ground.G5,
            how=_("the letter is closed"),
            opens_when="t.state = 'closed'",
        ),
        Item(
            "earlier_replies",
            _("Earlier replies"),
            Disclosure.LATER,
            (
                "rounds.due_date",
                "rounds.reply",
                "rounds.reply_date",
                "rounds.instruction",
                "rounds.instructed_date",
            ),
            ground=Ground.G5,
            how=_("the letter is closed"),
            opens_when="t.state = 'closed'",
        ),
        withheld(
            "non_public_letters",
            _("Letters classified non-public"),
            "non_public_ground",
            ground=Ground.G5,
        ),
        withheld("copied_to", _("Internal copies"), "copies.participant_id", ground=Ground.G5),
    ),
    technical={
        **RECORD_TECHNICAL,
        "about_id": "link to another letter, which may be non-public",
    },
    lines=(
        Lines("attachments", LetterAttachment, "letter"),
        Lines("letter_photos", LetterPhoto, "letter"),
        Lines("rounds", LetterRound, "letter"),
        Lines("copies", LetterCopy, "letter"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    listing={"title": "t.title", "status": "t.state", "sort_date": "t.date"},
)

MEETING = RecordType(
    kind="meeting",
    label=_("Minutes of a meeting"),
    label_plural=_("Minutes of meetings"),
    model=Meeting,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("when every body has signed"),
    items=(
        opened("date", _("Date and number"), "date", "start_time", "number", "submitted_at"),
        opened("place", _("Place"), "place"),
        opened("kind", _("Kind of meeting"), "kind"),
        opened("attending_bodies", _("Attending bodies"), "attendees.body", "attendees.role"),
        opened("agenda", _("Agenda"), "agenda"),
        opened("decisions", _("Decisions"), "decisions"),
        opened(
            "action_items",
            _("Action items"),
            "action_items.task",
            "action_items.organization_id",
        ),
        opened(
            "carried_items",
            _("Open items of earlier meetings"),
            "carried_items.task",
            "carried_items.owner",
            "carried_items.raised_date",
            "carried_items.due_date",
            "carried_items.age_days",
            "carried_items.remark",
        ),
        opened("due_dates", _("Due dates"), "action_items.due_date"),
        opened(
            "state",
            _("Status"),
            "state",
            "approved_at",
            "action_items.done_date",
            "action_items.note",
        ),
        opened(
            "attachments",
            _("Attachments"),
            "attachments.title",
            "attachments.document_number",
        ),
        masked(
            "attendee_names",
            _("Names of attendees and owners"),
            "attendees.name",
            "attendees.participant_id",
            "action_items.owner_id",
            how=_("body and role only"),
            ground=Ground.G6,
        ),
        withheld("statements", _("Statements word for word"), "statements", ground=Ground.G5),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("attendees", MeetingAttendee, "meeting"),
        Lines("carried_items", CarriedItem, "meeting"),
        Lines("action_items", ActionItem, "meeting"),
        Lines("attachments", MeetingAttachment, "meeting"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={"status": "t.state", "sort_date": "t.date"},
)
