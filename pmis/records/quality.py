"""Material approvals, the plan of tests, tests and non-conformances for the generic pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day, format_number
from ccs.lib.identity import new_public_id
from ccs.models import User
from ccs.templatetags.formats import reader_language
from pmis.forms import quality as quality_forms
from pmis.forms.records import Values, values_of
from pmis.models import (
    InspectionRequest,
    MaterialApproval,
    NonConformance,
    Project,
    QualityPlan,
    QualityTest,
    Record,
    RecordState,
)
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    Warning,
    register,
)
from pmis.services import materials, quality
from pmis.services.records import may_write

#: A project has one plan of tests at a time: its key in addresses.
PLAN = "plan"

# -- Material approvals ----------------------------------------------------------------------


def _received_facts(approval: MaterialApproval) -> list[tuple[Any, str]]:
    """Return how much came, for page and print."""
    if not approval.is_locked:
        return []
    received, language = materials.received_of(approval), reader_language()
    amounts = (
        (_("Accepted so far"), received.accepted),
        (_("Sent back"), received.sent_back),
        (_("Received by the daily reports"), received.reported),
    )
    return [
        (label, f"{format_number(amount, language)} {approval.unit}".strip())
        for label, amount in amounts
        if amount
    ]


def _material_context(approval: MaterialApproval, _user: User) -> dict[str, Any]:
    tests = approval.tests.order_by("-id").only("public_id", "item", "state", "sample_location")
    return {"tests": list(tests[:20])}


register(
    RecordType(
        model=MaterialApproval,
        slug="material-approvals",
        group=Group.QUALITY,
        form=quality_forms.MaterialApprovalForm,
        lines=quality_forms.MATERIAL_LINES,
        step_lines=(quality_forms.RECEIPTS,),
        columns=(
            Column(gettext_lazy("Material"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Manufacturer"), lambda approval: approval.manufacturer),
            Column(gettext_lazy("Supplier"), lambda approval: approval.supplier),
            Column(gettext_lazy("Certificate"), lambda approval: approval.certificate),
            Column(gettext_lazy("Quantity"), lambda approval: approval.quantity, "number"),
            Column(gettext_lazy("Unit"), lambda approval: approval.unit),
        ),
        sections=(
            Section(
                gettext_lazy("Material"),
                ("item", "standard", "quantity", "unit", "intended_location"),
            ),
            Section(gettext_lazy("Where it comes from"), ("manufacturer", "supplier", "origin")),
            Section(
                gettext_lazy("Proof"),
                ("certificate", "sample", "test_report"),
                ("material_photos",),
            ),
            Section(
                gettext_lazy("Quotation, never public"), ("quotation_amount", "quotation_note")
            ),
        ),
        content_template="pmis/records/_material_approval.html",
        check=materials.check_complete,
        more_facts=_received_facts,
        page_context=_material_context,
    )
)

# -- The plan of tests -----------------------------------------------------------------------


def _check_plan_key(key: str) -> str:
    if key != PLAN:
        raise Http404
    return key


def _plan_before(project: Project, _key: str) -> Values | None:
    approved = QualityPlan.objects.approved().filter(project=project).first()
    if approved is None:
        return None
    return values_of(approved, quality_forms.QualityPlanForm, quality_forms.QUALITY_PLAN_LINES)


def _plan_context(plan: QualityPlan, user: User) -> dict[str, Any]:
    rows = [
        {"frequency": quality.frequency_of(row.item), "new_key": new_public_id(), **vars(row)}
        | {"short": row.short}
        for row in quality.plan_rows(plan)
    ]
    return {
        "plan_rows": rows,
        "may_test": plan.is_in_force and may_write(user, plan.project, QualityTest.record_type),
    }


register(
    RecordType(
        model=QualityPlan,
        slug="quality-plans",
        group=Group.QUALITY,
        form=quality_forms.QualityPlanForm,
        lines=quality_forms.QUALITY_PLAN_LINES,
        columns=(
            Column(gettext_lazy("As of"), lambda plan: plan.as_of_date, "day"),
            PROJECT_COLUMN,
            Column(gettext_lazy("Revision"), lambda plan: plan.version_no, "number"),
        ),
        content_template="pmis/records/_quality_plan.html",
        find=lambda project, _key: quality.current_plan(project),
        open=lambda project, _key, by: quality.open_plan(project=project, by=by),
        heading=lambda _project, _key: "",
        key_of=lambda _plan: PLAN,
        default_key=lambda _project: PLAN,
        check_key=_check_plan_key,
        before=_plan_before,
        prefill=lambda _project, _key: Prefill(Values({"as_of_date": timezone.localdate()}), ""),
        check=quality.check_plan,
        prefetch=("items__work_item",),
        page_context=_plan_context,
    )
)

# -- Tests -----------------------------------------------------------------------------------


def _planned_test(project: Project, question: Mapping[str, str]) -> Prefill | None:
    """Start with the test of the plan that the address names."""
    item = quality.plan_item(project, question.get("plan", ""))
    if item is None:
        return None
    values = {
        "plan_code": item.code,
        "item": item.item,
        "standard": item.standard,
        "criterion": item.criterion,
        "frequency": quality.frequency_of(item),
        "sample_date": timezone.localdate(),
    }
    return Prefill(Values(values), "")


def _test_warnings(test: QualityTest) -> list[Warning]:
    found = []
    if not test.plan_code:
        sentence = _("Without its code in the plan this test is not counted against the plan.")
        found.append(Warning("id_plan_code", sentence))
    if not test.certificate:
        found.append(Warning("id_certificate", _("The number of the test certificate is missing.")))
    return found


def _test_facts(test: QualityTest) -> list[tuple[Any, str]]:
    if test.required_number is None:
        return []
    counts = {"done": test.done_number, "required": test.required_number}
    return [(_("Made of those required then"), _("%(done)s of %(required)s") % counts)]


def _test_context(test: QualityTest, user: User) -> dict[str, Any]:
    return {
        "retest": test.retests.order_by("-version_no").first(),
        "non_conformances": list(test.non_conformances.order_by("-id")),
        "new_key": new_public_id(),
        "may_report": test.state == RecordState.FAILED
        and may_write(user, test.project, NonConformance.record_type),
    }


register(
    RecordType(
        model=QualityTest,
        slug="quality-tests",
        group=Group.QUALITY,
        form=quality_forms.QualityTestForm,
        lines=quality_forms.QUALITY_TEST_LINES,
        columns=(
            Column(gettext_lazy("Test"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Plan"), lambda test: test.plan_code),
            Column(gettext_lazy("Tested on"), lambda test: test.test_date, "day"),
            Column(gettext_lazy("Laboratory"), lambda test: test.laboratory),
            Column(gettext_lazy("Measured"), lambda test: test.measured_value),
            Column(gettext_lazy("Criterion"), lambda test: test.criterion),
        ),
        sections=(
            Section(
                gettext_lazy("Test"), ("plan_code", "item", "standard", "frequency", "material")
            ),
            Section(gettext_lazy("Sample"), ("sample_location", "sample_date", "laboratory")),
            Section(
                gettext_lazy("Result"),
                ("test_date", "criterion", "measured_value", "certificate"),
                ("test_photos",),
            ),
        ),
        content_template="pmis/records/_quality_test.html",
        start=_planned_test,
        warnings=_test_warnings,
        check=quality.check_test,
        select=("project", "material", "retest_of"),
        more_facts=_test_facts,
        page_context=_test_context,
    )
)

# -- Non-conformances ------------------------------------------------------------------------


def _source(
    project: Project, model: type[Record], text: str | None, states: tuple[str, ...]
) -> Any:
    """Return the failed record that the address names, None where there is no such one."""
    try:
        public_id = UUID(text or "")
    except ValueError:
        return None
    records = model._default_manager.filter(project=project, public_id=public_id)
    return records.filter(state__in=states).order_by("-version_no").first()


def _from_failure(project: Project, question: Mapping[str, str]) -> Prefill | None:
    """Start with the failed inspection or test that the address names."""
    values: dict[str, Any] = {"found_date": timezone.localdate()}
    failed = (RecordState.FAILED, RecordState.CONDITIONAL)
    if inspection := _source(project, InspectionRequest, question.get("inspection"), failed):
        points = inspection.items.filter(result="fail").values_list("item", "remark")
        values |= {
            "inspection": inspection,
            "title": inspection.activity,
            "location": inspection.location,
            "work_item": inspection.work_item,
            "description": "\n".join(": ".join(filter(None, point)) for point in points),
            "rectify_by_date": inspection.rectify_by_date,
        }
    elif test := _source(project, QualityTest, question.get("test"), failed):
        values |= {
            "test": test,
            "title": test.item,
            "location": test.sample_location,
            "description": test.measured_value,
            "requirement": test.criterion,
        }
    return Prefill(Values(values), "")


def _is_overdue(report: NonConformance) -> bool:
    late = report.rectify_by_date is not None and report.rectify_by_date < timezone.localdate()
    return late and report.state == RecordState.OPEN


def _closed_facts(report: NonConformance) -> list[tuple[Any, str]]:
    if report.closed_date is None:
        return []
    return [(_("Closed on"), format_day(report.closed_date, reader_language()))]


register(
    RecordType(
        model=NonConformance,
        slug="non-conformances",
        group=Group.QUALITY,
        form=quality_forms.NonConformanceForm,
        lines=quality_forms.NON_CONFORMANCE_LINES,
        step_lines=(quality_forms.NON_CONFORMANCE_FILES,),
        columns=(
            Column(gettext_lazy("What does not conform"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Found on"), lambda report: report.found_date, "day"),
            Column(gettext_lazy("Location"), lambda report: report.location),
            Column(
                gettext_lazy("To be put right by"), lambda report: report.rectify_by_date, "day"
            ),
            Column(gettext_lazy("Closed on"), lambda report: report.closed_date, "day"),
        ),
        sections=(
            Section(
                gettext_lazy("What was found"),
                ("title", "found_date", "location", "work_item", "description", "requirement"),
                ("report_photos",),
            ),
            Section(gettext_lazy("Where it comes from"), ("inspection", "test", "organization")),
            Section(gettext_lazy("Until when"), ("rectify_by_date",)),
        ),
        content_template="pmis/records/_non_conformance.html",
        start=_from_failure,
        check=quality.check_non_conformance,
        select=("project", "work_item", "organization", "inspection", "test"),
        more_facts=_closed_facts,
        page_context=lambda report, _user: {"is_overdue": _is_overdue(report)},
    )
)
