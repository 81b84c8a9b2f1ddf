"""Time extensions and suspensions (공기연장, 공사중지) with the days that prove them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.contracts import Contract, ContractAmendment
from pmis.models.daily_reports import DailyReport
from pmis.models.records import Line, Record, RecordQuerySet


class TimeExtension(Record):
    """More days for a contract, or a stop of its work (domain A.1, C.7)."""

    record_type = "time_extension"

    class Kind(models.TextChoices):
        EXTENSION = "extension", _("time extension")
        SUSPENSION = "suspension", _("suspension of work")

    class Ground(models.TextChoices):
        RAIN = "rain", _("rain and weather")
        HERITAGE = "heritage", _("archaeological find")
        LAND = "land", _("land and compensation")
        UTILITIES = "utilities", _("relocation of utilities")
        COMPLAINT = "complaint", _("complaint")
        DESIGN_CHANGE = "design_change", _("design change")
        FORCE_MAJEURE = "force_majeure", _("force majeure")
        CLIENT = "client", _("act of the ordering body")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.EXTENSION)
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="time_extensions",
        verbose_name=_("contract"),
    )
    ground = models.CharField(_("ground"), max_length=20, choices=Ground, default=Ground.RAIN)
    description = models.TextField(_("reason"), blank=True)
    days_asked = models.PositiveSmallIntegerField(_("days asked for"), null=True, blank=True)
    evidence_from_date = models.DateField(_("evidence from"), null=True, blank=True)
    evidence_to_date = models.DateField(
        _("evidence to"),
        null=True,
        blank=True,
        help_text=_("Non-working days are counted from the approved daily reports between."),
    )
    suspended_from_date = models.DateField(_("suspended from"), null=True, blank=True)
    suspended_to_date = models.DateField(
        _("expected to resume on"), null=True, blank=True, help_text=_("As it is expected now.")
    )
    cost_amount = models.BigIntegerField(
        _("effect on the cost"), null=True, blank=True, help_text=_("Indirect cost of the time.")
    )

    # Worked out when it is submitted
    before_completion_date = models.DateField(
        _("completion before"), null=True, blank=True, editable=False
    )
    non_working_days = models.PositiveSmallIntegerField(
        _("non-working days in the reports"), null=True, blank=True, editable=False
    )

    # The decision
    review_opinion = models.TextField(_("opinion of the review"), blank=True)
    days_approved = models.PositiveSmallIntegerField(_("days approved"), null=True, blank=True)
    after_completion_date = models.DateField(
        _("completion after"), null=True, blank=True, editable=False
    )

    # What followed
    resumed_date = models.DateField(_("resumed on"), null=True, blank=True)
    amended_date = models.DateField(_("contract amended on"), null=True, blank=True)
    amendment = models.ForeignKey(
        ContractAmendment,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="time_extensions",
        verbose_name=_("contract amendment"),
    )

    follow_up_fields = (
        "resumed_date",
        "days_approved",
        "after_completion_date",
        "amended_date",
        "amendment",
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-public_id", "-version_no"]
        verbose_name = _("time extension or suspension")
        verbose_name_plural = _("time extensions and suspensions")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="time_extension_periods_in_order",
                condition=(
                    models.Q(evidence_from_date=None)
                    | models.Q(evidence_to_date=None)
                    | models.Q(evidence_to_date__gte=models.F("evidence_from_date"))
                )
                & (
                    models.Q(suspended_from_date=None)
                    | models.Q(suspended_to_date=None)
                    | models.Q(suspended_to_date__gte=models.F("suspended_from_date"))
                )
                & (
                    models.Q(suspended_from_date=None)
                    | models.Q(resumed_date=None)
                    | models.Q(resumed_date__gte=models.F("suspended_from_date"))
                ),
                violation_error_message=_("A period ends before it begins."),
            ),
            models.CheckConstraint(
                name="time_extension_cost_not_negative",
                condition=models.Q(cost_amount=None) | models.Q(cost_amount__gte=0),
                violation_error_message=_("An amount cannot be negative."),
            ),
        ]
        indexes = [
            # The register and the project page, newest first in a project.
            models.Index(fields=["project", "-public_id"], name="time_extension_by_project"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_ground_display()}"


class NonWorkingDay(Line):
    """A day on which no work was done, as an approved daily report says."""

    extension = models.ForeignKey(TimeExtension, models.CASCADE, related_name="evidence_days")
    date = models.DateField(_("date"))
    cause = models.CharField(_("why no work"), max_length=300, blank=True)
    report = models.ForeignKey(
        DailyReport, models.PROTECT, related_name="+", verbose_name=_("daily report")
    )

    class Meta(Line.Meta):
        verbose_name = _("non-working day")
        verbose_name_plural = _("non-working days")
        constraints = [
            models.UniqueConstraint(fields=["extension", "date"], name="non_working_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.date}"
