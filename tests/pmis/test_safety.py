"""Safety: findings from sight to closure, stop-work, checklists, permits, plans, accidents."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from allimi.catalogue import CATALOGUE, Disclosure
from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from pmis.models import (
    Accident,
    RecordState,
    RiskLine,
    SafetyActivity,
    SafetyChecklist,
    SafetyCost,
    SafetyFinding,
    SafetyPlan,
    WorkPermit,
)
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.safety_overview import due_safety, safety_of
from pmis.safety_templates import CHECKLISTS, PRECAUTIONS, SEASONS
from pmis.services import safety, safety_plans
from pmis.services.approvals import perform
from pmis.services.records import fields_of_author, save_record
from tests.factories import safety as made
from tests.factories.pmis import Site

State = RecordState


def finding_of(site: Site, state: str = State.DRAFT, **fields: object) -> SafetyFinding:
    """Return a finding of the inspector, led to `state`."""
    firm = fields.pop("organization", site.firms["contractor"])
    finding = made.make_finding(site.project, site[Role.INSPECTOR], firm, **fields)
    steps = {
        State.DRAFT: (),
        State.OPEN: ("open",),
        State.ASSIGNED: ("assign_action",),
        State.DONE: ("assign_action", "done"),
        State.STOPPED: ("assign_action", "stop"),
        State.RELEASED: ("assign_action", "stop", "lift_stop"),
        State.CLOSED: ("assign_action", "done", "verify"),
    }[State(state)]
    for action in steps:
        finding = take(site, finding, action)
    return finding


def take(site: Site, finding: SafetyFinding, action: str, **fields: object) -> SafetyFinding:
    by, filled = {
        "open": (Role.INSPECTOR, {}),
        "assign_action": (Role.INSPECTOR, {}),
        "done": (Role.ENGINEER, {"action_note": "덮개 설치"}),
        "verify": (Role.INSPECTOR, {"verification_note": "확인함"}),
        "reopen": (Role.SUPERVISOR, {"due_date": timezone.localdate()}),
        "stop": (Role.SUPERVISOR, {"stop_scope": "3번 교각 상부 작업"}),
        "lift_stop": (Role.SUPERVISOR, {"lift_note": "덮개와 난간 확인"}),
    }[action]
    if action in ("assign_action", "reopen") and finding.state != State.DRAFT:
        filled = {"organization": finding.organization, "due_date": finding.due_date, **filled}
    filled = {**filled, **fields}
    return perform(subject=finding, action=action, by=site[by], fields=filled, comment="미흡")


# -- Findings -----------------------------------------------------------------------------------


def test_a_finding_goes_from_sight_to_closure(site: Site) -> None:
    finding = finding_of(site)
    assert safety.first_step(finding) == "assign_action"
    finding = take(site, finding, "assign_action")
    assert (finding.state, finding.number) == (State.ASSIGNED, 1)
    assert finding.inspecting_body == site[Role.INSPECTOR].organization
    finding = take(site, finding, "done")
    assert finding.done_date == timezone.localdate()
    finding = take(site, finding, "verify")
    assert (finding.state, finding.closed_date) == (State.CLOSED, timezone.localdate())
    assert not finding.is_open


def test_a_finding_without_a_firm_is_opened_and_assigned_later(site: Site) -> None:
    finding = finding_of(site, organization=None)
    assert safety.first_step(finding) == "open"
    with pytest.raises(ValidationError, match="organization"):
        take(site, finding, "assign_action")
    finding = take(site, finding, "open")
    finding = take(
        site,
        finding,
        "assign_action",
        organization=site.firms["contractor"],
        due_date=timezone.localdate(),
    )
    assert finding.state == State.ASSIGNED


def test_a_finding_that_does_not_hold_is_reopened_with_a_reason(site: Site) -> None:
    finding = take(site, finding_of(site, State.DONE), "reopen")
    assert (finding.state, finding.reopened_count) == (State.ASSIGNED, 1)
    assert finding.done_date is None
    finding = take(site, take(site, finding, "done"), "verify")
    finding = take(site, finding, "reopen")
    assert (finding.reopened_count, finding.closed_date) == (2, None)


def test_stopped_work_goes_on_only_when_the_supervisor_lifts_the_stop(site: Site) -> None:
    finding = finding_of(site, State.STOPPED)
    assert finding.stopped_at is not None
    for role in (Role.SITE_AGENT, Role.ENGINEER, Role.INSPECTOR):
        with pytest.raises(RoleNotAllowed):
            perform(
                subject=finding, action="lift_stop", by=site[role], fields={"lift_note": "안전"}
            )
    finding = take(site, finding, "done")
    assert (finding.state, finding.action_note) == (State.STOPPED, "덮개 설치")
    with pytest.raises(ValidationError):
        perform(subject=finding, action="lift_stop", by=site[Role.SUPERVISOR])
    finding = take(site, finding, "lift_stop")
    assert finding.lifted_at is not None
    assert take(site, finding, "verify").state == State.CLOSED


@pytest.mark.parametrize(
    ("action", "state", "role"),
    [
        ("verify", State.DONE, Role.ENGINEER),
        ("stop", State.ASSIGNED, Role.SITE_AGENT),
        ("done", State.ASSIGNED, Role.AUDITOR),
        ("reopen", State.DONE, Role.SUBCONTRACTOR),
        ("open", State.DRAFT, Role.SUBCONTRACTOR),
    ],
)
def test_steps_of_a_finding_are_refused_to_other_roles(
    site: Site, action: str, state: str, role: Role
) -> None:
    with pytest.raises(RoleNotAllowed):
        perform(subject=finding_of(site, state), action=action, by=site[role], comment="x")


def test_a_closed_finding_cannot_be_done_again(site: Site) -> None:
    with pytest.raises(TransitionNotAllowed):
        take(site, finding_of(site, State.CLOSED), "done")


def test_the_author_names_firm_and_due_date_that_a_later_step_names_too() -> None:
    own = fields_of_author(SafetyFinding)
    assert {"organization", "owner", "due_date", "hazard"} <= own
    assert not {"action_note", "stop_scope", "lift_note", "verification_note"} & own


def test_the_database_keeps_what_was_found_and_who_mends_it(site: Site) -> None:
    finding = finding_of(site, State.ASSIGNED)
    for values in ({"hazard": "다른 것"}, {"organization": None}, {"state": "released"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SafetyFinding.objects.filter(pk=finding.pk).update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        SafetyFinding.objects.filter(pk=finding_of(site, State.DONE).pk).update(state="closed")


def test_a_finding_is_overdue_from_the_day_after_its_due_date(site: Site) -> None:
    today = timezone.localdate()
    old = today - datetime.timedelta(days=10)
    finding = finding_of(site, State.ASSIGNED, found_date=old, due_date=today)
    assert finding.age_on(today) == 10
    assert not finding.is_overdue_on(today)
    assert finding.is_overdue_on(today + datetime.timedelta(days=1))
    late = SafetyFinding.objects.overdue(today + datetime.timedelta(days=1))
    assert list(late) == [finding]


# -- Checklists ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "score"),
    [
        (["pass", "pass"], Decimal("100.00")),
        (["pass", "fail", "na"], Decimal("50.00")),
        (["pass", "pass", "fail"], Decimal("66.67")),
        (["na"], None),
        ([], None),
    ],
)
def test_the_score_counts_items_that_apply(results: list[str], score: Decimal | None) -> None:
    assert safety.score_of(results) == score


def test_a_checklist_gets_its_score_when_it_is_submitted(site: Site) -> None:
    checklist = made.make_checklist(site.project, site[Role.ENGINEER])
    checklist = perform(subject=checklist, action="submit", by=site[Role.ENGINEER])
    assert checklist.score == Decimal("50.00")
    checklist = perform(subject=checklist, action="approve", by=site[Role.SUPERVISOR])
    assert checklist.state == State.APPROVED


def test_a_checklist_of_the_inspector_is_approved_by_somebody_else(site: Site) -> None:
    checklist = made.make_checklist(site.project, site[Role.SUPERVISOR])
    checklist = perform(subject=checklist, action="submit", by=site[Role.SUPERVISOR])
    assert perform(subject=checklist, action="approve", by=site[Role.INSPECTOR]).is_in_force


def test_an_item_without_an_answer_is_named(site: Site) -> None:
    checklist = made.make_checklist(site.project, site[Role.ENGINEER])
    checklist.items.update(result="")
    with pytest.raises(ValidationError, match="개구부 덮개"):
        perform(subject=checklist, action="submit", by=site[Role.ENGINEER])


def test_an_item_of_a_checklist_makes_the_same_finding_each_time(site: Site) -> None:
    checklist = made.make_checklist(site.project, site[Role.ENGINEER])
    keys = [safety.derived_key(checklist.public_id, place) for place in (0, 1, 1)]
    assert keys[0] != keys[1] == keys[2]
    assert {key.version for key in keys} == {7}
    assert keys[0].int >> 80 == checklist.public_id.int >> 80


def test_every_template_and_kind_of_permit_has_items() -> None:
    assert set(CHECKLISTS) == set(SafetyChecklist.Template)
    assert set(PRECAUTIONS) == set(WorkPermit.Kind)
    assert set(SEASONS) == set(range(1, 13))
    assert min(map(len, (*CHECKLISTS.values(), *PRECAUTIONS.values()))) >= 4


# -- Risk assessment, plan, cost ----------------------------------------------------------------


def test_levels_are_the_product_of_likelihood_and_severity(site: Site) -> None:
    entry = REGISTRY["risk_assessment"]
    assessment = made.make_assessment(site.project, site[Role.SITE_AGENT])
    risk = {"task": "굴착", "hazard": "붕괴", "likelihood": 2, "severity": 5, "measure": "흙막이"}
    entry.save(
        record=assessment, fields={"work": "굴착"}, lines={"risks": [risk]}, by=site["site_agent"]
    )
    assert list(RiskLine.objects.values_list("level", flat=True)) == [10]
    words = [safety_plans.level_word(level) for level in (None, 1, 4, 5, 9, 10, 25)]
    assert words == ["", "low", "low", "medium", "medium", "high", "high"]
    with pytest.raises(IntegrityError), transaction.atomic():
        RiskLine.objects.update(level=11)


def test_a_risk_off_the_scale_is_refused(site: Site) -> None:
    assessment = made.make_assessment(site.project, site[Role.SITE_AGENT])
    risk = {"task": "굴착", "hazard": "붕괴", "likelihood": 6, "severity": 5, "measure": "x"}
    with pytest.raises(ValidationError, match="from 1 to 5"):
        save_record(record=assessment, fields={}, lines={"risks": [risk]}, by=site["site_agent"])


def test_an_assessment_is_closed_when_its_measures_were_looked_at(site: Site) -> None:
    assessment = made.make_assessment(site.project, site[Role.SITE_AGENT])
    assessment = perform(subject=assessment, action="submit", by=site[Role.SITE_AGENT])
    assessment = perform(subject=assessment, action="approve", by=site[Role.SUPERVISOR])
    with pytest.raises(ValidationError):
        perform(subject=assessment, action="close", by=site[Role.SUPERVISOR])
    day = timezone.localdate()
    assessment = perform(
        subject=assessment,
        action="close",
        by=site[Role.INSPECTOR],
        fields={"measures_checked_date": day, "measures_note": "모두 이행"},
    )
    assert (assessment.state, assessment.measures_checked_date) == (State.CLOSED, day)


def _approved_plan(site: Site) -> SafetyPlan:
    return site.lead(made.make_plan(site.project, site[Role.SITE_AGENT]), State.APPROVED)


def test_cost_is_compared_with_plan_and_contract(site: Site) -> None:
    _approved_plan(site)
    statement = made.make_cost(site.project, site[Role.SITE_AGENT])
    warnings = [one.sentence for one in REGISTRY["safety_cost"].warnings(statement)]
    assert warnings == ["More is spent than planned on: safety facilities"]
    statement = perform(subject=statement, action="submit", by=site[Role.SITE_AGENT])
    assert statement.total_amount == 1_200
    perform(subject=statement, action="approve", by=site[Role.SUPERVISOR])
    overview = safety_plans.cost_overview(site.project)
    assert (overview.planned_amount, overview.spent_amount) == (1_000, 1_200)
    assert overview.rows[0].is_over and not overview.is_over


def test_a_month_has_one_statement(site: Site) -> None:
    first = made.make_cost(site.project, site[Role.SITE_AGENT])
    perform(subject=first, action="submit", by=site[Role.SITE_AGENT])
    second = made.make_cost(site.project, site[Role.SITE_AGENT])
    with pytest.raises(ValidationError, match="already"):
        perform(subject=second, action="submit", by=site[Role.SITE_AGENT])


def test_any_day_of_a_month_names_it(site: Site) -> None:
    statement = SafetyCost.objects.create(project=site.project, author=site[Role.SITE_AGENT])
    fields = {"month": datetime.date(2026, 10, 17)}
    saved = safety_plans.save_cost(record=statement, fields=fields, by=site[Role.SITE_AGENT])
    assert saved.month == datetime.date(2026, 10, 1)


def test_a_project_has_one_safety_plan(site: Site) -> None:
    plan = safety_plans.open_plan(project=site.project, by=site[Role.SITE_AGENT])
    assert safety_plans.open_plan(project=site.project, by=site[Role.ENGINEER]) == plan
    with pytest.raises(RoleNotAllowed):
        SafetyPlan.objects.all().delete()
        safety_plans.open_plan(project=site.project, by=site[Role.AUDITOR])


# -- Meetings, permits --------------------------------------------------------------------------


def test_education_needs_its_hours_and_a_meeting_does_not(site: Site) -> None:
    meeting = made.make_activity(site.project, site[Role.ENGINEER])
    assert perform(subject=meeting, action="report", by=site[Role.ENGINEER]).is_in_force
    kind = SafetyActivity.Kind.NEW_WORKER
    lesson = made.make_activity(site.project, site[Role.ENGINEER], kind=kind)
    with pytest.raises(ValidationError, match="duration_hours"):
        perform(subject=lesson, action="report", by=site[Role.ENGINEER])


def _permit(site: Site, state: str = State.APPROVED, **fields: object) -> WorkPermit:
    permit = made.make_permit(site.project, site[Role.ENGINEER], **fields)
    for action, role in (("submit", Role.ENGINEER), ("approve", Role.SUPERVISOR)):
        if state == State.APPROVED or action == "submit":
            permit = perform(subject=permit, action=action, by=site[role])
    return permit


def test_a_permit_is_valid_in_its_time_and_expires_by_itself(site: Site) -> None:
    now = timezone.now()
    permit = _permit(site)
    assert permit.is_valid_at(now) and not permit.is_expired_at(now)
    later = now + datetime.timedelta(hours=6)
    assert not permit.is_valid_at(later) and permit.is_expired_at(later)
    permit = perform(
        subject=permit, action="close", by=site[Role.ENGINEER], fields={"closing_note": "정리함"}
    )
    assert not permit.is_expired_at(later) and permit.closed_at is not None


def test_a_revoked_permit_is_no_longer_valid(site: Site) -> None:
    permit = _permit(site)
    with pytest.raises(ValidationError):
        perform(subject=permit, action="revoke", by=site[Role.SUPERVISOR])
    permit = perform(subject=permit, action="revoke", by=site[Role.SUPERVISOR], comment="강풍")
    assert not permit.is_valid_at(timezone.now())


def test_nobody_gets_a_permit_for_a_time_that_is_over(site: Site) -> None:
    start = timezone.now() - datetime.timedelta(hours=9)
    end = start + datetime.timedelta(hours=8)
    permit = _permit(site, State.SUBMITTED, valid_from=start, valid_until=end)
    with pytest.raises(ValidationError, match="over already"):
        perform(subject=permit, action="approve", by=site[Role.SUPERVISOR])


def test_a_permit_needs_every_precaution_in_place(site: Site) -> None:
    permit = made.make_permit(site.project, site[Role.ENGINEER])
    permit.precautions.update(is_in_place=False)
    with pytest.raises(ValidationError, match="화재감시자"):
        perform(subject=permit, action="submit", by=site[Role.ENGINEER])


def test_permits_clash_by_place_and_by_kind(site: Site, other_site: Site) -> None:
    _permit(other_site)
    hot = _permit(site)
    same_place = made.make_permit(site.project, site[Role.ENGINEER], kind="height")
    assert safety.overlaps_of(same_place) == [(hot, "place")]
    gas = made.make_permit(site.project, site[Role.ENGINEER], kind="confined_space", place="맨홀 2")
    assert safety.overlaps_of(gas) == [(hot, "kind")]
    far = made.make_permit(site.project, site[Role.ENGINEER], kind="height", place="교대")
    assert safety.overlaps_of(far) == []
    assert len(REGISTRY["work_permit"].warnings(gas)) == 1


# -- Accidents ----------------------------------------------------------------------------------


def _accident(site: Site, **fields: object) -> Accident:
    accident = made.make_accident(site.project, site[Role.SITE_AGENT], **fields)
    return perform(subject=accident, action="report", by=site[Role.SITE_AGENT])


def test_an_accident_is_reported_investigated_and_closed(site: Site) -> None:
    accident = _accident(site)
    assert safety.must_be_notified(accident)
    accident = perform(
        subject=accident,
        action="investigate",
        by=site[Role.SUPERVISOR],
        fields={"preliminary_cause": "줄걸이 불량"},
    )
    final = {"cause": "줄걸이 점검 누락", "prevention_measure": "줄걸이 매일 점검"}
    accident = perform(subject=accident, action="conclude", by=site["officer"], fields=final)
    assert accident.state == State.MEASURES
    with pytest.raises(ValidationError, match="no authority"):
        perform(subject=accident, action="close", by=site[Role.OFFICER])
    notice = {"authority": "서울동부지청", "authority_reported_at": timezone.now()}
    accident = perform(subject=accident, action="notice", by=site["site_agent"], fields=notice)
    assert accident.state == State.MEASURES
    accident = perform(subject=accident, action="close", by=site[Role.OFFICER])
    assert (accident.state, accident.closed_date) == (State.CLOSED, timezone.localdate())


def test_a_near_miss_hurts_nobody(site: Site) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        made.make_accident(site.project, site[Role.ENGINEER], is_near_miss=True)
    assert not safety.must_be_notified(_accident(site, is_near_miss=True, injured_count=0))


def test_who_was_hurt_is_shown_to_no_bystander(site: Site) -> None:
    accident = _accident(site)
    entry = REGISTRY["accident"]
    seen = {role for role in Role if accident in entry.visible_to(site[role])}
    assert set(Role) - seen == {Role.SUBCONTRACTOR, Role.JOINT_MEMBER, Role.DESIGNER}


def test_victims_witnesses_and_first_causes_are_withheld() -> None:
    withheld = {
        column
        for item, column in CATALOGUE["accident"].item_columns()
        if item.disclosure == Disclosure.WITHHELD
    }
    assert withheld == {
        "victim_details",
        "witness_statements",
        "preliminary_cause",
        "account",
        "photos.photo_id",
    }
    items = CATALOGUE["accident"].items
    assert sum(item.disclosure == Disclosure.OPEN for item in items) == 10
    assert sum(item.disclosure == Disclosure.WITHHELD for item in items) == 3


# -- The safety page and My day -----------------------------------------------------------------


def test_the_safety_page_counts_by_age_firm_and_delay(site: Site) -> None:
    today = timezone.localdate()
    old = today - datetime.timedelta(days=20)
    finding_of(site, State.ASSIGNED, found_date=old, due_date=today - datetime.timedelta(days=3))
    finding_of(site, State.DONE)
    finding_of(site, State.CLOSED)
    finding_of(site, State.OPEN, organization=None)
    shown = safety_of(site.project)
    assert (shown.open_count, shown.overdue_count, shown.to_verify_count) == (3, 1, 1)
    assert dict(shown.ages) == {0: 2, 7: 0, 14: 1, 30: 0}
    assert [(row.open_count, row.overdue_count) for row in shown.owners] == [(2, 1), (1, 0)]
    late = next(row for row in shown.findings if row.overdue)
    assert (late.overdue, late.age) == ("3 days overdue", "20 days")


def test_a_toolbox_meeting_of_the_daily_report_is_counted_without_a_second_entry(
    site: Site,
) -> None:
    today = timezone.localdate()
    site.report(date=today, toolbox_held=True, toolbox_topic="추락", toolbox_attendance=12)
    assert safety_of(site.project).toolbox_days == (1, 1)
    prefill = REGISTRY["safety_activity"].prefill(site.project, "")
    assert prefill.values.fields["topic"] == "추락"
    assert prefill.values.fields["attendance_count"] == 12
    assert "daily report" in prefill.sentence


def test_an_accident_told_by_a_daily_report_is_asked_for_until_it_is_reported(site: Site) -> None:
    today = timezone.localdate()
    report = site.report(State.SUBMITTED, date=today, had_accident=True, accident_note="손가락")
    [(told, url)] = safety_of(site.project).untold
    assert told == report
    assert any("accident" in item.title for item in due_safety(site[Role.SITE_AGENT]))
    assert not due_safety(site[Role.AUDITOR])
    key = url.rstrip("/").rpartition("/")[2]
    prefill = REGISTRY["accident"].prefill(site.project, key)
    assert prefill.values.fields["account"] == "손가락"
    _accident(site, occurred_at=timezone.now())
    assert safety_of(site.project).untold == []


def test_days_are_counted_since_the_last_accident_or_the_start(site: Site) -> None:
    site.project.start_date = timezone.localdate() - datetime.timedelta(days=40)
    site.project.save()
    assert safety_of(site.project).days_without_accident == 40
    _accident(site, is_near_miss=True, injured_count=0)
    assert safety_of(site.project).days_without_accident == 40
    _accident(site, occurred_at=timezone.now() - datetime.timedelta(days=7))
    assert safety_of(site.project).days_without_accident == 7


def test_my_day_names_what_is_due_to_whom(site: Site) -> None:
    today = timezone.localdate()
    old = today - datetime.timedelta(days=9)
    finding_of(site, State.ASSIGNED, found_date=old, due_date=today - datetime.timedelta(days=2))
    finding_of(site, State.DONE, hazard="난간 흔들림")
    for role in (Role.SITE_AGENT, Role.ENGINEER):
        [item] = due_safety(site[role])
        assert item.is_overdue and "2 days overdue" in item.title
    for role in (Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER):
        [item] = due_safety(site[role])
        assert "난간 흔들림" in item.title and not item.is_overdue
    assert due_safety(site[Role.AUDITOR]) == []


def test_a_finding_of_a_subcontractor_is_due_to_that_firm(site: Site) -> None:
    today = timezone.localdate()
    finding_of(site, State.ASSIGNED, organization=site.firms["subcontractor"], due_date=today)
    assert len(due_safety(site[Role.SUBCONTRACTOR])) == 1
