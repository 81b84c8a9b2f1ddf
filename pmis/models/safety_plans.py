"""Safety on paper: plan with costs and contacts, risk assessment, meetings and education, costs."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.records import IN_WORK, Line, PhotoLine, Record, RecordQuerySet


class SafetyCostItem(models.TextChoices):
    """What safety money may be spent on (산업안전보건관리비 계상 및 사용기준, art. 7)."""

    MANAGERS = "managers", _("wages of safety managers")
    FACILITIES = "facilities", _("safety facilities")
    PROTECTION = "protection", _("protective equipment")
    DIAGNOSIS = "diagnosis", _("safety diagnosis")
    EDUCATION = "education", _("safety education")
    HEALTH = "health", _("health of workers")
    GUIDANCE = "guidance", _("technical guidance")
    HEADQUARTERS = "headquarters", _("safety staff of the head office")
    ASSESSMENT = "assessment", _("measures of the risk assessment")


class RiskAssessment(Record):
    """Tasks and hazards with likelihood, severity and measure (위험성평가)."""

    record_type = "risk_assessment"

    class Kind(models.TextChoices):
        INITIAL = "initial", _("initial")
        REGULAR = "regular", _("regular")
        OCCASIONAL = "occasional", _("occasional")

    date = models.DateField(_("date"), default=timezone.localdate)
    kind = models.CharField(
        _("kind of assessment"), max_length=12, choices=Kind, default=Kind.REGULAR
    )
    work = models.CharField(_("work assessed"), max_length=200, blank=True)
    worker_share = models.CharField(
        _("how workers took part"), max_length=300, blank=True, help_text=_("Without names.")
    )

    # Never public (domain B.1, G3)
    security_note = models.TextField(
        _("site security and storage of explosives"), blank=True, help_text=_("Never public.")
    )

    # Filled in when the measures were looked at
    measures_checked_date = models.DateField(_("measures checked on"), null=True, blank=True)
    measures_note = models.TextField(_("state of the measures"), blank=True)

    follow_up_fields = ("measures_checked_date", "measures_note")
    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-date", "-id"]
        verbose_name = _("risk assessment")
        verbose_name_plural = _("risk assessments")
        constraints = [*Record.Meta.constraints]
        indexes = [
            # The register and the safety page: newest assessments of a project.
            models.Index(fields=["project", "-date"], name="riskassessment_by_project"),
            # The register of all projects.
            models.Index(fields=["-date", "-public_id"], name="riskassessment_by_day"),
        ]

    def __str__(self) -> str:
        return self.work or f"{self._meta.verbose_name} {self.date}"


class RiskLine(Line):
    """One hazard of a task. Its level is likelihood times severity: 1 to 25."""

    assessment = models.ForeignKey(RiskAssessment, models.CASCADE, related_name="risks")
    task = models.CharField(_("task"), max_length=200)
    hazard = models.CharField(_("hazard"), max_length=300)
    likelihood = models.PositiveSmallIntegerField(_("likelihood (1 to 5)"))
    severity = models.PositiveSmallIntegerField(_("severity (1 to 5)"))
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True, editable=False)
    measure = models.TextField(_("measure"))
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("firm that takes the measure"),
    )
    due_date = models.DateField(_("due"), null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        constraints = [
            models.CheckConstraint(
                name="risk_line_on_the_scale",
                condition=models.Q(
                    likelihood__gte=1, likelihood__lte=5, severity__gte=1, severity__lte=5
                ),
                violation_error_message=_("Likelihood and severity are whole numbers from 1 to 5."),
            ),
            models.CheckConstraint(
                name="risk_line_level_is_the_product",
                condition=models.Q(level=None)
                | models.Q(level=models.F("likelihood") * models.F("severity")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task}: {self.hazard}"


class SafetyPlan(Record):
    """The project's safety plan: measures, emergency contacts, planned safety cost."""

    record_type = "safety_plan"

    as_of_date = models.DateField(_("as of"), default=timezone.localdate)
    measures = models.TextField(_("main measures"), blank=True)
    emergency_procedure = models.TextField(_("in an emergency"), blank=True)
    evacuation_place = models.CharField(_("assembly point"), max_length=200, blank=True)
    appropriated_amount = models.BigIntegerField(
        _("safety cost of the contract"), default=0, help_text=_("As set aside in the contract.")
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["project", "-version_no"]
        verbose_name = _("safety plan")
        verbose_name_plural = _("safety plans")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(state="approved"),
                name="safetyplan_one_approved_per_project",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(state__in=IN_WORK),
                name="safetyplan_one_in_work_per_project",
            ),
            models.CheckConstraint(
                name="safetyplan_amount_not_negative",
                condition=models.Q(appropriated_amount__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.version_no}"


class EmergencyContact(Line):
    """Whom to call. Offices and duties, not private numbers."""

    plan = models.ForeignKey(SafetyPlan, models.CASCADE, related_name="contacts")
    duty = models.CharField(_("for what"), max_length=100)
    body = models.CharField(_("office or body"), max_length=200)
    office_phone = models.CharField(
        _("office telephone"), max_length=40, help_text=_("Public; no private mobile number.")
    )

    class Meta(Line.Meta):
        verbose_name = _("emergency contact")
        verbose_name_plural = _("emergency contacts")

    def __str__(self) -> str:
        return f"{self.duty}: {self.body}"


class SafetyCostPlanLine(Line):
    """Safety cost planned for one item, for a month or for the whole work."""

    plan = models.ForeignKey(SafetyPlan, models.CASCADE, related_name="cost_lines")
    item = models.CharField(_("cost item"), max_length=20, choices=SafetyCostItem)
    month = models.DateField(
        _("month"), null=True, blank=True, help_text=_("Any day of it; empty: the whole work.")
    )
    planned_amount = models.BigIntegerField(_("planned amount"))

    class Meta(Line.Meta):
        verbose_name = _("planned safety cost")
        verbose_name_plural = _("planned safety cost")
        constraints = [
            models.CheckConstraint(
                name="safety_cost_plan_not_negative", condition=models.Q(planned_amount__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_item_display())


class SafetyCost(Record):
    """What was spent on safety in one month (산업안전보건관리비 사용내역서)."""

    record_type = "safety_cost"

    month = models.DateField(_("month"), null=True, blank=True, help_text=_("Any day of it."))
    note = models.TextField(_("special notes"), blank=True)
    #: Sum of the lines, copied when it is submitted.
    total_amount = models.BigIntegerField(_("spent in the month"), default=0, editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-month", "-version_no"]
        verbose_name = _("safety cost statement")
        verbose_name_plural = _("safety cost statements")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="safetycost_month_by_its_first_day",
                condition=models.Q(month=None) | models.Q(month__day=1),
            ),
            models.UniqueConstraint(
                fields=["project", "month"],
                condition=models.Q(state="approved"),
                name="safetycost_one_approved_a_month",
            ),
            models.CheckConstraint(
                name="safetycost_total_not_negative", condition=models.Q(total_amount__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}" if self.month else str(self._meta.verbose_name)


class SafetyCostLine(Line):
    """One thing that safety money was spent on."""

    statement = models.ForeignKey(SafetyCost, models.CASCADE, related_name="cost_lines")
    item = models.CharField(_("cost item"), max_length=20, choices=SafetyCostItem)
    description = models.CharField(_("what for"), max_length=200)
    spent_amount = models.BigIntegerField(_("spent amount"))

    class Meta(Line.Meta):
        verbose_name = _("spent safety cost")
        verbose_name_plural = _("spent safety cost")
        constraints = [
            models.CheckConstraint(
                name="safety_cost_line_not_negative", condition=models.Q(spent_amount__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.description


class SafetyActivity(Record):
    """A toolbox meeting, an education or a drill: how many took part, never who."""

    record_type = "safety_activity"

    class Kind(models.TextChoices):
        TOOLBOX = "toolbox", _("toolbox meeting")
        REGULAR = "regular", _("regular education")
        NEW_WORKER = "new_worker", _("education of new workers")
        CHANGED_WORK = "changed_work", _("education on changed work")
        SPECIAL = "special", _("special education")
        DRILL = "drill", _("emergency drill")

    kind = models.CharField(
        _("kind of activity"), max_length=15, choices=Kind, default=Kind.TOOLBOX
    )
    date = models.DateField(_("date"), default=timezone.localdate)
    start_time = models.TimeField(_("begins at"), null=True, blank=True)
    duration_hours = models.DecimalField(
        _("hours"), max_digits=4, decimal_places=2, null=True, blank=True
    )
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    attendance_count = models.PositiveSmallIntegerField(_("people present"), null=True, blank=True)
    foreign_count = models.PositiveSmallIntegerField(_("of them foreign"), default=0)
    languages = models.CharField(
        _("languages"), max_length=100, blank=True, help_text=_("In which it was held.")
    )
    place = models.CharField(_("place"), max_length=200, blank=True)
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("firm whose workers took part"),
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-date", "-id"]
        verbose_name = _("safety meeting or education")
        verbose_name_plural = _("safety meetings and education")
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="safetyactivity_foreign_not_above_all",
                condition=models.Q(attendance_count=None)
                | models.Q(foreign_count__lte=models.F("attendance_count")),
                violation_error_message=_("More foreign workers than workers."),
            ),
            models.CheckConstraint(
                name="safetyactivity_hours_of_a_day",
                condition=models.Q(duration_hours=None)
                | models.Q(duration_hours__gt=0, duration_hours__lte=24),
                violation_error_message=_("An activity lasts more than 0 and up to 24 hours."),
            ),
        ]
        indexes = [
            # The register and the counts of the safety page.
            models.Index(fields=["project", "-date"], name="safetyactivity_by_project"),
            # The register of all projects.
            models.Index(fields=["-date", "-public_id"], name="safetyactivity_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.date}"


class SafetyActivityPhoto(PhotoLine):
    """A photo of the meeting; faces are blurred in the public copy."""

    activity = models.ForeignKey(SafetyActivity, models.CASCADE, related_name="photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
