"""Safety records that could be sent, by type; the real services lead them on."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from ccs.models import Organization, User
from pmis.models import (
    Accident,
    Project,
    RiskAssessment,
    SafetyActivity,
    SafetyChecklist,
    SafetyCost,
    SafetyFinding,
    SafetyPlan,
    WorkPermit,
)


def make_finding(
    project: Project, author: User, firm: Organization | None, **fields: Any
) -> SafetyFinding:
    """Return a finding with firm and due date, still a draft."""
    today = timezone.localdate()
    values = {
        "hazard": "3번 교각 개구부 덮개 없음",
        "place": "3번 교각",
        "organization": firm,
        "due_date": today + datetime.timedelta(days=2) if firm else None,
        "found_date": today,
    }
    return SafetyFinding.objects.create(project=project, author=author, **{**values, **fields})


def make_checklist(project: Project, author: User, **fields: Any) -> SafetyChecklist:
    """Return a checklist with a good and a bad item and one that does not apply."""
    checklist = SafetyChecklist.objects.create(
        project=project, author=author, place="3번 교각", **fields
    )
    for order, (text, result) in enumerate(
        (("안전모 착용", "pass"), ("개구부 덮개", "fail"), ("용접 불티", "na"))
    ):
        checklist.items.create(order=order, text=text, result=result)
    return checklist


def make_assessment(project: Project, author: User, **fields: Any) -> RiskAssessment:
    """Return a risk assessment with one risk of level 12."""
    assessment = RiskAssessment.objects.create(
        project=project, author=author, work="거더 거치", **fields
    )
    assessment.risks.create(
        task="인양", hazard="줄걸이 파단", likelihood=3, severity=4, measure="줄걸이 점검"
    )
    return assessment


def make_plan(project: Project, author: User, **fields: Any) -> SafetyPlan:
    """Return a safety plan with a contact and planned cost of 1,000."""
    values = {"measures": "추락 방지", "emergency_procedure": "119 신고", **fields}
    plan = SafetyPlan.objects.create(
        project=project, author=author, appropriated_amount=1_500, **values
    )
    plan.contacts.create(duty="구급", body="성동소방서", office_phone="119")
    plan.cost_lines.create(item="facilities", planned_amount=1_000)
    return plan


def make_cost(project: Project, author: User, **fields: Any) -> SafetyCost:
    """Return the statement of this month with 1,200 spent on facilities."""
    month = timezone.localdate().replace(day=1)
    statement = SafetyCost.objects.create(
        project=project, author=author, **{"month": month, **fields}
    )
    statement.cost_lines.create(item="facilities", description="안전난간", spent_amount=1_200)
    return statement


def make_activity(project: Project, author: User, **fields: Any) -> SafetyActivity:
    """Return a toolbox meeting of 20 people."""
    values = {"topic": "추락 예방", "attendance_count": 20, **fields}
    return SafetyActivity.objects.create(project=project, author=author, **values)


def make_permit(project: Project, author: User, **fields: Any) -> WorkPermit:
    """Return a permit for hot work from an hour ago, for six hours."""
    now = timezone.now()
    values = {
        "work": "거더 용접",
        "place": "3번 교각",
        "valid_from": now - datetime.timedelta(hours=1),
        "valid_until": now + datetime.timedelta(hours=5),
        **fields,
    }
    permit = WorkPermit.objects.create(project=project, author=author, **values)
    permit.precautions.create(text="화재감시자", is_in_place=True)
    return permit


def make_accident(project: Project, author: User, **fields: Any) -> Accident:
    """Return the report of an accident with one injured person."""
    values = {
        "kind": Accident.Kind.STRUCK,
        "place": "자재 야적장",
        "injured_count": 1,
        "account": "자재를 옮기다 손가락을 다침",
        "victim_details": "ㅇㅇㅇ, 손가락 골절",
        **fields,
    }
    return Accident.objects.create(project=project, author=author, **values)
