"""Performance evaluations and penalties: scores, grades, what is owed, hearing and appeal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.identity import new_public_id
from ccs.models import Organization, User
from pmis.models import (
    IN_FORCE,
    IN_WORK,
    Contract,
    DailyReport,
    Evaluation,
    Participant,
    Penalty,
    Project,
    RecordState,
)
from pmis.roles import ORDERING_BODY_ROLES, Role
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.contract_changes import missing_fields

Grade = Evaluation.Grade
#: Score from which a grade is given, as the form prints it.
GRADES = (
    (Decimal(90), Grade.VERY_GOOD),
    (Decimal(80), Grade.GOOD),
    (Decimal(70), Grade.FAIR),
    (Decimal(60), Grade.POOR),
    (Decimal(0), Grade.BAD),
)
#: Form by kind of contract: area, item, points at most.
FORMS: dict[str, tuple[tuple[str, str, int], ...]] = {
    Contract.Kind.CONSTRUCTION: (
        ("공정관리", "공정계획 대비 실적", 20),
        ("품질관리", "품질시험 실시와 부적합 조치", 25),
        ("안전관리", "안전점검 지적 조치와 재해 발생", 25),
        ("환경관리", "소음·분진·폐기물 관리", 10),
        ("하도급관리", "하도급 적정성과 대금 지급", 10),
        ("행정·민원", "보고 기한 준수와 민원 처리", 10),
    ),
    Contract.Kind.DESIGN: (
        ("설계도서", "도면과 내역의 정확성", 40),
        ("현장조사", "지반·지장물 조사의 충실도", 30),
        ("경제성", "공법 선정과 공사비의 적정성", 20),
        ("사후지원", "시공 중 설계 질의 대응", 10),
    ),
    Contract.Kind.SUPERVISION: (
        ("공정·사업관리", "공정 검토와 보고", 20),
        ("품질관리", "검측과 자재 검수", 30),
        ("안전관리", "안전 확인과 조치 지시", 25),
        ("기술지원", "설계변경 검토와 기술 자문", 15),
        ("인력 배치", "배치계획 준수", 10),
    ),
}
#: Evaluations of these states count as made or under way.
_COUNTED = (*IN_WORK, *IN_FORCE)


def score_of(points: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the score of 100 from (points, points at most) of each item, with two places."""
    most = sum((row[1] for row in points), Decimal(0))
    got = sum((row[0] for row in points), Decimal(0))
    return (got * 100 / most).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def grade_of(score: Decimal) -> str:
    """Return the grade of a score of 100."""
    return next(grade for least, grade in GRADES if score >= least)


def form_lines(contract: Contract | None) -> list[dict[str, object]]:
    """Return the empty form for a contract of its kind."""
    kind = contract.kind if contract else Contract.Kind.CONSTRUCTION
    return [{"area": area, "item": item, "most_points": most} for area, item, most in FORMS[kind]]


def check_evaluation(evaluation: Evaluation) -> None:
    """Raise `ValidationError` in short-term mode, without scores, or for one made already."""
    errors = missing_fields(evaluation, ("contract", "evaluated_date", "evaluators"))
    if evaluation.project.mode != Project.Mode.LONG_TERM:
        errors["stage"] = [_("A project in short-term mode is not evaluated.")]
    if not evaluation.scores.exists():
        errors["scores"] = [_("Enter the scores.")]
    contract = evaluation.contract
    if contract is not None:
        if contract.project_id != evaluation.project_id:
            errors["contract"] = [_("The contract belongs to another project.")]
        elif _same(evaluation).exists():
            errors["stage"] = [_("This contract was evaluated at this stage already.")]
    if errors:
        raise ValidationError(errors)


def _same(evaluation: Evaluation) -> models.QuerySet[Evaluation]:
    others = Evaluation.objects.filter(contract=evaluation.contract_id, stage=evaluation.stage)
    counted = [state for state in _COUNTED if state != RecordState.DRAFT]
    return others.filter(state__in=counted).exclude(public_id=evaluation.public_id)


def _submit_evaluation(evaluation: Evaluation) -> None:
    check_evaluation(evaluation)
    rows = list(evaluation.scores.values_list("points", "most_points"))
    evaluation.firm_id = evaluation.contract.contractor_id
    evaluation.total_score = score_of(rows)
    evaluation.grade = grade_of(evaluation.total_score)


def _finish(record: Evaluation | Penalty) -> None:
    record.final_date = timezone.localdate()


EFFECTS[Evaluation.record_type] = Effects(
    submitted=_submit_evaluation,
    taken={"make_final": _finish, "answer_objection": _finish},
)


@dataclass(frozen=True)
class Owed:
    """An evaluation that the actual rate of a project asks for."""

    project: Project
    contract: Contract
    stage: int

    @property
    def title(self) -> str:
        """What is owed, in words."""
        return _("Evaluation at %(stage)s %%: %(contract)s") % {
            "stage": self.stage,
            "contract": self.contract.get_kind_display(),
        }

    @property
    def url(self) -> str:
        """Return the address of a form that begins with contract and stage."""
        address = reverse("pmis:evaluation-write", args=[self.project.public_id, new_public_id()])
        return f"{address}?stage={self.stage}&contract={self.contract.public_id}"


def owed_evaluations(projects: models.QuerySet[Project]) -> list[Owed]:
    """Return the evaluations that are owed in projects of long-term mode (domain R26).

    A stage opens by itself when the actual rate of the newest report that was sent in reaches it.
    """
    newest = DailyReport.objects.filter(
        project=models.OuterRef("pk"),
        state__in=(RecordState.SUBMITTED, RecordState.CONFIRMED, RecordState.APPROVED),
    ).order_by("-date", "-version_no")
    rated = list(
        projects.filter(mode=Project.Mode.LONG_TERM)
        .annotate(done_rate=models.Subquery(newest.values("actual_rate")[:1]))
        .filter(done_rate__gte=Evaluation.Stage.THIRTY)
    )
    contracts: dict[int, list[Contract]] = {}
    states = (Contract.State.SIGNED, Contract.State.COMPLETED)
    for contract in Contract.objects.filter(project__in=rated, state__in=states):
        contracts.setdefault(contract.project_id, []).append(contract)
    made = set(
        Evaluation.objects.filter(project__in=rated, state__in=_COUNTED)
        .order_by()
        .values_list("contract", "stage")
    )
    return [
        Owed(project, contract, stage)
        for project in rated
        for contract in contracts.get(project.pk, [])
        for stage in Evaluation.Stage.values
        if project.done_rate >= stage and (contract.pk, stage) not in made
    ]


def firms_of(project: Project) -> models.QuerySet[Organization]:
    """Return the firms that hold a contract of any kind, or a subcontract, of a project."""
    working = models.Q(contracts__project=project)
    working |= models.Q(subcontracts__contract__project=project)
    working |= models.Q(joint_contracts__contract__project=project)
    return Organization.objects.filter(working).distinct().order_by("name")


# -- Penalties -------------------------------------------------------------------------------


def check_penalty(penalty: Penalty) -> None:
    """Raise `ValidationError` where a penalty lacks firm, points, ground or description."""
    needed = ("firm", "points", "legal_ground", "violation_date", "description")
    errors = missing_fields(penalty, needed)
    if penalty.engineer_name and not penalty.engineer_role:
        errors["engineer_role"] = [_("Say which role the engineer has: the public sees it.")]
    if errors:
        raise ValidationError(errors)


def _impose(penalty: Penalty) -> None:
    if penalty.hearing_date is None or penalty.hearing_date > timezone.localdate():
        raise ValidationError(_("Nobody is punished before the hearing was held."))
    penalty.imposed_date = timezone.localdate()


EFFECTS[Penalty.record_type] = Effects(
    submitted=check_penalty,
    approved=_impose,
    taken={"uphold": _finish, "annul": _finish, "make_final": _finish},
)


# -- Who may see what -------------------------------------------------------------------------


def ordering_side(user: User) -> models.QuerySet[Project]:
    """Return the projects in which `user` acts for the ordering body or oversight today."""
    acting = Participant.objects.acting_for(user, timezone.localdate())
    held = acting.filter(project=models.OuterRef("pk"), role__in=ORDERING_BODY_ROLES)
    return Project.objects.filter(models.Exists(held))


def reads_internals(user: User, project: Project) -> bool:
    """Return whether `user` reads what is kept inside the ordering body of a project."""
    return user.sees_all_projects or ordering_side(user).filter(pk=project.pk).exists()


def visible_once_decided(rows: models.QuerySet, user: User) -> models.QuerySet:
    """Keep what is in preparation to the ordering body's side and to its author."""
    if user.sees_all_projects:
        return rows
    decided = models.Q(state__in=(*IN_FORCE, RecordState.SUPERSEDED))
    return rows.filter(decided | models.Q(author=user) | models.Q(project__in=ordering_side(user)))


#: Roles that see the contractor's prices: a subcontractor sees the own firm's only.
PRICE_ROLES = (
    *ORDERING_BODY_ROLES,
    Role.SUPERVISOR,
    Role.INSPECTOR,
    Role.SITE_AGENT,
    Role.ENGINEER,
    Role.JOINT_MEMBER,
)


def visible_to_price_roles(rows: models.QuerySet, user: User) -> models.QuerySet:
    """Keep records that hold the prime's prices from subcontractors and designers."""
    if user.sees_all_projects:
        return rows
    acting = Participant.objects.acting_for(user, timezone.localdate())
    held = acting.filter(project=models.OuterRef("project"), role__in=PRICE_ROLES)
    return rows.filter(models.Exists(held))
