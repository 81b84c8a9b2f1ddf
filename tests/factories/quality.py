"""Factories of inspections, materials, tests and non-conformances; states by the real steps."""

from __future__ import annotations

import datetime
from typing import Any

from pmis.models import (
    InspectionItem,
    InspectionRequest,
    InspectionTemplate,
    InspectionTemplateItem,
    MaterialApproval,
    NonConformance,
    QualityPlan,
    QualityPlanItem,
    QualityTest,
    RecordState,
    WorkItem,
)
from pmis.roles import Role
from pmis.services.approvals import perform
from tests.factories.pmis import Site

DAY = datetime.date(2026, 11, 24)
Result = InspectionItem.Result
POINTS = ("바닥 철근 배근 간격", "피복 두께", "이음 길이")


def template(work_type: str = "암거박스") -> InspectionTemplate:
    """Return a checklist of three points."""
    made = InspectionTemplate.objects.create(division="토목공사", work_type=work_type)
    for order, point in enumerate(POINTS):
        InspectionTemplateItem.objects.create(
            template=made, order=order, timing="타설 전", item=point, criterion="±10 mm"
        )
    return made


def results(request: InspectionRequest, *values: str) -> dict[str, Any]:
    """Return what an inspector fills in: one result for each point, or one for all."""
    count = request.items.count()
    given = values * count if len(values) == 1 else values
    return {"items": [{"result": value, "measured_value": "12"} for value in given]}


def inspection(site: Site, state: str = RecordState.DRAFT, **fields: Any) -> InspectionRequest:
    """Return a hold point of the site agent with three points, led to `state`."""
    given = {
        "activity": "교각 기초 철근",
        "location": "P1",
        "inspection_date": DAY,
        "inspection_time": datetime.time(14),
        "author": site[Role.SITE_AGENT],
        **fields,
    }
    request = InspectionRequest.objects.create(project=site.project, **given)
    for order, point in enumerate(POINTS):
        request.items.create(order=order, item=point, criterion="±10 mm", self_check=Result.PASS)
    return lead_inspection(site, request, state)


def lead_inspection(site: Site, request: InspectionRequest, state: str) -> InspectionRequest:
    """Lead a request to `state` by the real steps."""
    if state == RecordState.DRAFT:
        return request
    request = perform(subject=request, action="submit", by=site[Role.SITE_AGENT])
    by = site[Role.INSPECTOR]
    until = {"result_note": "피복 보완", "rectify_by_date": DAY + datetime.timedelta(days=3)}
    match state:
        case RecordState.PASSED:
            lines = results(request, Result.PASS)
            return perform(subject=request, action="pass", by=by, lines=lines)
        case RecordState.CONDITIONAL:
            lines = results(request, Result.PASS)
            action = "pass_conditionally"
            return perform(subject=request, action=action, by=by, fields=until, lines=lines)
        case RecordState.FAILED | RecordState.RECTIFIED:
            lines = results(request, Result.PASS, Result.FAIL, Result.NOT_APPLICABLE)
            request = perform(subject=request, action="fail", by=by, fields=until, lines=lines)
    if state == RecordState.RECTIFIED:
        return perform(
            subject=request,
            action="rectify",
            by=site[Role.SITE_AGENT],
            fields={"corrective_action": "간격재를 더 넣음"},
        )
    return request


def work_items(site: Site) -> dict[str, WorkItem]:
    """Return the work items of the site's approved schedule; C2 may begin only after C1."""
    schedule = site.schedule()
    days = {"planned_start_date": DAY, "planned_finish_date": DAY}
    for order, (code, name) in enumerate((("C1", "기초 철근"), ("C2", "기초 타설")), start=5):
        WorkItem.objects.create(
            schedule=schedule, code=code, name=name, quantity=10, unit="t", weight=0,
            order=order, **days,
        )  # fmt: skip
    site.lead(schedule, RecordState.APPROVED)
    return {item.code: item for item in schedule.work_items.all()}


def material(site: Site, state: str = RecordState.DRAFT, **fields: Any) -> MaterialApproval:
    """Return a material of the site agent, approved by the supervisor where asked for."""
    given = {
        "item": "이형철근",
        "standard": "SD400 D16",
        "quantity": 120,
        "unit": "t",
        "intended_location": "교각 기초",
        "manufacturer": "한강제강",
        "supplier": "한강상사",
        "certificate": "KS D 3504",
        "author": site[Role.SITE_AGENT],
        **fields,
    }
    approval = MaterialApproval.objects.create(project=site.project, **given)
    if state == RecordState.DRAFT:
        return approval
    approval = perform(subject=approval, action="submit", by=site[Role.SITE_AGENT])
    if state == RecordState.SUBMITTED:
        return approval
    return perform(subject=approval, action="approve", by=site[Role.SUPERVISOR])


def plan(site: Site, **item: Any) -> QualityPlan:
    """Return an approved plan with one test for every 5 of work item C1, two at least."""
    made = QualityPlan.objects.create(
        project=site.project, as_of_date=DAY, author=site[Role.SITE_AGENT]
    )
    given = {
        "code": "Q1",
        "item": "철근 인장강도",
        "standard": "KS B 0802",
        "planned_quantity": 58,
        "unit": "t",
        "per_quantity": 5,
        "least_number": 2,
        **item,
    }
    QualityPlanItem.objects.create(plan=made, **given)
    return site.lead(made, RecordState.APPROVED)


def quality_test(site: Site, state: str = RecordState.DRAFT, **fields: Any) -> QualityTest:
    """Return a test of the site agent, decided by the inspector where asked for."""
    given = {
        "plan_code": "Q1",
        "item": "철근 인장강도",
        "sample_location": "현장 야적장",
        "sample_date": DAY,
        "test_date": DAY,
        "laboratory": "서울품질시험소",
        "criterion": "400 MPa 이상",
        "measured_value": "455 MPa",
        "author": site[Role.SITE_AGENT],
        **fields,
    }
    test = QualityTest.objects.create(project=site.project, **given)
    if state == RecordState.DRAFT:
        return test
    test = perform(subject=test, action="submit", by=site[Role.SITE_AGENT])
    if state == RecordState.SUBMITTED:
        return test
    action = "pass" if state == RecordState.PASSED else "fail"
    note = {"result_note": "기준 미달"} if action == "fail" else {}
    return perform(subject=test, action=action, by=site[Role.INSPECTOR], fields=note)


def non_conformance(site: Site, state: str = RecordState.OPEN, **fields: Any) -> NonConformance:
    """Return a report of the inspector, issued where asked for."""
    given = {
        "title": "피복 두께 부족",
        "found_date": DAY,
        "location": "P1 기초",
        "description": "설계 80 mm, 실측 62 mm",
        "rectify_by_date": DAY + datetime.timedelta(days=3),
        "author": site[Role.INSPECTOR],
        **fields,
    }
    report = NonConformance.objects.create(project=site.project, **given)
    if state == RecordState.DRAFT:
        return report
    return perform(subject=report, action="issue", by=site[Role.INSPECTOR])
