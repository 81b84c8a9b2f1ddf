"""Keys with which a program acts for a person at the API."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Sentences about keys."""

    def in_force(self, at: datetime.datetime) -> AccessTokenQuerySet:
        """Return the keys that are neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=at)


class AccessToken(models.Model):
    """A key for the API. Only its SHA-256 is kept: it is shown once, when it is made."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_tokens")
    name = models.CharField(_("name"), max_length=100, help_text=_("What the key is for."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    #: The first characters, to tell keys apart.
    hint = models.CharField(max_length=12, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
