"""What came from devices without a network: each draft and photo once, with its outcome."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.photos import Photo
from pmis.models.projects import Project


class ReceivedDraft(models.Model):
    """A form that was filled on a device: its client-made id makes a repeat harmless.

    The typed text stays here until it stands in a record, so that a device may forget it as soon
    as it has an answer.
    """

    class Outcome(models.TextChoices):
        #: The text stands in the record.
        SAVED = "saved", _("sent")
        #: Something has to be mended first: the text waits in the form.
        INVALID = "invalid", _("to be mended")
        #: The server has a newer version: a person compares the two; nothing was overwritten.
        CONFLICT = "conflict", _("differs from the server")
        #: The author decided for the server's version.
        DROPPED = "dropped", _("thrown away")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="received_drafts"
    )
    #: Made by the device when the draft is begun.
    client_id = models.UUIDField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="received_drafts")
    record_type = models.CharField(max_length=30)
    #: What the form is about, such as the day of a daily report.
    key = models.CharField(max_length=60)
    #: Counts the changes on the device: an older one that comes late changes nothing.
    edition = models.PositiveIntegerField()
    body_sha256 = models.CharField(max_length=64)
    #: The raw fields by name; empty once they stand in a record.
    fields = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome)
    #: The record that the text went into, or that is newer, and its revision after that.
    record_public_id = models.UUIDField(null=True, blank=True)
    revision = models.PositiveIntegerField(null=True, blank=True)
    received_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("received draft")
        verbose_name_plural = _("received drafts")
        constraints = [
            models.UniqueConstraint(fields=["user", "client_id"], name="received_draft_once"),
            models.CheckConstraint(
                name="received_draft_saved_in_a_record",
                condition=~models.Q(outcome="saved") | models.Q(record_public_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_type} {self.key}"


class ReceivedPhoto(models.Model):
    """A photo that was taken on a device: stored once, named in its record when both are here."""

    class Outcome(models.TextChoices):
        #: Stored; its draft has not been saved yet.
        WAITING = "waiting", _("waits for its record")
        #: The record names it.
        ATTACHED = "attached", _("in the record")
        #: Stored in the album: the record was closed before the photo came, or names no photos.
        ALBUM = "album", _("in the album only")
        #: No photo, or too large; nothing was stored.
        REFUSED = "refused", _("refused")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="received_photos"
    )
    client_id = models.UUIDField()
    #: The client's id of the draft that it belongs to, which may come later.
    draft_client_id = models.UUIDField()
    project = models.ForeignKey(Project, models.CASCADE, related_name="received_photos")
    #: Its place among the photos of the draft.
    position = models.PositiveSmallIntegerField(default=0)
    body_sha256 = models.CharField(max_length=64)
    photo = models.ForeignKey(
        Photo, models.CASCADE, null=True, blank=True, related_name="received_photos"
    )
    outcome = models.CharField(max_length=10, choices=Outcome)
    #: Why it was refused, in the words of the person who sent it.
    sentence = models.CharField(max_length=400, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("received photo")
        verbose_name_plural = _("received photos")
        constraints = [
            models.UniqueConstraint(fields=["user", "client_id"], name="received_photo_once"),
            models.CheckConstraint(
                name="received_photo_stored_unless_refused",
                condition=models.Q(outcome="refused") | models.Q(photo__isnull=False),
            ),
        ]
        indexes = [
            # When a draft is saved: the photos that wait for it.
            models.Index(fields=["user", "draft_client_id"], name="received_photo_of_draft"),
        ]

    def __str__(self) -> str:
        return str(self.client_id)
