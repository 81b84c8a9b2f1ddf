"""Quality: the plan of tests (품질시험계획), the tests, and what does not conform."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.files import FileLine
from pmis.models.inspections import InspectionRequest
from pmis.models.materials import MaterialApproval
from pmis.models.records import IN_WORK, Line, PhotoLine, Record, RecordQuerySet, RecordState
from pmis.models.schedules import WorkItem


def required_number(
    quantity: Decimal | None, per_quantity: Decimal | None, least_number: int
) -> int:
    """Return how many tests a quantity of work asks for.

    One for every `per_quantity` begun, and no fewer than `least_number` once there is any work;
    none where there is no work yet. Without a frequency the least number holds.
    """
    if quantity is not None and quantity <= 0:
        return 0
    if quantity is None or not per_quantity:
        return least_number
    counted = (quantity / per_quantity).to_integral_value(rounding=ROUND_CEILING)
    return max(least_number, int(counted))


class QualityPlan(Record):
    """Which tests a project makes, and how often; one per project, revised as a new version."""

    record_type = "quality_plan"

    as_of_date = models.DateField(_("as of"), null=True, blank=True)
    note = models.TextField(_("remarks on the plan"), blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("quality test plan")
        verbose_name_plural = _("quality test plans")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(state="approved"),
                name="qualityplan_one_approved_per_project",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(state__in=IN_WORK),
                name="qualityplan_one_in_work_per_project",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version_no}"


class QualityPlanItem(Line):
    """A test of the plan: one for so much work, no fewer than so many."""

    plan = models.ForeignKey(QualityPlan, models.CASCADE, related_name="items")
    #: The same in every version of the plan: tests are counted by it.
    code = models.CharField(_("code"), max_length=40)
    item = models.CharField(_("test"), max_length=200)
    standard = models.CharField(_("test standard"), max_length=100, blank=True)
    criterion = models.CharField(_("criterion"), max_length=200, blank=True)
    work_item = models.ForeignKey(WorkItem, models.PROTECT, null=True, blank=True, related_name="+")
    planned_quantity = models.DecimalField(
        _("planned quantity"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    per_quantity = models.DecimalField(
        _("one test for every"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    least_number = models.PositiveSmallIntegerField(_("at least"), default=1)

    class Meta(Line.Meta):
        verbose_name = _("test of the plan")
        verbose_name_plural = _("tests of the plan")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"],
                name="quality_plan_item_code_once",
                violation_error_message=_("This plan has a test of that code already."),
            ),
            models.CheckConstraint(
                name="quality_plan_item_quantities_positive",
                condition=(
                    (models.Q(planned_quantity=None) | models.Q(planned_quantity__gt=0))
                    & (models.Q(per_quantity=None) | models.Q(per_quantity__gt=0))
                ),
                violation_error_message=_("A quantity must be above zero."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.item}"

    @property
    def planned_number(self) -> int:
        """How many tests the planned quantity asks for."""
        return required_number(self.planned_quantity, self.per_quantity, self.least_number)


class QualityTest(Record):
    """A test of the site: sample, laboratory, measured value, pass or fail."""

    record_type = "quality_test"

    plan_code = models.CharField(
        _("code in the plan"), max_length=40, blank=True, help_text=_("Of the quality test plan.")
    )
    item = models.CharField(_("test"), max_length=200, blank=True)
    standard = models.CharField(_("test standard"), max_length=100, blank=True)
    frequency = models.CharField(_("frequency"), max_length=100, blank=True)
    sample_location = models.CharField(_("sample taken at"), max_length=200, blank=True)
    sample_date = models.DateField(_("sample taken on"), null=True, blank=True)
    test_date = models.DateField(_("tested on"), null=True, blank=True)
    laboratory = models.CharField(_("laboratory"), max_length=200, blank=True)
    criterion = models.CharField(_("criterion"), max_length=200, blank=True)
    measured_value = models.CharField(_("measured value"), max_length=200, blank=True)
    certificate = models.CharField(
        _("test certificate"), max_length=200, blank=True, help_text=_("Number of the report.")
    )
    material = models.ForeignKey(
        MaterialApproval,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tests",
        verbose_name=_("material approval"),
    )
    retest_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="retests",
        editable=False,
        verbose_name=_("retest of"),
    )

    # The decision, and what follows a failure
    result_note = models.TextField(_("remarks on the result"), blank=True)
    corrective_action = models.TextField(_("corrective action"), blank=True)

    # Copied into the row when it is decided: tests required by the plan so far, and made
    required_number = models.PositiveIntegerField(
        _("tests required"), null=True, blank=True, editable=False
    )
    done_number = models.PositiveIntegerField(
        _("tests made"), null=True, blank=True, editable=False
    )

    follow_up_fields = ("corrective_action",)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("quality test")
        verbose_name_plural = _("quality tests")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["retest_of"],
                condition=models.Q(version_no=1),
                name="quality_test_repeated_once",
            ),
            models.CheckConstraint(
                name="quality_test_after_its_sample",
                condition=models.Q(sample_date=None)
                | models.Q(test_date=None)
                | models.Q(test_date__gte=models.F("sample_date")),
                violation_error_message=_("The test lies before its sample."),
            ),
        ]
        indexes = [
            # The register, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="quality_test_by_project"),
            # Tests made, counted by the code of the plan.
            models.Index(fields=["project", "plan_code"], name="quality_test_by_plan"),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.item, self.sample_location) if part)


class QualityTestPhoto(PhotoLine):
    """A photo of taking the sample, of the test, or of its certificate."""

    test = models.ForeignKey(QualityTest, models.CASCADE, related_name="test_photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo of a test")
        verbose_name_plural = _("photos of tests")
        constraints = [
            models.UniqueConstraint(fields=["test", "photo"], name="quality_test_photo_once"),
        ]


class NonConformance(Record):
    """Work or material that does not conform (부적합, NCR): open until it is closed."""

    record_type = "non_conformance"

    found_date = models.DateField(_("found on"), null=True, blank=True)
    title = models.CharField(_("what does not conform"), max_length=200, blank=True)
    location = models.CharField(_("location"), max_length=200, blank=True)
    work_item = models.ForeignKey(WorkItem, models.PROTECT, null=True, blank=True, related_name="+")
    description = models.TextField(_("description"), blank=True)
    requirement = models.CharField(
        _("what it should be"), max_length=300, blank=True, help_text=_("Drawing, specification.")
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+"
    )
    inspection = models.ForeignKey(
        InspectionRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="non_conformances",
        verbose_name=_("inspection request"),
    )
    test = models.ForeignKey(
        QualityTest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="non_conformances",
        verbose_name=_("quality test"),
    )
    rectify_by_date = models.DateField(_("to be put right by"), null=True, blank=True)

    # By the contractor, after it was issued
    cause = models.TextField(_("cause"), blank=True)
    correction = models.TextField(_("how it was put right"), blank=True)
    prevention = models.TextField(_("how it is prevented from now on"), blank=True)
    rectified_date = models.DateField(_("put right on"), null=True, blank=True)

    # By the supervisor
    verification = models.TextField(_("how it was verified"), blank=True)
    closed_date = models.DateField(_("closed on"), null=True, blank=True, editable=False)

    follow_up_fields = (
        "cause",
        "correction",
        "prevention",
        "rectified_date",
        "verification",
        "closed_date",
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("non-conformance report")
        verbose_name_plural = _("non-conformance reports")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="non_conformance_closed_when_put_right",
                condition=~models.Q(state=RecordState.CLOSED)
                | (
                    models.Q(closed_date__isnull=False, rectified_date__isnull=False)
                    & ~models.Q(correction="")
                    & ~models.Q(cause="")
                ),
                violation_error_message=_("It is closed only with its cause and its correction."),
            ),
        ]
        indexes = [
            # The register, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="non_conformance_by_project"),
        ]

    def __str__(self) -> str:
        return self.title


class NonConformancePhoto(PhotoLine):
    """A photo of what was found, and of what was put right."""

    is_follow_up = True

    report = models.ForeignKey(NonConformance, models.CASCADE, related_name="report_photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo of a non-conformance")
        verbose_name_plural = _("photos of non-conformances")
        constraints = [
            models.UniqueConstraint(fields=["report", "photo"], name="non_conformance_photo_once"),
        ]


class NonConformanceFile(FileLine):
    """A file that shows how something was put right: a test certificate, a method."""

    is_follow_up = True

    report = models.ForeignKey(NonConformance, models.CASCADE, related_name="report_files")

    class Meta(FileLine.Meta):
        verbose_name = _("file of a non-conformance")
        verbose_name_plural = _("files of non-conformances")
