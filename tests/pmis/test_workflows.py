"""Each workflow over all states and all roles, and the table in the documentation."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from pmis.management.commands.workflows import STATES, markdown
from pmis.models import ApprovalEvent, ApprovalStep, RecordState
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.workflows import WORKFLOWS
from tests.factories.ccs import UserFactory
from tests.factories.pmis import (
    ContractFactory,
    ParticipantFactory,
    ProjectFactory,
    Site,
    SubcontractFactory,
    make_site,
)

REACHABLE = (
    RecordState.DRAFT,
    RecordState.SUBMITTED,
    RecordState.CONFIRMED,
    RecordState.RETURNED,
    RecordState.APPROVED,
)


def test_the_documentation_shows_the_tables_of_the_code() -> None:
    written = Path(settings.BASE_DIR / "docs/workflows.md").read_text(encoding="utf-8")
    assert written == markdown(), "print it anew: ./run manage workflows > docs/workflows.md"


def expected_record_actions(state: str, role: str) -> set[str]:
    """Return what a role may do with a report of the site agent, as the manual says."""
    table = {
        RecordState.DRAFT: {Role.SITE_AGENT: {"submit"}},
        RecordState.RETURNED: {Role.SITE_AGENT: {"submit"}},
        RecordState.SUBMITTED: {
            Role.SITE_AGENT: {"recall"},
            Role.SUPERVISOR: {"confirm", "return"},
        },
        RecordState.CONFIRMED: {Role.OFFICER: {"approve", "return"}},
        RecordState.APPROVED: {},
    }
    return table[RecordState(state)].get(Role(role), set())


@pytest.mark.parametrize("record_type", ["daily_report", "schedule"])
@pytest.mark.parametrize("state", REACHABLE)
def test_buttons_and_steps_of_records_agree_with_the_manual(
    site: Site, record_type: str, state: str
) -> None:
    record = site.report(state) if record_type == "daily_report" else site.schedule(state)
    for role in Role:
        wanted = expected_record_actions(state, role)
        assert {row.action for row in available_actions(record, site[role])} == wanted, role
        for action in {row.action for row in WORKFLOWS[record_type]} - wanted:
            with pytest.raises((TransitionNotAllowed, RoleNotAllowed, PermissionDenied)):
                perform(subject=record, action=action, by=site[role], comment="까닭")


def subject_in(record_type: str, state: str, site: Site) -> Any:
    """Return a project, contract or subcontract in a state, by the shortest way there is."""
    if record_type == "project":
        draft = {"registered_at": None} if state == "draft" else {}
        project = ProjectFactory(state=state, **draft)
        for role in Role:
            ParticipantFactory(project=project, role=role, user=site[role])
        return project
    if record_type == "contract":
        reason = "까닭" if state == "terminated" else ""
        return ContractFactory(project=site.project, state=state, termination_reason=reason)
    return SubcontractFactory(contract=ContractFactory(project=site.project), state=state)


@pytest.mark.parametrize(
    ("record_type", "state"),
    [(record_type, state.value) for record_type, states in STATES.items() for state in states],
)
def test_buttons_of_projects_and_contracts_follow_the_table(
    site: Site, record_type: str, state: str
) -> None:
    subject = subject_in(record_type, state, site)
    for role in Role:
        wanted = {
            row.action for row in WORKFLOWS[record_type] if state in row.from_ and role in row.roles
        }
        assert {row.action for row in available_actions(subject, site[role])} == wanted, role


def test_a_return_needs_its_reason(site: Site) -> None:
    report = site.report(RecordState.SUBMITTED)
    with pytest.raises(ValidationError):
        perform(subject=report, action="return", by=site[Role.SUPERVISOR], comment="  ")


def test_nobody_decides_on_what_they_wrote_or_sent(site: Site) -> None:
    ParticipantFactory(project=site.project, role=Role.SUPERVISOR, user=site[Role.SITE_AGENT])
    report = site.report(RecordState.SUBMITTED, author=site[Role.ENGINEER])
    with pytest.raises(PermissionDenied):
        perform(subject=report, action="confirm", by=site[Role.SITE_AGENT])


def test_recall_ends_with_the_first_decision(site: Site) -> None:
    report = perform(
        subject=site.report(RecordState.SUBMITTED), action="recall", by=site[Role.SITE_AGENT]
    )
    assert report.state == RecordState.DRAFT
    confirmed = site.lead(report, RecordState.CONFIRMED)
    with pytest.raises(TransitionNotAllowed):
        perform(subject=confirmed, action="recall", by=site[Role.SITE_AGENT])


def test_a_step_on_an_outdated_page_is_refused(site: Site) -> None:
    report = site.report(RecordState.SUBMITTED)
    with pytest.raises(TransitionNotAllowed):
        perform(
            subject=report,
            action="confirm",
            by=site[Role.SUPERVISOR],
            revision=report.revision + 1,
        )


def test_an_ordering_body_may_have_a_line_of_its_own(site: Site) -> None:
    body = site.project.ordering_body
    for order, (action, role) in enumerate(
        [("confirm", Role.SUPERVISOR), ("approve", Role.DEPARTMENT_HEAD)]
    ):
        ApprovalStep.objects.create(
            ordering_body=body, record_type="daily_report", order=order, action=action, role=role
        )
    report = site.report(RecordState.CONFIRMED)
    with pytest.raises(RoleNotAllowed):
        perform(subject=report, action="approve", by=site[Role.OFFICER])
    report = perform(subject=report, action="approve", by=site[Role.DEPARTMENT_HEAD])
    assert report.state == RecordState.APPROVED


def test_a_parallel_step_waits_for_its_quorum(site: Site) -> None:
    second = UserFactory(organization=site.firms["supervision_firm"])
    ParticipantFactory(project=site.project, role=Role.SUPERVISOR, user=second)
    body = site.project.ordering_body
    ApprovalStep.objects.create(
        ordering_body=body,
        record_type="daily_report",
        order=0,
        action="confirm",
        role=Role.SUPERVISOR,
        mode="parallel",
        quorum=2,
    )
    ApprovalStep.objects.create(
        ordering_body=body,
        record_type="daily_report",
        order=1,
        action="approve",
        role=Role.OFFICER,
    )
    report = site.report(RecordState.SUBMITTED)
    report = perform(subject=report, action="confirm", by=site[Role.SUPERVISOR])
    assert report.state == RecordState.SUBMITTED
    with pytest.raises(TransitionNotAllowed):
        perform(subject=report, action="confirm", by=site[Role.SUPERVISOR])
    assert perform(subject=report, action="confirm", by=second).state == RecordState.CONFIRMED


def test_every_step_stands_in_the_log_with_person_role_and_hash(site: Site) -> None:
    report = site.report(RecordState.APPROVED)
    events = ApprovalEvent.objects.filter(record_public_id=report.public_id).order_by("id")
    assert [(event.action, event.role) for event in events] == [
        ("submit", Role.SITE_AGENT),
        ("confirm", Role.SUPERVISOR),
        ("approve", Role.OFFICER),
    ]
    assert all(len(event.content_hash) == 64 for event in events)


def test_someone_whose_time_is_over_decides_nothing(site: Site) -> None:
    report = site.report(RecordState.SUBMITTED)
    site.project.participants.filter(role=Role.SUPERVISOR).update(valid_to="2026-01-01")
    with pytest.raises(RoleNotAllowed):
        perform(subject=report, action="confirm", by=site[Role.SUPERVISOR])


def test_numbers_count_up_in_a_project_and_start_anew_in_another(db: None) -> None:
    first, second = make_site(), make_site()
    numbers = [
        first.report(RecordState.SUBMITTED, date=datetime.date(2026, 11, day)).number
        for day in (18, 19)
    ]
    assert numbers == [1, 2]
    assert second.report(RecordState.SUBMITTED).number == 1
