"""Performance evaluations and penalties as the generic pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ccs.lib.formats import format_day
from ccs.models import Organization, User
from ccs.templatetags.formats import reader_language
from pmis.forms import changes as forms
from pmis.forms.records import Offer, Values
from pmis.models import Contract, Evaluation, Penalty, Project
from pmis.records.changes import internal_facts
from pmis.records.types import (
    NUMBER_COLUMN,
    PROJECT_COLUMN,
    Column,
    Group,
    Prefill,
    RecordType,
    Section,
    register,
)
from pmis.services import evaluations


def _evaluation_start(project: Project, question: Mapping[str, str]) -> Prefill:
    """Begin with the form for the kind of contract, at the stage that is owed."""
    wanted = {str(row.public_id): row for row in project.contracts.all()}
    contract = wanted.get(question.get("contract", ""))
    if contract is None:
        contract = next(
            (row for row in wanted.values() if row.kind == Contract.Kind.CONSTRUCTION), None
        )
    stage = question.get("stage", "")
    known = [str(value) for value in Evaluation.Stage.values]
    fields = {
        "contract": contract,
        "stage": int(stage) if stage in known else Evaluation.Stage.THIRTY,
        "evaluated_date": timezone.localdate(),
    }
    return Prefill(Values(fields, {"scores": evaluations.form_lines(contract)}), "")


def _evaluation_facts(evaluation: Evaluation) -> list[tuple[Any, str]]:
    score = evaluation.total_score
    return [
        (_("Firm"), str(evaluation.firm or "")),
        (_("Score of 100"), "" if score is None else str(score)),
        (_("Grade"), evaluation.get_grade_display()),
    ]


def _evaluation_context(evaluation: Evaluation, user: User) -> dict[str, Any]:
    return {
        "internal_facts": internal_facts(evaluation, user, ("evaluators",)),
        "firm": evaluation.firm,
        "sees_firm": evaluations.reads_internals(user, evaluation.project),
    }


register(
    RecordType(
        model=Evaluation,
        slug="evaluations",
        group=Group.EVALUATION,
        form=forms.EvaluationForm,
        lines=forms.EVALUATION_LINES,
        columns=(
            Column(gettext_lazy("Performance evaluation"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Firm"), lambda row: row.firm or ""),
            Column(gettext_lazy("Score"), lambda row: row.total_score, "number"),
            Column(gettext_lazy("Grade"), lambda row: row.grade),
            Column(gettext_lazy("Final on"), lambda row: row.final_date, "day"),
        ),
        sections=(
            Section(
                gettext_lazy("Who and when"),
                ("contract", "stage", "evaluated_date", "evaluators"),
            ),
            Section(gettext_lazy("Scores"), ("summary",), ("scores",)),
        ),
        content_template="pmis/records/_evaluation.html",
        prefill=lambda project, _key: _evaluation_start(project, {}),
        start=lambda project, question: _evaluation_start(project, question),
        check=evaluations.check_evaluation,
        visible=evaluations.visible_once_decided,
        internal=frozenset({"evaluators"}),
        select=("project", "contract", "firm"),
        more_facts=_evaluation_facts,
        page_context=_evaluation_context,
    )
)


def _penalty_offer(project: Project) -> Offer:
    """Return the firms that hold a contract or subcontract of the project."""
    return Offer(
        {Organization: {str(firm.public_id): firm for firm in evaluations.firms_of(project)}},
        currency=project.currency,
    )


def _penalty_context(penalty: Penalty, user: User) -> dict[str, Any]:
    sees_internal = evaluations.reads_internals(user, penalty.project)
    return {
        "internal_files": penalty.statement_files.all() if sees_internal else (),
        "internal_facts": internal_facts(penalty, user, ("engineer_name", "hearing_minutes")),
        "firm": penalty.firm,
        "sees_firm": sees_internal,
    }


def _penalty_facts(penalty: Penalty) -> list[tuple[Any, str]]:
    language = reader_language()
    days = ((_("Imposed on"), penalty.imposed_date), (_("Final on"), penalty.final_date))
    return [(label, format_day(day, language) if day else "") for label, day in days]


register(
    RecordType(
        model=Penalty,
        slug="penalties",
        group=Group.EVALUATION,
        form=forms.PenaltyForm,
        step_lines=(forms.STATEMENT_FILES,),
        columns=(
            Column(gettext_lazy("Penalty"), str),
            PROJECT_COLUMN,
            NUMBER_COLUMN,
            Column(gettext_lazy("Points"), lambda row: row.points, "number"),
            Column(gettext_lazy("Legal ground"), lambda row: row.legal_ground),
            Column(gettext_lazy("Imposed on"), lambda row: row.imposed_date, "day"),
            Column(gettext_lazy("Final on"), lambda row: row.final_date, "day"),
        ),
        sections=(
            Section(gettext_lazy("Whom it concerns"), ("firm", "engineer_role", "engineer_name")),
            Section(
                gettext_lazy("What for"),
                ("points", "legal_ground", "violation_date", "description"),
            ),
        ),
        content_template="pmis/records/_evaluation.html",
        offer=_penalty_offer,
        check=evaluations.check_penalty,
        visible=evaluations.visible_once_decided,
        internal=frozenset({"engineer_name", "hearing_minutes", "statement_files"}),
        reads_internal=evaluations.reads_internals,
        select=("project", "firm"),
        more_facts=_penalty_facts,
        page_context=_penalty_context,
    )
)
