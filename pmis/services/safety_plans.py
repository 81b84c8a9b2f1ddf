"""Safety on paper: levels of risk, the plan, and safety cost planned and spent."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.models import User
from pmis.models import (
    Project,
    RecordState,
    RiskAssessment,
    RiskLine,
    SafetyCost,
    SafetyCostItem,
    SafetyCostLine,
    SafetyPlan,
)
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.contents import Lines
from pmis.services.records import require_writer, save_record
from pmis.services.safety import required

#: Levels from which a risk is medium and high: the usual division of a 5 × 5 matrix.
MEDIUM, HIGH = 5, 10


def level_word(level: int | None) -> str:
    """Return the class of a level of risk: low, medium, high, or nothing."""
    if level is None:
        return ""
    return "high" if level >= HIGH else "medium" if level >= MEDIUM else "low"


def first_of_month(day: datetime.date | None) -> datetime.date | None:
    """Return the first day of the month of `day`."""
    return day and day.replace(day=1)


# -- Risk assessment ----------------------------------------------------------------------------


@transaction.atomic
def save_risk_assessment(
    *,
    record: RiskAssessment,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> RiskAssessment:
    """Write the assessment and work out the levels; see `save_record`."""
    record = save_record(record=record, fields=fields, lines=lines, by=by, revision=revision)
    work_out_levels(record)
    return record


def work_out_levels(assessment: RiskAssessment) -> None:
    """Set the level of each line: likelihood times severity."""
    level = models.F("likelihood") * models.F("severity")
    RiskLine.objects.filter(assessment=assessment).update(level=level)


def check_assessment(assessment: RiskAssessment) -> None:
    """Raise ValidationError where the work or its risks are missing."""
    errors = required(assessment, ("work",))
    if not assessment.risks.all():
        errors["risks"] = _("An assessment names at least one risk.")
    if errors:
        raise ValidationError(errors)


def _submit_assessment(assessment: RiskAssessment) -> None:
    check_assessment(assessment)
    work_out_levels(assessment)


# -- Plan ---------------------------------------------------------------------------------------


def current_plan(*, project: Project) -> SafetyPlan | None:
    """Return the safety plan in work, else the approved one, else None."""
    plans = SafetyPlan.objects.latest_versions().filter(project=project)
    return plans.order_by("-version_no", "-id").first()


def open_plan(*, project: Project, by: User) -> SafetyPlan:
    """Return the safety plan in work, else the approved one; make the first where none is.

    Raises RoleNotAllowed where there is none and the actor does not write safety plans here.
    """
    if plan := current_plan(project=project):
        return plan
    require_writer(by, project, SafetyPlan.record_type)
    try:
        with transaction.atomic():
            return SafetyPlan.objects.create(project=project, author=by)
    except IntegrityError:
        plan = current_plan(project=project)
        if plan is None:
            raise
        return plan


def save_plan(
    *,
    record: SafetyPlan,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> SafetyPlan:
    """Write the plan; a month may be typed by any of its days. See `save_record`."""
    lines = {name: [dict(row) for row in rows] for name, rows in (lines or {}).items()}
    for row in lines.get("cost_lines", ()):
        row["month"] = first_of_month(row.get("month"))
    return save_record(record=record, fields=fields, lines=lines, by=by, revision=revision)


def check_plan(plan: SafetyPlan) -> None:
    """Raise ValidationError where measures, contacts or planned cost are missing."""
    errors = required(plan, ("measures", "emergency_procedure"))
    if not plan.contacts.all():
        errors["contacts"] = _("A plan names whom to call in an emergency.")
    if not plan.cost_lines.all():
        errors["cost_lines"] = _("A plan says what safety money is spent on.")
    if errors:
        raise ValidationError(errors)


# -- Cost ---------------------------------------------------------------------------------------


def save_cost(
    *,
    record: SafetyCost,
    fields: Mapping[str, Any],
    lines: Lines | None = None,
    by: User,
    revision: int | None = None,
) -> SafetyCost:
    """Write the statement; the month may be typed by any of its days. See `save_record`."""
    fields = {**fields}
    if "month" in fields:
        fields["month"] = first_of_month(fields["month"])
    return save_record(record=record, fields=fields, lines=lines, by=by, revision=revision)


def check_cost(statement: SafetyCost) -> None:
    """Raise ValidationError where month or lines are missing, or the month has a statement."""
    errors = required(statement, ("month",))
    if not statement.cost_lines.all():
        errors["cost_lines"] = _("A statement names what the money was spent on.")
    if statement.month:
        others = SafetyCost.objects.latest_versions().filter(
            project=statement.project_id, month=statement.month
        )
        others = others.exclude(public_id=statement.public_id)
        if others.exclude(state=RecordState.DRAFT).exists():
            errors["month"] = _("There is a statement of this month already; correct that one.")
        if statement.month > timezone.localdate():
            errors["month"] = _("The month lies ahead: a statement tells what was spent.")
    if errors:
        raise ValidationError(errors)


def _submit_cost(statement: SafetyCost) -> None:
    check_cost(statement)
    statement.total_amount = sum(line.spent_amount for line in statement.cost_lines.all())


@dataclass(frozen=True)
class CostRow:
    """Planned and spent safety cost of one item, in minor units of the project's currency."""

    item: str
    label: str
    planned_amount: int
    spent_amount: int

    @property
    def is_over(self) -> bool:
        """Whether more was spent than planned."""
        return self.spent_amount > self.planned_amount


@dataclass(frozen=True)
class CostOverview:
    """Planned and spent safety cost of a project."""

    rows: list[CostRow]
    appropriated_amount: int
    planned_amount: int
    spent_amount: int

    @property
    def is_over(self) -> bool:
        """Whether more was spent than the contract sets aside."""
        return bool(self.appropriated_amount) and self.spent_amount > self.appropriated_amount


def cost_overview(project: Project, *, also: SafetyCost | None = None) -> CostOverview:
    """Return planned against spent cost by item, from the plan and the statements in force.

    With `also`, as it will be when that statement is approved.
    """
    plan = SafetyPlan.objects.approved().filter(project=project).first()
    planned: dict[str, int] = defaultdict(int)
    for line in plan.cost_lines.all() if plan else ():
        planned[line.item] += line.planned_amount
    spent: dict[str, int] = defaultdict(int)
    counted = SafetyCost.objects.approved().filter(project=project)
    if also is not None:
        counted = counted.exclude(public_id=also.public_id)
    lines = SafetyCostLine.objects.filter(statement__in=counted).order_by().values_list("item")
    for item, amount in lines.annotate(models.Sum("spent_amount")):
        spent[item] += amount
    for line in also.cost_lines.all() if also else ():
        spent[line.item] += line.spent_amount
    rows = [
        CostRow(item.value, str(item.label), planned[item], spent[item])
        for item in SafetyCostItem
        if planned[item] or spent[item]
    ]
    return CostOverview(
        rows,
        plan.appropriated_amount if plan else 0,
        sum(planned.values()),
        sum(spent.values()),
    )


EFFECTS[RiskAssessment.record_type] = Effects(submitted=_submit_assessment)
EFFECTS[SafetyPlan.record_type] = Effects(submitted=check_plan)
EFFECTS[SafetyCost.record_type] = Effects(submitted=_submit_cost)
