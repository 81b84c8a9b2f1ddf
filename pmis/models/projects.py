"""Projects: what is built where, for whom, by when and for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.lib.identity import new_public_id
from ccs.models import Area, Organization

if TYPE_CHECKING:
    from ccs.models import User


class ProjectQuerySet(models.QuerySet["Project"]):
    """Sentences about projects."""

    def visible_to(self, user: User) -> ProjectQuerySet:
        """Return the projects that `user` may see.

        Administration mode sees all but other people's practice; in business mode a person sees
        the projects they take part in today, themselves or as the delegate of someone who does.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        participants = apps.get_model("pmis", "Participant").objects
        acting = participants.acting_for(user, timezone.localdate())
        mine = models.Exists(acting.filter(project=models.OuterRef("pk")))
        if user.sees_all_projects:
            return self.filter(models.Q(is_training=False) | mine)
        return self.filter(mine)

    def real(self) -> ProjectQuerySet:
        """Return the projects that are no practice: what is counted, mailed and published."""
        return self.filter(is_training=False)

    def registered(self) -> ProjectQuerySet:
        """Return the projects that an officer has registered: these are public."""
        return self.exclude(registered_at=None)

    def under_construction(self) -> ProjectQuerySet:
        """Return the projects whose sites report every working day; nobody waits for practice."""
        return self.real().filter(state__in=(Project.State.COMMENCED, Project.State.ONGOING))


class Project(models.Model):
    """A construction project (OC4IDS project). It may hold several contracts."""

    record_type = "project"

    class State(models.TextChoices):
        """Domain C.8. Everything but `draft` is public; Allimi groups the states in four."""

        #: Being entered by the officer; not public.
        DRAFT = "draft", _("being entered")
        #: Registered by the officer; no contract yet.
        PLANNED = "planned", _("planned")
        #: The construction contract is signed.
        CONTRACTED = "contracted", _("contracted")
        #: 착공: work has begun.
        COMMENCED = "commenced", _("commenced")
        #: Work goes on.
        ONGOING = "ongoing", _("under construction")
        #: 공사중지: work is stopped by order, with a reason.
        SUSPENDED = "suspended", _("suspended")
        #: 준공검사: the completion inspection is going on.
        COMPLETION_INSPECTION = "completion_inspection", _("completion inspection")
        #: 준공: accepted.
        COMPLETED = "completed", _("completed")
        #: 하자담보책임기간: the contractor still mends defects.
        DEFECT_PERIOD = "defect_period", _("defect liability period")
        #: Everything is settled.
        CLOSED = "closed", _("closed")
        #: The contract was ended before completion.
        TERMINATED = "terminated", _("terminated")

    class WorkType(models.TextChoices):
        ROAD = "road", _("road")
        BRIDGE = "bridge", _("bridge")
        WATER = "water", _("water and sewerage")
        FLOOD_CONTROL = "flood_control", _("flood control")
        PUBLIC_BUILDING = "public_building", _("public building")
        PARK = "park", _("park")
        URBAN_RAIL = "urban_rail", _("urban rail")
        OTHER = "other", _("other works")

    class Mode(models.TextChoices):
        #: Contract above 1 billion won and longer than 12 months: all functions.
        LONG_TERM = "long_term", _("long-term")
        #: Without progress reports and performance evaluation.
        SHORT_TERM = "short_term", _("short-term")

    class LocationCheck(models.TextChoices):
        #: The geometry lies in the areas that the record names.
        INSIDE = "inside", _("inside")
        #: It does not: shown to the officer and counted.
        OUTSIDE = "outside", _("outside")
        #: An area has no polygon, or there is no geometry.
        NOT_CHECKED = "not_checked", _("not checked")

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.CharField(_("project code"), max_length=60, unique=True)
    procurement_number = models.CharField(
        max_length=60, blank=True, help_text=_("Contract number in the e-procurement system.")
    )
    name = models.CharField(_("name"), max_length=500)
    name_en = models.CharField(_("name in English"), max_length=500, blank=True)
    #: Languages whose name was derived (romanised), not given by the ordering body.
    derived_names = models.JSONField(default=list, blank=True)
    work_type = models.CharField(_("type of work"), max_length=20, choices=WorkType)
    description = models.TextField(_("description and scale"), blank=True)
    purpose = models.TextField(_("purpose"), blank=True)
    state = models.CharField(
        _("status"), max_length=30, choices=State, default=State.DRAFT, editable=False
    )
    mode = models.CharField(_("mode"), max_length=20, choices=Mode, default=Mode.LONG_TERM)
    mode_reason = models.TextField(_("reason of the mode"), blank=True)

    # Who
    ordering_body = models.ForeignKey(Organization, models.PROTECT, related_name="projects")
    managing_department = models.CharField(_("managing department"), max_length=200, blank=True)

    # Where
    areas = models.ManyToManyField(Area, through="ProjectArea", related_name="projects")
    site_address = models.CharField(_("site address"), max_length=300, blank=True)
    geometry = models.JSONField(
        null=True, blank=True, help_text=_("GeoJSON point, line or polygon of the site, WGS84.")
    )
    longitude = models.FloatField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    location_check = models.CharField(
        max_length=20, choices=LocationCheck, default=LocationCheck.NOT_CHECKED, editable=False
    )

    # When: the first promise stays beside the current date for good
    start_date = models.DateField(_("start date"), null=True, blank=True)
    original_completion_date = models.DateField(
        _("original completion date"), null=True, blank=True
    )
    planned_completion_date = models.DateField(_("current completion date"), null=True, blank=True)
    actual_completion_date = models.DateField(_("completed on"), null=True, blank=True)

    # How much, in minor units of `currency`
    currency = models.CharField(max_length=3, help_text=_("ISO 4217 code."))
    original_cost_amount = models.BigIntegerField(null=True, blank=True)
    total_cost_amount = models.BigIntegerField(null=True, blank=True)

    aerial_view = models.ForeignKey(
        "pmis.Photo", models.PROTECT, null=True, blank=True, related_name="+"
    )
    location_map = models.ForeignKey(
        "pmis.Photo", models.PROTECT, null=True, blank=True, related_name="+"
    )

    # Never public (domain B.1, G5)
    internal_risk_rating = models.CharField(max_length=20, blank=True)
    on_watch_list = models.BooleanField(default=False)

    is_invented = models.BooleanField(
        default=False, help_text=_("Demonstration data: marked as invented wherever it appears.")
    )
    is_training = models.BooleanField(
        default=False,
        editable=False,
        help_text=_("Practice: never published, never counted; fixed when the project is made."),
    )
    #: Where an imported project comes from: [{"source": …, "id": …}], and the importer's key.
    sources = models.JSONField(default=list, blank=True)
    import_key = models.CharField(max_length=200, blank=True, editable=False)
    registered_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [
            models.UniqueConstraint(
                fields=["import_key"],
                condition=~models.Q(import_key=""),
                name="project_imported_once",
            ),
            models.CheckConstraint(
                name="project_registered_unless_draft",
                condition=models.Q(state="draft", registered_at__isnull=True)
                | (~models.Q(state="draft") & models.Q(registered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="project_ends_after_its_start",
                condition=models.Q(start_date=None)
                | models.Q(planned_completion_date=None)
                | models.Q(planned_completion_date__gte=models.F("start_date")),
                violation_error_message=_("The completion date lies before the start date."),
            ),
            models.CheckConstraint(
                name="project_point_on_earth",
                condition=(
                    models.Q(longitude=None, latitude=None)
                    | models.Q(
                        longitude__range=(-180, 180),
                        latitude__range=(-90, 90),
                    )
                ),
                violation_error_message=_("Longitude must be within ±180 and latitude ±90."),
            ),
            models.CheckConstraint(
                name="project_amounts_not_negative",
                condition=(models.Q(total_cost_amount=None) | models.Q(total_cost_amount__gte=0))
                & (models.Q(original_cost_amount=None) | models.Q(original_cost_amount__gte=0)),
                violation_error_message=_("An amount cannot be negative."),
            ),
        ]
        indexes = [
            # The office's project list: newest first within a status.
            models.Index(fields=["state", "-id"], name="project_by_state"),
            # Practice projects, few among many: every source view asks for them.
            models.Index(
                fields=["id"], condition=models.Q(is_training=True), name="project_training"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectArea(models.Model):
    """An area that a project touches; a line may cross several neighborhoods."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="project_areas")
    area = models.ForeignKey(Area, models.PROTECT, related_name="project_areas")

    class Meta:
        verbose_name = _("area of a project")
        verbose_name_plural = _("areas of projects")
        constraints = [
            models.UniqueConstraint(fields=["project", "area"], name="project_area_once"),
        ]

    def __str__(self) -> str:
        return f"{self.project} – {self.area}"


class ProjectBudget(models.Model):
    """Money set aside for a project in one year from one fund."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="budgets")
    year = models.PositiveSmallIntegerField()
    fund_source = models.CharField(max_length=200)
    amount = models.BigIntegerField(help_text=_("In minor units of the project's currency."))

    class Meta:
        ordering = ["year", "id"]
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "fund_source"], name="budget_once_a_year_and_fund"
            ),
            models.CheckConstraint(
                name="budget_not_negative",
                condition=models.Q(amount__gte=0),
                violation_error_message=_("An amount cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.year} {self.fund_source}"
