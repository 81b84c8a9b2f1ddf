"""Letters, complaints and visits as the generic pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day, format_moment
from ccs.lib.identity import new_public_id
from ccs.models import User
from ccs.templatetags.formats import city_zone, reader_language
from pmis.calendar import WorkingDays, working_days_after
from pmis.filters import record_filter
from pmis.forms import letters as letter_forms
from pmis.forms.records import Values
from pmis.models import ComplaintEntry, Letter, Participant, Project, RecordState, Side, Visit
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    register,
)
from pmis.services import letters, site_registers
from pmis.services.records import may_write

#: Working days that a new letter gives for its reply; the writer changes it.
USUAL_REPLY_DAYS = 7


def _box() -> forms.Select:
    return forms.Select(attrs={"class": "full"})


class LetterFilter(record_filter(Letter)):  # type: ignore[misc]
    """Filters of the register of letters: in or out, kind, from, to, overdue."""

    q = django_filters.CharFilter(
        label=gettext_lazy("Project or title"),
        method="filter_text",
        widget=forms.TextInput(attrs={"type": "search", "class": "full"}),
    )
    direction = django_filters.ChoiceFilter(
        label=gettext_lazy("In or out"),
        method="filter_direction",
        choices=[
            ("in", gettext_lazy("received by my side")),
            ("out", gettext_lazy("sent by my side")),
        ],
        empty_label=gettext_lazy("all"),
        widget=_box(),
    )
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=Letter.Kind.choices,
        empty_label=gettext_lazy("all"),
        widget=_box(),
    )
    sender_side = django_filters.ChoiceFilter(
        label=gettext_lazy("Side of the sender"),
        choices=Side.choices,
        empty_label=gettext_lazy("all"),
        widget=_box(),
    )
    receiver_side = django_filters.ChoiceFilter(
        label=gettext_lazy("Side of the receiver"),
        choices=Side.choices,
        empty_label=gettext_lazy("all"),
        widget=_box(),
    )
    only = django_filters.ChoiceFilter(
        label=gettext_lazy("Only"),
        method="filter_only",
        choices=[
            ("overdue", gettext_lazy("overdue")),
            ("unread", gettext_lazy("not opened yet")),
            ("waiting", gettext_lazy("waiting for a reply")),
            ("non_public", gettext_lazy("classified non-public")),
        ],
        empty_label=gettext_lazy("all"),
        widget=_box(),
    )

    class Meta:
        model = Letter
        fields: tuple[str, ...] = ()

    def filter_text(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep letters whose project or title says `value`."""
        return queryset.filter(
            models.Q(project__name__icontains=value) | models.Q(title__icontains=value)
        )

    def filter_direction(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep what the person's side received or sent, in each project by their role there."""
        acting = Participant.objects.acting_for(self.request.user, timezone.localdate())
        column = "receiver_side" if value == "in" else "sender_side"
        wanted = models.Q(pk=None)
        for side, roles in letters.SIDE_ROLES.items():
            mine = acting.filter(project=models.OuterRef("project"), role__in=list(roles))
            wanted |= models.Q(models.Exists(mine), **{column: side})
        return queryset.filter(wanted)

    def filter_only(self, queryset: models.QuerySet, name: str, value: str) -> models.QuerySet:
        """Keep overdue, unread, unanswered or non-public letters."""
        if value == "overdue":
            return queryset.overdue()
        if value == "waiting":
            return queryset.awaiting_reply()
        if value == "unread":
            return queryset.filter(state=RecordState.ISSUED)
        return queryset.exclude(non_public_ground="")


def _start(project: Project, question: Mapping[str, str]) -> Prefill | None:
    """Begin a letter about another one: back to its sender, under its title."""
    try:
        public_id = UUID(question.get("about", ""))
    except ValueError:
        return None
    about = Letter.objects.filter(project=project, public_id=public_id, non_public_ground="")
    letter = about.approved().first()
    if letter is None:
        return None
    values = _usual_values() | {
        "receiver_side": letter.sender_side,
        "about": letter,
        "title": (_("Re: %(title)s") % {"title": letter.title})[:200],
    }
    return Prefill(Values(values), _("About the letter %(title)s.") % {"title": letter.title})


def _usual_values() -> dict[str, Any]:
    day = working_days_after(timezone.localdate(), USUAL_REPLY_DAYS)
    return {"kind": Letter.Kind.LETTER, "needs_reply": True, "due_date": day}


def _facts(letter: Letter) -> list[tuple[Any, str]]:
    """Return bodies, numbers and days of a letter, for page and print."""
    language = reader_language()
    received = letter.received_at
    sides = (
        (_("Sender"), letter.sender_side, letter.sender, letter.sent_number),
        (_("Receiver"), letter.receiver_side, letter.receiver, letter.received_number),
    )
    facts = []
    for label, side, body, number in sides:
        words = [str(body) if body else "", str(Side(side).label) if side else ""]
        if number:
            words.append(_("No. %(number)s") % {"number": number})
        facts.append((label, ", ".join(word for word in words if word)))
    if received is not None:
        facts.append((_("Received at"), format_moment(received, language, city_zone())))
    for name in ("date", "reply_date"):
        if value := getattr(letter, name):
            label = Letter._meta.get_field(name).verbose_name
            facts.append((label[:1].upper() + label[1:], format_day(value, language)))
    return facts


def _page_context(letter: Letter, user: User) -> dict[str, Any]:
    today = timezone.localdate()
    late = ""
    if letter.is_overdue_on(today):
        calendar = WorkingDays(letter.due_date, today)
        late = letters.late_words(letters.overdue_days(letter, today, calendar))
    receipts = letter.receipts.select_related("user", "organization")
    return {
        "late": late,
        "receipts": list(receipts),
        "following": list(letter.following.latest_versions().exclude(state="draft")[:20]),
        "new_key": new_public_id(),
        "may_answer": letter.is_in_force
        and not letter.non_public_ground
        and may_write(user, letter.project, Letter.record_type),
    }


def _sent(letter: Letter) -> str:
    if letter.date is None:
        return ""
    return f"{format_day(letter.date, reader_language())} ({letter.sent_number})"


def _came(letter: Letter) -> str:
    if letter.received_at is None:
        return ""
    moment = format_moment(letter.received_at, reader_language(), city_zone())
    return f"{moment} ({letter.received_number})"


def _due(letter: Letter) -> str:
    if not letter.needs_reply or letter.due_date is None:
        return ""
    day = format_day(letter.due_date, reader_language())
    if letter.is_overdue_on(timezone.localdate()):
        return _("%(day)s, overdue") % {"day": day}
    return day


register(
    RecordType(
        model=Letter,
        slug="letters",
        group=Group.LETTERS,
        form=letter_forms.LetterForm,
        lines=letter_forms.LETTER_LINES,
        step_lines=(letter_forms.LETTER_REPLY_FILES, letter_forms.LETTER_ROUNDS),
        columns=(
            Column(gettext_lazy("Title"), lambda letter: letter.title or _("(without a title)")),
            PROJECT_COLUMN,
            Column(gettext_lazy("Kind"), lambda letter: letter.get_kind_display()),
            Column(
                gettext_lazy("Sender"),
                lambda letter: str(letter.sender or letter.get_sender_side_display()),
            ),
            Column(
                gettext_lazy("Receiver"),
                lambda letter: str(letter.receiver or letter.get_receiver_side_display()),
            ),
            Column(gettext_lazy("Sent (number)"), _sent),
            Column(gettext_lazy("Received (number)"), _came),
            Column(gettext_lazy("Reply due"), _due),
            Column(gettext_lazy("Replied on"), lambda letter: letter.reply_date, "day"),
        ),
        sections=(
            Section(gettext_lazy("Letter"), ("kind", "receiver_side", "title", "body")),
            Section(gettext_lazy("Reply"), ("needs_reply", "due_date")),
            Section(
                gettext_lazy("What it is about, and what goes with it"),
                ("work_item", "about", "related_record"),
                ("attachments", "files", "letter_photos"),
            ),
            Section(gettext_lazy("Copies and classification"), ("non_public_ground",), ("copies",)),
        ),
        filters=LetterFilter,
        content_template="pmis/records/_letter.html",
        open=letters.open_letter,
        offer=letter_forms.offer_of_letters,
        prefill=lambda _project, _key: Prefill(Values(_usual_values()), ""),
        start=_start,
        check=letters.check_complete,
        select=("project", "sender", "receiver", "work_item", "about"),
        prefetch=(
            "attachments",
            "copies__participant__organization",
            "letter_photos__photo",
            "rounds",
        ),
        visible=letters.visible_letters,
        opened_by=letters.note_opening,
        more_facts=_facts,
        page_context=_page_context,
    )
)


def _today(**values: Any) -> Prefill:
    return Prefill(Values({**values}), "")


register(
    RecordType(
        model=ComplaintEntry,
        slug="complaint-entries",
        group=Group.LETTERS,
        form=letter_forms.ComplaintEntryForm,
        columns=(
            Column(gettext_lazy("Subject"), lambda entry: entry.subject or _("(no subject)")),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Received on"), lambda entry: entry.received_date, "day"),
            Column(gettext_lazy("Received how"), lambda entry: entry.get_way_display()),
            Column(gettext_lazy("About"), lambda entry: entry.get_about_display()),
            Column(gettext_lazy("Place"), lambda entry: entry.place),
            Column(gettext_lazy("Handled by"), lambda entry: str(entry.handler or "")),
            Column(gettext_lazy("Answer due"), lambda entry: entry.due_date, "day"),
            Column(gettext_lazy("Answered on"), lambda entry: entry.reply_date, "day"),
        ),
        sections=(
            Section(
                gettext_lazy("Complaint"),
                ("received_date", "way", "about", "subject", "detail", "place"),
            ),
            Section(
                gettext_lazy("Who complained, never public"),
                ("complainant_name", "complainant_contact"),
            ),
            Section(gettext_lazy("Who answers"), ("handler", "due_date")),
        ),
        prefill=lambda _project, _key: _today(received_date=timezone.localdate()),
        send_step=lambda _record: "enter",
        send_label=gettext_lazy("Enter in the register"),
        check=site_registers.check_complaint,
        select=("project", "handler__organization"),
        visible=site_registers.for_readers,
    )
)

register(
    RecordType(
        model=Visit,
        slug="visits",
        group=Group.LETTERS,
        form=letter_forms.VisitForm,
        columns=(
            Column(gettext_lazy("Body"), lambda visit: visit.body or _("(without a body)")),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Day"), lambda visit: visit.date, "day"),
            Column(gettext_lazy("Kind"), lambda visit: visit.get_kind_display()),
            Column(gettext_lazy("Name"), lambda visit: visit.visitor_name),
            Column(gettext_lazy("Purpose"), lambda visit: visit.purpose),
        ),
        sections=(
            Section(
                gettext_lazy("Visit"), ("date", "from_time", "to_time", "kind", "body", "purpose")
            ),
            Section(gettext_lazy("Who came, never public"), ("visitor_name", "visitor_position")),
            Section(gettext_lazy("What was said"), ("instructions",)),
        ),
        prefill=lambda _project, _key: _today(date=timezone.localdate()),
        send_step=lambda _record: "enter",
        send_label=gettext_lazy("Enter in the register"),
        check=site_registers.check_visit,
        visible=site_registers.for_readers,
    )
)
