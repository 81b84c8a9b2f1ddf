"""Permits for dangerous work (작업허가서): what, where, when, under which conditions."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.records import Line, Record, RecordQuerySet, RecordState
from pmis.models.schedules import WorkItem


class WorkPermitQuerySet(RecordQuerySet["WorkPermit"]):
    """Sentences about permits."""

    def valid_at(self, moment: datetime.datetime) -> WorkPermitQuerySet:
        """Return the permits under which somebody may work at `moment`."""
        return self.filter(
            state=RecordState.APPROVED, valid_from__lte=moment, valid_until__gte=moment
        )

    def valid_between(self, start: datetime.datetime, end: datetime.datetime) -> WorkPermitQuerySet:
        """Return the approved permits that are valid at some time from `start` to `end`."""
        return self.filter(state=RecordState.APPROVED, valid_from__lt=end, valid_until__gt=start)


class WorkPermit(Record):
    """One permit. After its time it is expired by itself; the site closes it when it is clear."""

    record_type = "work_permit"

    class Kind(models.TextChoices):
        HOT_WORK = "hot_work", _("hot work")
        CONFINED_SPACE = "confined_space", _("confined space")
        HEIGHT = "height", _("work at height")
        CRANE = "crane", _("crane work")
        EXCAVATION = "excavation", _("excavation")
        ELECTRICITY = "electricity", _("electrical work")

    kind = models.CharField(_("kind of permit"), max_length=15, choices=Kind, default=Kind.HOT_WORK)
    work = models.CharField(_("work"), max_length=300, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    work_item = models.ForeignKey(
        WorkItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("firm that works"),
    )
    worker_count = models.PositiveSmallIntegerField(_("people at work"), null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    conditions = models.TextField(_("further conditions"), blank=True)

    # Filled in when the work is over
    closing_note = models.TextField(_("state of the place after the work"), blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    follow_up_fields = ("closing_note", "closed_at")
    objects = WorkPermitQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-valid_from", "-id"]
        verbose_name = _("work permit")
        verbose_name_plural = _("work permits")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="workpermit_ends_after_start",
                condition=models.Q(valid_from=None)
                | models.Q(valid_until=None)
                | models.Q(valid_until__gt=models.F("valid_from")),
                violation_error_message=_("The permit ends before it begins."),
            ),
            models.CheckConstraint(
                name="workpermit_in_force_has_a_time",
                condition=~models.Q(state__in=("approved", "closed", "revoked"))
                | models.Q(valid_from__isnull=False, valid_until__isnull=False),
            ),
        ]
        indexes = [
            # The safety page and the warning about overlaps: permits of a project in time.
            models.Index(
                fields=["project", "valid_until", "valid_from"], name="workpermit_in_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.place}".strip()

    def is_valid_at(self, moment: datetime.datetime) -> bool:
        """Whether somebody may work under it at `moment`."""
        if self.state != RecordState.APPROVED or not self.valid_from or not self.valid_until:
            return False
        return self.valid_from <= moment <= self.valid_until

    def is_expired_at(self, moment: datetime.datetime) -> bool:
        """Whether its time is over and nobody has closed it."""
        return self.state == RecordState.APPROVED and bool(
            self.valid_until and self.valid_until < moment
        )


class PermitPrecaution(Line):
    """A precaution that has to be in place before the work begins."""

    permit = models.ForeignKey(WorkPermit, models.CASCADE, related_name="precautions")
    text = models.CharField(_("precaution"), max_length=300)
    is_in_place = models.BooleanField(_("in place"), default=False)

    class Meta(Line.Meta):
        verbose_name = _("precaution")
        verbose_name_plural = _("precautions")

    def __str__(self) -> str:
        return self.text
