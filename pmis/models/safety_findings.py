"""Safety on the ground: patrol findings with stop-work orders, and checklists (domain C.6)."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.files import FileLine
from pmis.models.participants import Participant
from pmis.models.records import Line, PhotoLine, Record, RecordQuerySet, RecordState
from pmis.models.schedules import WorkItem

#: States in which a finding still needs somebody to do something.
OPEN_FINDING = (RecordState.OPEN, RecordState.ASSIGNED, RecordState.DONE, RecordState.STOPPED)
_MENDED = (RecordState.ASSIGNED, RecordState.DONE)


class SafetyFindingQuerySet(RecordQuerySet["SafetyFinding"]):
    """Sentences about findings."""

    def still_open(self) -> SafetyFindingQuerySet:
        """Return the findings that are neither closed nor released."""
        return self.filter(state__in=OPEN_FINDING)

    def overdue(self, day: datetime.date) -> SafetyFindingQuerySet:
        """Return the findings that should have been put right before `day`."""
        return self.filter(state__in=(RecordState.OPEN, RecordState.ASSIGNED), due_date__lt=day)


class SafetyFinding(Record):
    """A hazard somebody saw (지적사항): who puts it right until when, before and after."""

    record_type = "safety_finding"

    class Source(models.TextChoices):
        PATROL = "patrol", _("patrol")
        CHECKLIST = "checklist", _("checklist")
        WORKER = "worker", _("worker's report")
        AUTHORITY = "authority", _("inspection by an authority")

    class Severity(models.TextChoices):
        MINOR = "minor", _("minor")
        SERIOUS = "serious", _("serious")
        #: Work has to stop now (Occupational Safety and Health Act, art. 51).
        IMMINENT = "imminent", _("imminent danger")

    hazard = models.CharField(_("what is dangerous"), max_length=300, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity, default=Severity.SERIOUS
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("firm that puts it right"),
    )
    owner = models.ForeignKey(
        Participant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person in charge"),
    )
    due_date = models.DateField(_("due"), null=True, blank=True)
    source = models.CharField(_("found by"), max_length=10, choices=Source, default=Source.PATROL)
    found_date = models.DateField(_("found on"), default=timezone.localdate)
    work_item = models.ForeignKey(
        WorkItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
    )

    # The right of workers to stop (Occupational Safety and Health Act, art. 52)
    stopped_by_workers = models.BooleanField(
        _("workers stopped the work themselves"), default=False
    )
    worker_stop_note = models.TextField(
        _("why they stopped"), blank=True, help_text=_("Without names: nobody may suffer for it.")
    )
    inspecting_body = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("inspecting body"),
    )

    # Filled in by later steps
    action_note = models.TextField(_("what was done"), blank=True)
    done_date = models.DateField(_("done on"), null=True, blank=True, editable=False)
    verification_note = models.TextField(_("how it was verified"), blank=True)
    closed_date = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    reopened_count = models.PositiveSmallIntegerField(
        _("times reopened"), default=0, editable=False
    )
    stop_scope = models.TextField(_("work that is stopped"), blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True, editable=False)
    lift_note = models.TextField(_("why work may go on"), blank=True)
    lifted_at = models.DateTimeField(_("stop lifted at"), null=True, blank=True, editable=False)

    follow_up_fields = (
        "organization",
        "owner",
        "due_date",
        "action_note",
        "done_date",
        "verification_note",
        "closed_date",
        "reopened_count",
        "stop_scope",
        "stopped_at",
        "lift_note",
        "lifted_at",
    )
    shared_fields = ("organization", "owner", "due_date")

    objects = SafetyFindingQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-found_date", "-id"]
        verbose_name = _("safety finding")
        verbose_name_plural = _("safety findings")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="safetyfinding_assigned_to_someone_until",
                condition=~models.Q(state__in=_MENDED)
                | models.Q(organization__isnull=False, due_date__isnull=False),
            ),
            models.CheckConstraint(
                name="safetyfinding_stopped_work_is_named",
                condition=~models.Q(state__in=("stopped", "released"))
                | (models.Q(stopped_at__isnull=False) & ~models.Q(stop_scope="")),
            ),
            models.CheckConstraint(
                name="safetyfinding_closed_on_a_day",
                condition=~models.Q(state="closed") | models.Q(closed_date__isnull=False),
            ),
            models.CheckConstraint(
                name="safetyfinding_due_after_found",
                condition=models.Q(due_date=None) | models.Q(due_date__gte=models.F("found_date")),
                violation_error_message=_("The due date lies before the day of the finding."),
            ),
        ]
        indexes = [
            # The register, the safety page and "My day": what is open in a project, oldest first.
            models.Index(
                fields=["project", "due_date"],
                condition=models.Q(state__in=OPEN_FINDING),
                name="safetyfinding_open",
            ),
            # The register of all projects.
            models.Index(fields=["-found_date", "-public_id"], name="safetyfinding_by_day"),
        ]

    def __str__(self) -> str:
        return self.hazard or str(self._meta.verbose_name)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN_FINDING

    def age_on(self, day: datetime.date) -> int:
        """Return for how many days it has been open on `day`, or was open until it was closed."""
        return ((self.closed_date or day) - self.found_date).days

    def is_overdue_on(self, day: datetime.date) -> bool:
        """Whether it should have been put right before `day`."""
        waits = self.state in (RecordState.OPEN, RecordState.ASSIGNED)
        return waits and self.due_date is not None and self.due_date < day


class SafetyFindingPhoto(PhotoLine):
    """What the finder saw."""

    finding = models.ForeignKey(SafetyFinding, models.CASCADE, related_name="photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo before")
        verbose_name_plural = _("photos before")


class SafetyFindingActionPhoto(PhotoLine):
    """What it looks like now."""

    is_follow_up = True

    finding = models.ForeignKey(SafetyFinding, models.CASCADE, related_name="action_photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo after")
        verbose_name_plural = _("photos after")


class SafetyFindingActionFile(FileLine):
    """A file that shows what was done: a certificate, a drawing, a receipt."""

    is_follow_up = True

    finding = models.ForeignKey(SafetyFinding, models.CASCADE, related_name="action_files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a finding")
        verbose_name_plural = _("files of findings")


class SafetyChecklist(Record):
    """A round with a list (안전점검): a template by work or season, a result for each item."""

    record_type = "safety_checklist"

    class Period(models.TextChoices):
        DAILY = "daily", _("daily")
        WEEKLY = "weekly", _("weekly")
        MONTHLY = "monthly", _("monthly")
        SEASONAL = "seasonal", _("seasonal")
        SPECIAL = "special", _("special")

    class Template(models.TextChoices):
        """The items of each stand in `pmis/safety_templates.py`."""

        GENERAL = "general", _("general")
        EXCAVATION = "excavation", _("excavation")
        SCAFFOLD = "scaffold", _("scaffolds and work at height")
        FORMWORK = "formwork", _("formwork and shoring")
        LIFTING = "lifting", _("cranes and lifting")
        ELECTRICITY = "electricity", _("temporary electricity")
        TUNNEL = "tunnel", _("tunnels and confined spaces")
        MACHINES = "machines", _("construction machines")
        TRAFFIC = "traffic", _("traffic and pedestrians")
        HEAT = "heat", _("heat")
        COLD = "cold", _("cold")
        WIND = "wind", _("strong wind")
        RAIN = "rain", _("heavy rain")
        THAW = "thaw", _("thaw")

    date = models.DateField(_("date"), default=timezone.localdate)
    template = models.CharField(
        _("checklist form"), max_length=20, choices=Template, default=Template.GENERAL
    )
    period = models.CharField(_("how often"), max_length=10, choices=Period, default=Period.DAILY)
    place = models.CharField(_("place"), max_length=200, blank=True)
    work_item = models.ForeignKey(
        WorkItem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("work item"),
    )
    note = models.TextField(_("special notes"), blank=True)
    inspecting_body = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("inspecting body"),
    )
    #: Per cent of the items that were met, of those that apply.
    score = models.DecimalField(
        _("score"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-date", "-id"]
        verbose_name = _("safety checklist")
        verbose_name_plural = _("safety checklists")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="safetychecklist_score_in_per_cent",
                condition=models.Q(score=None) | models.Q(score__gte=0, score__lte=100),
            ),
        ]
        indexes = [
            # The register and the safety page: newest checklists of a project.
            models.Index(fields=["project", "-date"], name="safetychecklist_by_project"),
            # The register of all projects.
            models.Index(fields=["-date", "-public_id"], name="safetychecklist_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_template_display()} {self.date}"


class SafetyChecklistItem(Line):
    """One question of a checklist and its answer."""

    class Result(models.TextChoices):
        PASS = "pass", _("good")
        FAIL = "fail", _("to be put right")
        NOT_APPLICABLE = "na", _("does not apply")

    checklist = models.ForeignKey(SafetyChecklist, models.CASCADE, related_name="items")
    text = models.CharField(_("item"), max_length=300)
    result = models.CharField(_("result"), max_length=10, choices=Result, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("item")
        verbose_name_plural = _("items")

    def __str__(self) -> str:
        return self.text
