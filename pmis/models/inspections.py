"""Inspection requests (검측요청서) with their checklists, and the checklists they start from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization
from pmis.models.records import Line, PhotoLine, Record, RecordQuerySet, RecordState
from pmis.models.schedules import WorkItem

#: States in which an inspection was asked for and has not been passed.
WAITING_OR_NOT_PASSED = (
    RecordState.SUBMITTED,
    RecordState.RETURNED,
    RecordState.SCHEDULED,
    RecordState.CONDITIONAL,
    RecordState.FAILED,
    RecordState.RECTIFIED,
)


class InspectionTemplate(models.Model):
    """A checklist of one type of work (검측 체크리스트); a request starts from its points."""

    public_id = models.UUIDField(default=new_public_id, editable=False, unique=True)
    division = models.CharField(_("division of work"), max_length=60)
    work_type = models.CharField(_("type of work"), max_length=100)
    is_active = models.BooleanField(_("offered in new requests"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        ordering = ["order", "division", "work_type"]
        verbose_name = _("checklist of inspections")
        verbose_name_plural = _("checklists of inspections")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "work_type"],
                name="inspection_template_once",
                violation_error_message=_("There is a checklist of this type of work already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.work_type}"


class InspectionTemplateItem(models.Model):
    """A point of a checklist: when it is inspected, and what is looked at."""

    template = models.ForeignKey(InspectionTemplate, models.CASCADE, related_name="items")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    timing = models.CharField(_("time of inspection"), max_length=120, blank=True)
    item = models.CharField(_("point of inspection"), max_length=200)
    criterion = models.CharField(_("criterion"), max_length=200, blank=True)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("point of a checklist")
        verbose_name_plural = _("points of checklists")

    def __str__(self) -> str:
        return self.item


class InspectionRequest(Record):
    """The contractor asks for an inspection; the inspector's results stand in its lines.

    Domain A.1 lists its fields, C.3 its states. Requests for the same thing, one after the other
    failed, make a chain: `previous` is the one before, `chain` the public id of the first.
    """

    record_type = "inspection_request"

    class Kind(models.TextChoices):
        #: The next activity may begin only when it is passed.
        HOLD_POINT = "hold_point", _("hold point")
        #: The inspector may be there; work goes on.
        WITNESS_POINT = "witness_point", _("witness point")

    # What is asked for
    activity = models.CharField(_("what is inspected"), max_length=200, blank=True)
    work_item = models.ForeignKey(
        WorkItem, models.PROTECT, null=True, blank=True, related_name="inspections"
    )
    location = models.CharField(_("location"), max_length=200, blank=True)
    drawing_number = models.CharField(_("drawing number"), max_length=100, blank=True)
    kind = models.CharField(
        _("kind of point"), max_length=20, choices=Kind, default=Kind.HOLD_POINT
    )
    inspection_date = models.DateField(_("day asked for"), null=True, blank=True)
    inspection_time = models.TimeField(_("time asked for"), null=True, blank=True)
    template = models.ForeignKey(
        InspectionTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checklist"),
    )
    attached_test = models.CharField(
        _("attached test"), max_length=200, blank=True, help_text=_("Test, report and its number.")
    )

    # Chain of inspections of the same thing
    previous = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="following",
        editable=False,
        verbose_name=_("inspection before"),
    )
    chain = models.UUIDField(null=True, blank=True, editable=False)
    reinspection_number = models.PositiveSmallIntegerField(
        _("number of the re-inspection"), default=0, editable=False
    )

    # The inspection, by the inspector
    result_note = models.TextField(_("conditions and remarks of the inspector"), blank=True)
    rectify_by_date = models.DateField(_("to be put right by"), null=True, blank=True)
    inspected_at = models.DateTimeField(_("inspected at"), null=True, blank=True, editable=False)
    inspector_role = models.CharField(
        _("role of the inspector"), max_length=30, blank=True, editable=False
    )
    inspector = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("inspector"),
    )
    inspector_firm = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("firm of the inspector"),
    )

    # After a failure, by the contractor
    corrective_action = models.TextField(_("corrective action"), blank=True)

    #: The inspector may set another day than the one asked for.
    shared_fields = ("inspection_date", "inspection_time")
    follow_up_fields = ("inspector", "inspector_role", "inspector_firm", "corrective_action")

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("inspection request")
        verbose_name_plural = _("inspection requests")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="inspection_chain_is_whole",
                condition=models.Q(previous=None, chain=None, reinspection_number=0)
                | models.Q(chain__isnull=False, reinspection_number__gt=0),
            ),
            models.UniqueConstraint(
                fields=["previous"],
                condition=models.Q(version_no=1),
                name="inspection_asked_for_again_once",
            ),
            models.CheckConstraint(
                name="inspection_conditions_are_written",
                condition=~models.Q(state=RecordState.CONDITIONAL) | ~models.Q(result_note=""),
                violation_error_message=_("Write the conditions."),
            ),
        ]
        indexes = [
            # The register: newest first in a project.
            models.Index(fields=["project", "-public_id"], name="inspection_by_project"),
            # Hold points that are not passed: asked with every daily report and page.
            models.Index(
                fields=["project", "work_item"],
                condition=models.Q(kind="hold_point", state__in=WAITING_OR_NOT_PASSED),
                name="inspection_open_hold_points",
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.activity, self.location) if part)

    @property
    def chain_id(self) -> object:
        """Public id of the first request of the chain, which may be this one."""
        return self.chain or self.public_id


class InspectionItem(Line):
    """A point of a request: what is looked at, the contractor's own check, the result."""

    class Result(models.TextChoices):
        PASS = "pass", _("pass")
        FAIL = "fail", _("fail")
        NOT_APPLICABLE = "not_applicable", _("n/a")

    request = models.ForeignKey(InspectionRequest, models.CASCADE, related_name="items")
    item = models.CharField(_("point of inspection"), max_length=200)
    criterion = models.CharField(_("criterion"), max_length=200, blank=True)
    self_check = models.CharField(
        _("contractor's own check"), max_length=20, choices=Result, blank=True
    )
    result = models.CharField(_("result"), max_length=20, choices=Result, blank=True)
    measured_value = models.CharField(_("measured value"), max_length=100, blank=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("point of inspection")
        verbose_name_plural = _("points of inspection")

    def __str__(self) -> str:
        return self.item


class InspectionPhoto(PhotoLine):
    """A photo named by a request, taken before, during or after the inspection."""

    #: What was put right is shown by photos after the decision.
    is_follow_up = True

    request = models.ForeignKey(InspectionRequest, models.CASCADE, related_name="inspection_photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo of an inspection")
        verbose_name_plural = _("photos of inspections")
        constraints = [
            models.UniqueConstraint(fields=["request", "photo"], name="inspection_photo_once"),
        ]
