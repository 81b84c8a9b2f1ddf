"""Disclosure of inspections, materials, tests and non-conformances (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.conditions import IN_FORCE_OR_SUPERSEDED
from allimi.catalogue.declarations import Lines, RecordType, masked, opened, withheld
from allimi.catalogue.reports import RECORD_TECHNICAL
from ccs.lib.grounds import Ground
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

INSPECTION_REQUEST = RecordType(
    kind="inspection_request",
    label=_("Inspection request"),
    label_plural=_("Inspection requests"),
    model=InspectionRequest,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("when it is inspected"),
    items=(
        opened("number", _("Number"), "number"),
        opened(
            "activity",
            _("What is inspected, and where"),
            "activity",
            "work_item_id",
            "location",
            "drawing_number",
            "kind",
        ),
        opened("requested_at", _("Requested at"), "submitted_at"),
        opened(
            "inspection_time",
            _("Time asked for"),
            "inspection_date",
            "inspection_time",
        ),
        opened(
            "checklist",
            _("Points of inspection"),
            "items.item",
            "items.criterion",
            "items.self_check",
        ),
        opened(
            "results",
            _("Results of the points"),
            "items.result",
            "items.measured_value",
            "items.remark",
        ),
        opened("result", _("Result of the inspection"), "state", "result_note"),
        opened(
            "reinspection",
            _("Re-inspection"),
            "reinspection_number",
            "previous_id",
            "rectify_by_date",
        ),
        opened("inspector_role", _("Role of the inspector"), "inspector_role"),
        opened("inspected_at", _("Inspected at"), "inspected_at", "approved_at"),
        opened("corrective_action", _("Corrective action"), "corrective_action"),
        opened("photos", _("Photos"), "inspection_photos.photo_id"),
        opened("attached_test", _("Attached test"), "attached_test"),
        masked(
            "inspector",
            _("Inspector"),
            "inspector_id",
            "inspector_firm_id",
            how=_("role and firm"),
            computed={
                "inspector_body": "(SELECT o.name FROM ccs_organization o"
                " WHERE o.id = t.inspector_firm_id)"
            },
        ),
    ),
    technical={
        **RECORD_TECHNICAL,
        "template_id": "the checklist it was made from; its points are published",
        "chain": "first request of the chain; the one before is published",
    },
    lines=(
        Lines("items", InspectionItem, "request"),
        Lines("inspection_photos", InspectionPhoto, "request"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="t.inspector_role",
    listing={
        "title": "t.activity",
        "status": "t.state",
        "sort_date": "coalesce(t.inspected_at, t.approved_at)::date",
    },
)

MATERIAL_APPROVAL = RecordType(
    kind="material_approval",
    label=_("Material approval"),
    label_plural=_("Material approvals"),
    model=MaterialApproval,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("number", _("Number"), "number"),
        opened("item", _("Material and standard"), "item", "standard"),
        opened("manufacturer", _("Manufacturer"), "manufacturer", "origin"),
        opened("supplier", _("Supplier"), "supplier"),
        opened(
            "certificate",
            _("Certificate, sample and test report"),
            "certificate",
            "sample",
            "test_report",
            "material_photos.photo_id",
        ),
        opened("quantity", _("Quantity and unit"), "quantity", "unit"),
        opened("intended_location", _("Intended location"), "intended_location"),
        opened("requested_at", _("Requested at"), "submitted_at"),
        opened("decision", _("Decision"), "state"),
        opened("conditions", _("Conditions"), "conditions"),
        opened("decided_at", _("Decided at"), "approved_at"),
        opened(
            "receipts",
            _("Inspections of deliveries"),
            "receipts.date",
            "receipts.lot",
            "receipts.quantity",
            "receipts.result",
            "receipts.remark",
        ),
        withheld(
            "quotation",
            _("Quotation of the supplier"),
            "quotation_amount",
            "quotation_note",
            ground=Ground.G7,
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("receipts", MaterialReceipt, "approval"),
        Lines("material_photos", MaterialPhoto, "approval"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'supervisor'",
    listing={
        "title": "t.item || CASE WHEN t.standard = '' THEN '' ELSE ' ' || t.standard END",
        "status": "t.state",
        "sort_date": "t.approved_at::date",
    },
)

QUALITY_PLAN = RecordType(
    kind="quality_plan",
    label=_("Quality test plan"),
    label_plural=_("Quality test plans"),
    model=QualityPlan,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("on approval"),
    items=(
        opened("revision", _("Revision and its reason"), "number", "state"),
        opened("as_of_date", _("As of"), "as_of_date", "submitted_at", "approved_at"),
        opened("tests", _("Test and standard"), "items.code", "items.item", "items.standard"),
        opened("criterion", _("Criterion"), "items.criterion"),
        opened(
            "frequency",
            _("Frequency and planned quantity"),
            "items.work_item_id",
            "items.planned_quantity",
            "items.unit",
            "items.per_quantity",
            "items.least_number",
        ),
        opened("note", _("Remarks on the plan"), "note"),
    ),
    technical=RECORD_TECHNICAL,
    lines=(Lines("items", QualityPlanItem, "plan"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'officer'",
    listing={"status": "t.state", "sort_date": "t.as_of_date"},
)

QUALITY_TEST = RecordType(
    kind="quality_test",
    label=_("Quality test"),
    label_plural=_("Quality tests"),
    model=QualityTest,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("when its result is decided"),
    items=(
        opened("number", _("Number"), "number"),
        opened("item", _("Test"), "item", "material_id"),
        opened("standard", _("Standard and frequency"), "plan_code", "standard", "frequency"),
        opened("sample_location", _("Sample taken at"), "sample_location"),
        opened("test_date", _("Date"), "sample_date", "test_date", "submitted_at", "approved_at"),
        opened("laboratory", _("Laboratory"), "laboratory"),
        opened("measured_value", _("Measured value"), "measured_value"),
        opened("criterion", _("Criterion"), "criterion"),
        opened("result", _("Pass or fail"), "state", "result_note"),
        opened("retest", _("Retest"), "retest_of_id", "corrective_action"),
        opened("certificate", _("Test certificate"), "certificate", "test_photos.photo_id"),
        opened("plan_done", _("Tests required and made"), "required_number", "done_number"),
    ),
    technical=RECORD_TECHNICAL,
    lines=(Lines("test_photos", QualityTestPhoto, "test"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'supervisor'",
    listing={
        "title": "t.item",
        "status": "t.state",
        "sort_date": "coalesce(t.test_date, t.approved_at::date)",
    },
)

NON_CONFORMANCE = RecordType(
    kind="non_conformance",
    label=_("Non-conformance report"),
    label_plural=_("Non-conformance reports"),
    model=NonConformance,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("when it is issued"),
    items=(
        opened("number", _("Number"), "number"),
        opened("title", _("What does not conform"), "title", "description", "requirement"),
        opened("found_at", _("Found on and at"), "found_date", "location", "work_item_id"),
        opened("organization", _("Firm"), "organization_id"),
        opened("source", _("Inspection or test"), "inspection_id", "test_id"),
        opened("rectify_by_date", _("To be put right by"), "rectify_by_date"),
        opened("cause", _("Cause"), "cause"),
        opened(
            "correction", _("How it was put right"), "correction", "prevention", "rectified_date"
        ),
        opened("verification", _("How it was verified"), "verification"),
        opened("state", _("Status"), "state", "submitted_at", "approved_at", "closed_date"),
        opened("photos", _("Photos"), "report_photos.photo_id"),
        withheld(
            "files",
            _("Files, which may hold the works and data of others"),
            "report_files.file_id",
            ground=Ground.G7,
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(
        Lines("report_photos", NonConformancePhoto, "report"),
        Lines("report_files", NonConformanceFile, "report"),
    ),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'supervisor'",
    listing={"title": "t.title", "status": "t.state", "sort_date": "t.found_date"},
)
