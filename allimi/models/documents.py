"""Issued documents as a verifier may know them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PublishedDocument(models.Model):
    """That a PDF was issued, of what and when; found by its code or its bytes, never listed.

    Titles and contents are read from the published record, as long as there is one.
    """

    class Kind(models.TextChoices):
        RECORD = "record", _("record")
        REGISTER = "register", _("register")

    source_id = models.UUIDField(unique=True)
    #: SHA-256 of the verification code without separators: the code itself stays on the paper.
    code_sha256 = models.CharField(max_length=64, unique=True)
    sha256 = models.CharField(max_length=64, unique=True, help_text=_("Of the PDF."))
    kind = models.CharField(max_length=10, choices=Kind)
    record_type = models.CharField(max_length=30)
    record_public_id = models.UUIDField(null=True)
    project_public_id = models.UUIDField(null=True)
    ordering_body = models.UUIDField(null=True)
    number = models.PositiveIntegerField(null=True)
    version_no = models.PositiveIntegerField(null=True)
    is_approved = models.BooleanField(default=False)
    row_count = models.PositiveIntegerField(null=True)
    role = models.CharField(max_length=30, blank=True)
    issued_at = models.DateTimeField()

    class Meta:
        verbose_name = _("issued document, for verification")
        verbose_name_plural = _("issued documents, for verification")

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}"
