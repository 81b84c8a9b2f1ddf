"""Registers that a site keeps for itself: civil complaints (민원대장) and visits (출입 실명부).

Neither is among the 24 public record types (domain B.1): citizens' opinions come with Allimi, and
visits are published as the visitors of daily reports and supervision logs. Names stay inside (G6).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.participants import Participant
from pmis.models.records import Record, RecordQuerySet
from pmis.models.records import RecordState as State


class ComplaintEntry(Record):
    """A civil complaint that reached the site or its supervision, until it is answered."""

    record_type = "complaint_entry"

    class Way(models.TextChoices):
        PHONE = "phone", _("by telephone")
        IN_PERSON = "in_person", _("in person")
        LETTER = "letter", _("by letter")
        ONLINE = "online", _("online")
        OFFICE = "office", _("through an office")

    class About(models.TextChoices):
        NOISE = "noise", _("noise")
        DUST = "dust", _("dust")
        VIBRATION = "vibration", _("vibration")
        TRAFFIC = "traffic", _("traffic and parking")
        ACCESS = "access", _("way past the site")
        DAMAGE = "damage", _("damage to property")
        WATER = "water", _("water and drains")
        OTHER = "other", _("other")

    received_date = models.DateField(_("received on"), null=True, blank=True)
    way = models.CharField(_("received how"), max_length=20, choices=Way, default=Way.PHONE)
    about = models.CharField(_("about"), max_length=20, choices=About, default=About.NOISE)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    detail = models.TextField(_("what was said"), blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    handler = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )
    due_date = models.DateField(_("answer due"), null=True, blank=True)
    reply = models.TextField(_("answer"), blank=True)
    reply_date = models.DateField(_("answered on"), null=True, blank=True)

    # Personal data (G6)
    complainant_name = models.CharField(_("name of the complainant"), max_length=100, blank=True)
    complainant_contact = models.CharField(_("how to reach them"), max_length=200, blank=True)

    follow_up_fields = ("handler", "due_date", "reply", "reply_date")
    shared_fields = ("handler", "due_date")

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="complaint_answered_has_words_and_day",
                condition=~models.Q(state__in=(State.REPLIED, State.CLOSED))
                | ~models.Q(reply="") & models.Q(reply_date__isnull=False),
            ),
        ]
        indexes = [
            # The register: newest first in a project.
            models.Index(fields=["project", "-public_id"], name="complaint_by_project"),
        ]

    def __str__(self) -> str:
        return self.subject


class Visit(Record):
    """Somebody inspected or visited the site: entered once, under the real name."""

    record_type = "visit"

    class Kind(models.TextChoices):
        INSPECTION = "inspection", _("inspection by an authority")
        AUDIT = "audit", _("audit")
        SUPERVISION = "supervision", _("visit of the ordering body")
        SAFETY = "safety", _("safety inspection")
        RESIDENTS = "residents", _("visit of residents")
        OTHER = "other", _("other")

    date = models.DateField(_("day of the visit"), null=True, blank=True)
    from_time = models.TimeField(_("arrived at"), null=True, blank=True)
    to_time = models.TimeField(_("left at"), null=True, blank=True)
    kind = models.CharField(
        _("kind of visit"), max_length=20, choices=Kind, default=Kind.SUPERVISION
    )
    body = models.CharField(_("body"), max_length=200, blank=True)
    purpose = models.CharField(_("purpose"), max_length=300, blank=True)
    instructions = models.TextField(_("what the visitor said or asked for"), blank=True)

    # Personal data (G6)
    visitor_name = models.CharField(_("name of the visitor"), max_length=100, blank=True)
    visitor_position = models.CharField(_("position of the visitor"), max_length=100, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="visit_ends_after_it_begins",
                condition=models.Q(from_time=None)
                | models.Q(to_time=None)
                | models.Q(to_time__gte=models.F("from_time")),
                violation_error_message=_("The visit ends before it begins."),
            ),
        ]
        indexes = [
            # The register: newest first in a project.
            models.Index(fields=["project", "-public_id"], name="visit_by_project"),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.body, self.purpose) if part)
