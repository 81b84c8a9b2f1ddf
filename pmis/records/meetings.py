"""Minutes of meetings as the generic pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.models import User
from pmis.filters import record_filter
from pmis.forms import letters as letter_forms
from pmis.forms.records import Values, line_indexes
from pmis.models import Meeting, Project
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
from pmis.services import meetings


class MeetingFilter(record_filter(Meeting)):  # type: ignore[misc]
    """Filters of the register of minutes."""

    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=Meeting.Kind.choices,
        empty_label=gettext_lazy("all"),
        widget=forms.Select(attrs={"class": "full"}),
    )

    class Meta:
        model = Meeting
        fields: tuple[str, ...] = ()


def _prefill(project: Project, _key: str) -> Prefill:
    return _prefill_of(project, Meeting.Kind.WEEKLY)


def _start(project: Project, question: Mapping[str, str]) -> Prefill | None:
    """Begin the minutes of the kind that the address asks for."""
    kind = question.get("kind", "")
    return _prefill_of(project, kind) if kind in Meeting.Kind.values else None


def _prefill_of(project: Project, kind: str) -> Prefill:
    """Return people and place of the meeting before, and what is open from earlier ones."""
    values = Values({"kind": kind, "date": timezone.localdate()})
    before = meetings.meeting_before(project, kind)
    if before is not None:
        values.fields |= {"place": before.place, "start_time": before.start_time}
        values.lines["attendees"] = [
            {
                "participant": line.participant,
                "body": line.body,
                "role": line.role,
                "name": line.name,
            }
            for line in before.attendees.select_related("participant__organization")
        ]
    values.lines["carried_items"] = meetings.carried_rows(project, kind)
    if before is None:
        return Prefill(values, "")
    sentence = _("Place, people and open items are taken from the meeting before: %(meeting)s.")
    return Prefill(values, sentence % {"meeting": before})


def _carry(project: Project, data: QueryDict) -> str:
    """Put the open items of earlier meetings of the chosen kind into the form."""
    del data["carry"]
    known = {data.get(f"carried_items-{index}-task") for index in _indexes(data)}
    following = max(_indexes(data), default=-1) + 1
    kind = data.get("kind", Meeting.Kind.WEEKLY)
    rows = [row for row in meetings.carried_rows(project, kind) if row["task"] not in known]
    for index, row in enumerate(rows, start=following):
        for name, value in row.items():
            day = value.isoformat() if hasattr(value, "isoformat") else value
            data[f"carried_items-{index}-{name}"] = str(day or "")
    return "carried_items"


def _indexes(data: QueryDict) -> list[int]:
    return line_indexes(data, "carried_items")


def _page_context(meeting: Meeting, _user: User) -> dict[str, Any]:
    return {"items_url": reverse("pmis:action-items", args=[meeting.project.public_id])}


register(
    RecordType(
        model=Meeting,
        slug="meetings",
        group=Group.LETTERS,
        form=letter_forms.MeetingForm,
        lines=letter_forms.MEETING_LINES,
        columns=(
            Column(gettext_lazy("Meeting"), lambda meeting: meeting.get_kind_display()),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Day"), lambda meeting: meeting.date, "day"),
            Column(gettext_lazy("Place"), lambda meeting: meeting.place),
            Column(gettext_lazy("Decisions"), lambda meeting: meeting.decisions),
        ),
        sections=(
            Section(
                gettext_lazy("Meeting"),
                ("kind", "date", "start_time", "place"),
                ("attendees",),
            ),
            Section(gettext_lazy("Open from earlier meetings"), (), ("carried_items",)),
            Section(gettext_lazy("What it was about"), ("agenda", "decisions")),
            Section(gettext_lazy("What is to be done"), (), ("action_items",)),
            Section(gettext_lazy("Attachments and statements"), ("statements",), ("attachments",)),
        ),
        filters=MeetingFilter,
        content_template="pmis/records/_meeting.html",
        form_template="pmis/records/_meeting_form.html",
        buttons={"carry": _carry},
        save=meetings.save_meeting,
        prefill=_prefill,
        start=_start,
        check=meetings.check_complete,
        prefetch=(
            "attendees__participant",
            "carried_items",
            "action_items__owner__organization",
            "action_items__organization",
            "attachments",
        ),
        links=lambda project: [
            (
                _("Open action items"),
                reverse("pmis:action-items", args=[project.public_id]),
            )
        ],
        page_context=_page_context,
    )
)
