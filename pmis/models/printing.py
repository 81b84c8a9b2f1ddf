"""Issued documents: which PDF was given out, of what, when, by whom. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from pmis.models.projects import Project


class IssuedDocument(models.Model):
    """A PDF with its verification code. Its bytes are made anew from the same content.

    Allimi publishes what a verifier may know of it (docs/adr/0005): never the code itself.
    """

    class Kind(models.TextChoices):
        #: One version of one record.
        RECORD = "record", _("record")
        #: A register as it stood at that moment.
        REGISTER = "register", _("register")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.CharField(
        max_length=16, unique=True, help_text=_("Verification code, without separators.")
    )
    kind = models.CharField(max_length=10, choices=Kind)
    record_type = models.CharField(max_length=30)
    #: Of a record; of the register of one project, the project alone.
    record_public_id = models.UUIDField(null=True, blank=True)
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="issued_documents"
    )
    version_no = models.PositiveIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    #: Whether the version was approved when the document was issued.
    is_approved = models.BooleanField(default=False)
    row_count = models.PositiveIntegerField(null=True, blank=True)
    language = models.CharField(max_length=10)
    content_sha256 = models.CharField(
        max_length=64, help_text=_("Of the content and its form, without code and moment.")
    )
    sha256 = models.CharField(max_length=64, unique=True, help_text=_("Of the PDF."))
    issued_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(
        max_length=30, blank=True, help_text=_("Role of the issuer in the project, if any.")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("issued document")
        verbose_name_plural = _("issued documents")
        constraints = [
            models.CheckConstraint(
                name="issued_record_has_its_version",
                condition=models.Q(kind="register", row_count__isnull=False)
                | models.Q(
                    kind="record",
                    record_public_id__isnull=False,
                    project__isnull=False,
                    version_no__isnull=False,
                ),
            ),
        ]
        indexes = [
            # The document issued before with the same content.
            models.Index(fields=["content_sha256", "-id"], name="issued_content"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type} {self.code}"


class IssuedCopy(models.Model):
    """A document handed to a person: the first time, or the same bytes again. Append-only."""

    document = models.ForeignKey(IssuedDocument, models.PROTECT, related_name="copies")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("copy of an issued document")
        verbose_name_plural = _("copies of issued documents")

    def __str__(self) -> str:
        return f"{self.document} {self.at:%Y-%m-%d %H:%M}"
