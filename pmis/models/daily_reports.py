"""The daily work report (공사일보): what was done, by whom, with what, on one day."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from ccs.models import Organization
from pmis.models.photos import Photo
from pmis.models.records import IN_WORK, Line, Record, RecordQuerySet
from pmis.models.schedules import WorkItem


class DailyReportQuerySet(RecordQuerySet["DailyReport"]):
    """Sentences about daily reports."""

    def for_day(self, day: datetime.date) -> DailyReportQuerySet:
        """Return the reports about `day`."""
        return self.filter(date=day)


class DailyReport(Record):
    """The contractor's report about one day; domain A.1 lists its fields."""

    record_type = "daily_report"

    class Weather(models.TextChoices):
        CLEAR = "clear", _("clear")
        CLOUDY = "cloudy", _("cloudy")
        RAIN = "rain", _("rain")
        SNOW = "snow", _("snow")
        FOG = "fog", _("fog")
        WIND = "wind", _("strong wind")

    date = models.DateField(_("date"))

    # Weather
    weather_am = models.CharField(
        _("weather in the morning"), max_length=10, choices=Weather, blank=True
    )
    weather_pm = models.CharField(
        _("weather in the afternoon"), max_length=10, choices=Weather, blank=True
    )
    temperature_min = models.DecimalField(
        _("lowest temperature (°C)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    temperature_max = models.DecimalField(
        _("highest temperature (°C)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    precipitation_mm = models.DecimalField(
        _("rain or snow (mm)"), max_digits=6, decimal_places=1, null=True, blank=True
    )
    wind_speed = models.DecimalField(
        _("wind (m/s)"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    is_non_working_day = models.BooleanField(_("no work today"), default=False)
    non_working_reason = models.CharField(_("why no work"), max_length=300, blank=True)

    # Work, as sentences beside the lines
    work_summary = models.TextField(_("work done today"), blank=True)
    tomorrow_summary = models.TextField(_("work planned tomorrow"), blank=True)

    # Inspections and tests
    inspections_requested = models.PositiveSmallIntegerField(_("inspections requested"), default=0)
    inspections_passed = models.PositiveSmallIntegerField(_("inspections passed"), default=0)
    tests_done = models.TextField(_("tests"), blank=True)

    # Safety
    toolbox_held = models.BooleanField(_("toolbox meeting held"), default=False)
    toolbox_time = models.TimeField(_("time of the toolbox meeting"), null=True, blank=True)
    toolbox_topic = models.CharField(_("topic of the toolbox meeting"), max_length=300, blank=True)
    toolbox_attendance = models.PositiveSmallIntegerField(
        _("people at the toolbox meeting"), null=True, blank=True
    )
    hazards = models.TextField(_("hazards found"), blank=True)
    safety_patrol = models.TextField(_("safety patrol"), blank=True)
    had_accident = models.BooleanField(_("accident"), default=False)
    accident_note = models.TextField(_("about the accident"), blank=True)

    # Environment
    noise_db = models.DecimalField(
        _("noise (dB)"), max_digits=5, decimal_places=1, null=True, blank=True
    )
    dust_note = models.CharField(_("dust"), max_length=300, blank=True)
    waste_note = models.CharField(_("waste taken away"), max_length=300, blank=True)

    # Notes
    instructions_received = models.TextField(_("instructions received"), blank=True)
    special_notes = models.TextField(_("special notes"), blank=True)
    resident_notice = models.TextField(
        _("notice for residents"), blank=True, help_text=_("Traffic, noise and hours; public.")
    )

    # Never public (domain B.1: G5, G6)
    internal_remarks = models.TextField(_("remarks to the supervisor"), blank=True)
    worker_names = models.TextField(_("workers on site by name"), blank=True)

    # Copied into the row when it is submitted and again when it is approved
    is_late = models.BooleanField(
        default=False, editable=False, help_text=_("Submitted after the time set; server's clock.")
    )
    planned_rate = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    actual_rate = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, editable=False
    )
    approved_by_timeout = models.BooleanField(default=False, editable=False)
    unreviewed_by = models.CharField(
        max_length=30, blank=True, editable=False, help_text=_("Role that let the time pass.")
    )

    photos = models.ManyToManyField(Photo, through="DailyReportPhoto", related_name="reports")

    objects = DailyReportQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-date", "-version_no"]
        verbose_name = _("daily report")
        verbose_name_plural = _("daily reports")
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["project", "date"],
                condition=models.Q(state="approved"),
                name="dailyreport_one_approved_a_day",
            ),
            models.UniqueConstraint(
                fields=["project", "date"],
                condition=models.Q(state__in=IN_WORK),
                name="dailyreport_one_in_work_a_day",
                violation_error_message=_("There is a report in work for this day already."),
            ),
            models.CheckConstraint(
                name="dailyreport_temperatures_in_order",
                condition=models.Q(temperature_min=None)
                | models.Q(temperature_max=None)
                | models.Q(temperature_max__gte=models.F("temperature_min")),
                violation_error_message=_(
                    "The highest temperature is below the lowest temperature."
                ),
            ),
            models.CheckConstraint(
                name="dailyreport_passed_not_above_requested",
                condition=models.Q(inspections_passed__lte=models.F("inspections_requested")),
                violation_error_message=_("More inspections passed than were requested."),
            ),
            models.CheckConstraint(
                name="dailyreport_no_work_has_a_reason",
                condition=models.Q(is_non_working_day=False) | ~models.Q(non_working_reason=""),
                violation_error_message=_("Say why no work was done."),
            ),
        ]
        indexes = [
            # The register and the form: newest reports of a project.
            models.Index(fields=["project", "-date", "-version_no"], name="dailyreport_by_day"),
            # The register over all projects of a person, a page at a time.
            models.Index(fields=["-date", "-public_id"], name="dailyreport_newest"),
            # The time-out task: what waits since when.
            models.Index(
                fields=["submitted_at"],
                condition=models.Q(state__in=("submitted", "confirmed")),
                name="dailyreport_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.date}"


class WorkLine(Line):
    """Work done today: an item of the schedule, or a name where there is none yet."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="work_lines")
    work_item = models.ForeignKey(
        WorkItem, models.PROTECT, null=True, blank=True, related_name="work_lines"
    )
    activity = models.CharField(_("activity"), max_length=200)
    location = models.CharField(_("location"), max_length=200, blank=True)
    quantity = models.DecimalField(
        _("quantity"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    cumulative_quantity = models.DecimalField(
        max_digits=18, decimal_places=3, null=True, blank=True, editable=False
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta(Line.Meta):
        verbose_name = _("work done")
        verbose_name_plural = _("work done")
        constraints = [
            models.CheckConstraint(
                name="work_line_quantity_not_negative",
                condition=models.Q(quantity=None) | models.Q(quantity__gte=0),
                violation_error_message=_("A quantity cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.activity


class PlannedLine(Line):
    """Work planned for tomorrow."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="planned_lines")
    work_item = models.ForeignKey(
        WorkItem, models.PROTECT, null=True, blank=True, related_name="planned_lines"
    )
    activity = models.CharField(_("activity"), max_length=200)
    location = models.CharField(_("location"), max_length=200, blank=True)
    quantity = models.DecimalField(
        _("quantity"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    crew = models.CharField(_("crew"), max_length=200, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("work planned")
        verbose_name_plural = _("work planned")

    def __str__(self) -> str:
        return self.activity


class WorkforceLine(Line):
    """People of one trade and firm on site today."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="workforce_lines")
    trade = models.CharField(_("trade"), max_length=100)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+"
    )
    count = models.PositiveSmallIntegerField(_("today"))
    foreign_count = models.PositiveSmallIntegerField(_("of them foreign"), default=0)
    attendance_count = models.PositiveSmallIntegerField(
        _("by electronic attendance"), null=True, blank=True
    )
    difference_reason = models.CharField(_("why they differ"), max_length=300, blank=True)
    cumulative_count = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta(Line.Meta):
        verbose_name = _("workforce")
        verbose_name_plural = _("workforce")
        constraints = [
            models.CheckConstraint(
                name="workforce_foreign_not_above_all",
                condition=models.Q(foreign_count__lte=models.F("count")),
                violation_error_message=_("More foreign workers than workers."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trade} {self.count}"


class EquipmentLine(Line):
    """Machines of one kind on site today. Plate and owner feed the payment check only."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="equipment_lines")
    type = models.CharField(_("type"), max_length=100)
    size = models.CharField(_("size"), max_length=60, blank=True)
    count = models.PositiveSmallIntegerField(_("today"))
    hours = models.DecimalField(_("hours"), max_digits=5, decimal_places=1, null=True, blank=True)
    cumulative_count = models.PositiveIntegerField(null=True, blank=True, editable=False)

    # Masked to the type (domain B.1)
    owner_registration_number = models.CharField(
        _("owner's business number"), max_length=40, blank=True
    )
    plate = models.CharField(_("plate"), max_length=40, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("equipment")
        verbose_name_plural = _("equipment")

    def __str__(self) -> str:
        return f"{self.type} {self.count}"


class MaterialLine(Line):
    """Material received, used and in stock."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="material_lines")
    item = models.CharField(_("material"), max_length=200)
    standard = models.CharField(_("standard"), max_length=100, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    received_quantity = models.DecimalField(
        _("received"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    used_quantity = models.DecimalField(
        _("used"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    stock_quantity = models.DecimalField(
        _("in stock"), max_digits=18, decimal_places=3, null=True, blank=True
    )
    approval_number = models.CharField(_("approval number"), max_length=60, blank=True)
    is_client_supplied = models.BooleanField(_("supplied by the ordering body"), default=False)

    class Meta(Line.Meta):
        verbose_name = _("material")
        verbose_name_plural = _("materials")

    def __str__(self) -> str:
        return self.item


class Visitor(Line):
    """A visit to the site; the public sees the body and the purpose."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="visitors")
    body = models.CharField(_("body"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=300)

    # Withheld (G6)
    name = models.CharField(_("visitor's name"), max_length=100, blank=True)

    class Meta(Line.Meta):
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return self.body


class DailyReportPhoto(Line):
    """A photo named by a report; the photo is a record of its own."""

    report = models.ForeignKey(DailyReport, models.CASCADE, related_name="report_photos")
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="report_photos")

    class Meta(Line.Meta):
        verbose_name = _("photo of a report")
        verbose_name_plural = _("photos of reports")
        constraints = [
            models.UniqueConstraint(fields=["report", "photo"], name="report_photo_once"),
        ]

    def __str__(self) -> str:
        return str(self.photo)
