"""Every address of One-PMIS, for every role, in one's own project and in another's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ccs.models import User
from pmis.models import Delegation, RecordState
from pmis.roles import Role
from tests.factories.ccs import UserFactory
from tests.factories.pmis import ContractFactory, PhotoFactory, Site, SubcontractFactory

#: Addresses without a project in them.
OPEN_TO_ALL = {"my-day", "approvals", "photos", "project-list", "daily-report-list",
               "schedule-list", "project-enter"}  # fmt: skip


def names_with_arguments() -> list[tuple[str, tuple[str, ...]]]:
    """Return the name and argument names of every address below `/pmis/`."""
    found: list[tuple[str, tuple[str, ...]]] = []

    def walk(patterns: list[Any]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
            elif isinstance(pattern, URLPattern):
                found.append((pattern.name, tuple(pattern.pattern.converters)))

    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace == "pmis":
            walk(pattern.url_patterns)
    return found


ADDRESSES = names_with_arguments()


def targets(site: Site) -> dict[str, Any]:
    """Return a row of each kind in a project, by the beginning of an address's name."""
    report = site.report(RecordState.CONFIRMED)
    schedule = site.schedule(RecordState.SUBMITTED)
    contract = ContractFactory(project=site.project)
    site.project.participants.filter(role=Role.OFFICER).get().delegations.create(
        delegate=UserFactory(),
        valid_from="2020-01-01",
        valid_to="2099-01-01",
        reason="휴가",
    )
    return {
        "daily-report": report,
        "schedule": schedule,
        "contract": contract,
        "guarantee": contract,
        "subcontract-enter": contract,
        "subcontract": SubcontractFactory(contract=contract),
        "participant": site.project.participants.get(role=Role.ENGINEER),
        "photo-album": site.project,
        "photo": PhotoFactory(project=site.project),
    }


def address(name: str, arguments: tuple[str, ...], site: Site, rows: dict[str, Any]) -> str:
    values: dict[str, Any] = {}
    for argument in arguments:
        if argument == "public_id":
            key = max((key for key in rows if name.startswith(key)), key=len)
            values[argument] = rows[key].public_id
        else:
            values[argument] = {
                "project_id": site.project.public_id,
                "version_no": 1,
                "number": 0,
                "key": "plan" if name.startswith("schedule") else "2026-11-19",
                "action": "suspend" if name.startswith("project") else "complete",
            }[argument]
    return reverse(f"pmis:{name}", kwargs=values)


def answer(client: Client, url: str) -> tuple[int, int]:
    """Return the statuses of reading an address and of sending an empty form to it."""
    return client.get(url).status_code, client.post(url).status_code


def test_no_address_is_open_without_a_sign_in(site: Site) -> None:
    rows = targets(site)
    for name, arguments in ADDRESSES:
        url = address(name, arguments, site, rows)
        for response in (Client().get(url), Client().post(url)):
            assert response.status_code in (302, 401, 405), name
            if response.status_code == 302:
                assert response["Location"].startswith("/accounts/login/"), name


@pytest.mark.parametrize("role", Role)
def test_another_project_does_not_exist_for_any_role(
    site: Site, other_site: Site, as_user: Callable[[User], Client], role: Role
) -> None:
    rows = targets(other_site)
    client = as_user(site[role])
    for name, arguments in ADDRESSES:
        if name in OPEN_TO_ALL:
            continue  # Shows what the person may see; tested by its content below.
        read, sent = answer(client, address(name, arguments, other_site, rows))
        assert read in (404, 405), (name, read)
        assert sent in (404, 405), (name, sent)


#: Who may read or write which pages of their own project; every role may read the others.
SITE_SIDE = {Role.SITE_AGENT, Role.ENGINEER}
LIMITED = {
    "daily-report-begin": set(Role),
    "daily-report-write": SITE_SIDE,
    "daily-report-draft": SITE_SIDE,
    "schedule-begin": set(Role),
    "schedule-write": SITE_SIDE,
    "schedule-draft": SITE_SIDE,
    "daily-report-check": SITE_SIDE,
    "schedule-check": SITE_SIDE,
    "daily-report-correct": SITE_SIDE,
    "schedule-correct": SITE_SIDE,
    "daily-report-withdraw": {Role.OFFICER, Role.DEPARTMENT_HEAD},
    "schedule-withdraw": {Role.OFFICER, Role.DEPARTMENT_HEAD},
    "project-enter": {
        Role.OFFICER, Role.DEPARTMENT_HEAD, Role.ACCOUNTING_OFFICER, Role.AUDITOR
    },
    "project-edit": {Role.OFFICER},
    "project-mode": {Role.OFFICER},
    "project-step": {Role.OFFICER},
    "participant-add": {Role.OFFICER},
    "participant-replace": {Role.OFFICER},
    "participant-end": {Role.OFFICER},
    "participant-delegate": {Role.OFFICER, Role.ENGINEER},
    "contract-enter": {Role.OFFICER, Role.ACCOUNTING_OFFICER},
    "contract-edit": {Role.OFFICER, Role.ACCOUNTING_OFFICER},
    "contract-sign": {Role.OFFICER, Role.ACCOUNTING_OFFICER},
    "contract-amend": {Role.OFFICER, Role.ACCOUNTING_OFFICER},
    "guarantee-add": {Role.OFFICER, Role.ACCOUNTING_OFFICER},
    "subcontract-enter": {Role.SITE_AGENT},
    "subcontract-edit": {Role.SITE_AGENT},
}  # fmt: skip


@pytest.mark.parametrize("role", Role)
def test_reading_is_refused_to_roles_without_the_task(
    site: Site, as_user: Callable[[User], Client], role: Role
) -> None:
    rows = targets(site)
    client = as_user(site[role])
    for name, arguments in ADDRESSES:
        if "photo" in name:
            continue  # The photos have tests of their own.
        status = client.get(address(name, arguments, site, rows)).status_code
        if role in LIMITED.get(name, set(Role)):
            assert status in (200, 302, 405), (name, status)
        else:
            assert status == 403, (name, status)


#: What each role may change by an empty form or a step; everything else is refused.
STEPS = {
    "daily-report-approve": {Role.OFFICER},
    "daily-report-return": {Role.OFFICER},
    "daily-report-confirm": set(),
    "daily-report-submit": set(),
    "daily-report-recall": set(),
    "schedule-approve": set(),
    "schedule-confirm": {Role.SUPERVISOR},
    "schedule-return": {Role.SUPERVISOR},
    "schedule-submit": set(),
    "schedule-recall": {Role.SITE_AGENT},
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_by_its_role_and_refused_to_all_others(
    site: Site, as_user: Callable[[User], Client], name: str
) -> None:
    rows = targets(site)
    record = rows[name.rpartition("-")[0]]
    state = record.state
    for role in Role:
        if role in STEPS[name]:
            continue
        response = as_user(site[role]).post(
            address(name, ("public_id",), site, rows), {"comment": "까닭"}
        )
        assert response.status_code in (403, 409), (role, response.status_code)
        record.refresh_from_db()
        assert record.state == state, role
    for role in STEPS[name]:
        response = as_user(site[role]).post(
            address(name, ("public_id",), site, rows), {"comment": "까닭"}
        )
        assert response.status_code == 302


def test_a_delegate_acts_for_the_absent_and_is_named(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    report = site.report(RecordState.CONFIRMED)
    colleague = UserFactory(organization=site.firms["ordering_body"])
    Delegation.objects.create(
        participant=site.project.participants.get(role=Role.OFFICER),
        delegate=colleague,
        valid_from="2020-01-01",
        valid_to="2099-01-01",
        reason="휴가",
    )
    url = reverse("pmis:daily-report-approve", args=[report.public_id])
    assert as_user(colleague).post(url).status_code == 302
    event = site.project.approval_events.latest("id")
    assert (event.by, event.on_behalf_of) == (colleague, site[Role.OFFICER])


@pytest.mark.parametrize("name", ["my-day", "project-list", "daily-report-list", "approvals"])
def test_lists_show_nothing_of_another_project(
    site: Site, other_site: Site, as_user: Callable[[User], Client], name: str
) -> None:
    targets(other_site)
    for role in Role:
        page = as_user(site[role]).get(reverse(f"pmis:{name}")).content.decode()
        assert other_site.project.name not in page, role


def test_an_executive_reads_all_projects_and_changes_none(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    rows = targets(site)
    client = as_user(UserFactory(office_role=User.OfficeRole.EXECUTIVE))
    for name in ("daily-report-detail", "schedule-detail"):
        assert client.get(address(name, ("public_id",), site, rows)).status_code == 200
    assert site.project.name in client.get(reverse("pmis:project-list")).content.decode()
    for name in ("daily-report-approve", "schedule-confirm"):
        assert client.post(address(name, ("public_id",), site, rows)).status_code == 403
    for name in ("project-edit", "contract-enter", "participant-add"):
        url = address(name, ("project_id",), site, rows)
        assert client.post(url).status_code == 403
