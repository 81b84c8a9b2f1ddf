"""Performance evaluation (시공·설계·감리 평가) and penalty points (벌점)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.contracts import Contract
from pmis.models.files import FileLine
from pmis.models.records import Line, Record, RecordQuerySet


class Evaluation(Record):
    """How a firm performed up to a stage of the work (domain A.1, C.9, R26).

    Total and grade are worked out from the scores when it is submitted.
    """

    record_type = "evaluation"

    class Stage(models.IntegerChoices):
        #: Of the actual rate of the project, in per cent.
        THIRTY = 30, _("at 30 %")
        SIXTY = 60, _("at 60 %")
        NINETY_FIVE = 95, _("at 95 %")

    class Grade(models.TextChoices):
        VERY_GOOD = "A", _("A, very good")
        GOOD = "B", _("B, good")
        FAIR = "C", _("C, fair")
        POOR = "D", _("D, poor")
        BAD = "E", _("E, bad")

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="evaluations",
        verbose_name=_("contract"),
    )
    stage = models.PositiveSmallIntegerField(_("stage"), choices=Stage, default=Stage.THIRTY)
    evaluated_date = models.DateField(_("evaluated on"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    #: Never public (domain B.1, G5).
    evaluators = models.TextField(
        _("evaluators"), blank=True, help_text=_("Names; never shown outside the ordering body.")
    )

    # Worked out when it is submitted
    firm = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="evaluations",
        verbose_name=_("firm"),
    )
    total_score = models.DecimalField(
        _("score of 100"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, blank=True, editable=False)

    # What followed
    objection = models.TextField(_("objection of the firm"), blank=True)
    objection_answer = models.TextField(_("answer to the objection"), blank=True)
    final_date = models.DateField(_("final on"), null=True, blank=True, editable=False)

    follow_up_fields = ("objection", "objection_answer", "final_date")

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("performance evaluation")
        verbose_name_plural = _("performance evaluations")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="evaluation_score_of_a_hundred",
                condition=models.Q(total_score=None) | models.Q(total_score__range=(0, 100)),
            ),
        ]
        indexes = [
            # The register, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="evaluation_by_project"),
        ]

    def __str__(self) -> str:
        kind = self.contract.get_kind_display() if self.contract else ""
        return f"{kind} {self.get_stage_display()}".strip()


class EvaluationScore(Line):
    """The score of one item of the form, with its evidence."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="scores")
    area = models.CharField(_("area"), max_length=100)
    item = models.CharField(_("item"), max_length=200)
    most_points = models.DecimalField(_("points at most"), max_digits=5, decimal_places=2)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.CheckConstraint(
                name="evaluation_score_within_its_points",
                condition=models.Q(most_points__gt=0, points__gte=0)
                & models.Q(points__lte=models.F("most_points")),
                violation_error_message=_("The points lie between 0 and the points at most."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area}: {self.item}"


class Penalty(Record):
    """Penalty points of a firm or its engineer: proposed, heard, imposed (domain C.9, R25)."""

    record_type = "penalty"

    class EngineerRole(models.TextChoices):
        SITE_AGENT = "site_agent", _("site agent")
        QUALITY_MANAGER = "quality_manager", _("quality manager")
        SAFETY_MANAGER = "safety_manager", _("safety manager")
        SUPERVISOR = "supervisor", _("responsible supervisor")
        INSPECTOR = "inspector", _("inspector")
        DESIGNER = "designer", _("designer")

    firm = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="penalties",
        verbose_name=_("firm"),
    )
    engineer_role = models.CharField(
        _("role of the engineer"), max_length=20, choices=EngineerRole, blank=True
    )
    #: The public sees the role.
    engineer_name = models.CharField(_("engineer"), max_length=100, blank=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True, blank=True)
    legal_ground = models.CharField(_("legal ground"), max_length=300, blank=True)
    violation_date = models.DateField(_("found on"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)

    # The hearing
    hearing_date = models.DateField(_("hearing on"), null=True, blank=True)
    #: Never public (domain B.1, G5).
    hearing_minutes = models.TextField(_("minutes of the hearing"), blank=True)
    imposed_date = models.DateField(_("imposed on"), null=True, blank=True, editable=False)

    # What followed
    appeal = models.TextField(_("appeal"), blank=True)
    appeal_result = models.TextField(_("result of the appeal"), blank=True)
    final_date = models.DateField(_("final on"), null=True, blank=True, editable=False)

    follow_up_fields = ("appeal", "appeal_result", "final_date")

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("penalty")
        verbose_name_plural = _("penalties")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="penalty_points_above_zero",
                condition=models.Q(points=None) | models.Q(points__gt=Decimal(0)),
                violation_error_message=_("Points are above zero."),
            ),
        ]
        indexes = [
            # The register, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="penalty_by_project"),
            # The history of a firm.
            models.Index(fields=["firm", "-public_id"], name="penalty_by_firm"),
        ]

    def __str__(self) -> str:
        return f"{self.firm or ''} {self.points or ''}".strip()


class PenaltyStatementFile(FileLine):
    """A file of what the firm says: its statement at the hearing, its appeal. Never public."""

    is_follow_up = True

    penalty = models.ForeignKey(Penalty, models.CASCADE, related_name="statement_files")

    class Meta(FileLine.Meta):
        verbose_name = _("statement of the firm")
        verbose_name_plural = _("statements of the firm")
