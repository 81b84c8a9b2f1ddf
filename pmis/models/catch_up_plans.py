"""Catch-up plans (만회대책): demanded when a project falls behind, written by the site agent."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmis.models.projects import Project
from pmis.models.records import Line, Record, RecordQuerySet


class CatchUpDemand(models.Model):
    """A catch-up plan is owed: on a day the progress passed the limit of the dated rule."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="catch_up_demands")
    #: Day of the report that shows the delay; the plan that answers names the same day.
    demanded_date = models.DateField(_("demanded for"))
    planned_rate = models.DecimalField(_("planned rate"), max_digits=5, decimal_places=2)
    actual_rate = models.DecimalField(_("actual rate"), max_digits=5, decimal_places=2)
    #: Negative points of the rule that was passed.
    limit_points = models.DecimalField(_("limit, points"), max_digits=5, decimal_places=2)
    due_date = models.DateField(_("due on"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-demanded_date"]
        verbose_name = _("demand for a catch-up plan")
        verbose_name_plural = _("demands for catch-up plans")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "demanded_date"], name="catch_up_demanded_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.demanded_date}"


class CatchUpPlan(Record):
    """How and by when a project that fell behind catches up."""

    record_type = "catch_up_plan"

    #: The day of the demand it answers.
    demanded_date = models.DateField(_("demanded for"), editable=False)
    due_date = models.DateField(_("due on"), null=True, editable=False)
    #: As of the day of the demand, copied from it.
    planned_rate = models.DecimalField(
        _("planned rate"), max_digits=5, decimal_places=2, null=True, editable=False
    )
    actual_rate = models.DecimalField(
        _("actual rate"), max_digits=5, decimal_places=2, null=True, editable=False
    )
    cause = models.TextField(_("why the work fell behind"), blank=True)
    recovery_date = models.DateField(_("back on plan by"), null=True, blank=True)
    effect = models.TextField(_("effect on the completion date"), blank=True)

    # Never public (G7)
    extra_resources = models.TextField(
        _("extra people, machines and cost"), blank=True, help_text=_("Not public.")
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["project", "-demanded_date", "-version_no"]
        verbose_name = _("catch-up plan")
        verbose_name_plural = _("catch-up plans")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "demanded_date", "version_no"],
                name="catch_up_plan_once_a_demand",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.demanded_date}"


class CatchUpMeasure(Line):
    """One thing that is done to catch up, from when to when."""

    plan = models.ForeignKey(CatchUpPlan, models.CASCADE, related_name="measures")
    work_item_code = models.CharField(_("code of the work item"), max_length=40, blank=True)
    measure = models.CharField(_("measure"), max_length=300)
    start_date = models.DateField(_("from"))
    finish_date = models.DateField(_("until"))

    class Meta(Line.Meta):
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        constraints = [
            models.CheckConstraint(
                name="catch_up_measure_in_order",
                condition=models.Q(finish_date__gte=models.F("start_date")),
                violation_error_message=_("A measure cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return self.measure
