"""What is not a record yet: autosaved forms, and keys that make a repeat harmless."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.projects import Project


class Draft(models.Model):
    """The autosaved fields of a form: one JSON row, without history, until the first save."""

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    project = models.ForeignKey(Project, models.CASCADE, related_name="drafts")
    record_type = models.CharField(max_length=30)
    #: What tells two drafts of one type apart, such as the day of a daily report.
    key = models.CharField(max_length=60)
    fields = models.JSONField()
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["author", "project", "record_type", "key"], name="draft_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.key}"


class IdempotencyKey(models.Model):
    """A request that was answered: the same key with the same body gets the same answer."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [
            models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once"),
        ]

    def __str__(self) -> str:
        return self.key
