"""Projects, contracts and people: registered, changed, replaced; first promises kept."""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import ApprovalEvent, Contract, Participant, Project, Subcontract
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.contracts import (
    add_guarantee,
    amend_contract,
    end_contract,
    enter_contract,
    sign_contract,
    update_contract,
)
from pmis.services.participants import (
    add_participant,
    delegate,
    end_delegation,
    end_participation,
    replace_participant,
)
from pmis.services.projects import (
    FirstPromiseKept,
    change_status,
    enter_project,
    proposed_mode,
    register_project,
    switch_mode,
    update_project,
)
from pmis.services.subcontracts import (
    approve_subcontract,
    enter_subcontract,
    update_subcontract,
)
from pmis.services.withdrawals import lift_withdrawal, withdraw_record
from tests.factories.ccs import AreaFactory, OrderingBodyFactory, OrganizationFactory, UserFactory
from tests.factories.pmis import ContractFactory, ProjectFactory, Site, SubcontractFactory

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[127.0, 37.5], [127.1, 37.5], [127.1, 37.6], [127.0, 37.6], [127.0, 37.5]]],
}
FRIDAY = datetime.date(2026, 11, 20)


@pytest.fixture
def officer(db: None) -> User:
    return UserFactory(organization=OrderingBodyFactory())


def fields(officer: User, **extra: object) -> dict[str, object]:
    return {
        "code": "P-1",
        "name": "은행나무길 보행교",
        "work_type": "bridge",
        "ordering_body": officer.organization,
        "currency": "KRW",
        "start_date": datetime.date(2026, 1, 5),
        "planned_completion_date": datetime.date(2027, 6, 30),
        "total_cost_amount": 2_000_000_000,
        "longitude": 127.05,
        "latitude": 37.55,
        **extra,
    }


def test_whoever_enters_a_project_is_its_officer(officer: User) -> None:
    project = enter_project(fields=fields(officer), areas=[AreaFactory()], by=officer)
    assert project.state == Project.State.DRAFT
    assert list(project.participants.values_list("user", "role")) == [(officer.pk, "officer")]


def test_a_contractor_enters_no_project(officer: User) -> None:
    with pytest.raises(RoleNotAllowed):
        enter_project(fields=fields(officer), areas=[], by=UserFactory())


def test_registration_fixes_the_first_promise_for_good(officer: User) -> None:
    project = enter_project(fields=fields(officer), areas=[AreaFactory()], by=officer)
    project = register_project(project=project, by=officer)
    assert project.state == Project.State.PLANNED
    assert project.original_completion_date == datetime.date(2027, 6, 30)
    assert project.original_cost_amount == 2_000_000_000
    changes = {"original_completion_date": datetime.date(2028, 1, 1)}
    with pytest.raises(FirstPromiseKept):
        update_project(project=project, fields=changes, areas=[], by=officer)
    later = {"planned_completion_date": datetime.date(2028, 1, 1)}
    project = update_project(project=project, fields=later, areas=[AreaFactory()], by=officer)
    assert project.original_completion_date == datetime.date(2027, 6, 30)
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(original_cost_amount=1)


def test_a_project_without_an_area_cannot_be_registered(officer: User) -> None:
    project = enter_project(fields=fields(officer), areas=[], by=officer)
    with pytest.raises(ValidationError):
        register_project(project=project, by=officer)


@pytest.mark.parametrize(
    ("polygon", "longitude", "check"),
    [(SQUARE, 127.05, "inside"), (SQUARE, 128.0, "outside"), (None, 127.05, "not_checked")],
)
def test_the_place_is_checked_against_the_areas(
    officer: User, polygon: dict[str, object] | None, longitude: float, check: str
) -> None:
    area = AreaFactory(polygon=polygon)
    project = enter_project(fields=fields(officer, longitude=longitude), areas=[area], by=officer)
    assert project.location_check == check


def test_one_area_outside_is_enough_to_be_outside(officer: User) -> None:
    areas = [AreaFactory(polygon=SQUARE), AreaFactory(polygon=None)]
    values = fields(officer, longitude=129.0)
    assert enter_project(fields=values, areas=areas, by=officer).location_check == "outside"


def test_a_line_gives_the_point_and_a_broken_one_is_refused(officer: User) -> None:
    line = {"type": "LineString", "coordinates": [[127.01, 37.51], [127.03, 37.51]]}
    values = fields(officer, geometry=line, longitude=None, latitude=None)
    project = enter_project(fields=values, areas=[AreaFactory(polygon=SQUARE)], by=officer)
    assert project.location_check == "inside"
    assert project.longitude is not None
    with pytest.raises(ValidationError):
        enter_project(
            fields=fields(officer, code="P-2", geometry={"type": "Line"}), areas=[], by=officer
        )


@pytest.mark.parametrize(
    ("amount", "end", "mode"),
    [
        (2_000_000_000, datetime.date(2027, 6, 30), "long_term"),
        (1_000_000_000, datetime.date(2027, 6, 30), "short_term"),
        (2_000_000_000, datetime.date(2027, 1, 5), "short_term"),
        (2_000_000_000, datetime.date(2027, 1, 6), "long_term"),
    ],
)
def test_the_mode_follows_amount_and_period(
    db: None, amount: int, end: datetime.date, mode: str
) -> None:
    project = ProjectFactory(total_cost_amount=amount, planned_completion_date=end)
    assert proposed_mode(project) == mode


def test_the_mode_is_switched_with_a_reason_that_stays(site: Site) -> None:
    officer = site[Role.OFFICER]
    with pytest.raises(ValidationError):
        switch_mode(project=site.project, mode="short_term", reason=" ", by=officer)
    project = switch_mode(project=site.project, mode="short_term", reason="긴급", by=officer)
    assert (project.mode, project.mode_reason) == ("short_term", "긴급")
    assert ApprovalEvent.objects.latest("id").comment == "긴급"
    with pytest.raises(RoleNotAllowed):
        switch_mode(project=project, mode="long_term", reason="x", by=site[Role.SITE_AGENT])


def test_steps_of_a_project_write_their_days(site: Site) -> None:
    officer = site[Role.OFFICER]
    with pytest.raises(ValidationError):
        change_status(project=site.project, action="suspend", by=officer)
    project = change_status(project=site.project, action="suspend", by=officer, comment="문화재")
    project = change_status(project=project, action="resume", by=officer)
    project = change_status(project=project, action="inspect", by=officer)
    project = change_status(project=project, action="complete", by=officer, date=FRIDAY)
    assert (project.state, project.actual_completion_date) == ("completed", FRIDAY)
    with pytest.raises(TransitionNotAllowed):
        change_status(project=project, action="suspend", by=officer, comment="x")


# -- Contracts ----------------------------------------------------------------------------------


def contract_fields(**extra: object) -> dict[str, object]:
    return {
        "kind": "construction",
        "number": "C-1",
        "title": "보행교 신설",
        "contractor": OrganizationFactory(),
        "currency": "KRW",
        "original_amount": 1_500_000_000,
        "original_completion_date": datetime.date(2027, 6, 30),
        **extra,
    }


def test_a_signed_contract_keeps_its_first_amount(site: Site) -> None:
    accountant = site[Role.ACCOUNTING_OFFICER]
    parties = [{"organization": OrganizationFactory(), "share": 40}]
    contract = enter_contract(
        project=site.project, fields=contract_fields(), parties=parties, by=accountant
    )
    assert (contract.amount, contract.parties.count()) == (1_500_000_000, 1)
    contract = sign_contract(contract=contract, signed_date=FRIDAY, by=accountant)
    assert (contract.state, contract.signed_date) == (Contract.State.SIGNED, FRIDAY)
    with pytest.raises(FirstPromiseKept):
        update_contract(contract=contract, fields={"original_amount": 1}, by=accountant)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(original_amount=1)
    assert (
        update_contract(contract=contract, fields={"title": "신설"}, by=accountant).title == "신설"
    )


def test_an_amendment_keeps_before_and_after_and_moves_the_project(site: Site) -> None:
    contract = ContractFactory(project=site.project)
    amendment = amend_contract(
        contract=contract,
        kind="value",
        date=FRIDAY,
        reason="설계변경 3호",
        after_amount=1_600_000_000,
        after_completion_date=datetime.date(2027, 9, 30),
        by=site[Role.OFFICER],
    )
    contract.refresh_from_db()
    site.project.refresh_from_db()
    assert (amendment.number, amendment.before_amount) == (1, 1_500_000_000)
    assert (contract.amount, contract.original_amount) == (1_600_000_000, 1_500_000_000)
    assert site.project.total_cost_amount == 2_100_000_000
    assert site.project.planned_completion_date == datetime.date(2027, 9, 30)
    assert site.project.original_completion_date == datetime.date(2027, 6, 30)


def test_only_those_who_keep_contracts_change_them(site: Site) -> None:
    contract = ContractFactory(project=site.project)
    for role in set(Role) - {Role.OFFICER, Role.ACCOUNTING_OFFICER}:
        with pytest.raises(RoleNotAllowed):
            amend_contract(contract=contract, kind="scope", date=FRIDAY, reason="x", by=site[role])


def test_an_unsigned_contract_is_not_amended_and_an_ended_one_not_changed(site: Site) -> None:
    officer = site[Role.OFFICER]
    draft = enter_contract(project=site.project, fields=contract_fields(), by=officer)
    with pytest.raises(TransitionNotAllowed):
        amend_contract(contract=draft, kind="scope", date=FRIDAY, reason="x", by=officer)
    signed = ContractFactory(project=site.project)
    with pytest.raises(ValidationError):
        end_contract(contract=signed, action="terminate", by=officer)
    ended = end_contract(contract=signed, action="terminate", by=officer, comment="부도")
    assert (ended.state, ended.termination_reason) == ("terminated", "부도")
    with pytest.raises(TransitionNotAllowed):
        update_contract(contract=ended, fields={"title": "x"}, by=officer)


def test_a_guarantee_is_entered(site: Site) -> None:
    values = {"kind": "performance", "issuer": "조합", "amount": 1, "expiry_date": FRIDAY}
    contract = ContractFactory(project=site.project)
    add_guarantee(contract=contract, fields=values, by=site[Role.OFFICER])
    assert contract.guarantees.count() == 1


def test_a_subcontract_is_notified_returned_and_approved_with_its_review(site: Site) -> None:
    agent, officer = site[Role.SITE_AGENT], site[Role.OFFICER]
    values = {
        "subcontractor": OrganizationFactory(),
        "work_scope": "철근",
        "contract_date": FRIDAY,
        "amount": 100,
        "guarantee_exemption_reason": "소액",
    }
    contract = ContractFactory(project=site.project)
    with pytest.raises(RoleNotAllowed):
        enter_subcontract(contract=contract, fields=values, by=officer)
    row = enter_subcontract(contract=contract, fields=values, by=agent)
    row = perform(subject=row, action="notify", by=agent)
    with pytest.raises(TransitionNotAllowed):
        update_subcontract(subcontract=row, fields={"amount": 1}, by=agent)
    row = perform(subject=row, action="return", by=site[Role.SUPERVISOR], comment="82 % 미만")
    row = update_subcontract(subcontract=row, fields={"amount": 120}, by=agent)
    row = perform(subject=row, action="notify", by=agent)
    row = approve_subcontract(subcontract=row, review_result="적정", by=officer)
    assert (row.state, row.amount, row.review_result) == ("approved", 120, "적정")


def test_nobody_approves_the_subcontract_they_notified(site: Site) -> None:
    row = SubcontractFactory(contract=ContractFactory(project=site.project))
    Participant.objects.create(
        project=site.project,
        role=Role.OFFICER,
        user=site[Role.SITE_AGENT],
        organization=site.firms["contractor"],
        valid_from=datetime.date(2020, 1, 1),
    )
    row = perform(subject=row, action="notify", by=site[Role.SITE_AGENT])
    with pytest.raises(PermissionDenied):
        approve_subcontract(subcontract=row, review_result="", by=site[Role.SITE_AGENT])
    assert Subcontract.objects.get(pk=row.pk).state == "notified"


# -- People -------------------------------------------------------------------------------------


def test_a_replacement_keeps_who_was_there_before(site: Site) -> None:
    before = site.project.participants.get(role=Role.SUPERVISOR)
    person = UserFactory(organization=before.organization)
    with time_machine.travel("2026-11-20T12:00:00+09:00", tick=False):
        after = replace_participant(
            participant=before,
            fields={
                "organization": before.organization,
                "user": person,
                "valid_from": FRIDAY,
            },
            by=site[Role.OFFICER],
        )
        before.refresh_from_db()
        assert before.valid_to == FRIDAY - datetime.timedelta(days=1)
        assert (after.role, after.replaces, after.name) == (Role.SUPERVISOR, before, person.name)
        report = site.report("submitted")
        with pytest.raises(RoleNotAllowed):
            perform(subject=report, action="confirm", by=site[Role.SUPERVISOR])
        perform(subject=report, action="confirm", by=person)
    with pytest.raises(TransitionNotAllowed):
        replace_participant(
            participant=before, fields={"valid_from": FRIDAY}, by=site[Role.OFFICER]
        )


def test_the_last_officer_cannot_leave(site: Site) -> None:
    officer = site.project.participants.get(role=Role.OFFICER)
    with pytest.raises(ValidationError):
        end_participation(participant=officer, last_day=FRIDAY, by=site[Role.OFFICER])
    inspector = site.project.participants.get(role=Role.INSPECTOR)
    ended = end_participation(participant=inspector, last_day=FRIDAY, by=site[Role.OFFICER])
    assert ended.valid_to == FRIDAY


def test_only_the_officer_adds_people(site: Site) -> None:
    values = {
        "role": Role.INSPECTOR,
        "organization": site.firms["supervision_firm"],
        "name": "서유나",
        "valid_from": FRIDAY,
    }
    add_participant(project=site.project, fields=values, by=site[Role.OFFICER])
    with pytest.raises(RoleNotAllowed):
        add_participant(project=site.project, fields=values, by=site[Role.SITE_AGENT])


def test_a_delegate_comes_from_the_same_firm(site: Site) -> None:
    participant = site.project.participants.get(role=Role.SUPERVISOR)
    period = {"valid_from": FRIDAY, "valid_to": FRIDAY, "reason": "휴가"}
    by = site[Role.SUPERVISOR]
    for wrong in (site[Role.SITE_AGENT], by):
        with pytest.raises(ValidationError):
            delegate(participant=participant, to=wrong, by=by, **period)
    colleague = site[Role.INSPECTOR]
    row = delegate(participant=participant, to=colleague, by=by, **period)
    with pytest.raises(RoleNotAllowed):
        delegate(participant=participant, to=colleague, by=colleague, **period)
    assert end_delegation(delegation=row, last_day=FRIDAY, by=by).valid_to == FRIDAY


# -- Withdrawal ---------------------------------------------------------------------------------


def test_a_withdrawal_has_ground_reason_and_role_and_can_be_lifted(site: Site) -> None:
    report = site.report("approved")
    record = {"record_type": "daily_report", "public_id": report.public_id}
    officer = site[Role.OFFICER]
    for ground, reason in (("G9", "x"), ("G6", " ")):
        with pytest.raises(ValidationError):
            withdraw_record(**record, ground=ground, reason=reason, by=officer)
    for role in set(Role) - {Role.OFFICER, Role.DEPARTMENT_HEAD}:
        with pytest.raises(RoleNotAllowed):
            withdraw_record(**record, ground="G6", reason="x", by=site[role])
    withdrawal = withdraw_record(**record, ground="G6", reason="이름", by=officer)
    assert withdrawal.role == Role.OFFICER
    with pytest.raises(TransitionNotAllowed):
        withdraw_record(**record, ground="G6", reason="또", by=officer)
    lifted = lift_withdrawal(withdrawal=withdrawal, by=officer)
    assert lifted.lifted_by == officer
    withdraw_record(**record, ground="G6", reason="다시", by=officer)


def test_what_does_not_exist_cannot_be_withdrawn(site: Site) -> None:
    with pytest.raises(ValidationError):
        withdraw_record(
            record_type="nothing",
            public_id=site.project.public_id,
            ground="G6",
            reason="x",
            by=site[Role.OFFICER],
        )
