"""Drawings and documents by a standard class tree (domain A.1, drawings and documents)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ccs.lib.grounds import Ground
from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.files import FileLine
from pmis.models.records import IN_FORCE, Line, PhotoLine, Record, RecordQuerySet
from pmis.roles import Role


class DocumentStage(models.TextChoices):
    """Stages of a project's documents, in order."""

    CONTRACT = "contract", _("contract")
    #: 착공
    COMMENCEMENT = "commencement", _("commencement")
    #: 시공
    CONSTRUCTION = "construction", _("construction")
    #: 준공
    COMPLETION = "completion", _("completion")
    #: 하자담보책임기간
    DEFECT_PERIOD = "defect_period", _("defect liability period")


class Retention(models.TextChoices):
    """Retention periods of public records (Public Records Act, enforcement decree, annex 1)."""

    PERMANENT = "permanent", _("permanent")
    #: 준영구: as long as the structure stands.
    SEMI_PERMANENT = "semi_permanent", _("semi-permanent")
    YEARS_30 = "30y", _("30 years")
    YEARS_10 = "10y", _("10 years")
    YEARS_5 = "5y", _("5 years")
    YEARS_3 = "3y", _("3 years")
    YEARS_1 = "1y", _("1 year")


class DocumentClass(models.Model):
    """A folder of the standard class tree: stage, subject, name.

    The administration adds classes and says which are demanded, and of whom. With `record_type`
    a record in force of that type counts as the document, such as the approved schedule.
    """

    class Subject(models.TextChoices):
        CONTRACT = "contract", _("contract and insurance")
        ORGANISATION = "organisation", _("site organisation")
        SCHEDULE = "schedule", _("schedule")
        QUALITY = "quality", _("quality")
        SAFETY = "safety", _("safety and environment")
        DESIGN = "design", _("design and drawings")
        INSPECTION = "inspection", _("inspection and completion")
        PAYMENT = "payment", _("payment")
        MAINTENANCE = "maintenance", _("maintenance and defects")
        OTHER = "other", _("other")

    public_id = models.UUIDField(default=new_public_id, editable=False, unique=True)
    code = models.CharField(_("code"), max_length=40, unique=True)
    stage = models.CharField(_("stage"), max_length=20, choices=DocumentStage)
    subject = models.CharField(_("subject"), max_length=20, choices=Subject, default=Subject.OTHER)
    name = models.CharField(_("name"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100, blank=True)
    is_demanded = models.BooleanField(
        _("demanded"), default=False, help_text=_("Missing until the project has it.")
    )
    owed_by = models.CharField(_("owed by"), max_length=30, choices=Role, default=Role.SITE_AGENT)
    record_type = models.CharField(
        _("record type that counts as it"),
        max_length=40,
        blank=True,
        help_text=_("Such as schedule: a record in force stands for the document."),
    )
    is_active = models.BooleanField(_("offered in new documents"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "code"]
        verbose_name = _("class of documents")
        verbose_name_plural = _("classes of documents")

    def __str__(self) -> str:
        return f"{self.get_stage_display()} · {self.title}"

    @property
    def title(self) -> str:
        """The name in the reader's language, where there is one."""
        is_korean = (get_language() or "ko").startswith("ko")
        return self.name if is_korean or not self.name_en else self.name_en


class Drawing(Record):
    """A drawing; a new revision is a new version that supersedes the one before."""

    record_type = "drawing"

    class Discipline(models.TextChoices):
        CIVIL = "civil", _("civil works")
        STRUCTURE = "structure", _("structure")
        ARCHITECTURE = "architecture", _("architecture")
        MECHANICAL = "mechanical", _("mechanical")
        ELECTRICAL = "electrical", _("electrical")
        COMMUNICATION = "communication", _("communication")
        LANDSCAPE = "landscape", _("landscape")
        TEMPORARY = "temporary", _("temporary works")
        SURVEY = "survey", _("survey")

    class Status(models.TextChoices):
        FOR_CONSTRUCTION = "for_construction", _("for construction")
        #: 준공도
        AS_BUILT = "as_built", _("as-built")

    drawing_number = models.CharField(_("drawing number"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    discipline = models.CharField(
        _("discipline"), max_length=20, choices=Discipline, default=Discipline.CIVIL
    )
    drawing_status = models.CharField(
        _("status of the drawing"), max_length=20, choices=Status, default=Status.FOR_CONSTRUCTION
    )
    sheet_revision = models.CharField(
        _("revision"),
        max_length=20,
        blank=True,
        help_text=_("As it stands on the sheet: A, B, C1."),
    )
    issued_date = models.DateField(_("issued on"), null=True, blank=True)
    revision_reason = models.TextField(_("reason of the revision"), blank=True)
    is_security_sensitive = models.BooleanField(
        _("security-sensitive sheet"),
        default=False,
        help_text=_("Tunnels, pumping, power, CCTV rooms: the sheet is never public."),
    )
    source_note = models.CharField(
        _("copyright of the source files"),
        max_length=200,
        blank=True,
        help_text=_("Whose files these are; source files are never public."),
    )
    hand_over_body = models.CharField(
        _("handed over to"),
        max_length=200,
        blank=True,
        help_text=_("The body that keeps it after completion."),
    )
    retention_class = models.CharField(
        _("retention period"),
        max_length=20,
        choices=Retention,
        default=Retention.SEMI_PERMANENT,
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("drawing")
        verbose_name_plural = _("drawings")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "drawing_number", "drawing_status"],
                condition=models.Q(state__in=IN_FORCE) & ~models.Q(drawing_number=""),
                name="drawing_number_once_in_force",
                violation_error_message=_("This project has a drawing of that number already."),
            ),
        ]
        indexes = [
            # The as-built set and the list of drawings of a project.
            models.Index(
                fields=["project", "drawing_status", "drawing_number"], name="drawing_of_project"
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.drawing_number, self.sheet_revision, self.title)))


class DrawingFile(FileLine):
    """A file of a drawing: the sheet as PDF, its source."""

    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a drawing")
        verbose_name_plural = _("files of drawings")


class DrawingSheet(PhotoLine):
    """A picture of plan or section that may be shown to the public, checked like every photo."""

    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="sheets")

    class Meta(PhotoLine.Meta):
        verbose_name = _("public picture of a drawing")
        verbose_name_plural = _("public pictures of drawings")


class DrawingRecipient(Line):
    """A firm on the distribution list (배포처) of a drawing."""

    drawing = models.ForeignKey(Drawing, models.CASCADE, related_name="recipients")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("firm")
    )

    class Meta(Line.Meta):
        verbose_name = _("recipient of a drawing")
        verbose_name_plural = _("recipients of drawings")
        constraints = [
            models.UniqueConstraint(
                fields=["drawing", "organization"],
                name="drawing_recipient_once",
                violation_error_message=_("This firm is on the list already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organization)


class Document(Record):
    """A document of the project, filed in its class."""

    record_type = "filed_document"

    document_class = models.ForeignKey(
        DocumentClass,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("class of document"),
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    document_number = models.CharField(_("document number"), max_length=60, blank=True)
    document_date = models.DateField(_("date of the document"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    retention_class = models.CharField(
        _("retention period"), max_length=20, choices=Retention, default=Retention.YEARS_10
    )
    non_public_ground = models.CharField(
        _("classified non-public"),
        max_length=3,
        choices=Ground,
        blank=True,
        help_text=_("Empty: title, class and date are published on approval."),
    )
    hand_over_body = models.CharField(
        _("handed over to"),
        max_length=200,
        blank=True,
        help_text=_("The body that keeps it after completion."),
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [*Record.Meta.constraints]
        indexes = [
            # What a project has of each class: the check for missing documents, the folders.
            models.Index(fields=["project", "document_class"], name="document_of_class"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.document_number, self.title)))


class DocumentFile(FileLine):
    """A file of a document."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a document")
        verbose_name_plural = _("files of documents")
