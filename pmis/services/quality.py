"""Quality: tests of the plan against tests made, retests, non-conformances to their closure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import User
from pmis.models import (
    NonConformance,
    Project,
    QualityPlan,
    QualityPlanItem,
    QualityTest,
    Record,
    RecordState,
    required_number,
)
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.daily_reports import reported_quantities
from pmis.services.records import require_writer

#: Tests that count as made: a failed one that was repeated is counted by its retest.
MADE = (RecordState.PASSED, RecordState.FAILED)


# -- The plan --------------------------------------------------------------------------------


def current_plan(project: Project) -> QualityPlan | None:
    """Return the version in work, else the approved one, else None."""
    versions = QualityPlan.objects.latest_versions().filter(project=project)
    return versions.order_by("-version_no", "-id").first()


def open_plan(*, project: Project, by: User) -> QualityPlan:
    """Return the plan in work, else the approved one; make the first version where none is.

    Raises RoleNotAllowed where there is none yet and the actor does not write plans here.
    """
    if plan := current_plan(project):
        return plan
    require_writer(by, project, QualityPlan.record_type)
    try:
        with transaction.atomic():
            return QualityPlan.objects.create(
                project=project, as_of_date=timezone.localdate(), author=by
            )
    except IntegrityError:
        plan = current_plan(project)
        if plan is None:
            raise
        return plan


@dataclass(frozen=True)
class PlanRow:
    """A test of the plan: how many are required, how many were made."""

    item: QualityPlanItem
    actual_quantity: Decimal | None
    planned_number: int
    #: By the quantity of work done so far.
    required_number: int
    made: int
    passed: int
    failed: int
    waiting: int

    @property
    def short(self) -> int:
        """How many tests are missing by the work done so far."""
        return max(0, self.required_number - self.made)

    @property
    def rate(self) -> Decimal | None:
        """Tests made in per cent of those required, None where none is required yet."""
        if not self.required_number:
            return None
        return (Decimal(100 * self.made) / self.required_number).quantize(Decimal("0.1"))


def plan_rows(plan: QualityPlan) -> list[PlanRow]:
    """Return the tests of a plan against the tests made, in its order."""
    items = list(plan.items.select_related("work_item"))
    counts = _counts(plan.project_id)
    codes = {item.work_item.code for item in items if item.work_item}
    done = _quantities(plan.project_id) if codes else {}
    rows = []
    for item in items:
        actual = done.get(item.work_item.code, Decimal(0)) if item.work_item else None
        by_state = counts.get(item.code, {})
        passed, failed = (by_state.get(state, 0) for state in MADE)
        rows.append(
            PlanRow(
                item=item,
                actual_quantity=actual,
                planned_number=item.planned_number,
                required_number=item.planned_number
                if actual is None
                else required_number(actual, item.per_quantity, item.least_number),
                made=passed + failed,
                passed=passed,
                failed=failed,
                waiting=by_state.get(RecordState.SUBMITTED, 0),
            )
        )
    return rows


def _counts(project_id: int) -> dict[str, dict[str, int]]:
    """Return the number of tests by code of the plan and state."""
    rows = (
        QualityTest.objects.filter(project=project_id)
        .exclude(plan_code="")
        .order_by()
        .values_list("plan_code", "state")
        .annotate(models.Count("id"))
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for code, state, number in rows:
        counts[code][state] = number
    return counts


def _quantities(project_id: int) -> dict[str, Decimal]:
    """Return the quantity of work done so far by code of the work item."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for _day, code, quantity in reported_quantities(project_id):
        totals[code] += quantity
    return totals


def _approved_plan(project_id: int) -> QualityPlan | None:
    return QualityPlan.objects.approved().filter(project=project_id).first()


def plan_item(project: Project, code: str) -> QualityPlanItem | None:
    """Return a test of the approved plan by its code."""
    return QualityPlanItem.objects.filter(
        plan__project=project, plan__state=RecordState.APPROVED, code=code
    ).first()


def frequency_of(item: QualityPlanItem) -> str:
    """Return how often a test is made, such as 1 / 120 m³."""
    if item.per_quantity is None:
        return f"{item.least_number}"
    text = f"{item.per_quantity:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"1 / {text} {item.unit}".strip()


def check_plan(plan: QualityPlan) -> None:
    """Raise `ValidationError` where a plan has no tests."""
    if not plan.items.exists():
        raise ValidationError({"items": _("Enter at least one test.")})


# -- Tests -----------------------------------------------------------------------------------


def check_test(test: QualityTest) -> None:
    """Raise `ValidationError` where a test lacks what its result is judged by."""
    needed = (
        "item",
        "sample_location",
        "sample_date",
        "test_date",
        "laboratory",
        "criterion",
        "measured_value",
    )
    errors = _missing(test, needed)
    plan = _approved_plan(test.project_id)
    if test.plan_code and plan and not plan.items.filter(code=test.plan_code).exists():
        codes = ", ".join(plan.items.values_list("code", flat=True))
        errors["plan_code"] = [_("The plan has these codes: %(codes)s.") % {"codes": codes}]
    if errors:
        raise ValidationError(errors)


def _missing(record: Record, names: Iterable[str]) -> dict[str, list[str]]:
    return {
        name: [_("Enter: %(field)s.") % {"field": record._meta.get_field(name).verbose_name}]
        for name in names
        if getattr(record, name) in (None, "")
    }


def _copy_counts(test: QualityTest) -> None:
    """Copy into the test how many its plan requires so far, and how many were made with it."""
    plan = _approved_plan(test.project_id)
    for row in plan_rows(plan) if plan and test.plan_code else ():
        if row.item.code == test.plan_code:
            test.required_number = row.required_number
            test.done_number = row.made + 1
            test.frequency = test.frequency or frequency_of(row.item)


def _repeat(test: QualityTest, by: User | None) -> None:
    """Begin the retest: a draft of whoever put it right."""
    if by is None:
        return
    kept = ("plan_code", "item", "standard", "frequency", "sample_location", "laboratory")
    QualityTest.objects.create(
        project=test.project,
        author=by,
        retest_of=test,
        material=test.material,
        criterion=test.criterion,
        **{name: getattr(test, name) for name in kept},
    )


EFFECTS[QualityPlan.record_type] = Effects(submitted=check_plan)
EFFECTS[QualityTest.record_type] = Effects(
    submitted=check_test, approved=_copy_counts, after={"retest": _repeat}
)


# -- Non-conformances ------------------------------------------------------------------------


def check_non_conformance(report: NonConformance) -> None:
    """Raise `ValidationError` where a report does not say what was found, and until when."""
    errors = _missing(report, ("title", "found_date", "location", "description", "rectify_by_date"))
    if errors:
        raise ValidationError(errors)


def _close(report: NonConformance) -> None:
    report.closed_date = timezone.localdate()


EFFECTS[NonConformance.record_type] = Effects(
    taken={"issue": check_non_conformance, "verify": _close}
)
