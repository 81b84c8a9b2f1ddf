"""Safety on paper as the generic pages see it: risk assessment, plan, cost."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_amount, format_number
from ccs.templatetags.formats import reader_language
from pmis.forms import safety as safety_forms
from pmis.forms.records import Values, values_of
from pmis.models import Project, RiskAssessment, SafetyCost, SafetyPlan
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
from pmis.services import safety_plans

#: A project has one safety plan at a time: its key in addresses.
PLAN = "plan"
LEVEL_WORDS = {
    "low": gettext_lazy("low"),
    "medium": gettext_lazy("medium"),
    "high": gettext_lazy("high"),
}


# -- Risk assessment ----------------------------------------------------------------------------


def _assessment_before(project: Project, _key: str) -> Prefill:
    """Return the newest assessment with its risks: each time they are looked at again."""
    values = Values({"kind": RiskAssessment.Kind.INITIAL, "date": timezone.localdate()})
    assessments = RiskAssessment.objects.approved().filter(project=project)
    before = assessments.order_by("-date", "-id").first()
    if before is None:
        return Prefill(values, "")
    old = values_of(before, safety_forms.AssessmentForm, (safety_forms.RISKS,))
    values.fields |= {"kind": RiskAssessment.Kind.REGULAR, "work": before.work}
    values.lines["risks"] = [{**row, "due_date": None} for row in old.lines["risks"]]
    sentence = _("Taken from the assessment before, No. %(number)s: look at every risk again.")
    return Prefill(values, sentence % {"number": before.number})


def highest_level(assessment: RiskAssessment) -> str:
    """Return the highest level of an assessment with its word."""
    levels = [line.level for line in assessment.risks.all() if line.level is not None]
    if not levels:
        return ""
    word = LEVEL_WORDS[safety_plans.level_word(max(levels))]
    return f"{format_number(max(levels), reader_language())} ({word})"


def _assessment_warnings(assessment: RiskAssessment) -> list[Warning]:
    found = []
    for place, line in enumerate(assessment.risks.all()):
        is_high = safety_plans.level_word(line.likelihood * line.severity) == "high"
        if is_high and (line.organization_id is None or line.due_date is None):
            sentence = _("A high risk without firm or due date: %(hazard)s")
            target = f"id_risks-{place}-organization"
            found.append(Warning(target, sentence % {"hazard": line.hazard}))
    return found


register(
    RecordType(
        model=RiskAssessment,
        slug="risk-assessments",
        group=Group.SAFETY,
        form=safety_forms.AssessmentForm,
        lines=(safety_forms.RISKS,),
        columns=(
            Column(gettext_lazy("Work"), lambda assessment: assessment.work),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Date"), lambda assessment: assessment.date, "day"),
            Column(gettext_lazy("Kind"), lambda assessment: assessment.get_kind_display()),
        ),
        sorted_by="date",
        prefill=_assessment_before,
        save=safety_plans.save_risk_assessment,
        check=safety_plans.check_assessment,
        warnings=_assessment_warnings,
        more_facts=lambda record: [(gettext_lazy("Highest level"), highest_level(record))],
        prefetch=("risks__organization",),
    )
)


# -- Plan ---------------------------------------------------------------------------------------


def _check_plan_key(key: str) -> str:
    if key != PLAN:
        raise Http404
    return key


def _plan_facts(plan: SafetyPlan) -> list[tuple[Any, str]]:
    total = sum(line.planned_amount for line in plan.cost_lines.all())
    words = format_amount(total, plan.project.currency, reader_language()) if total else ""
    return [(gettext_lazy("Planned in all"), words)]


def _plan_warnings(plan: SafetyPlan) -> list[Warning]:
    total = sum(line.planned_amount for line in plan.cost_lines.all())
    if plan.appropriated_amount and total > plan.appropriated_amount:
        return [Warning("cost_lines", _("More is planned than the contract sets aside."))]
    return []


register(
    RecordType(
        model=SafetyPlan,
        slug="safety-plans",
        group=Group.SAFETY,
        form=safety_forms.PlanForm,
        lines=(safety_forms.CONTACTS, safety_forms.PLANNED_COST),
        sections=(
            Section(gettext_lazy("Plan"), ("as_of_date", "measures")),
            Section(
                gettext_lazy("Emergency"),
                ("emergency_procedure", "evacuation_place"),
                ("contacts",),
            ),
            Section(gettext_lazy("Safety cost"), ("appropriated_amount",), ("cost_lines",)),
        ),
        columns=(
            Column(gettext_lazy("As of"), lambda plan: plan.as_of_date, "day"),
            PROJECT_COLUMN,
            Column(gettext_lazy("Version"), lambda plan: plan.version_no, "number"),
        ),
        sorted_by="as_of_date",
        find=lambda project, _key: safety_plans.current_plan(project=project),
        open=lambda project, _key, by: safety_plans.open_plan(project=project, by=by),
        heading=lambda _project, _key: "",
        key_of=lambda _plan: PLAN,
        default_key=lambda _project: PLAN,
        check_key=_check_plan_key,
        prefill=lambda _project, _key: Prefill(Values({"as_of_date": timezone.localdate()}), ""),
        save=safety_plans.save_plan,
        check=safety_plans.check_plan,
        warnings=_plan_warnings,
        more_facts=_plan_facts,
    )
)


# -- Cost ---------------------------------------------------------------------------------------


def _cost_warnings(statement: SafetyCost) -> list[Warning]:
    overview = safety_plans.cost_overview(statement.project, also=statement)
    found = [
        Warning("cost_lines", _("More is spent than planned on: %(item)s") % {"item": row.label})
        for row in overview.rows
        if row.is_over
    ]
    if overview.is_over:
        found.append(Warning("cost_lines", _("More is spent than the contract sets aside.")))
    return found


def _cost_facts(statement: SafetyCost) -> list[tuple[Any, str]]:
    total = sum(line.spent_amount for line in statement.cost_lines.all())
    currency = statement.project.currency
    return [(gettext_lazy("Spent in all"), format_amount(total, currency, reader_language()))]


register(
    RecordType(
        model=SafetyCost,
        slug="safety-costs",
        group=Group.SAFETY,
        form=safety_forms.CostForm,
        lines=(safety_forms.SPENT_COST,),
        columns=(
            Column(gettext_lazy("Month"), lambda statement: str(statement)),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(
                gettext_lazy("Spent"),
                lambda statement: format_amount(
                    statement.total_amount, statement.project.currency, reader_language()
                ),
            ),
        ),
        prefill=lambda _project, _key: Prefill(
            Values({"month": safety_plans.first_of_month(timezone.localdate())}), ""
        ),
        save=safety_plans.save_cost,
        check=safety_plans.check_cost,
        warnings=_cost_warnings,
        more_facts=_cost_facts,
    )
)
