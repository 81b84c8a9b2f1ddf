"""Every page of One-PMIS with something on it: found from the addresses, not from a list.

A project has one record of every registered type, led by the real steps. The pages of its types
follow from the registry and the workflow tables, all others from the addresses; so a new page or
type is looked at by itself, or fails because nobody here can open it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ccs.lib.workflow import Transition
from ccs.models import User
from pmis.models import (
    DROPPED,
    IN_WORK,
    Approval,
    Disposal,
    DisposalItem,
    FixedPoint,
    Notice,
    ReceivedDraft,
    Record,
    RecordState,
)
from pmis.records import REGISTRY, RecordType
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.services.photos import add_photo
from pmis.workflows import WORKFLOWS
from tests.allimi.report_records import REPORT_RECORDS
from tests.allimi.safety_records import SAFETY_RECORDS
from tests.factories import changes
from tests.factories.documents import upload
from tests.factories.letters import complaint, letter, meeting, visit
from tests.factories.pmis import PhotoFactory, Site, SubcontractFactory
from tests.pmis.photo_files import jpeg
from tests.pmis.test_rights import ADDRESSES, address
from tests.security.addresses import all_addresses

PAGE = "text/html"
#: States in which an approval line is open.
WAITING = (
    RecordState.SUBMITTED, RecordState.CONFIRMED, RecordState.SCHEDULED, RecordState.HEARING
)  # fmt: skip
#: What earlier steps of a type had filled in, which the database demands in later states.
WRITTEN_BEFORE = {"accident": {"cause": "결속 불량", "prevention_measure": "결속 점검"}}
#: Pictures, which a photo has only when it was processed.
PICTURES = {"photo-picture", "photo-thumbnail"}


@dataclass(frozen=True)
class Visit:
    """A page, and who opens it."""

    url: str
    user: User


def records_of(site: Site) -> dict[str, Record]:
    """Return a record in force of every registered type, all in one project."""
    people = SimpleNamespace(
        project=site.project,
        agent=site[Role.SITE_AGENT],
        supervisor=site[Role.SUPERVISOR],
        officer=site[Role.OFFICER],
        firm=site.firms["contractor"],
    )
    makers: dict[str, Callable[[], Record]] = {
        "schedule": lambda: changes.priced_schedule(site),
        "daily_report": lambda: _daily_report(site),
        "catch_up_plan": lambda: site.catch_up_plan(RecordState.APPROVED),
        "letter": lambda: letter(site, RecordState.REPLIED),
        "meeting": lambda: meeting(site, signed=True),
        "complaint_entry": lambda: complaint(site),
        "visit": lambda: visit(site),
        "design_change": lambda: changes.approved_change(site),
        "time_extension": lambda: changes.approved_extension(site),
        "progress_claim": lambda: changes.approved_claim(site, "1"),
        "evaluation": lambda: changes.final_evaluation(site),
        "disposal": lambda: _disposal(site),
        "penalty": lambda: changes.imposed_penalty(site),
    }
    makers |= {kind: lambda make=make: make(site) for kind, make in REPORT_RECORDS.items()}
    makers |= {kind: lambda make=make: make(people) for kind, make in SAFETY_RECORDS.items()}
    assert not (missing := set(REGISTRY) - set(makers)), f"no record to look at: {missing}"
    # The schedule first: claims and reports name its work items.
    kinds = ["schedule", *(kind for kind in REGISTRY if kind != "schedule")]
    return {kind: makers[kind]() for kind in kinds}


def _daily_report(site: Site) -> Record:
    report = site.report(toolbox_held=True, noise_db=62, special_notes="야간작업 없음")
    report.planned_lines.create(activity="거더 거치", quantity=1)
    report.material_lines.create(item="고장력볼트", received_quantity=2)
    report.visitors.create(body="구청", purpose="점검", name="홍길동")
    report.report_photos.create(photo=PhotoFactory(project=site.project))
    return site.lead(report, RecordState.APPROVED)


def _disposal(site: Site) -> Record:
    """Return a list of records past their time; nothing here is old enough for a real one."""
    made = Disposal.objects.create(
        project=site.project, author=site[Role.OFFICER], as_of_date=timezone.localdate()
    )
    fields = (DisposalItem._meta.get_field(name) for name in ("subject_type", "retention_class"))
    subject, retention = (field.flatchoices[0][0] for field in fields)
    made.items.create(subject_type=subject, retention_class=retention, note="소송 중")
    put_into(made, RecordState.APPROVED)
    return made


def visits(site: Site) -> Iterator[Visit]:
    """Yield every page of a site, each to be opened before the next: records change between."""
    rows = rows_of(site)
    yield from _pages_without_a_record(site, rows)
    for entry in REGISTRY.values():
        yield from _pages_of(entry, site, rows[entry.name])
    yield from _account_pages(site)


def rows_of(site: Site) -> dict[str, Any]:
    """Return a row of each kind in a project, by the beginning of an address's name."""
    records = records_of(site)
    _received_from_a_device(site, records["daily_report"])
    contract = changes.contract_of(site)
    subcontract = SubcontractFactory(
        contract=contract, subcontractor=site.firms["subcontractor"], work_scope="철근 배근"
    )
    site.project.participants.get(role=Role.OFFICER).delegations.create(
        delegate=site[Role.DEPARTMENT_HEAD],
        valid_from="2020-01-01",
        valid_to="2099-01-01",
        reason="휴가",
    )
    return {
        **{REGISTRY[kind].name: record for kind, record in records.items()},
        "contract": contract,
        "guarantee": contract,
        "subcontract-enter": contract,
        "subcontract": perform(subject=subcontract, action="notify", by=site[Role.SITE_AGENT]),
        "participant": site.project.participants.get(role=Role.ENGINEER),
        "photo-album": site.project,
        "photo": add_photo(
            project=site.project, file=upload("p.jpg", jpeg()), by=site[Role.SITE_AGENT]
        ),
        "photo-point": FixedPoint.objects.create(project=site.project, name="시점부"),
        "firm": site.firms["contractor"],
        "stored-file": records["drawing"].files.get().file,
        "notice": Notice.objects.create(
            author=site[Role.OFFICER], title="알림", text="글", project=site.project
        ),
    }


def _received_from_a_device(site: Site, report: Record) -> None:
    """Keep a text that differs from the report of its day; its id is the project's."""
    ReceivedDraft.objects.create(
        user=report.author,
        client_id=site.project.public_id,
        project=site.project,
        record_type="daily_report",
        key=REGISTRY["daily_report"].key_of(report),
        edition=1,
        body_sha256="a" * 64,
        fields={"work_summary": ["바닥판 철근"]},
        outcome=ReceivedDraft.Outcome.CONFLICT,
    )


def _pages_without_a_record(site: Site, rows: dict[str, Any]) -> Iterator[Visit]:
    """Yield the pages that no record type brings: each for the first role that may read it."""
    of_types = {f"{entry.name}-" for entry in REGISTRY.values()}
    registers = {f"{entry.name}-of-project" for entry in REGISTRY.values()}
    # The same page for every type: over all projects instead of one.
    registers |= {f"{entry.name}-list" for entry in first_of_each_group()}
    clients = {role: _client(site[role]) for role in Role}
    for name, arguments in ADDRESSES:
        kind = next((kind for kind in of_types if name.startswith(kind)), "")
        if kind and name not in registers:
            continue
        url = address(name, arguments, site, rows)
        for role in (Role.OFFICER, Role.SITE_AGENT, *Role):
            answer = clients[role].get(url)
            if answer.status_code not in (403, 404):
                break
        if answer.status_code == 200 and answer["Content-Type"].startswith(PAGE):
            yield Visit(url, site[role])
        else:
            # Sent by a form, led on to another page, a file, or a picture not yet made.
            expected = (200, 302, 405, 404) if name in PICTURES else (200, 302, 405)
            assert answer.status_code in expected, (name, answer.status_code)


def _pages_of(entry: RecordType, site: Site, record: Record) -> Iterator[Visit]:
    """Yield the pages of one record: new, in force, before each step with a form, as a draft."""
    project, public_id, author = site.project, record.public_id, record.author

    def url(page: str, *arguments: Any) -> str:
        return reverse(f"pmis:{entry.name}-{page}", args=arguments)

    if (key := entry.default_key(project)) != entry.key_of(record):
        yield Visit(url("write", project.public_id, key), author)
    yield Visit(url("detail", public_id), site[Role.OFFICER])
    if entry in first_of_each_group():
        # The same page for every type: the content is that of the record's page.
        yield Visit(url("print", public_id), site[Role.OFFICER])
        yield Visit(url("version", public_id, 1), author)
        yield Visit(url("correct", public_id), author)
        yield Visit(url("withdraw", public_id), site[Role.OFFICER])
    for row in _steps_to_look_at(entry):
        put_into(record, row.from_[0], row)
        yield Visit(url(row.action, public_id), _taker(site, record, row))
    put_into(record, RecordState.DRAFT)
    if entry in first_of_each_group():
        yield Visit(url("detail", public_id), author)
    yield Visit(url("write", project.public_id, entry.key_of(record)), author)
    yield Visit(url("check", public_id), author)


def first_of_each_group() -> list[RecordType]:
    """Return one record type of each part of the menu."""
    return list({entry.group: entry for entry in reversed(REGISTRY.values())}.values())


def _steps_to_look_at(entry: RecordType) -> list[Transition]:
    """Return the steps whose forms differ; one that asks only why where there are no others."""
    shown: list[Transition] = []
    for row in WORKFLOWS[entry.record_type]:
        asks = row.fills or row.fills_lines or row.adds_lines
        again = any(other.action == row.action or other.has_same_form(row) for other in shown)
        if asks and not again:
            shown.append(row)
    asks_why = [row for row in WORKFLOWS[entry.record_type] if row.needs_reason]
    return shown or asks_why[:1]


def _taker(site: Site, record: Record, row: Transition) -> User:
    """Return who may take a step with this very record."""
    for role in row.roles:
        if any(found.action == row.action for found in available_actions(record, site[role])):
            return site[role]
    raise AssertionError(f"nobody may {row.action} {record.record_type} {record.state}")


def put_into(record: Record, state: str, row: Transition | None = None) -> None:
    """Set a state that a step begins at, as nothing but a test may: past the database's locks."""
    decided = state not in (*IN_WORK, *DROPPED)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        type(record)._default_manager.filter(pk=record.pk).update(
            state=state,
            approved_at=timezone.now() if decided else None,
            **WRITTEN_BEFORE.get(record.record_type, {}),
        )
        approvals = Approval.objects.filter(record_public_id=record.public_id)
        approvals.update(state=Approval.State.APPROVED)
        if row is not None and state in WAITING:
            _open_approval(record, row, approvals.last())
    record.refresh_from_db()


def _open_approval(record: Record, row: Transition, approval: Approval | None) -> None:
    """Let a step be the one that decides now."""
    approval = approval or Approval(
        project=record.project,
        record_type=record.record_type,
        record_public_id=record.public_id,
        version_no=record.version_no,
        title=str(record)[:300] or "-",
        drafter=record.author,
        drafter_role=row.roles[0],
        submitted_at=timezone.now(),
    )
    approval.state = Approval.State.IN_REVIEW
    approval.steps = [
        {"action": row.step_name, "role": row.roles[0], "mode": "serial", "quorum": 1}
    ]
    approval.current_step = 0
    approval.current_action, approval.current_role = row.step_name, row.roles[0]
    approval.save()


def _account_pages(site: Site) -> Iterator[Visit]:
    """Yield the pages of the account and of sign-in that show themselves without a key."""
    client = _client(site[Role.OFFICER])
    for found in all_addresses():
        if not found.path.startswith("/accounts/"):
            continue
        answer = client.get(found.path)
        if answer.status_code == 200 and answer["Content-Type"].startswith(PAGE):
            yield Visit(found.path, site[Role.OFFICER])


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
