"""Materials, deliveries, the plan of tests against tests made, and non-conformances."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import (
    MaterialReceipt,
    NonConformance,
    QualityPlan,
    QualityTest,
    RecordState,
    required_number,
)
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.materials import lines_without_approval, received_of
from pmis.services.quality import plan_rows
from tests.factories.pmis import Site
from tests.factories.quality import (
    DAY,
    inspection,
    material,
    non_conformance,
    plan,
    quality_test,
    work_items,
)

AsUser = Callable[[User], Client]


# -- Materials -------------------------------------------------------------------------------


def delivery(**fields: Any) -> dict[str, Any]:
    given = {"date": DAY, "lot": "L-1", "quantity": Decimal(30), "result": "accepted", **fields}
    return {"receipts": [given]}


def test_a_material_is_decided_by_the_supervisor_alone(site: Site) -> None:
    approval = material(site, RecordState.SUBMITTED)
    for role in (Role.INSPECTOR, Role.OFFICER, Role.ENGINEER):
        with pytest.raises(RoleNotAllowed):
            perform(subject=approval, action="approve", by=site[role])
    with pytest.raises(PermissionDenied):
        perform(subject=approval, action="approve", by=site[Role.SITE_AGENT])
    with pytest.raises(ValidationError):
        perform(subject=approval, action="approve_conditionally", by=site[Role.SUPERVISOR])
    approval = perform(
        subject=approval,
        action="approve_conditionally",
        by=site[Role.SUPERVISOR],
        fields={"conditions": "첫 반입분 시험"},
    )
    assert (approval.state, approval.conditions) == (RecordState.CONDITIONAL, "첫 반입분 시험")


def test_a_material_needs_its_source_and_a_proof(site: Site) -> None:
    approval = material(site, manufacturer="", certificate="", test_report="")
    with pytest.raises(ValidationError) as refused:
        perform(subject=approval, action="submit", by=site[Role.SITE_AGENT])
    assert set(refused.value.message_dict) == {"manufacturer", "certificate"}


def test_a_rejected_material_is_out_of_force_and_has_its_reason(site: Site) -> None:
    approval = material(site, RecordState.SUBMITTED)
    with pytest.raises(ValidationError):
        perform(subject=approval, action="reject", by=site[Role.SUPERVISOR])
    approval = perform(
        subject=approval, action="reject", by=site[Role.SUPERVISOR], comment="KS 인증 만료"
    )
    assert not approval.is_in_force


def test_deliveries_are_entered_lot_by_lot_after_approval(site: Site) -> None:
    approval = material(site, RecordState.APPROVED)
    with pytest.raises(ValidationError):
        perform(subject=approval, action="receive", by=site[Role.INSPECTOR])
    by = site[Role.INSPECTOR]
    approval = perform(subject=approval, action="receive", by=by, lines=delivery())
    sent_back = delivery(lot="L-2", quantity=Decimal(5), result="returned")
    with pytest.raises(ValidationError):
        perform(subject=approval, action="receive", by=by, lines=sent_back)
    sent_back["receipts"][0]["remark"] = "표시 없음"
    approval = perform(subject=approval, action="receive", by=by, lines=sent_back)
    received = received_of(approval)
    assert (received.accepted, received.sent_back) == (Decimal(30), Decimal(5))
    with pytest.raises(RoleNotAllowed):
        perform(subject=approval, action="receive", by=site[Role.SITE_AGENT], lines=delivery())
    with pytest.raises(TransitionNotAllowed):
        perform(
            subject=material(site, RecordState.SUBMITTED),
            action="receive",
            by=by,
            lines=delivery(),
        )


def test_what_failed_its_test_is_suspended_reinstated_or_revoked(site: Site) -> None:
    approval = material(site, RecordState.APPROVED)
    by = site[Role.SUPERVISOR]
    approval = perform(subject=approval, action="suspend_approval", by=by, comment="시험 불합격")
    with pytest.raises(TransitionNotAllowed):
        perform(subject=approval, action="receive", by=by, lines=delivery())
    approval = perform(subject=approval, action="reinstate", by=by)
    assert approval.state == RecordState.APPROVED
    approval = perform(subject=approval, action="revoke", by=by, comment="허위 성적서")
    with pytest.raises(TransitionNotAllowed):
        perform(subject=approval, action="reinstate", by=by)


def test_only_approved_material_is_received_without_a_warning(site: Site) -> None:
    report = site.report()
    report.material_lines.create(
        item="이형 철근", standard="SD400 D16", unit="t", received_quantity=5
    )
    report.material_lines.create(item="이형철근", standard="SD500 D19", unit="t", used_quantity=5)
    warn = REGISTRY["daily_report"].warnings

    def warned() -> list[str]:
        return [one.field_id for one in warn(report) if "material_lines" in one.field_id]

    assert warned() == ["id_material_lines-0-received_quantity"]
    approval = material(site, RecordState.SUBMITTED)
    assert warned(), "asked for is not approved"
    approval = perform(subject=approval, action="approve", by=site[Role.SUPERVISOR])
    assert warned() == [], "spaces in the name do not matter"
    perform(subject=approval, action="suspend_approval", by=site[Role.SUPERVISOR], comment="불합격")
    assert [state for _i, _l, state in lines_without_approval(report)] == ["suspended"]


def test_the_database_refuses_deliveries_that_cannot_be(site: Site) -> None:
    approval = material(site, RecordState.APPROVED)
    for wrong in ({"quantity": 0}, {"quantity": 1, "result": "returned", "remark": ""}):
        fields = {"result": "accepted", "date": DAY, **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            MaterialReceipt.objects.create(approval=approval, **fields)


# -- The plan and its tests ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "every", "least", "number"),
    [
        (Decimal(0), Decimal(5), 2, 0),
        (Decimal("0.1"), Decimal(5), 1, 1),
        (Decimal(5), Decimal(5), 1, 1),
        (Decimal("5.001"), Decimal(5), 1, 2),
        (Decimal(4), Decimal(5), 2, 2),
        (Decimal(58), Decimal(5), 2, 12),
        (Decimal(58), None, 3, 3),
        (None, Decimal(5), 3, 3),
    ],
)
def test_tests_required_follow_the_quantity(
    quantity: Decimal | None, every: Decimal | None, least: int, number: int
) -> None:
    assert required_number(quantity, every, least) == number


def test_the_plan_is_compared_with_work_done_and_tests_made(site: Site) -> None:
    items = work_items(site)
    report = site.report()
    report.work_lines.create(activity="철근", work_item=items["C1"], quantity=12, unit="t")
    made = plan(site, work_item=items["C1"])
    assert plan_rows(made)[0].required_number == 0
    site.lead(report, RecordState.APPROVED)
    row = plan_rows(made)[0]
    assert (row.planned_number, row.required_number, row.made, row.short) == (12, 3, 0, 3)
    quality_test(site, RecordState.PASSED)
    failed = quality_test(site, RecordState.FAILED)
    quality_test(site, RecordState.SUBMITTED)
    row = plan_rows(made)[0]
    assert (row.made, row.passed, row.failed, row.waiting, row.short) == (2, 1, 1, 1, 1)
    assert (failed.required_number, failed.done_number) == (3, 2)
    action = {"corrective_action": "재시공"}
    perform(subject=failed, action="retest", by=site[Role.SITE_AGENT], fields=action)
    assert plan_rows(made)[0].made == 1, "a failed test counts by its retest"


def test_a_retest_begins_with_what_failed(site: Site) -> None:
    failed = quality_test(site, RecordState.FAILED)
    with pytest.raises(ValidationError):
        perform(subject=failed, action="retest", by=site[Role.SITE_AGENT])
    action = {"corrective_action": "재시공"}
    perform(subject=failed, action="retest", by=site[Role.ENGINEER], fields=action)
    again = QualityTest.objects.get(retest_of=failed)
    assert (again.item, again.plan_code, again.measured_value) == ("철근 인장강도", "Q1", "")
    assert again.author == site[Role.ENGINEER]


def test_a_test_is_complete_and_of_the_plan_before_it_is_judged(site: Site) -> None:
    plan(site)
    test = quality_test(site, plan_code="Q9", laboratory="", measured_value="")
    with pytest.raises(ValidationError) as refused:
        perform(subject=test, action="submit", by=site[Role.SITE_AGENT])
    assert set(refused.value.message_dict) == {"plan_code", "laboratory", "measured_value"}
    test = quality_test(site, RecordState.SUBMITTED)
    with pytest.raises(ValidationError):
        perform(subject=test, action="fail", by=site[Role.INSPECTOR])
    with pytest.raises(RoleNotAllowed):
        perform(subject=test, action="pass", by=site[Role.OFFICER])


def test_the_database_keeps_one_plan_and_tests_after_their_samples(site: Site) -> None:
    plan(site)
    with pytest.raises(IntegrityError), transaction.atomic():
        second = QualityPlan.objects.create(project=site.project, author=site[Role.SITE_AGENT])
        site.lead(second, RecordState.DRAFT)
        QualityPlan.objects.filter(pk=second.pk).update(
            state=RecordState.APPROVED, approved_at="2026-11-20T00:00Z"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        quality_test(site, test_date=DAY - datetime.timedelta(days=1))


# -- Non-conformances ------------------------------------------------------------------------


def answered(site: Site, report: NonConformance) -> NonConformance:
    fields = {"cause": "간격재 부족", "correction": "재시공", "rectified_date": DAY}
    return perform(subject=report, action="rectify", by=site[Role.SITE_AGENT], fields=fields)


def test_a_non_conformance_is_open_until_it_is_verified(site: Site) -> None:
    report = non_conformance(site)
    assert (report.state, report.number) == (RecordState.OPEN, 1)
    with pytest.raises(TransitionNotAllowed):
        perform(
            subject=report,
            action="verify",
            by=site[Role.INSPECTOR],
            fields={"verification": "확인"},
        )
    with pytest.raises(ValidationError):
        perform(subject=report, action="rectify", by=site[Role.SITE_AGENT])
    with pytest.raises(RoleNotAllowed):
        answered(Site(site.project, {**site.people, Role.SITE_AGENT: site[Role.OFFICER]}), report)
    report = answered(site, report)
    report = perform(subject=report, action="reopen", by=site[Role.SUPERVISOR], comment="아직 부족")
    report = answered(site, report)
    report = perform(
        subject=report,
        action="verify",
        by=site[Role.SUPERVISOR],
        fields={"verification": "다시 재어 확인"},
    )
    assert report.state == RecordState.CLOSED
    assert report.closed_date is not None


def test_the_database_closes_nothing_without_cause_and_correction(site: Site) -> None:
    report = non_conformance(site)
    with pytest.raises(IntegrityError), transaction.atomic():
        NonConformance.objects.filter(pk=report.pk).update(state="closed", closed_date=DAY)


def test_a_report_starts_from_the_inspection_that_failed(site: Site, as_user: AsUser) -> None:
    request = inspection(site, RecordState.FAILED)
    inspector = as_user(site[Role.INSPECTOR])
    page = inspector.get(
        reverse("pmis:inspection-request-detail", args=[request.public_id])
    ).content.decode()
    address = page.split("/write/")[1].split('"')[0]
    url = reverse("pmis:non-conformance-of-project", args=[site.project.public_id])
    form = inspector.get(f"{url}write/{address}").content.decode()
    assert "교각 기초 철근" in form
    assert "피복 두께" in form


# -- Pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_stands_in_both_languages(site: Site, as_user: AsUser, language: str) -> None:
    work_items(site)
    records = [
        material(site, RecordState.APPROVED),
        plan(site),
        quality_test(site, RecordState.FAILED),
        non_conformance(site),
        inspection(site, RecordState.CONDITIONAL),
    ]
    for role in (Role.SITE_AGENT, Role.SUPERVISOR):
        client = as_user(site[role])
        client.cookies["django_language"] = language
        for record in records:
            name = record.record_type.replace("_", "-")
            url = reverse(f"pmis:{name}-detail", args=[record.public_id])
            assert client.get(url).status_code == 200, name
    page = client.get(reverse("pmis:quality-plan-detail", args=[records[1].public_id]))
    assert "KS B 0802" in page.content.decode()


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("material-approval", material),
        ("quality-test", quality_test),
        ("non-conformance", lambda site: non_conformance(site, RecordState.DRAFT)),
    ],
)
def test_registers_ask_few_questions_however_long(
    site: Site,
    as_user: AsUser,
    django_assert_max_num_queries: Callable[..., Any],
    name: str,
    make: Callable[[Site], Any],
) -> None:
    for _number in range(8):
        make(site)
    url = reverse(f"pmis:{name}-of-project", args=[site.project.public_id])
    client = as_user(site[Role.SUPERVISOR])
    with django_assert_max_num_queries(12):
        assert client.get(url).status_code == 200
