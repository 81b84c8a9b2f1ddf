"""What the running system knows of itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a background process was last seen; `/readyz` reads it."""

    name = models.CharField(max_length=30, unique=True)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.seen_at:%Y-%m-%d %H:%M:%S}"


class SignInAttempt(models.Model):
    """Failed sign-ins of one account or one address in one window of time.

    SECURITY: counted by one UPSERT … RETURNING, so that a hundred guesses at once are counted
    as a hundred.
    """

    key = models.CharField(max_length=128)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("sign-in attempt")
        verbose_name_plural = _("sign-in attempts")
        constraints = [
            models.UniqueConstraint(fields=["key", "window_start"], name="attempts_once_a_window"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
