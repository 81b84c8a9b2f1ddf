"""The schedule of a project: work items with quantity, amount, weight and planned dates."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.records import Line, Record, RecordQuerySet


class Schedule(Record):
    """A baseline of the project's work items; a revision is a new version with its reason."""

    record_type = "schedule"

    as_of_date = models.DateField(_("as of"))
    milestones = models.TextField(_("milestones"), blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["project", "-version_no"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(state="approved"),
                name="schedule_one_approved_per_project",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} v{self.version_no}"


class WorkItem(Line):
    """A line of the schedule (공종). Quantities reported daily make its actual rate."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="work_items")
    #: The same in every version of the schedule: daily quantities are added up by it.
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3)
    amount = models.BigIntegerField(_("amount"), default=0)
    weight = models.DecimalField(
        _("weight"), max_digits=7, decimal_places=4, help_text=_("Per cent of the project.")
    )
    planned_start_date = models.DateField(_("planned start"))
    planned_finish_date = models.DateField(_("planned finish"))
    location = models.CharField(_("location"), max_length=200, blank=True)

    # Never public (domain B.1, G7)
    resource_loading = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["order", "code"]
        verbose_name = _("work item")
        verbose_name_plural = _("work items")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "code"],
                name="work_item_code_once",
                violation_error_message=_("This schedule has a work item of that code already."),
            ),
            models.CheckConstraint(
                name="work_item_finishes_after_start",
                condition=models.Q(planned_finish_date__gte=models.F("planned_start_date")),
                violation_error_message=_("The planned finish lies before the planned start."),
            ),
            models.CheckConstraint(
                name="work_item_quantity_positive",
                condition=models.Q(quantity__gt=0, weight__gte=0, weight__lte=100, amount__gte=0),
                violation_error_message=_(
                    "Quantity must be above zero and weight between 0 and 100 per cent."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
