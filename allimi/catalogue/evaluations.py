"""Disclosure of performance evaluations and penalties (domain B.1)."""

from django.utils.translation import gettext_lazy as _

from allimi.catalogue.conditions import IN_FORCE_OR_SUPERSEDED
from allimi.catalogue.declarations import Lines, RecordType, masked, opened, withheld
from allimi.catalogue.reports import RECORD_TECHNICAL
from ccs.lib.grounds import Ground
from pmis.models import Evaluation, EvaluationScore, Penalty, PenaltyStatementFile

EVALUATION = RecordType(
    kind="evaluation",
    label=_("Performance evaluation"),
    label_plural=_("Performance evaluations"),
    model=Evaluation,
    # A decision in process (G5) until the firm was heard and the grade is final.
    condition="t.state IN ('final', 'superseded') AND t.final_date IS NOT NULL",
    public_from=_("when the grade is final"),
    items=(
        opened("number", _("Number"), "number", "state"),
        opened("firm", _("Firm"), "firm_id", "contract_id"),
        opened("stage", _("Stage of the evaluation"), "stage", "evaluated_date"),
        opened(
            "scores",
            _("Score by area"),
            "scores.area",
            "scores.item",
            "scores.most_points",
            "scores.points",
            "scores.evidence",
        ),
        opened("grade", _("Score and grade"), "total_score", "grade", "summary"),
        opened("objection", _("Objection and its answer"), "objection", "objection_answer"),
        opened(
            "final_date",
            _("Date of the final rating"),
            "final_date",
            "submitted_at",
            "approved_at",
        ),
        withheld("evaluators", _("Evaluators"), "evaluators", ground=Ground.G5),
    ),
    technical=RECORD_TECHNICAL,
    lines=(Lines("scores", EvaluationScore, "evaluation"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'department_head'",
    listing={
        "title": "t.grade",
        "status": "t.state",
        "firms": "(SELECT ARRAY[o.public_id] FROM ccs_organization o WHERE o.id = t.firm_id)",
        "sort_date": "t.final_date",
    },
)

PENALTY = RecordType(
    kind="penalty",
    label=_("Penalty"),
    label_plural=_("Penalties"),
    model=Penalty,
    condition=IN_FORCE_OR_SUPERSEDED,
    public_from=_("when it is imposed"),
    items=(
        opened("number", _("Number"), "number", "submitted_at"),
        opened("firm", _("Firm"), "firm_id"),
        opened("engineer_role", _("Role of the engineer"), "engineer_role"),
        opened("points", _("Points"), "points"),
        opened("legal_ground", _("Legal ground"), "legal_ground"),
        opened("imposed_date", _("Imposed on"), "imposed_date", "hearing_date", "approved_at"),
        opened("description", _("Description"), "description", "violation_date"),
        opened(
            "appeal_state",
            _("State of the appeal"),
            "state",
            "appeal",
            "appeal_result",
            "final_date",
        ),
        masked(
            "engineer",
            _("Engineer by name"),
            "engineer_name",
            how=_("role only"),
            ground=Ground.G6,
        ),
        withheld(
            "hearing_minutes",
            _("Minutes of the hearing"),
            "hearing_minutes",
            "statement_files.file_id",
            ground=Ground.G5,
        ),
    ),
    technical=RECORD_TECHNICAL,
    lines=(Lines("statement_files", PenaltyStatementFile, "penalty"),),
    source_version="t.version_no",
    reason="t.reason",
    actor_role="'department_head'",
    listing={
        "title": "t.legal_ground",
        "status": "t.state",
        "firms": "(SELECT ARRAY[o.public_id] FROM ccs_organization o WHERE o.id = t.firm_id)",
        "sort_date": "t.imposed_date",
    },
)
