"""Minutes of meetings (회의록) with action items that live until they are closed.

Domain A.1 lists the fields; the minutes stay open until all their action items are done.
"""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.letters import AttachmentLine
from pmis.models.participants import Participant
from pmis.models.records import Line, Record, RecordQuerySet
from pmis.models.records import RecordState as State


class Meeting(Record):
    """The minutes of one meeting."""

    record_type = "meeting"

    class Kind(models.TextChoices):
        WEEKLY = "weekly", _("weekly meeting")
        TECHNICAL = "technical", _("technical meeting")
        SAFETY = "safety", _("safety meeting")
        DESIGN_CHANGE = "design_change", _("meeting on a design change")

    kind = models.CharField(_("kind of meeting"), max_length=20, choices=Kind, default=Kind.WEEKLY)
    date = models.DateField(_("day of the meeting"), null=True, blank=True)
    start_time = models.TimeField(_("begins at"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    agenda = models.TextField(_("agenda"), blank=True)
    decisions = models.TextField(_("decisions"), blank=True)

    # Never public (domain B.1, G5)
    statements = models.TextField(
        _("statements word for word"), blank=True, help_text=_("Never public.")
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("minutes of a meeting")
        verbose_name_plural = _("minutes of meetings")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="meeting_decided_has_its_day",
                condition=~models.Q(state__in=(State.OPEN, State.CLOSED))
                | models.Q(date__isnull=False),
            ),
        ]
        indexes = [
            # The register, and the meeting before of the same kind.
            models.Index(fields=["project", "kind", "-date"], name="meeting_by_project"),
            # Minutes whose action items are asked for by "My day".
            models.Index(fields=["project"], condition=models.Q(state="open"), name="meeting_open"),
        ]

    def __str__(self) -> str:
        day = self.date.isoformat() if self.date else ""
        return f"{self.get_kind_display()} {day}".strip()


class MeetingAttendee(Line):
    """Who was there: of the project, or a guest by body and role. Names are never public."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendees")
    participant = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("of the project"),
    )
    body = models.CharField(
        _("body"), max_length=200, blank=True, help_text=_("Of a guest; else it is filled in.")
    )
    role = models.CharField(_("role"), max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")

    def __str__(self) -> str:
        return f"{self.body} {self.role}".strip()


class CarriedItem(Line):
    """What was still open from earlier meetings of the same kind, and what was said about it."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="carried_items")
    task = models.CharField(_("open since earlier"), max_length=300)
    owner = models.CharField(_("owner"), max_length=200, blank=True)
    raised_date = models.DateField(_("raised on"))
    due_date = models.DateField(_("due"), null=True, blank=True)
    remark = models.CharField(_("what was said about it"), max_length=300, blank=True)
    #: Calendar days between the meeting that raised it and this one.
    age_days = models.PositiveIntegerField(_("age in days"), default=0, editable=False)

    class Meta(Line.Meta):
        verbose_name = _("open item of an earlier meeting")
        verbose_name_plural = _("open items of earlier meetings")

    def __str__(self) -> str:
        return self.task


class ActionItem(Line):
    """What somebody has to do by a day, as a meeting decided. It lives until it is done."""

    is_follow_up = True

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="action_items")
    task = models.CharField(_("what is to be done"), max_length=300)
    owner = models.ForeignKey(
        Participant, models.PROTECT, related_name="action_items", verbose_name=_("owner")
    )
    #: The owner's firm or body, which is public; the person is not.
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("firm of the owner"),
    )
    due_date = models.DateField(_("due"))
    #: Empty while it is open.
    done_date = models.DateField(_("done on"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        indexes = [
            # "My day": what a person has to do, and what is overdue.
            models.Index(
                fields=["owner", "due_date"],
                condition=models.Q(done_date=None),
                name="action_item_open_by_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} ({self.owner.organization}, {self.due_date})"

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.done_date is not None

    def age_on(self, day: datetime.date) -> int:
        """Return how many calendar days ago the meeting raised it."""
        return (day - self.meeting.date).days if self.meeting.date else 0


class MeetingAttachment(AttachmentLine):
    """A document that was handed out at a meeting."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attachments")

    class Meta(AttachmentLine.Meta):
        verbose_name = _("attachment of minutes")
        verbose_name_plural = _("attachments of minutes")
