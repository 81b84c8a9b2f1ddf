"""How long records are kept, what was decided about those past their time, and what was done."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmis.models.documents import Retention
from pmis.models.projects import Project
from pmis.models.records import Line, Record, RecordQuerySet


def subject_choices() -> list[tuple[str, str]]:
    """Return the record types that are kept and disposed of, with what they are called."""
    found = [
        (model.record_type, model._meta.verbose_name_plural)
        for model in apps.get_app_config("pmis").get_models()
        if issubclass(model, Record) and model is not Disposal
    ]
    return [(name, capfirst(words)) for name, words in found]


class RetentionRule(models.Model):
    """The retention class of a record type from a day on (기록관리기준표), with its ground.

    Drawings and documents carry a class of their own, which wins.
    """

    subject_type = models.CharField(_("record type"), max_length=40, choices=subject_choices)
    retention_class = models.CharField(_("retention period"), max_length=20, choices=Retention)
    valid_from = models.DateField(_("valid from"))
    ground = models.CharField(
        _("ground"), max_length=300, help_text=_("Law and article, or the decision.")
    )

    class Meta:
        ordering = ["subject_type", "-valid_from"]
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "valid_from"], name="retention_rule_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type}: {self.retention_class} ({self.valid_from})"


class Disposal(Record):
    """A list of records past their time, reviewed before anything is done (기록물 평가심의)."""

    record_type = "disposal"

    as_of_date = models.DateField(_("past their time on"), null=True, blank=True)
    review_date = models.DateField(_("day of the review"), null=True, blank=True)
    reviewers = models.CharField(_("reviewers"), max_length=300, blank=True)
    opinion = models.TextField(_("opinion of the review"), blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("disposal of records")
        verbose_name_plural = _("disposals of records")
        constraints = [*Record.Meta.constraints]
        indexes = [
            # The register: newest first in a project.
            models.Index(fields=["project", "-public_id"], name="disposal_by_project"),
        ]

    def __str__(self) -> str:
        return str(self.as_of_date or "")


class DisposalItem(Line):
    """The records of one type and class in a list, and what is decided about them."""

    class Decision(models.TextChoices):
        #: 보류: they stay; they come up again in the next list.
        KEEP = "keep", _("keep")
        #: 이관: their files go into the archive package.
        ARCHIVE = "archive", _("archive")
        #: 폐기: files and personal data are deleted.
        DELETE = "delete", _("delete")

    disposal = models.ForeignKey(Disposal, models.CASCADE, related_name="items")
    subject_type = models.CharField(_("record type"), max_length=40, choices=subject_choices)
    retention_class = models.CharField(_("retention period"), max_length=20, choices=Retention)
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, default=Decision.KEEP
    )
    note = models.CharField(_("reason"), max_length=300, blank=True)
    # Fixed when the list is submitted: what the reviewers decide on.
    record_count = models.PositiveIntegerField(_("records"), default=0)
    due_since = models.DateField(_("past their time since"), null=True, blank=True)
    records = models.JSONField(default=list, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("item of a disposal")
        verbose_name_plural = _("items of disposals")
        constraints = [
            models.UniqueConstraint(
                fields=["disposal", "subject_type", "retention_class"],
                name="disposal_item_once",
                violation_error_message=_("This class is on the list already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.retention_class}"


class DisposalEntry(models.Model):
    """What was done with one record: the register of disposals (기록물 폐기 대장). Append-only.

    The record's row, its hashes and this entry stay when its files and personal data are gone.
    """

    class Kind(models.TextChoices):
        ARCHIVED = "archived", pgettext_lazy("record", "archived")
        DELETED = "deleted", pgettext_lazy("record", "deleted")

    disposal = models.ForeignKey(
        Disposal,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        help_text=_("Empty: an access log, which goes by its rule without a review."),
    )
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(_("what was done"), max_length=10, choices=Kind)
    subject_type = models.CharField(_("record type"), max_length=40)
    record_public_id = models.UUIDField(null=True, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    retention_class = models.CharField(
        _("retention period"), max_length=20, choices=Retention, blank=True
    )
    due_since = models.DateField(_("past its time since"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    #: SHA-256 of the content of the newest version before anything was done.
    content_sha256 = models.CharField(max_length=64, blank=True)
    #: [{"public_id", "name", "size", "sha256", "path"}]; the path within the archive, else empty.
    files = models.JSONField(_("files"), default=list)
    row_count = models.PositiveIntegerField(_("number of rows"), default=1)
    at = models.DateTimeField(_("done at"), default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("entry of the disposal register")
        verbose_name_plural = _("disposal register")
        constraints = [
            models.UniqueConstraint(
                fields=["record_public_id", "kind"], name="disposal_entry_once"
            ),
            models.CheckConstraint(
                name="disposal_entry_was_decided",
                condition=models.Q(disposal=None, record_public_id=None)
                | models.Q(
                    disposal__isnull=False,
                    record_public_id__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type} {self.title}"
