"""Withholding: the act that needs a named person, a ground and an end date."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.grounds import Ground


class Narrowing(models.Model):
    """An item, a record or a record type closed beyond the catalogue, until a day.

    Code is the ceiling: a narrowing can only close, never open. It is in force from `starts_at`
    until `ends_at` (or `ended_at`, if it was ended before) and ends by itself.
    """

    record_type = models.CharField(max_length=30)
    public_id = models.UUIDField(
        null=True, blank=True, help_text=_("Empty: all records of the type.")
    )
    item = models.CharField(max_length=60, blank=True, help_text=_("Empty: the whole record."))
    ground = models.CharField(max_length=3, choices=Ground)
    reason = models.TextField(help_text=_("Public: shown in the register of withholding."))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: Set by the sweep once the beginning and the end have been put in the queue.
    is_start_queued = models.BooleanField(default=False, editable=False)
    is_release_queued = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("narrowing")
        verbose_name_plural = _("narrowings")
        constraints = [
            models.CheckConstraint(
                name="narrowing_ends_after_start",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                violation_error_message=_("The end lies before the beginning."),
            ),
            models.CheckConstraint(
                name="narrowing_has_a_reason",
                condition=~models.Q(reason=""),
                violation_error_message=_("A narrowing needs its reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.item or _('whole record')} ({self.ground})"


class PublishedNarrowing(models.Model):
    """A line of the public register of withholding: what, ground, decider's office, until when."""

    source_id = models.BigIntegerField(unique=True)
    record_type = models.CharField(max_length=30)
    public_id = models.UUIDField(null=True)
    item = models.CharField(max_length=60, blank=True)
    ground = models.CharField(max_length=3, choices=Ground)
    reason = models.TextField()
    decided_by_body = models.TextField(blank=True)
    decided_by_position = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("published narrowing")
        verbose_name_plural = _("published narrowings")

    def __str__(self) -> str:
        return f"{self.record_type} {self.item}"
