"""Forms of the safety records."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pmis.forms.records import LineForm, LineSpec, PlainForm, file_lines, form_of
from pmis.models import (
    Accident,
    AccidentPhoto,
    EmergencyContact,
    PermitPrecaution,
    RiskAssessment,
    RiskLine,
    SafetyActivity,
    SafetyActivityPhoto,
    SafetyChecklist,
    SafetyChecklistItem,
    SafetyCost,
    SafetyCostLine,
    SafetyCostPlanLine,
    SafetyFinding,
    SafetyFindingActionFile,
    SafetyFindingActionPhoto,
    SafetyFindingPhoto,
    SafetyPlan,
    WorkPermit,
)


def _counting(*names: str) -> type[PlainForm]:
    """Return a form that reads empty counts and amounts as none."""

    class CountingForm(PlainForm):
        """An empty number is none."""

        def clean(self) -> dict[str, Any]:
            """Read empty numbers as none."""
            for name in names:
                if name not in self.errors and self.cleaned_data.get(name) is None:
                    self.cleaned_data[name] = 0
            return self.cleaned_data

    return CountingForm


def _optional(form: type[PlainForm], *names: str) -> type[PlainForm]:
    """Let numbers that are none when empty stay empty."""
    for name in names:
        form.base_fields[name].required = False
    return form


def _photos(name: str, label: Any, model: type[Any]) -> LineSpec:
    return LineSpec(name, label, form_of(model, ("photo",), LineForm), is_photos=True)


FINDING_FIRST = ("hazard", "organization", "due_date", "severity", "place")
FINDING_MORE = (
    "owner",
    "source",
    "found_date",
    "work_item",
    "stopped_by_workers",
    "worker_stop_note",
)
FindingForm = form_of(SafetyFinding, (*FINDING_FIRST, *FINDING_MORE))
FINDING_PHOTOS = _photos("photos", _("photos before"), SafetyFindingPhoto)
ACTION_PHOTOS = _photos("action_photos", _("photos after"), SafetyFindingActionPhoto)
ACTION_FILES = file_lines("action_files", _("files of what was done"), SafetyFindingActionFile)

ChecklistForm = form_of(
    SafetyChecklist, ("template", "period", "date", "place", "work_item", "note")
)
CHECKLIST_ITEMS = LineSpec(
    "items", _("items"), form_of(SafetyChecklistItem, ("text", "result", "note"), LineForm)
)

AssessmentForm = form_of(RiskAssessment, ("work", "kind", "date", "worker_share", "security_note"))
RISKS = LineSpec(
    "risks",
    _("risks"),
    form_of(
        RiskLine,
        ("task", "hazard", "likelihood", "severity", "measure", "organization", "due_date"),
        LineForm,
    ),
    blank=1,
    shown=("level",),
)

PlanForm = _optional(
    form_of(
        SafetyPlan,
        (
            "as_of_date",
            "measures",
            "emergency_procedure",
            "evacuation_place",
            "appropriated_amount",
        ),
        _counting("appropriated_amount"),
    ),
    "appropriated_amount",
)
CONTACTS = LineSpec(
    "contacts",
    _("emergency contacts"),
    form_of(EmergencyContact, ("duty", "body", "office_phone"), LineForm),
    blank=1,
)
PLANNED_COST = LineSpec(
    "cost_lines",
    _("planned safety cost"),
    form_of(SafetyCostPlanLine, ("item", "month", "planned_amount"), LineForm),
    blank=1,
)

CostForm = form_of(SafetyCost, ("month", "note"))
SPENT_COST = LineSpec(
    "cost_lines",
    _("spent safety cost"),
    form_of(SafetyCostLine, ("item", "description", "spent_amount"), LineForm),
    blank=1,
)

ActivityForm = _optional(
    form_of(
        SafetyActivity,
        (
            "kind",
            "date",
            "start_time",
            "duration_hours",
            "topic",
            "attendance_count",
            "foreign_count",
            "languages",
            "place",
            "organization",
        ),
        _counting("foreign_count"),
    ),
    "foreign_count",
)
ACTIVITY_PHOTOS = _photos("photos", _("photos"), SafetyActivityPhoto)

PermitForm = form_of(
    WorkPermit,
    (
        "kind",
        "work",
        "place",
        "valid_from",
        "valid_until",
        "organization",
        "worker_count",
        "work_item",
        "conditions",
    ),
)
PRECAUTIONS = LineSpec(
    "precautions",
    _("precautions"),
    form_of(PermitPrecaution, ("text", "is_in_place"), LineForm),
)

AccidentForm = _optional(
    form_of(
        Accident,
        (
            "is_near_miss",
            "kind",
            "occurred_at",
            "place",
            "work_item",
            "injured_count",
            "fatal_count",
            "has_stoppage",
            "stoppage_scope",
            "account",
            "authority",
            "authority_reported_at",
            "victim_details",
            "witness_statements",
            "preliminary_cause",
        ),
        _counting("injured_count", "fatal_count"),
    ),
    "injured_count",
    "fatal_count",
)
ACCIDENT_PHOTOS = _photos("photos", _("photos"), AccidentPhoto)
