"""Release of a text that the screen for personal data holds."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ScreenRelease(models.Model):
    """An officer found that a held text may be published, and says why.

    The release holds for the very text (by its SHA-256): another text is screened again.
    """

    record_type = models.CharField(max_length=30)
    record_public_id = models.UUIDField()
    item = models.CharField(max_length=60)
    text_sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("release of a held text")
        verbose_name_plural = _("releases of held texts")
        constraints = [
            models.UniqueConstraint(
                fields=["record_public_id", "item", "text_sha256"], name="release_once_per_text"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.item}"
