"""The form of the daily report and what its choices offer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.forms.records import LineForm, LineSpec, form_of
from pmis.models import (
    DailyReport,
    DailyReportPhoto,
    EquipmentLine,
    MaterialLine,
    PlannedLine,
    Visitor,
    WorkforceLine,
    WorkLine,
)

DailyReportForm = form_of(
    DailyReport,
    (
        "weather_am",
        "weather_pm",
        "temperature_min",
        "temperature_max",
        "precipitation_mm",
        "wind_speed",
        "is_non_working_day",
        "non_working_reason",
        "work_summary",
        "tomorrow_summary",
        "inspections_requested",
        "inspections_passed",
        "tests_done",
        "toolbox_held",
        "toolbox_time",
        "toolbox_topic",
        "toolbox_attendance",
        "hazards",
        "safety_patrol",
        "had_accident",
        "accident_note",
        "noise_db",
        "dust_note",
        "waste_note",
        "instructions_received",
        "special_notes",
        "resident_notice",
        "internal_remarks",
        "worker_names",
    ),
)
DailyReportForm.base_fields["inspections_requested"].required = False
DailyReportForm.base_fields["inspections_passed"].required = False


def _clean_counts(self: DailyReportForm) -> dict[str, object]:
    """Read an empty number of inspections as none."""
    for name in ("inspections_requested", "inspections_passed"):
        if self.cleaned_data.get(name) is None and name not in self.errors:
            self.cleaned_data[name] = 0
    return self.cleaned_data


DailyReportForm.clean = _clean_counts


class WorkforceLineForm(
    form_of(
        WorkforceLine,
        (
            "trade",
            "organization",
            "count",
            "foreign_count",
            "attendance_count",
            "difference_reason",
        ),
        LineForm,
    )
):  # type: ignore[misc]
    """A trade on site; an empty number of foreign workers is none."""

    def clean(self) -> dict[str, object]:
        """Read an empty number of foreign workers as none."""
        if self.cleaned_data.get("foreign_count") is None:
            self.cleaned_data["foreign_count"] = 0
        return self.cleaned_data


WorkforceLineForm.base_fields["foreign_count"].required = False


class _NamedByItem(LineForm):
    """A line of work: where a work item is chosen, it gives name and unit."""

    def clean(self) -> dict[str, object]:
        """Take name and unit from the work item where they were left empty."""
        item = self.cleaned_data.get("work_item")
        for name, source in (("activity", "name"), ("unit", "unit")):
            if item and not self.cleaned_data.get(name):
                self.cleaned_data[name] = getattr(item, source)
        return self.cleaned_data


LINE_SPECS = (
    LineSpec(
        "work_lines",
        _("work"),
        form_of(
            WorkLine,
            ("work_item", "activity", "location", "quantity", "unit", "organization"),
            _NamedByItem,
        ),
        blank=1,
        identity=("work_item", "activity", "location"),
        compared=("quantity",),
    ),
    LineSpec(
        "planned_lines",
        _("planned work"),
        form_of(
            PlannedLine,
            ("work_item", "activity", "location", "quantity", "unit", "crew"),
            _NamedByItem,
        ),
    ),
    LineSpec(
        "workforce_lines",
        _("trade"),
        WorkforceLineForm,
        blank=1,
        identity=("trade", "organization"),
        compared=("count",),
    ),
    LineSpec(
        "equipment_lines",
        _("machine"),
        form_of(
            EquipmentLine,
            ("type", "size", "count", "hours", "owner_registration_number", "plate"),
            LineForm,
        ),
        identity=("type", "size", "plate"),
        compared=("count",),
    ),
    LineSpec(
        "material_lines",
        _("material"),
        form_of(
            MaterialLine,
            (
                "item",
                "standard",
                "unit",
                "received_quantity",
                "used_quantity",
                "stock_quantity",
                "approval_number",
                "is_client_supplied",
            ),
            LineForm,
        ),
    ),
    LineSpec("visitors", _("visitor"), form_of(Visitor, ("body", "purpose", "name"), LineForm)),
    LineSpec(
        "report_photos",
        _("photo"),
        form_of(DailyReportPhoto, ("photo",), LineForm),
        is_photos=True,
    ),
)
for _spec in LINE_SPECS[:2]:
    # The work item says it where there is a plan.
    _spec.form.base_fields["activity"].required = False
