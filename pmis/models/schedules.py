"""The schedule of a project: a tree of work items with quantity, weight, days and predecessors."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.projects import Project
from pmis.models.records import Line, Record, RecordQuerySet

#: Commas and semicolons part the codes of predecessors.
validate_code = RegexValidator(
    r"[;,]", _("A code has no comma and no semicolon."), inverse_match=True
)


class Schedule(Record):
    """A baseline of the project's work items; a revision is a new version with its reason.

    The first approved version is the first promise: it stays as it was beside the current one.
    """

    class WorkingWeek(models.TextChoices):
        MON_FRI = "mon_fri", _("Monday to Friday")
        MON_SAT = "mon_sat", _("Monday to Saturday")
        EVERY_DAY = "every_day", _("every day")

    #: Days of each week; 0 is Monday.
    WEEKDAYS: Mapping[str, frozenset[int]] = {
        WorkingWeek.MON_FRI.value: frozenset(range(5)),
        WorkingWeek.MON_SAT.value: frozenset(range(6)),
        WorkingWeek.EVERY_DAY.value: frozenset(range(7)),
    }

    record_type = "schedule"

    as_of_date = models.DateField(_("as of"))
    working_week = models.CharField(
        _("working week"), max_length=20, choices=WorkingWeek, default=WorkingWeek.MON_FRI
    )
    works_holidays = models.BooleanField(_("works on public holidays"), default=False)
    notes = models.TextField(_("notes on the plan"), blank=True)

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


class WorkGroup(Line):
    """A branch of the work breakdown structure; quantities and days stand in its work items."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="work_groups")
    code = models.CharField(_("code"), max_length=40, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200)
    #: Code of the group above, empty at the top.
    parent_code = models.CharField(_("group above"), max_length=40, blank=True)

    class Meta(Line.Meta):
        ordering = ["order", "code"]
        verbose_name = _("work group")
        verbose_name_plural = _("work groups")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "code"],
                name="work_group_code_once",
                violation_error_message=_("This schedule has a group of that code already."),
            ),
            models.CheckConstraint(
                name="work_group_not_its_own_parent",
                condition=~models.Q(parent_code=models.F("code")),
                violation_error_message=_("A group cannot stand below itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class WorkItem(Line):
    """A line of the schedule (공종). Quantities reported daily make its actual rate."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="work_items")
    #: The same in every version of the schedule: daily quantities are added up by it.
    code = models.CharField(_("code"), max_length=40, validators=[validate_code])
    name = models.CharField(_("name"), max_length=200)
    #: Code of the group it belongs to, empty at the top.
    parent_code = models.CharField(_("work group"), max_length=40, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3)
    amount = models.BigIntegerField(_("amount"), default=0)
    weight = models.DecimalField(
        _("weight"), max_digits=7, decimal_places=4, help_text=_("Per cent of the project.")
    )
    planned_start_date = models.DateField(_("planned start"))
    planned_finish_date = models.DateField(_("planned finish"))
    #: As `pmis.network` writes them: code, kind of link, lag in working days.
    predecessors = models.CharField(
        _("predecessors"),
        max_length=1000,
        blank=True,
        help_text=_("A010FS+2d; A020SS: two days after A010 ends, once A020 has begun."),
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("responsible firm"),
    )
    location = models.CharField(_("location"), max_length=200, blank=True)

    # Computed when the schedule is submitted; empty where it names no predecessors
    early_start_date = models.DateField(_("early start"), null=True, editable=False)
    early_finish_date = models.DateField(_("early finish"), null=True, editable=False)
    late_start_date = models.DateField(_("late start"), null=True, editable=False)
    late_finish_date = models.DateField(_("late finish"), null=True, editable=False)
    #: Working days that it may slip without moving the end, or the next activity.
    total_float_days = models.IntegerField(_("total float, days"), null=True, editable=False)
    free_float_days = models.IntegerField(_("free float, days"), null=True, editable=False)
    is_critical = models.BooleanField(_("on the critical path"), null=True, editable=False)

    # Never public (domain B.1, G7)
    resource_loading = models.JSONField(default=dict, blank=True)

    class Meta(Line.Meta):
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


class Milestone(Line):
    """A day that is promised: what stands or opens on it. Found again by its name."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="milestones")
    name = models.CharField(_("name"), max_length=200)
    planned_date = models.DateField(_("planned day"))
    #: Of the first approved version; written when a version is submitted.
    first_promised_date = models.DateField(_("first promised"), null=True, editable=False)
    actual_date = models.DateField(_("reached on"), null=True, blank=True)

    class Meta(Line.Meta):
        ordering = ["order", "id"]
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "name"],
                name="milestone_name_once",
                violation_error_message=_("This schedule has a milestone of that name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SiteDay(Line):
    """A day on which the site works or rests, whatever its week and the public holidays say."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="site_days")
    date = models.DateField(_("day"))
    is_working = models.BooleanField(_("is worked"), default=False)
    name = models.CharField(_("why"), max_length=100, blank=True)

    class Meta(Line.Meta):
        ordering = ["date"]
        verbose_name = _("day of the site's calendar")
        verbose_name_plural = _("days of the site's calendar")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "date"],
                name="site_day_once",
                violation_error_message=_("This day stands in the calendar already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.date)


class ScheduleImport(models.Model):
    """A file that was read and waits to be taken over; one per person and project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="schedule_imports")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    #: The plan as it was read; see `pmis.services.scheduling.imports`.
    content = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("imported schedule")
        verbose_name_plural = _("imported schedules")
        constraints = [
            models.UniqueConstraint(fields=["project", "author"], name="schedule_import_once"),
        ]

    def __str__(self) -> str:
        return self.file_name
