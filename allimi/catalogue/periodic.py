"""Disclosure of supervision logs, weekly and monthly reports (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.conditions import IN_FORCE_OR_SUPERSEDED
from allimi.catalogue.declarations import Item, Lines, RecordType, opened, withheld
from allimi.catalogue.reports import RECORD_TECHNICAL
from ccs.lib.grounds import Ground
from pmis.models import (
    DutyLine,
    MonthlyEquipmentLine,
    MonthlyPhoto,
    MonthlyReport,
    MonthlyWorkforceLine,
    MonthlyWorkLine,
    SupervisedLine,
    SupervisionLog,
    SupervisionPhoto,
    WeeklyEquipmentLine,
    WeeklyPhoto,
    WeeklyReport,
    WeeklyWorkforceLine,
    WeeklyWorkLine,
)

SUPERVISION_LOG = RecordType(
    kind="supervision_log",
    label=_("Supervision log"),
    label_plural=_("Supervision logs"),
    model=SupervisionLog,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("date", _("Date and number"), "date", "number", "submitted_at"),
        opened("weather", _("Weather"), "weather_am", "weather_pm"),
        opened(
            "on_duty",
            _("Supervisors on duty"),
            "duty_lines.participant_id",
            "duty_lines.hours",
        ),
        opened(
            "work_supervised",
            _("Work supervised"),
            "work_lines.discipline",
            "work_lines.work",
            "work_lines.location",
            "next_plan",
        ),
        opened("inspections", _("Inspections and their results"), "inspections"),
        opened(
            "instructions",
            _("Instructions issued"),
            "instructions",
            "contractor_measures",
            "design_questions",
        ),  # fmt: skip
        opened("material_checks", _("Material checks"), "material_checks"),
        opened("tests_witnessed", _("Tests witnessed"), "tests_witnessed"),
        opened("safety_environment", _("Safety and environment"), "safety_environment"),
        opened("visits", _("Visitors and civil complaints"), "visitor_count", "complaint_count"),
        opened("photos", _("Photos"), "photos.photo_id"),
        opened("approval", _("Status and approval"), "state", "approved_at"),
        withheld(
            "inquiry_notes", _("Observations under inquiry"), "inquiry_notes", ground=Ground.G5
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("duty_lines", DutyLine, "log"),
        Lines("work_lines", SupervisedLine, "log"),
        Lines("photos", SupervisionPhoto, "log"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={"title": "t.date::text", "status": "t.state", "sort_date": "t.date"},
)


def _period_items() -> tuple[Item, ...]:
    """Return the items that weekly and monthly reports share."""
    return (
        opened("period", _("Period and number"), "starts_on", "ends_on", "number", "submitted_at"),
        opened(
            "summary",
            _("Work of the period"),
            "summary",
            "work_lines.activity",
            "work_lines.unit",
            "work_lines.quantity",
            "work_lines.cumulative_quantity",
            "report_count",
            "non_working_days",
        ),
        opened("progress", _("Planned and actual rate"), "planned_rate", "actual_rate"),
        opened("main_events", _("Main events"), "main_events", "safety_summary"),
        opened("next_plan", _("Plan of the next period"), "next_plan"),
        opened(
            "workforce", _("Workforce"), "man_days", "workforce_lines.name", "workforce_lines.days"
        ),
        opened(
            "equipment",
            _("Equipment"),
            "equipment_days",
            "equipment_lines.name",
            "equipment_lines.days",
        ),
        opened("issues", _("Issues and countermeasures"), "issues"),
        opened("resident_notice", _("Notice for residents"), "resident_notice"),
        opened("photos", _("Photos"), "photos.photo_id"),
        opened("approval", _("Status and day of approval"), "state", "approved_at"),
    )


WEEKLY_REPORT = RecordType(
    kind="weekly_report",
    label=_("Weekly report"),
    label_plural=_("Weekly reports"),
    model=WeeklyReport,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on the supervisor's confirmation"),
    items=_period_items(),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("work_lines", WeeklyWorkLine, "report"),
        Lines("workforce_lines", WeeklyWorkforceLine, "report"),
        Lines("equipment_lines", WeeklyEquipmentLine, "report"),
        Lines("photos", WeeklyPhoto, "report"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'supervisor'",
    listing={
        "title": "t.starts_on::text || ' ~ ' || t.ends_on::text",
        "status": "t.state",
        "sort_date": "t.starts_on",
    },
)

MONTHLY_REPORT = RecordType(
    kind="monthly_report",
    label=_("Monthly report"),
    label_plural=_("Monthly reports"),
    model=MonthlyReport,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        *_period_items(),
        opened(
            "budget_executed",
            _("Budget executed, payments"),
            "budget_executed_amount",
            "payment_status",
        ),
        opened(
            "quality_changes",
            _("Quality tests, design changes, subcontracts, accidents"),
            "quality_summary",
            "change_summary",
            "subcontract_summary",
            "accident_count",
        ),
        opened("meeting_summary", _("Meetings"), "meeting_summary"),
        withheld("risk_evaluation", _("Evaluation of risk"), "risk_evaluation", ground=Ground.G5),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("work_lines", MonthlyWorkLine, "report"),
        Lines("workforce_lines", MonthlyWorkforceLine, "report"),
        Lines("equipment_lines", MonthlyEquipmentLine, "report"),
        Lines("photos", MonthlyPhoto, "report"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={
        "title": "to_char(t.starts_on, 'YYYY-MM')",
        "status": "t.state",
        "sort_date": "t.starts_on",
    },
)
