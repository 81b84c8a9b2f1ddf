"""Weekly and monthly reports: made from the daily reports of their days, then edited."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.records import IN_FORCE, IN_WORK, Line, PhotoLine, Record, RecordQuerySet


class PeriodicReport(Record):
    """What a week or a month brought (domain A.1). Totals are frozen when it is submitted."""

    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    planned_rate = models.DecimalField(
        _("planned rate"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    actual_rate = models.DecimalField(
        _("actual rate"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    summary = models.TextField(_("work of the period"), blank=True)
    main_events = models.TextField(_("main events"), blank=True)
    next_plan = models.TextField(_("plan of the next period"), blank=True)
    issues = models.TextField(_("issues and countermeasures"), blank=True)
    safety_summary = models.TextField(_("safety"), blank=True)
    resident_notice = models.TextField(
        _("notice for residents"), blank=True, help_text=_("Traffic, noise and hours; public.")
    )
    report_count = models.PositiveIntegerField(_("daily reports"), default=0, editable=False)
    man_days = models.PositiveIntegerField(_("man-days"), default=0, editable=False)
    equipment_days = models.PositiveIntegerField(_("machine-days"), default=0, editable=False)
    non_working_days = models.PositiveIntegerField(
        _("days without work"), default=0, editable=False
    )

    class Meta(Record.Meta):
        abstract = True
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                name="%(class)s_period_in_order",
                condition=models.Q(ends_on__gte=models.F("starts_on")),
            ),
            models.UniqueConstraint(
                fields=["project", "starts_on"],
                condition=models.Q(state__in=IN_FORCE),
                name="%(class)s_one_in_force_a_period",
            ),
            models.UniqueConstraint(
                fields=["project", "starts_on"],
                condition=models.Q(state__in=IN_WORK),
                name="%(class)s_one_in_work_a_period",
                violation_error_message=_("There is a report in work for this period already."),
            ),
        ]
        indexes = [
            # The register over all projects, newest period first.
            models.Index(fields=["-starts_on", "-public_id"], name="%(class)s_register"),
        ]


class PeriodWorkLine(Line):
    """Work of the period, by activity."""

    activity = models.CharField(_("activity"), max_length=200)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    quantity = models.DecimalField(
        _("quantity of the period"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    cumulative_quantity = models.DecimalField(
        _("cumulative quantity"), max_digits=18, decimal_places=3, null=True, blank=True
    )

    class Meta(Line.Meta):
        abstract = True
        verbose_name = _("work of the period")
        verbose_name_plural = _("work of the period")

    def __str__(self) -> str:
        return self.activity


class PeriodCountLine(Line):
    """People of one trade or machines of one type, in days of the period."""

    name = models.CharField(_("trade or type"), max_length=100)
    days = models.PositiveIntegerField(_("days"))

    class Meta(Line.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.name


class WeeklyReport(PeriodicReport):
    """A week, from Monday to Sunday; published when the supervisor confirms it."""

    record_type = "weekly_report"

    objects = RecordQuerySet.as_manager()

    class Meta(PeriodicReport.Meta):
        abstract = False
        ordering = ["-starts_on", "-version_no"]
        verbose_name = _("weekly report")
        verbose_name_plural = _("weekly reports")

    def __str__(self) -> str:
        return f"{self.starts_on:%Y.%m.%d} ~ {self.ends_on:%m.%d}"


class WeeklyWorkLine(PeriodWorkLine):
    """Work of a week."""

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="work_lines")


class WeeklyWorkforceLine(PeriodCountLine):
    """Man-days of a trade in a week."""

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="workforce_lines")

    class Meta(PeriodCountLine.Meta):
        verbose_name = _("man-days by trade")
        verbose_name_plural = _("man-days by trade")


class WeeklyEquipmentLine(PeriodCountLine):
    """Days of a type of machine in a week."""

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="equipment_lines")

    class Meta(PeriodCountLine.Meta):
        verbose_name = _("machine-days by type")
        verbose_name_plural = _("machine-days by type")


class WeeklyPhoto(PhotoLine):
    """A photo of a weekly report."""

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo")
        verbose_name_plural = _("photos")


class MonthlyReport(PeriodicReport):
    """The supervisor's monthly report to the ordering body: a week's content, and the office's."""

    record_type = "monthly_report"

    budget_executed_amount = models.BigIntegerField(_("budget executed, amount"), default=0)
    payment_status = models.TextField(_("payments"), blank=True)
    quality_summary = models.TextField(_("quality tests planned and done"), blank=True)
    change_summary = models.TextField(_("design changes"), blank=True)
    subcontract_summary = models.TextField(_("subcontracts"), blank=True)
    accident_count = models.PositiveIntegerField(_("accidents"), default=0)
    meeting_summary = models.TextField(_("meetings"), blank=True)
    risk_evaluation = models.TextField(
        _("evaluation of risk, internal"), blank=True, help_text=_("Never public (ground 5).")
    )

    objects = RecordQuerySet.as_manager()

    class Meta(PeriodicReport.Meta):
        abstract = False
        ordering = ["-starts_on", "-version_no"]
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        constraints = [
            *PeriodicReport.Meta.constraints,
            models.CheckConstraint(
                name="monthlyreport_budget_not_negative",
                condition=models.Q(budget_executed_amount__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on:%Y.%m}"


class MonthlyWorkLine(PeriodWorkLine):
    """Work of a month."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="work_lines")


class MonthlyWorkforceLine(PeriodCountLine):
    """Man-days of a trade in a month."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="workforce_lines")

    class Meta(PeriodCountLine.Meta):
        verbose_name = _("man-days by trade")
        verbose_name_plural = _("man-days by trade")


class MonthlyEquipmentLine(PeriodCountLine):
    """Days of a type of machine in a month."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="equipment_lines")

    class Meta(PeriodCountLine.Meta):
        verbose_name = _("machine-days by type")
        verbose_name_plural = _("machine-days by type")


class MonthlyPhoto(PhotoLine):
    """A photo of a monthly report."""

    report = models.ForeignKey(MonthlyReport, models.CASCADE, related_name="photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
