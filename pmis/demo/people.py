"""Who does what in which project of the demonstration."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pmis.demo.cast import SENIORITY, Cast, Firm, Person, account
from pmis.demo.dice import dice, public_id
from pmis.demo.plan import Plan
from pmis.demo.tables import Table
from pmis.demo.words import DEPARTMENTS, mobile
from pmis.roles import Role

#: Sites of one supervisor: the complaint of the field is seven or eight (domain 2.4).
SITES_OF_A_SUPERVISOR = 8
POSITIONS = {
    Role.OFFICER: "주무관",
    Role.DEPARTMENT_HEAD: "과장",
    Role.ACCOUNTING_OFFICER: "계약담당 주무관",
    Role.SUPERVISOR: "책임건설사업관리기술인",
    Role.INSPECTOR: "건설사업관리기술인",
    Role.SITE_AGENT: "현장대리인",
    Role.ENGINEER: "공사과장",
    Role.SUBCONTRACTOR: "현장소장",
}


@dataclass
class Team:
    """The people and firms of one project."""

    body: Firm
    contractor: Firm
    supervision: Firm
    designer: Firm
    subcontractors: list[Firm]
    lessors: list[Firm]
    partner: Firm | None
    people: dict[Role, Person] = field(default_factory=dict)
    former_agent: Person | None = None


@dataclass(frozen=True)
class Office:
    """The people of one ordering body who look after its projects."""

    officer: Person
    head: Person
    accounting: Person


def home_of(plans: Sequence[Plan]) -> list[Plan]:
    """Return the projects of the accounts to try, the site agent's two first."""
    running = [plan for plan in plans if plan.is_running]
    first = next(
        (plan for plan in running if plan.district.area.names["ko"] == "성동구"), running[0]
    )
    others = [plan for plan in running if plan is not first]
    return [first, *others][:SITES_OF_A_SUPERVISOR]


def assemble(plans: Sequence[Plan], cast: Cast) -> dict[int, Team]:
    """Return the team of every project by its number; the accounts to try work in the first."""
    home = home_of(plans)
    ordered = [*home, *(plan for plan in plans if plan not in home)]
    offices = _offices(plans, cast, home[0].body)
    teams: dict[int, Team] = {}
    for place, plan in enumerate(ordered):
        team = _team(plan, cast)
        group = place // SITES_OF_A_SUPERVISOR
        if place % SITES_OF_A_SUPERVISOR == 0:
            watchers = _watchers(group, team.supervision, cast)
        team.supervision = watchers[0].organization
        office = offices[plan.body]
        team.people = {
            Role.OFFICER: office.officer,
            Role.DEPARTMENT_HEAD: office.head,
            Role.ACCOUNTING_OFFICER: office.accounting,
            Role.SUPERVISOR: watchers[0],
            Role.INSPECTOR: watchers[1],
        }
        teams[plan.number] = team
    _contractors(ordered, teams, cast)
    _bystanders(teams[home[0].number], cast)
    return teams


def _offices(plans: Sequence[Plan], cast: Cast, home_body: str) -> dict[str, Office]:
    offices = {}
    for number, key in enumerate(sorted({plan.body for plan in plans})):
        body, own = cast.bodies[key], key == home_body
        department = "도시기반과" if key not in ("works", "city") else "건설총괄부"
        people = [
            cast.welcome(account(username), body, position, department)
            if own
            else cast.hire(username, number, body, position, department)
            for username, position in (
                ("officer", POSITIONS[Role.OFFICER]),
                ("department_head", POSITIONS[Role.DEPARTMENT_HEAD]),
                ("accounting", POSITIONS[Role.ACCOUNTING_OFFICER]),
            )
        ]
        offices[key] = Office(*people)
    return offices


def _watchers(group: int, firm: Firm, cast: Cast) -> tuple[Person, Person]:
    roles = (("supervisor", Role.SUPERVISOR), ("inspector", Role.INSPECTOR))
    first, second = (
        cast.welcome(account(name), firm, POSITIONS[role])
        if group == 0
        else cast.hire(name, group, firm, POSITIONS[role])
        for name, role in roles
    )
    return first, second


def _team(plan: Plan, cast: Cast) -> Team:
    rng = dice("team", plan.number)
    firms = cast.firms
    contractor = firms["contractor"][plan.number % len(firms["contractor"])]
    partners = [firm for firm in firms["contractor"] if firm is not contractor]
    is_large = plan.amount > 15_000_000_000
    return Team(
        body=cast.bodies[plan.body],
        contractor=contractor,
        supervision=firms["supervision_firm"][plan.number % len(firms["supervision_firm"])],
        designer=rng.choice(firms["designer"]),
        subcontractors=rng.sample(firms["subcontractor"], 3 + is_large),
        lessors=rng.sample(firms["equipment_lessor"], 3),
        partner=rng.choice(partners) if is_large else None,
    )


def _contractors(ordered: Sequence[Plan], teams: dict[int, Team], cast: Cast) -> None:
    """Give every project its site agent and engineer; the first two share the account to try."""
    first = teams[ordered[0].number]
    for place, plan in enumerate(ordered):
        team = teams[plan.number]
        if place < 2:
            team.contractor = first.contractor
        if place == 0:
            agent = cast.welcome(account("site_agent"), team.contractor, "현장대리인")
            engineer = cast.welcome(account("engineer"), team.contractor, "공사과장")
        elif place > 1:
            agent = cast.hire("site-agent", plan.number, team.contractor, "현장대리인")
            engineer = cast.hire("engineer", plan.number, team.contractor, "공사과장")
        team.people |= {Role.SITE_AGENT: agent, Role.ENGINEER: engineer}
        if plan.number % 9 == 5 and place > 1:
            team.former_agent = cast.hire(
                "former-agent", plan.number, team.contractor, "현장대리인"
            )


def _bystanders(home: Team, cast: Cast) -> None:
    """Write the accounts that see one firm's part, everything, or nothing."""
    home.people[Role.SUBCONTRACTOR] = cast.welcome(
        account("subcontractor"), home.subcontractors[0], POSITIONS[Role.SUBCONTRACTOR]
    )
    city, works = cast.bodies["city"], cast.bodies["works"]
    cast.welcome(account("executive"), city, "국장", "안전총괄실")
    cast.welcome(account("auditor"), cast.firms["oversight_body"][0], "감사관")
    cast.welcome(account("administrator"), works, "정보화담당", "기획총무과")
    cast.welcome(account("outsider"), cast.firms["contractor"][-1], "대리")


def write_participants(
    plans: Sequence[Plan], teams: dict[int, Team], now: datetime.datetime, participants: Table
) -> list[tuple[int, int]]:
    """Collect the directory of every project; return (participant, inspector) of one absence."""
    absences = []
    for plan in plans:
        team = teams[plan.number]
        since = plan.signed or now.date() - datetime.timedelta(days=60)
        keys = {
            role: participants.add(**_entry(plan, role, team.people[role], since))
            for role in team.people
            if plan.signed or role in (Role.OFFICER, Role.DEPARTMENT_HEAD)
        }
        if plan.signed is None:
            continue
        if team.former_agent and plan.start:
            _replaced(plan, team, keys[Role.SITE_AGENT], participants)
        for role, firm, share in _firm_entries(team):
            participants.add(**_firm_entry(plan, role, firm, share, since))
        if plan.number == 6:
            absences.append((keys[Role.SUPERVISOR], team.people[Role.INSPECTOR].id))
    return absences


def _entry(plan: Plan, role: Role, someone: Person, since: datetime.date) -> dict[str, Any]:
    rng = dice("participant", plan.number, role)
    department = someone.department
    if role is Role.OFFICER and plan.body not in ("city", "works"):
        department = DEPARTMENTS[plan.kind.work_type]
    is_technical = role in (Role.SUPERVISOR, Role.INSPECTOR, Role.SITE_AGENT, Role.ENGINEER)
    return {
        "public_id": public_id(_moment(since), rng),
        "project_id": plan.id,
        "role": role,
        "organization_id": someone.organization.id,
        "user_id": someone.id,
        "name": someone.name,
        "position": someone.position,
        "department": department,
        "office_phone": someone.phone,
        "qualification_grade": rng.choice(SENIORITY) if is_technical else "",
        "valid_from": since,
        "mobile": mobile(rng),
        "email": f"{role}.{plan.number}@demo.invalid",
        "licence_number": f"DEMO-{rng.randrange(10**8):08}" if is_technical else "",
    }


def _replaced(plan: Plan, team: Team, current: int, participants: Table) -> None:
    """End the time of the former site agent; the present one replaces them."""
    assert team.former_agent is not None and plan.start is not None  # noqa: S101 - checked above
    change = plan.start + datetime.timedelta(days=60)
    row = next(row for row in participants.rows if row["id"] == current)
    entry = _entry(plan, Role.SITE_AGENT, team.former_agent, row["valid_from"])
    rng = dice("former agent", plan.number)
    former = participants.add(
        **entry
        | {
            "public_id": public_id(_moment(row["valid_from"]), rng),
            "valid_to": change - datetime.timedelta(days=1),
        }
    )
    row["valid_from"], row["replaces_id"] = change, former


def _firm_entries(team: Team) -> list[tuple[Role, Firm, str | None]]:
    entries: list[tuple[Role, Firm, str | None]] = [(Role.DESIGNER, team.designer, None)]
    if team.partner:
        entries.append((Role.JOINT_MEMBER, team.partner, "35.00"))
    return entries


def _firm_entry(
    plan: Plan, role: Role, firm: Firm, share: str | None, since: datetime.date
) -> dict[str, Any]:
    rng = dice("firm", plan.number, role)
    return {
        "public_id": public_id(_moment(since), rng),
        "project_id": plan.id,
        "role": role,
        "organization_id": firm.id,
        "joint_venture_share": share,
        "valid_from": since,
    }


def _moment(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(1), datetime.UTC)
