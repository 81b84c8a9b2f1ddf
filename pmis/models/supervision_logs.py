"""The supervision daily log (감리일지): what the supervisors saw, checked and instructed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmis.models.daily_reports import DailyReport
from pmis.models.participants import Participant
from pmis.models.records import IN_FORCE, IN_WORK, Line, PhotoLine, Record, RecordQuerySet


class SupervisionLog(Record):
    """One day of supervision; one per project and day (Supervisors' Guideline art. 8, form 1)."""

    record_type = "supervision_log"

    date = models.DateField(_("date"))
    weather_am = models.CharField(
        _("weather in the morning"), max_length=10, choices=DailyReport.Weather, blank=True
    )
    weather_pm = models.CharField(
        _("weather in the afternoon"), max_length=10, choices=DailyReport.Weather, blank=True
    )
    inspections = models.TextField(_("inspections and their results"), blank=True)
    material_checks = models.TextField(_("material checks"), blank=True)
    tests_witnessed = models.TextField(_("tests witnessed"), blank=True)
    instructions = models.TextField(_("instructions issued"), blank=True)
    contractor_measures = models.TextField(_("measures of the contractor"), blank=True)
    safety_environment = models.TextField(_("safety, quality and environment"), blank=True)
    design_questions = models.TextField(_("questions about the design"), blank=True)
    visitor_count = models.PositiveSmallIntegerField(_("visitors"), default=0)
    complaint_count = models.PositiveSmallIntegerField(_("civil complaints"), default=0)
    next_plan = models.TextField(_("plan for tomorrow"), blank=True)
    inquiry_notes = models.TextField(
        _("observations under inquiry"), blank=True, help_text=_("Never public (ground 5).")
    )

    objects = RecordQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-date", "-version_no"]
        verbose_name = _("supervision log")
        verbose_name_plural = _("supervision logs")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "date"],
                condition=models.Q(state__in=IN_FORCE),
                name="supervisionlog_one_in_force_a_day",
            ),
            models.UniqueConstraint(
                fields=["project", "date"],
                condition=models.Q(state__in=IN_WORK),
                name="supervisionlog_one_in_work_a_day",
                violation_error_message=_("There is a log in work for this day already."),
            ),
        ]
        indexes = [
            # The register over all projects, newest day first.
            models.Index(fields=["-date", "-public_id"], name="supervisionlog_register"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%Y.%m.%d}"


class DutyLine(Line):
    """A supervisor on duty, of the project's directory."""

    log = models.ForeignKey(SupervisionLog, models.CASCADE, related_name="duty_lines")
    participant = models.ForeignKey(
        Participant, models.PROTECT, related_name="+", verbose_name=_("supervisor on duty")
    )
    hours = models.DecimalField(_("hours"), max_digits=4, decimal_places=1, null=True, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("supervisor on duty")
        verbose_name_plural = _("supervisors on duty")
        constraints = [
            models.CheckConstraint(
                name="duty_hours_of_one_day",
                condition=models.Q(hours=None) | models.Q(hours__gte=0, hours__lte=24),
                violation_error_message=_("A day has 24 hours."),
            ),
        ]

    def __str__(self) -> str:
        return self.participant.name or str(self.participant.get_role_display())


class SupervisedLine(Line):
    """Work that was supervised, by discipline."""

    log = models.ForeignKey(SupervisionLog, models.CASCADE, related_name="work_lines")
    discipline = models.CharField(_("discipline"), max_length=60, blank=True)
    work = models.CharField(_("work supervised"), max_length=300)
    location = models.CharField(_("location"), max_length=200, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("work supervised")
        verbose_name_plural = _("work supervised")

    def __str__(self) -> str:
        return self.work


class SupervisionPhoto(PhotoLine):
    """A photo of the log."""

    log = models.ForeignKey(SupervisionLog, models.CASCADE, related_name="photos")

    class Meta(PhotoLine.Meta):
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
