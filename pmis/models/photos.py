"""Photos: records of their own, public only when processed and checked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.projects import Project


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Sentences about photos."""

    def waiting_for_check(self) -> PhotoQuerySet:
        """Return processed photos that nobody has checked for faces and plates yet."""
        return self.filter(state=Photo.State.PROCESSED)


class Photo(models.Model):
    """A photo from a site.

    The original stays private with its SHA-256; what anyone sees is re-encoded from the pixels,
    without metadata, with faces and number plates blurred.
    """

    record_type = "photo"

    class State(models.TextChoices):
        #: Received; the Celery task has not decoded it yet.
        UPLOADED = "uploaded", _("received")
        #: Decoded, re-encoded, faces and plates searched; waits for a person's check.
        PROCESSED = "processed", _("waiting for the check")
        #: A supervisor saw the boxes and released it: public from here on.
        CHECKED = "checked", _("checked")
        #: Could not be decoded, or is no photo: kept private with the reason.
        REFUSED = "refused", _("refused")

    class Category(models.TextChoices):
        BEFORE = "before", _("before")
        DURING = "during", _("during")
        AFTER = "after", _("after")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="photos")
    title = models.CharField(_("title"), max_length=200, blank=True)
    caption = models.TextField(_("caption"), blank=True)
    activity = models.CharField(_("activity"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    category = models.CharField(
        _("before, during or after"), max_length=10, choices=Category, default=Category.DURING
    )
    series = models.CharField(
        _("fixed point"), max_length=100, blank=True, help_text=_("Name of the camera position.")
    )
    #: 매몰·은폐 부위: cannot be looked at again once it is covered.
    is_hidden_work = models.BooleanField(_("hidden work"), default=False)
    video_url = models.URLField(_("film"), blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.UPLOADED, editable=False)
    refused_reason = models.CharField(max_length=300, blank=True, editable=False)

    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="photos")
    uploader_body = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="photos"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)

    # The private original
    original = models.FileField(upload_to="photos/%Y/%m", max_length=200, editable=False)
    original_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    original_name = models.CharField(max_length=200, blank=True, editable=False)

    # The public copy: path in the public store, made from the pixels
    public_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    thumbnail_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    #: What is blurred: [{"x":…, "y":…, "w":…, "h":…, "kind": "face"|"plate"|"person"}], in pixels
    #: of the public copy.
    blur_boxes = models.JSONField(default=list, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_at", "-id"]
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.CheckConstraint(
                name="photo_checked_by_someone",
                condition=~models.Q(state="checked")
                | models.Q(checked_at__isnull=False, checked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="photo_checked_has_a_public_copy",
                condition=~models.Q(state="checked") | ~models.Q(public_sha256=""),
            ),
        ]
        indexes = [
            # The album of a project, newest first.
            models.Index(fields=["project", "-id"], name="photo_by_project"),
            # The check list of a supervisor and the sweep over unprocessed uploads.
            models.Index(
                fields=["state", "id"],
                condition=models.Q(state__in=("uploaded", "processed")),
                name="photo_waiting",
            ),
            # The public file view asks which photo a file belongs to.
            models.Index(fields=["public_sha256"], name="photo_by_public_file"),
            # The series of a fixed point, oldest first.
            models.Index(
                fields=["project", "series", "taken_at"],
                condition=~models.Q(series=""),
                name="photo_by_fixed_point",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.caption[:60] or str(self.public_id)
