"""Every address of One-PMIS, for every role, in one's own project and in another's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import (
    DROPPED,
    IN_WORK,
    Approval,
    Delegation,
    FixedPoint,
    Notice,
    Record,
    RecordState,
)
from pmis.records import RecordType, types
from pmis.roles import ORDERING_BODY_ROLES, Role
from pmis.services.approvals import perform
from pmis.workflows import WORKFLOWS, WRITERS
from tests.factories.ccs import UserFactory
from tests.factories.documents import drawing
from tests.factories.pmis import ContractFactory, PhotoFactory, Site, SubcontractFactory

#: Addresses without a project in them.
OPEN_TO_ALL = {
    "my-day",
    "offline",
    "offline-worker",
    "offline-manifest",
    "approvals",
    "photos",
    "project-list",
    "project-enter",
    "access-log",
    "search",
    "filter-save",
    "notice-list",
    "notice-write",
    "messages",
    "help",
    "help-topic",
    "practice",
    "practice-start",
    "practice-act",
    *(f"{entry.name}-list" for entry in types()),
}

#: A script and a description of the application, without anybody's data.
WITHOUT_CONTENT = {"offline-worker", "offline-manifest"}


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
        **{entry.name: drafted(entry, site) for entry in types()},
        "daily-report": report,
        "schedule": schedule,
        "contract": contract,
        "guarantee": contract,
        "subcontract-enter": contract,
        "subcontract": SubcontractFactory(contract=contract),
        "participant": site.project.participants.get(role=Role.ENGINEER),
        "photo-album": site.project,
        "firm": site.firms["contractor"],
        "photo": PhotoFactory(project=site.project),
        "stored-file": drawing(site, drawing_number="").files.get().file,
        "photo-point": FixedPoint.objects.create(project=site.project, name="시점부"),
        "notice": Notice.objects.create(
            author=site[Role.OFFICER], title="알림", text="글", project=site.project
        ),
    }


def drafted(entry: RecordType, site: Site) -> Record:
    """Return a draft of a record type, by the first of its writers."""
    writer = site[WRITERS[entry.record_type][0]]
    return entry.opened(site.project, entry.default_key(site.project), writer)


def key_of(name: str, rows: dict[str, Any]) -> str:
    """Return the key of the record whose address is asked for."""
    entries = [entry for entry in types() if name.startswith(f"{entry.name}-")]
    entry = max(entries, key=lambda entry: len(entry.name))
    return entry.key_of(rows[entry.name])


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
                "topic": "photos",
                "client_id": site.project.public_id,
                "slug": "daily-reports",
                "key": key_of(name, rows) if "key" in arguments else "",
                "action": "suspend" if name.startswith("project") else "complete",
            }[argument]
    return reverse(f"pmis:{name}", kwargs=values)


def answer(client: Client, url: str) -> tuple[int, int]:
    """Return the statuses of reading an address and of sending an empty form to it."""
    return client.get(url).status_code, client.post(url).status_code


def test_no_address_is_open_without_a_sign_in(site: Site) -> None:
    rows = targets(site)
    for name, arguments in ADDRESSES:
        if name in WITHOUT_CONTENT:
            continue
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
        if name in OPEN_TO_ALL or name == "firm-detail":
            continue  # Shows what the person may see; tested by its content below.
        read, sent = answer(client, address(name, arguments, other_site, rows))
        assert read in (404, 405), (name, read)
        assert sent in (404, 405), (name, sent)


#: Who may read or write which pages of their own project; every role may read the others.
LIMITED = {
    **{
        f"{entry.name}-{page}": set(WRITERS[entry.record_type])
        for entry in types()
        for page in ("write", "draft", "check", "correct")
    },
    **{f"{entry.name}-withdraw": {Role.OFFICER, Role.DEPARTMENT_HEAD} for entry in types()},
    "project-enter": {
        Role.OFFICER, Role.DEPARTMENT_HEAD, Role.ACCOUNTING_OFFICER, Role.AUDITOR
    },
    "access-log": {Role.AUDITOR, Role.OFFICER, Role.DEPARTMENT_HEAD},
    "notice-write": {Role.OFFICER, Role.DEPARTMENT_HEAD},
    "project-edit": {Role.OFFICER},
    "project-mode": {Role.OFFICER},
    "project-schedule-import": {Role.SITE_AGENT, Role.ENGINEER},
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
    "hand-over-package": {*ORDERING_BODY_ROLES, Role.SUPERVISOR, Role.SITE_AGENT},
    "subcontract-review": {Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER},
    "firm-detail": ORDERING_BODY_ROLES,
}  # fmt: skip


@pytest.mark.parametrize("role", Role)
def test_reading_is_refused_to_roles_without_the_task(
    site: Site, as_user: Callable[[User], Client], role: Role
) -> None:
    rows = targets(site)
    client = as_user(site[role])
    hidden = {
        entry.name
        for entry in types()
        if not entry.visible_to(site[role]).filter(pk=rows[entry.name].pk).exists()
    }
    for name, arguments in ADDRESSES:
        if "photo" in name or name.startswith("offline"):
            continue  # Photos and the outbox have tests of their own.
        status = client.get(address(name, arguments, site, rows)).status_code
        names_record = {"public_id", "key"} & set(arguments)
        if names_record and any(name.startswith(f"{kind}-") for kind in hidden):
            assert status in (403, 404, 405), (name, status)
            continue
        if role in LIMITED.get(name, set(Role)):
            assert status in (200, 302, 405), (name, status)
        else:
            assert status == 403, (name, status)


def steps_of(entry: RecordType) -> list[tuple[RecordType, Any]]:
    return [(entry, row) for row in WORKFLOWS[entry.record_type]]


EVERY_STEP = [pair for entry in types() for pair in steps_of(entry)]


@pytest.mark.parametrize(
    ("entry", "row"),
    EVERY_STEP,
    ids=[f"{entry.name}-{row.action}-{row.to}" for entry, row in EVERY_STEP],
)
def test_a_step_is_refused_to_every_role_that_the_table_does_not_name(
    site: Site, as_user: Callable[[User], Client], entry: RecordType, row: Any
) -> None:
    """Every step, from every state it leads from, for every role; and nothing changes."""
    record = drafted(entry, site)
    url = reverse(f"pmis:{entry.name}-{row.action}", args=[record.public_id])
    for state in row.from_:
        put_into(record, state, row)
        for role in Role:
            if role in row.roles:
                continue
            response = as_user(site[role]).post(url, {"comment": "까닭"})
            assert response.status_code in (302, 403, 404, 409), (role, response.status_code)
            record.refresh_from_db()
            assert record.state == state, (role, state)


@pytest.mark.parametrize("entry", types(), ids=lambda entry: entry.name)
def test_a_step_is_refused_in_every_state_that_the_table_does_not_name(
    site: Site, entry: RecordType
) -> None:
    """Every step, in every state it does not lead from, by the very role that may take it."""
    record = drafted(entry, site)
    rows = list(WORKFLOWS[entry.record_type])
    states = {state for row in rows for state in (*row.from_, row.to)}
    for state in sorted(states):
        put_into(record, state, rows[0])
        for row in rows:
            leads = {
                origin for other in rows if other.action == row.action for origin in other.from_
            }
            if state in leads:
                continue
            with pytest.raises((TransitionNotAllowed, RoleNotAllowed, PermissionDenied)):
                perform(subject=record, action=row.action, by=site[row.roles[0]], comment="까닭")


def _lift_checks(cursor: Any, table: str) -> None:
    """Drop what an empty draft cannot meet in later states: another test's subject."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
        [table],
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def put_into(record: Record, state: str, row: Any) -> None:
    """Set a state as nothing but a test may: the locks of the database are lifted for it."""
    table = record._meta.db_table
    decided = state not in (*IN_WORK, *DROPPED)
    with connection.cursor() as cursor:
        _lift_checks(cursor, table)
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f'UPDATE "{table}" SET state = %s, approved_at = %s WHERE id = %s',
            [state, timezone.now() if decided else None, record.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    Approval.objects.filter(record_public_id=record.public_id).delete()
    if state in (RecordState.SUBMITTED, RecordState.CONFIRMED, RecordState.SCHEDULED):
        Approval.objects.create(
            project=record.project,
            record_type=record.record_type,
            record_public_id=record.public_id,
            version_no=record.version_no,
            title=str(record)[:300] or "-",
            drafter=record.author,
            drafter_role=row.roles[0],
            steps=[{"action": row.step_name, "role": row.roles[0], "mode": "serial", "quorum": 1}],
            current_action=row.step_name,
            current_role=row.roles[0],
            submitted_at=timezone.now(),
        )
    record.refresh_from_db()


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


def test_the_page_of_a_firm_shows_nothing_of_another_project(
    site: Site, other_site: Site, as_user: Callable[[User], Client]
) -> None:
    ContractFactory(project=other_site.project, contractor=site.firms["contractor"])
    url = reverse("pmis:firm-detail", args=[site.firms["contractor"].public_id])
    for role in Role:
        page = as_user(site[role]).get(url)
        assert page.status_code == (200 if role in ORDERING_BODY_ROLES else 403), role
        assert other_site.project.name not in page.text, role


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
