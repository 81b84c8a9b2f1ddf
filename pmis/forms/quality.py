"""The forms of inspections, materials, tests and non-conformances."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pmis.forms.records import LineForm, LineSpec, file_lines, form_of
from pmis.models import (
    InspectionItem,
    InspectionPhoto,
    InspectionRequest,
    MaterialApproval,
    MaterialPhoto,
    MaterialReceipt,
    NonConformance,
    NonConformanceFile,
    NonConformancePhoto,
    QualityPlan,
    QualityPlanItem,
    QualityTest,
    QualityTestPhoto,
)

InspectionRequestForm = form_of(
    InspectionRequest,
    (
        "activity",
        "work_item",
        "location",
        "drawing_number",
        "kind",
        "inspection_date",
        "inspection_time",
        "template",
        "attached_test",
    ),
)

INSPECTION_LINES = (
    LineSpec(
        "items",
        _("points of inspection"),
        form_of(InspectionItem, ("item", "criterion", "self_check"), LineForm),
    ),
    LineSpec(
        "inspection_photos",
        _("photos"),
        form_of(InspectionPhoto, ("photo",), LineForm),
        is_photos=True,
    ),
)

MaterialApprovalForm = form_of(
    MaterialApproval,
    (
        "item",
        "standard",
        "quantity",
        "unit",
        "intended_location",
        "manufacturer",
        "supplier",
        "origin",
        "certificate",
        "sample",
        "test_report",
        "quotation_amount",
        "quotation_note",
    ),
)

MATERIAL_LINES = (
    LineSpec(
        "material_photos",
        _("photos"),
        form_of(MaterialPhoto, ("photo",), LineForm),
        is_photos=True,
    ),
)

RECEIPTS = LineSpec(
    "receipts",
    _("deliveries"),
    form_of(MaterialReceipt, ("date", "lot", "quantity", "result", "remark"), LineForm),
    blank=1,
)

QualityPlanForm = form_of(QualityPlan, ("as_of_date", "note"))

QUALITY_PLAN_LINES = (
    LineSpec(
        "items",
        _("tests of the plan"),
        form_of(
            QualityPlanItem,
            (
                "code",
                "item",
                "standard",
                "criterion",
                "work_item",
                "planned_quantity",
                "unit",
                "per_quantity",
                "least_number",
            ),
            LineForm,
        ),
        blank=1,
    ),
)

QualityTestForm = form_of(
    QualityTest,
    (
        "plan_code",
        "item",
        "standard",
        "frequency",
        "material",
        "sample_location",
        "sample_date",
        "laboratory",
        "test_date",
        "criterion",
        "measured_value",
        "certificate",
    ),
)

QUALITY_TEST_LINES = (
    LineSpec(
        "test_photos",
        _("photos"),
        form_of(QualityTestPhoto, ("photo",), LineForm),
        is_photos=True,
    ),
)

NonConformanceForm = form_of(
    NonConformance,
    (
        "title",
        "found_date",
        "location",
        "work_item",
        "description",
        "requirement",
        "organization",
        "inspection",
        "test",
        "rectify_by_date",
    ),
)

#: Added by whoever puts it right.
NON_CONFORMANCE_FILES = file_lines("report_files", _("files of the correction"), NonConformanceFile)
NON_CONFORMANCE_LINES = (
    LineSpec(
        "report_photos",
        _("photos"),
        form_of(NonConformancePhoto, ("photo",), LineForm),
        is_photos=True,
    ),
)
