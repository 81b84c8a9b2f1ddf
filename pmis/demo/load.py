"""Loads the demonstration: pictures first, then everything in one transaction."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.core.management import call_command
from django.db import connections, transaction

from ccs.lib.acting import acting
from ccs.lib.extensions import announce_change
from ccs.models import Area, Registration
from pmis.demo.album import FULL, SMALL, Album, add_photo, make_album
from pmis.demo.cast import UNUSABLE, Cast, found_organizations
from pmis.demo.catch_up import add_catch_up_plans
from pmis.demo.claims import write_claims
from pmis.demo.contract_changes import cases, write_contract_changes
from pmis.demo.evaluations import write_evaluations
from pmis.demo.events import log
from pmis.demo.filing import FilingWriter
from pmis.demo.inspections import InspectionWriter
from pmis.demo.letters import LetterWriter
from pmis.demo.people import Team, assemble, home_of, write_participants
from pmis.demo.periodic import PeriodicWriter
from pmis.demo.places import districts
from pmis.demo.plan import Plan, make_plans
from pmis.demo.projects import add_contracts, add_project, write_projects
from pmis.demo.quality import QualityWriter
from pmis.demo.reports import ReportWriter, write_reports
from pmis.demo.safety import write_safety
from pmis.demo.schedules import add_schedule
from pmis.demo.store import Store
from pmis.demo.tables import update
from pmis.demo.times import at
from pmis.models import (
    Approval,
    ApprovalEvent,
    DailyReport,
    Delegation,
    Participant,
    Photo,
    Project,
    Schedule,
    Withdrawal,
)
from pmis.roles import Role

CITY = "11"
Say = Callable[[str], None]


def load(*, today: datetime.date, small: bool = False, say: Say = print) -> dict[str, int]:
    """Write the whole demonstration as of the beginning of `today`; return rows by table.

    The database must hold no project. The same `today` gives the same demonstration.
    """
    if not Area.objects.filter(code=CITY).exists():
        say("areas of Seoul")
        call_command("import_areas", preset="seoul")
    count = SMALL if small else FULL
    say(f"{count} pictures")
    album = make_album(count, lambda done: say(f"  {done}") if done % 100 == 0 else None)
    say("projects and reports")
    with transaction.atomic(), acting(actor_id=None, origin="load_demo"):
        written = _load_rows(today, album, small=small)
        announce_change()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    return written


def _load_rows(today: datetime.date, album: Album, *, small: bool) -> dict[str, int]:
    store = Store(today, at(today, 0))
    city = Area.objects.get(code=CITY)
    places = districts(CITY)
    plans = make_plans(places, today, small=small)
    cast = found_organizations(places, city.pk, store.now)
    teams = assemble(plans, cast)
    cast.write()
    for plan in plans:
        team = teams[plan.number]
        add_project(store, plan, team)
        add_contracts(store, plan, team)
        add_schedule(store, plan, team)
    absences = write_participants(plans, teams, store.now, store[Participant])
    write_projects(store)
    store.write(Participant, ApprovalEvent)
    store.decide(Schedule)
    _write_reports(store, album, plans, teams)
    _write_quality(store, plans, teams)
    PeriodicWriter(store).write(plans, teams)
    _write_filing(store, album, plans, teams)
    add_catch_up_plans(store, plans, teams)
    store.write(Approval, ApprovalEvent)
    write_safety(store, album, plans, teams)
    LetterWriter(store).write(plans, teams)
    found = cases(plans, teams)
    for write in (write_contract_changes, write_claims, write_evaluations):
        write(store, found)
    _write_absences(store, absences)
    _write_withdrawals(store, teams, plans)
    _write_registrations(cast)
    return dict(store.written)


def _write_reports(store: Store, album: Album, plans: list[Plan], teams: dict[int, Team]) -> None:
    writer = ReportWriter(store, album)
    views = []
    for plan in _in_turn(plans):
        team = teams[plan.number]
        writer.add_site(plan, team)
        if plan.signed:
            picture = album.picture("aerial", plan.number)
            moment = at(plan.signed, 700)
            key = add_photo(store, picture, plan, team, taken=moment, caption="조감도(지어낸 그림)",
                            activity="", category="before")  # fmt: skip
            views.append((plan.id, key))
    write_reports(store, writer.corrections)
    update(Project, {"aerial_view_id": "bigint"}, views)


def _write_filing(store: Store, album: Album, plans: list[Plan], teams: dict[int, Team]) -> None:
    writer = FilingWriter(store, album)
    with_cameras = home_of(plans)[:3]
    for plan in plans:
        writer.add_site(plan, teams[plan.number], with_camera=plan in with_cameras)
    writer.write()


def _write_quality(store: Store, plans: list[Plan], teams: dict[int, Team]) -> None:
    for writer in (InspectionWriter(store), QualityWriter(store)):
        for plan in plans:
            writer.add_site(plan, teams[plan.number])
        writer.write()


def _in_turn(plans: list[Plan]) -> list[Plan]:
    """Return the plans with the sites of the accounts to try first."""
    home = home_of(plans)
    return [*home, *(plan for plan in plans if plan not in home)]


def _write_absences(store: Store, absences: list[tuple[int, int]]) -> None:
    for participant, delegate in absences:
        store[Delegation].add(
            participant_id=participant,
            delegate_id=delegate,
            valid_from=store.today - datetime.timedelta(days=2),
            valid_to=store.today + datetime.timedelta(days=5),
            reason="교육 참가",
        )
    store.write(Delegation)


def _write_withdrawals(store: Store, teams: dict[int, Team], plans: list[Plan]) -> None:
    """Withdraw a photo and a report, and lift an earlier withdrawal."""
    by_id = {plan.id: plan for plan in plans}
    photos = Photo.objects.filter(state=Photo.State.CHECKED, category="during").order_by("id")
    reports = DailyReport.objects.approved().filter(version_no=1).order_by("id")
    cases = (
        (photos[11], "G6", "지나가던 어린이의 얼굴이 가려지지 않은 채 공개됨", None),
        (reports[25], "G4", "사고 조사가 끝날 때까지 공개를 멈춤", None),
        (reports[60], "G6", "비고에 개인 연락처가 적혀 있어 공개를 멈춤", 3),
    )
    for place, (record, ground, reason, lifted_after) in enumerate(cases):
        plan = by_id[record.project_id]
        officer = teams[plan.number].people[Role.OFFICER]
        moment = at(store.today - datetime.timedelta(days=5 + place), 660)
        lifted = moment + datetime.timedelta(days=lifted_after) if lifted_after else None
        store[Withdrawal].add(
            record_type=record.record_type,
            record_public_id=record.public_id,
            ground=ground,
            reason=reason,
            role=str(Role.OFFICER),
            by_id=officer.id,
            at=moment,
            lifted_at=lifted,
            lifted_by_id=officer.id if lifted else None,
        )
        named = (record.record_type, record.public_id, 0)
        by = (officer.id, str(Role.OFFICER))
        log(store, project_id=plan.id, record=named, action="withdraw", by=by, moment=moment,
            change=("public", "withdrawn"), comment=reason)  # fmt: skip
        if lifted:
            log(store, project_id=plan.id, record=named, action="lift", by=by, moment=lifted,
                change=("withdrawn", "public"))  # fmt: skip
    store.write(Withdrawal, ApprovalEvent)


def _write_registrations(cast: Cast) -> None:
    """Leave two requests for an account to be decided."""
    for number, firm in enumerate(cast.firms["subcontractor"][:2]):
        someone = cast.hire("applicant", number, firm, "현장소장")
        row = cast.users.rows[-1]
        row["is_active"], row["password"] = False, UNUSABLE
        cast.users.write()
        Registration.objects.create(
            user_id=someone.id,
            ordering_body_id=cast.bodies["city"].id,
            firm_name=firm.name,
            registration_number=firm.number,
            note="하도급 현장 관리자 계정을 신청합니다.",
            requested_at=cast.now - datetime.timedelta(hours=7 + 19 * number),
        )
