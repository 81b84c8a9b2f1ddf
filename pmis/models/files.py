"""Stored files: documents of the working side, kept privately; and who opened what when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.projects import Project
from pmis.models.records import Line


class StoredFile(models.Model):
    """A file as it was uploaded: never changed, never under a public address.

    `text` is what a PDF says, for the search; it is read in the background.
    """

    class TextState(models.TextChoices):
        #: A PDF whose text was not read yet.
        WAITING = "waiting", _("waiting")
        READ = "read", _("read")
        #: Not a PDF, or one without text that could be read.
        NONE = "none", _("without text")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="stored_files")
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(max_length=100)
    #: In bytes.
    size = models.PositiveBigIntegerField(_("size"))
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    content = models.FileField(upload_to="documents/%Y/%m", max_length=200, editable=False)
    text = models.TextField(blank=True, editable=False)
    text_state = models.CharField(
        max_length=10, choices=TextState, default=TextState.NONE, editable=False
    )
    uploader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        indexes = [
            # The files that a form of the project may name, newest first.
            models.Index(fields=["project", "-id"], name="storedfile_by_project"),
            # The sweep over PDFs whose text nobody has read.
            models.Index(
                fields=["id"],
                condition=models.Q(text_state="waiting"),
                name="storedfile_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({filesizeformat(self.size)})"


class FileLine(Line):
    """A file named by a record."""

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))

    class Meta(Line.Meta):
        abstract = True

    def __str__(self) -> str:
        return str(self.file)


class RecordReading(models.Model):
    """Proof that somebody opened a version of a record, or one of its files, for the first time."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="record_readings")
    record_type = models.CharField(max_length=40)
    record_public_id = models.UUIDField()
    version_no = models.PositiveIntegerField()
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="readings"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        verbose_name = _("read proof")
        verbose_name_plural = _("read proofs")
        constraints = [
            # Also the index by which a record's page asks who opened it.
            models.UniqueConstraint(
                fields=["record_public_id", "version_no", "user", "file"],
                nulls_distinct=False,
                name="record_reading_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} v{self.version_no}"
