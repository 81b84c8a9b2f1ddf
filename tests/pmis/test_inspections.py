"""Inspection requests: who asks, who decides, chains, hold points, checklists."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccs.lib.identity import new_public_id
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import InspectionItem, InspectionRequest, InspectionTemplate, RecordState
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.services.inspection_templates import load_templates
from pmis.services.inspections import blocked_items, items_blocked_by
from pmis.services.records import correct_record, save_record
from tests.factories.pmis import Site
from tests.factories.quality import (
    DAY,
    POINTS,
    inspection,
    lead_inspection,
    results,
    template,
    work_items,
)

#: Day by which the factory's failures are to be put right.
LIMIT = DAY + datetime.timedelta(days=3)
AsUser = Callable[[User], Client]
Result = InspectionItem.Result


def test_an_inspection_is_asked_for_by_the_contractor_and_decided_by_the_inspector(
    site: Site,
) -> None:
    request = inspection(site, RecordState.PASSED)
    assert request.state == RecordState.PASSED
    assert request.number == 1
    assert request.inspector == site[Role.INSPECTOR]
    assert request.inspector_role == Role.INSPECTOR
    assert request.inspector_firm == site.firms["supervision_firm"]
    assert request.inspected_at is not None


def test_the_supervisor_may_inspect_too_and_the_contractor_may_not(site: Site) -> None:
    request = inspection(site, RecordState.SUBMITTED)
    lines = results(request, Result.PASS)
    for role in (Role.OFFICER, Role.SUBCONTRACTOR, Role.AUDITOR, Role.ENGINEER):
        with pytest.raises(RoleNotAllowed):
            perform(subject=request, action="pass", by=site[role], lines=lines)
    with pytest.raises(PermissionDenied):
        perform(subject=request, action="pass", by=site[Role.SITE_AGENT], lines=lines)
    decided = perform(subject=request, action="pass", by=site[Role.SUPERVISOR], lines=lines)
    assert decided.inspector_role == Role.SUPERVISOR


def test_a_request_says_what_where_and_when_and_was_checked_by_the_contractor(site: Site) -> None:
    request = inspection(site, activity="", location="", inspection_time=None)
    request.items.filter(order=1).update(self_check="")
    with pytest.raises(ValidationError) as refused:
        perform(subject=request, action="submit", by=site[Role.SITE_AGENT])
    assert set(refused.value.message_dict) == {
        "activity",
        "location",
        "inspection_time",
        "items-1-self_check",
    }


def test_a_failed_point_keeps_the_inspection_from_passing(site: Site) -> None:
    request = inspection(site, RecordState.SUBMITTED)
    failed = results(request, Result.PASS, Result.FAIL, Result.PASS)
    with pytest.raises(ValidationError, match="피복 두께"):
        perform(subject=request, action="pass", by=site[Role.INSPECTOR], lines=failed)
    with pytest.raises(ValidationError):
        perform(subject=request, action="pass", by=site[Role.INSPECTOR], lines=results(request, ""))
    until = {"rectify_by_date": DAY}
    with pytest.raises(ValidationError):
        perform(
            subject=request,
            action="fail",
            by=site[Role.INSPECTOR],
            fields=until,
            lines=results(request, Result.PASS),
        )
    request.refresh_from_db()
    assert request.state == RecordState.SUBMITTED
    assert not request.items.exclude(result="").exists()


def test_conditions_and_a_day_are_needed_for_a_conditional_pass(site: Site) -> None:
    request = inspection(site, RecordState.SUBMITTED)
    with pytest.raises(ValidationError) as refused:
        perform(
            subject=request,
            action="pass_conditionally",
            by=site[Role.INSPECTOR],
            lines=results(request, Result.PASS),
        )
    assert set(refused.value.message_dict) == {"result_note", "rectify_by_date"}


def test_results_are_never_the_contractors(site: Site) -> None:
    request = inspection(site)
    lines = {"items": [{"item": "철근", "self_check": Result.PASS, "result": Result.PASS}]}
    save_record(record=request, fields={}, lines=lines, by=site[Role.SITE_AGENT])
    request = perform(subject=request, action="submit", by=site[Role.SITE_AGENT])
    assert [point.result for point in request.items.all()] == [""]


def test_the_inspector_may_set_another_time_and_then_inspect(site: Site) -> None:
    request = inspection(site, RecordState.SUBMITTED)
    later = {"inspection_date": DAY, "inspection_time": datetime.time(16, 30)}
    request = perform(subject=request, action="schedule", by=site[Role.INSPECTOR], fields=later)
    assert (request.state, request.inspection_time) == ("scheduled", datetime.time(16, 30))
    lines = results(request, Result.PASS)
    request = perform(subject=request, action="pass", by=site[Role.INSPECTOR], lines=lines)
    assert request.state == RecordState.PASSED


def test_a_request_is_cancelled_with_a_reason_and_never_public(site: Site) -> None:
    request = inspection(site, RecordState.SUBMITTED)
    with pytest.raises(ValidationError):
        perform(subject=request, action="cancel", by=site[Role.SITE_AGENT])
    request = perform(
        subject=request, action="cancel", by=site[Role.SITE_AGENT], comment="우천으로 연기"
    )
    assert request.state == RecordState.CANCELLED
    assert not request.is_in_force
    passed = inspection(site, RecordState.PASSED)
    with pytest.raises(TransitionNotAllowed):
        perform(subject=passed, action="cancel", by=site[Role.SITE_AGENT], comment="까닭")


def test_what_failed_is_put_right_and_asked_for_again(site: Site) -> None:
    request = inspection(site, RecordState.RECTIFIED)
    again = request.following.get()
    assert (again.state, again.reinspection_number) == (RecordState.DRAFT, 1)
    assert again.chain == request.public_id
    assert again.author == site[Role.SITE_AGENT]
    # What did not apply is not asked for again; the contractor checks anew.
    assert [point.item for point in again.items.all()] == list(POINTS[:2])
    assert not again.items.exclude(self_check="").exists()
    again.items.update(self_check=Result.PASS)
    fields = {"inspection_date": DAY, "inspection_time": datetime.time(9)}
    again = save_record(record=again, fields=fields, by=site[Role.SITE_AGENT])
    again = perform(subject=again, action="submit", by=site[Role.SITE_AGENT])
    by, lines = site[Role.INSPECTOR], results(again, Result.FAIL)
    again = perform(
        subject=again, action="fail", by=by, fields={"rectify_by_date": DAY}, lines=lines
    )
    action = {"corrective_action": "다시 시공"}
    again = perform(subject=again, action="rectify", by=site[Role.ENGINEER], fields=action)
    third = again.following.get()
    assert (third.reinspection_number, third.chain) == (2, request.public_id)
    assert third.author == site[Role.ENGINEER]


def test_a_failure_is_put_right_with_words_and_once(site: Site) -> None:
    request = inspection(site, RecordState.FAILED)
    with pytest.raises(ValidationError):
        perform(subject=request, action="rectify", by=site[Role.SITE_AGENT])
    action = {"corrective_action": "보완"}
    request = perform(subject=request, action="rectify", by=site[Role.SITE_AGENT], fields=action)
    with pytest.raises(TransitionNotAllowed):
        perform(subject=request, action="rectify", by=site[Role.SITE_AGENT], fields=action)


def test_the_database_locks_results_and_keeps_chains_whole(site: Site) -> None:
    request = inspection(site, RecordState.FAILED)
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionItem.objects.filter(request=request).update(result=Result.PASS)
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionRequest.objects.filter(pk=request.pk).update(activity="다른 것")
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionRequest.objects.filter(pk=request.pk).update(state="passed", inspected_at=None)
    draft = inspection(site)
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionRequest.objects.filter(pk=draft.pk).update(reinspection_number=1)
    for state in ("passed", "failed"):
        other = inspection(site)
        with pytest.raises(IntegrityError), transaction.atomic():
            InspectionRequest.objects.filter(pk=other.pk).update(state=state)


def test_a_correction_is_inspected_again_and_stays_in_its_chain(site: Site) -> None:
    lead_inspection(site, inspection(site), RecordState.RECTIFIED)
    again = InspectionRequest.objects.get(reinspection_number=1)
    again.items.update(self_check=Result.PASS)
    fields = {"inspection_date": DAY, "inspection_time": datetime.time(9)}
    again = save_record(record=again, fields=fields, by=site[Role.SITE_AGENT])
    again = lead_inspection(site, again, RecordState.PASSED)
    version = correct_record(record=again, reason="도면 번호", by=site[Role.SITE_AGENT])
    assert (version.previous, version.chain) == (again.previous, again.chain)
    version = perform(subject=version, action="submit", by=site[Role.SITE_AGENT])
    assert [point.result for point in version.items.all()] == ["", ""]
    again.refresh_from_db()
    assert again.state == RecordState.PASSED


# -- Hold points -----------------------------------------------------------------------------


def blocked(site: Site) -> set[str]:
    return set(blocked_items(site.project))


def test_a_hold_point_blocks_what_follows_until_its_chain_passes(site: Site) -> None:
    items = work_items(site)
    assert blocked(site) == set()
    inspection(site, work_item=items["C1"])
    assert blocked(site) == set(), "nobody was asked yet"
    request = inspection(site, RecordState.SUBMITTED, work_item=items["C1"])
    assert blocked(site) == {"C2"}
    assert [item.code for item in items_blocked_by(request)] == ["C2"]
    until = {"rectify_by_date": DAY}
    lines = results(request, Result.FAIL)
    by = site[Role.INSPECTOR]
    request = perform(subject=request, action="fail", by=by, fields=until, lines=lines)
    action = {"corrective_action": "보완"}
    request = perform(subject=request, action="rectify", by=site[Role.SITE_AGENT], fields=action)
    assert blocked(site) == {"C2"}
    again = request.following.get()
    again.items.update(self_check=Result.PASS)
    fields = {"inspection_date": DAY, "inspection_time": datetime.time(9)}
    again = save_record(record=again, fields=fields, by=site[Role.SITE_AGENT])
    lead_inspection(site, again, RecordState.PASSED)
    assert blocked(site) == set()
    assert items_blocked_by(request) == []


@pytest.mark.parametrize("state", [RecordState.CONDITIONAL, RecordState.FAILED])
def test_only_a_passed_hold_point_lets_the_next_work_begin(site: Site, state: str) -> None:
    items = work_items(site)
    inspection(site, state, work_item=items["C1"])
    assert blocked(site) == {"C2"}


def test_a_witness_point_and_a_cancelled_request_block_nothing(site: Site) -> None:
    items = work_items(site)
    inspection(site, RecordState.SUBMITTED, work_item=items["C1"], kind="witness_point")
    request = inspection(site, RecordState.SUBMITTED, work_item=items["C1"])
    perform(subject=request, action="cancel", by=site[Role.SITE_AGENT], comment="연기")
    assert blocked(site) == set()


def test_a_daily_report_is_warned_of_work_behind_a_hold_point(site: Site) -> None:
    items = work_items(site)
    report = site.report()
    report.work_lines.create(activity="기초 타설", work_item=items["C2"], quantity=3, unit="t")
    warn = REGISTRY["daily_report"].warnings
    assert not [one for one in warn(report) if "기초 타설" in one.sentence]
    inspection(site, RecordState.SUBMITTED, work_item=items["C1"])
    found = [one for one in warn(report) if "기초 타설" in one.sentence]
    assert len(found) == 1
    assert "교각 기초 철근" in found[0].sentence
    assert found[0].field_id == "id_work_lines-1-quantity"


def test_a_request_on_short_notice_is_warned(site: Site) -> None:
    today = timezone.localdate()
    warn = REGISTRY["inspection_request"].warnings
    late = inspection(site, inspection_date=today)
    early = inspection(site, inspection_date=today + datetime.timedelta(days=1))
    ids = [{one.field_id for one in warn(request)} for request in (late, early)]
    assert "id_inspection_date" in ids[0]
    assert "id_inspection_date" not in ids[1]


# -- Checklists ------------------------------------------------------------------------------


def test_the_280_points_make_checklists_once_and_leave_changed_ones(db: None) -> None:
    assert load_templates() == (66, 280)
    InspectionTemplate.objects.filter(work_type="토공").update(is_active=False)
    first = InspectionTemplate.objects.get(work_type="토공")
    first.items.all().delete()
    assert load_templates() == (0, 0)
    assert not first.items.exists()


def test_a_chosen_checklist_fills_the_form_and_loses_nothing_typed(
    site: Site, as_user: AsUser
) -> None:
    made = template()
    url = reverse("pmis:inspection-request-write", args=[site.project.public_id, new_public_id()])
    agent = as_user(site[Role.SITE_AGENT])
    typed = {"activity": "기초 철근", "template": str(made.public_id), "items-0-item": "직접 쓴 점"}
    answer = agent.post(url, {**typed, "take_points": "1"})
    assert answer.status_code == 302
    page = agent.get(url).content.decode()
    for text in ("기초 철근", "직접 쓴 점", *(f"[타설 전] {point}" for point in POINTS)):
        assert text in page, text
    assert 'name="items-3-item"' in page


def test_a_request_sent_with_a_checklist_and_no_points_gets_the_points(
    site: Site, as_user: AsUser
) -> None:
    """A device without a network cannot fetch the points: the server puts them in."""
    key = new_public_id()
    url = reverse("pmis:inspection-request-write", args=[site.project.public_id, key])
    data = {"activity": "기초", "kind": "hold_point", "template": str(template().public_id)}
    assert as_user(site[Role.SITE_AGENT]).post(url, {**data, "save": "1"}).status_code == 302
    assert InspectionRequest.objects.get(public_id=key).items.count() == len(POINTS)


# -- Pages -----------------------------------------------------------------------------------


def test_one_tap_passes_all_and_exceptions_stay(site: Site, as_user: AsUser) -> None:
    request = inspection(site)
    request.items.filter(order=1).update(self_check=Result.NOT_APPLICABLE)
    request.items.filter(order=2).update(self_check=Result.FAIL)
    request = lead_inspection(site, request, RecordState.SUBMITTED)
    url = reverse("pmis:inspection-request-pass", args=[request.public_id])
    inspector = as_user(site[Role.INSPECTOR])
    page = inspector.post(url, {"pass_all": "1", "result_note": "메모"}).content.decode()
    marked = page.split("checked")
    assert len(marked) == 3, "pass and n/a; what the contractor found wrong stays open"
    assert "메모" in page
    data = {f"items-{place}-result": "pass" for place in range(3)}
    fail = reverse("pmis:inspection-request-fail", args=[request.public_id])
    assert inspector.post(fail, data).status_code == 400
    assert inspector.post(url, data).status_code == 302
    request.refresh_from_db()
    assert request.state == RecordState.PASSED


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_offers_one_inspection_with_three_results(
    site: Site, as_user: AsUser, language: str
) -> None:
    items = work_items(site)
    request = inspection(site, RecordState.SUBMITTED, work_item=items["C1"])
    inspector = as_user(site[Role.INSPECTOR])
    inspector.cookies["django_language"] = language
    url = reverse("pmis:inspection-request-detail", args=[request.public_id])
    page = inspector.get(url).content.decode()
    assert "C2 기초 타설" in page, "says what it holds up"
    assert page.count('href="pass/"') == 1
    assert 'href="fail/"' not in page
    step = inspector.get(f"{url}pass/").content.decode()
    for action in ("pass", "pass_conditionally", "fail"):
        assert f'formaction="{url}{action}/"' in step


def test_the_register_is_filtered_by_result_and_type_of_work(site: Site, as_user: AsUser) -> None:
    made = template()
    inspection(site, RecordState.FAILED, activity="북측 옹벽", template=made)
    inspection(site, RecordState.PASSED, activity="남측 기초")
    inspector = as_user(site[Role.INSPECTOR])
    url = reverse("pmis:inspection-request-of-project", args=[site.project.public_id])
    for question, shown, hidden in (
        ({"state": "failed"}, "북측 옹벽", "남측 기초"),
        ({"state": "passed"}, "남측 기초", "북측 옹벽"),
        ({"work_type": made.public_id}, "북측 옹벽", "남측 기초"),
        ({"overdue": "yes"}, "북측 옹벽" if timezone.localdate() > LIMIT else "", "남측 기초"),
    ):
        rows = inspector.get(url, question).content.decode().partition("<tbody>")[2]
        assert shown in rows, question
        assert hidden not in rows, question
    sheet = b"".join(inspector.get(url, {"format": "csv"}).streaming_content).decode()
    assert "북측 옹벽" in sheet
    assert "남측 기초" in sheet


def test_the_register_asks_few_questions_however_long(
    site: Site, as_user: AsUser, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    made = template()
    for _number in range(12):
        inspection(site, template=made)
    url = reverse("pmis:inspection-request-of-project", args=[site.project.public_id])
    client = as_user(site[Role.INSPECTOR])
    with django_assert_max_num_queries(12):
        assert client.get(url).status_code == 200


def test_buttons_agree_with_the_workflow(site: Site) -> None:
    request = inspection(site, RecordState.FAILED)
    offered = {
        role: {row.action for row in available_actions(request, site[role])} for role in Role
    }
    assert offered[Role.SITE_AGENT] == offered[Role.ENGINEER] == {"rectify"}
    assert not any(
        actions for role, actions in offered.items() if role not in (Role.SITE_AGENT, Role.ENGINEER)
    )
