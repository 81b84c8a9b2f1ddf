"""Everybody who may take the next step finds it in their inbox, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccs.lib.identity import new_public_id
from ccs.lib.workflow import Transition, Workflow
from ccs.models import User
from pmis.models import Approval, ApprovalStep
from pmis.roles import Role
from pmis.selectors import my_day
from pmis.services.approvals import available_actions, open_approval, perform
from pmis.services.digest import digest_of
from pmis.services.inbox import deciding_roles, waiting_for
from pmis.workflows import WORKFLOWS
from tests.factories.ccs import UserFactory
from tests.factories.documents import drawing
from tests.factories.pmis import Site

AsUser = Callable[[User], Client]
STEPS = [
    pytest.param(record_type, row, id=f"{record_type}-{row.step_name}")
    for record_type, workflow in WORKFLOWS.items()
    for row in workflow.steps()
]


def waits(site: Site, record_type: str, action: str, role: str, drafter: User) -> Approval:
    """Return an approval that waits for `role` to take `action`."""
    return Approval.objects.create(
        project=site.project,
        record_type=record_type,
        record_public_id=new_public_id(),
        version_no=1,
        title="title",
        drafter=drafter,
        drafter_role=Role.SITE_AGENT,
        steps=[{"action": action, "role": role, "mode": "serial", "quorum": 1}],
        current_action=action,
        current_role=role,
        submitted_at=timezone.now(),
    )


def inboxes(site: Site) -> set[str]:
    """Return the roles in whose inbox there is something."""
    return {role for role in Role if waiting_for(site[role]).exists()}


@pytest.mark.parametrize(("record_type", "row"), STEPS)
def test_every_role_that_may_take_a_step_finds_it(
    site: Site, record_type: str, row: Transition
) -> None:
    approval = waits(site, record_type, row.step_name, row.roles[0], UserFactory())
    table = WORKFLOWS[record_type]
    named = {role for one in table if one.is_step and one.step_name == row.step_name
             for role in one.roles}  # fmt: skip
    assert inboxes(site) == named == set(deciding_roles(approval))


def test_a_line_of_the_ordering_body_that_names_another_role_is_for_that_role_alone(
    site: Site,
) -> None:
    approval = waits(site, "drawing", "approve", Role.DEPARTMENT_HEAD, UserFactory())
    assert inboxes(site) == {Role.DEPARTMENT_HEAD} == set(deciding_roles(approval))


def test_nobody_finds_their_own_draft_but_their_own_signature(site: Site) -> None:
    agent = site[Role.SITE_AGENT]
    waits(site, "meeting", "approve", Role.OFFICER, site[Role.OFFICER])
    waits(site, "drawing", "confirm", Role.SUPERVISOR, site[Role.SUPERVISOR])
    assert not waiting_for(site[Role.SUPERVISOR]).exists()
    assert not waiting_for(agent).exists()
    waits(site, "meeting", "sign_contractor", Role.SITE_AGENT, agent)
    assert waiting_for(agent).get().record_type == "meeting"
    assert waiting_for(site[Role.ENGINEER]).exists()


def test_other_sites_and_ended_approvals_wait_for_nobody(site: Site, other_site: Site) -> None:
    waits(site, "drawing", "confirm", Role.SUPERVISOR, site[Role.SITE_AGENT])
    assert inboxes(other_site) == set()
    Approval.objects.update(state="recalled", current_role="", current_action="")
    assert inboxes(site) == set()


def test_the_inbox_knows_what_the_page_of_the_record_offers(site: Site) -> None:
    record = perform(subject=drawing(site), action="submit", by=site[Role.SITE_AGENT])
    for action, by in (("confirm", Role.INSPECTOR), ("approve", Role.DEPARTMENT_HEAD)):
        offered = {
            role
            for role in Role
            if any(row.is_step for row in available_actions(record, site[role]))
        }
        assert inboxes(site) == offered >= {by}
        record = perform(subject=record, action=action, by=site[by])
    assert inboxes(site) == set() and open_approval(record) is None


def test_the_inspector_finds_the_supervisors_step_on_every_list(
    site: Site, as_user: AsUser
) -> None:
    inspector = site[Role.INSPECTOR]
    perform(subject=drawing(site), action="submit", by=site[Role.SITE_AGENT])
    assert len(my_day(inspector).waiting) == 1
    assert digest_of(inspector).waiting_count == 1
    page = as_user(inspector).get(reverse("pmis:approvals")).content.decode()
    assert re.search(r"My turn 1\b", page)
    page = as_user(site[Role.OFFICER]).get(f"{reverse('pmis:approvals')}?tab=others")
    text = page.content.decode()
    assert re.search(r"Waiting for others 1\b", text)
    labels = [str(role.label) for role in (Role.SUPERVISOR, Role.INSPECTOR)]
    assert ", ".join(labels) in text


def test_a_configured_line_is_read_from_the_database(site: Site) -> None:
    body = site.project.ordering_body
    ApprovalStep.objects.create(
        ordering_body=body, record_type="drawing", order=0, action="approve",
        role=Role.ACCOUNTING_OFFICER,
    )  # fmt: skip
    perform(subject=drawing(site), action="submit", by=site[Role.SITE_AGENT])
    assert inboxes(site) == {Role.ACCOUNTING_OFFICER}


def test_a_table_names_the_role_of_the_line_first() -> None:
    step = Transition("look", from_=("a",), to="b", roles=("x", "y"), is_step=True)
    other = Transition("fail", from_=("a",), to="c", roles=("x", "z"), is_step=True, step="look")
    table = Workflow("thing", step, other)
    assert table.deciders("look", "x") == ("x", "y", "z")
    assert table.deciders("look", "z") == ("z",)
    assert table.deciders("nothing", "x") == ()
