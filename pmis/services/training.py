"""Practice: a project of one's own to try everything on. Nothing of it is published or counted.

It is made by the same services as a real one, by invented colleagues who hold every role; the
person holds one role beside them. What was decided is locked as everywhere, so a fresh start is a
new project and the old one is put away.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ccs.lib.identity import new_public_id
from ccs.models import Area, Organization, User
from pmis.calendar import around
from pmis.models import (
    Approval,
    Contract,
    Participant,
    Project,
    ProjectArea,
    Record,
    RecordState,
    Schedule,
)
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.approvals import available_actions, perform
from pmis.services.contracts import enter_contract, sign_contract
from pmis.services.daily_reports import open_daily_report, save_daily_report
from pmis.services.projects import change_status
from pmis.services.records import save_record
from pmis.services.schedules import open_schedule

#: Roles that can be practised: those who write and those who decide.
ROLES = (
    Role.SITE_AGENT,
    Role.ENGINEER,
    Role.SUPERVISOR,
    Role.INSPECTOR,
    Role.OFFICER,
    Role.DEPARTMENT_HEAD,
    Role.ACCOUNTING_OFFICER,
)
FIRM_SIDE = (Role.SITE_AGENT, Role.ENGINEER)
SUPERVISION_SIDE = (Role.SUPERVISOR, Role.INSPECTOR)
#: Days that the practice project is old, and long, when it starts.
AGE_DAYS, LENGTH_DAYS = 60, 300
AMOUNT = 1_200_000_000
ONE_DAY = datetime.timedelta(days=1)
#: States of the reports of the last five working days, the oldest first.
WEEK = (
    RecordState.APPROVED,
    RecordState.APPROVED,
    RecordState.CONFIRMED,
    RecordState.SUBMITTED,
    RecordState.RETURNED,
)
#: (action, role) that lead a report to each state.
STEPS: dict[str, tuple[tuple[str, Role], ...]] = {
    RecordState.SUBMITTED: (("submit", Role.SITE_AGENT),),
    RecordState.CONFIRMED: (("submit", Role.SITE_AGENT), ("confirm", Role.SUPERVISOR)),
    RecordState.APPROVED: (
        ("submit", Role.SITE_AGENT),
        ("confirm", Role.SUPERVISOR),
        ("approve", Role.OFFICER),
    ),
    RecordState.RETURNED: (("submit", Role.SITE_AGENT), ("return", Role.SUPERVISOR)),
}


@dataclass(frozen=True)
class Practice:
    """The practice project of a person, and the role they hold in it."""

    project: Project
    role: str
    #: Records that wait for a step of the invented colleagues.
    waiting_for_colleagues: int


def practice_of(user: User) -> Practice | None:
    """Return the practice project of a person, None where they have not started one."""
    own = _own_participation(user)
    if own is None:
        return None
    waiting = Approval.objects.pending().filter(project=own.project).exclude(current_role=own.role)
    return Practice(own.project, own.role, waiting.count())


@transaction.atomic
def start_practice(*, role: str, by: User) -> Project:
    """Return a fresh practice project in which `by` holds `role`; an earlier one is put away.

    Contract, schedule and a week of reports are made by the services of real projects.

    Raises ValidationError for a role that cannot be practised, or where the system has no
    ordering body or no area yet.
    """
    if role not in ROLES:
        raise ValidationError({"role": _("Choose the role to practise.")})
    User.objects.select_for_update().get(pk=by.pk)
    put_away(by)
    body, firm = _ordering_body(by), _firm(by)
    area = Area.objects.filter(kind=Area.Kind.DISTRICT).first() or Area.objects.first()
    if body is None or area is None:
        raise ValidationError(_("An administrator has to enter an ordering body and areas first."))
    project = _project(body, by)
    ProjectArea.objects.create(project=project, area=area)
    people = _people(project, body, firm)
    _join(project, by, role, body)
    _sign(project, people, firm)
    for action in ("contract", "commence", "progress"):
        project = change_status(project=project, action=action, by=people[Role.OFFICER])
    _plan(project, people)
    _report_a_week(project, people)
    return project


@transaction.atomic
def put_away(user: User) -> int:
    """End a person's part in their practice projects: nobody sees them any more."""
    mine = Participant.objects.filter(user=user, project__is_training=True, valid_to=None)
    return mine.update(valid_to=timezone.localdate() - ONE_DAY)


@transaction.atomic
def let_colleagues_act(*, by: User) -> int:
    """Take, for the invented colleagues, one step on whatever waits for them; return how many.

    What waits for the role that the person practises is left to them. Raises PermissionDenied
    where there is no practice project.
    """
    own = _own_participation(by)
    if own is None:
        raise PermissionDenied(_("Start your practice project first."))
    people = {
        row.role: row.user
        for row in own.project.participants.exclude(user=by).select_related("user")
    }
    waiting = Approval.objects.pending().filter(project=own.project).exclude(current_role=own.role)
    done = 0
    for approval in waiting.select_related("project"):
        record = _record_of(approval)
        if record is not None and approval.current_role in people:
            actor = people[approval.current_role]
            # A step with a form, such as the results of an inspection, is left to the person.
            steps = [row for row in available_actions(record, actor) if row.is_step]
            if steps and not steps[0].has_form:
                perform(subject=record, action=steps[0].action, by=actor)
                done += 1
    return done


def _own_participation(user: User) -> Participant | None:
    today = timezone.localdate()
    rows = Participant.objects.on(today).filter(user=user, project__is_training=True)
    return rows.select_related("project").order_by("-id").first()


def _record_of(approval: Approval) -> Record | None:
    entry = REGISTRY.get(approval.record_type)
    if entry is None:
        return None
    rows = entry.model._default_manager.filter(public_id=approval.record_public_id)
    return rows.filter(version_no=approval.version_no).first()


def _ordering_body(user: User) -> Organization | None:
    """Return a body to practise under: the own one, or the first of the directory.

    Organizations are public as soon as they are entered, so practice invents none.
    """
    kind = Organization.Kind.ORDERING_BODY
    if user.organization and user.organization.kind == kind:
        return user.organization
    return Organization.objects.filter(kind=kind).order_by("id").first()


def _firm(user: User) -> Organization | None:
    kind = Organization.Kind.CONTRACTOR
    if user.organization and user.organization.kind == kind:
        return user.organization
    return Organization.objects.filter(kind=kind).order_by("id").first()


def _project(body: Organization, by: User) -> Project:
    today = timezone.localdate()
    start = today - datetime.timedelta(days=AGE_DAYS)
    end = start + datetime.timedelta(days=LENGTH_DAYS)
    return Project.objects.create(
        is_training=True,
        is_invented=True,
        code=f"PRACTICE-{by.pk}-{str(new_public_id())[-8:]}",
        name=_("Practice: footbridge over the Saebom stream"),
        name_en="Practice: footbridge over the Saebom stream",
        work_type=Project.WorkType.BRIDGE,
        description=_("An invented project to practise on. Nothing of it is published."),
        ordering_body=body,
        start_date=start,
        original_completion_date=end,
        planned_completion_date=end,
        currency=settings.CURRENCY,
        original_cost_amount=AMOUNT,
        total_cost_amount=AMOUNT,
    )


def _people(project: Project, body: Organization, firm: Organization | None) -> dict[Role, User]:
    """Return the invented colleagues, one in every role that can be practised."""
    people = {}
    for role in ROLES:
        colleague = _colleague(role)
        side = firm if role in (*FIRM_SIDE, *SUPERVISION_SIDE) else body
        Participant.objects.create(
            project=project,
            role=role,
            organization=side or body,
            user=colleague,
            name=colleague.name,
            valid_from=project.start_date,
        )
        people[role] = colleague
    change_status(project=project, action="register", by=people[Role.OFFICER])
    project.refresh_from_db()
    return people


def _colleague(role: Role) -> User:
    """Return the account of an invented colleague; nobody can sign in with it."""
    with translation.override(settings.LANGUAGE_CODE):
        name = _("%(role)s (practice)") % {"role": role.label}
    colleague, is_new = User.objects.get_or_create(
        username=f"practice-{role}", defaults={"name": name[:100], "is_active": False}
    )
    if is_new:
        colleague.set_unusable_password()
        colleague.save(update_fields=["password"])
    return colleague


def _join(project: Project, user: User, role: str, body: Organization) -> None:
    Participant.objects.create(
        project=project,
        role=role,
        organization=user.organization or body,
        user=user,
        name=user.name or user.username,
        # The day before it may be put away on the day it was started.
        valid_from=timezone.localdate() - ONE_DAY,
    )


def _sign(project: Project, people: dict[Role, User], firm: Organization | None) -> None:
    contract = enter_contract(
        project=project,
        fields={
            "kind": Contract.Kind.CONSTRUCTION,
            "number": project.code,
            "title": project.name,
            "contractor": firm or project.ordering_body,
            "currency": project.currency,
            "original_amount": AMOUNT,
            "start_date": project.start_date,
            "original_completion_date": project.planned_completion_date,
        },
        by=people[Role.OFFICER],
    )
    sign_contract(contract=contract, signed_date=project.start_date, by=people[Role.OFFICER])


def _plan(project: Project, people: dict[Role, User]) -> Schedule:
    """Make the schedule: four items one after another, approved."""
    writer, step = people[Role.SITE_AGENT], LENGTH_DAYS // 4
    names = (_("Foundation"), _("Piers"), _("Girders"), _("Deck and railing"))
    items = [
        {
            "code": f"A{number + 1}",
            "name": name,
            "unit": "m",
            "quantity": Decimal(100),
            "weight": Decimal(25),
            "planned_start_date": project.start_date + datetime.timedelta(days=step * number),
            "planned_finish_date": project.start_date
            + datetime.timedelta(days=step * (number + 1) - 1),
        }
        for number, name in enumerate(names)
    ]
    schedule = open_schedule(project=project, by=writer)
    save_record(
        record=schedule,
        fields={"as_of_date": project.start_date},
        lines={"work_items": items},
        by=writer,
    )
    return _lead(schedule, RecordState.APPROVED, people)


def _report_a_week(project: Project, people: dict[Role, User]) -> None:
    today = timezone.localdate()
    calendar = around(today)
    for back, state in zip(range(len(WEEK), 0, -1), WEEK, strict=True):
        day = calendar.before(today, back)
        report = open_daily_report(project=project, date=day, by=people[Role.ENGINEER])
        save_daily_report(
            report=report, fields=_day_fields(), lines=_day_lines(), by=people[Role.ENGINEER]
        )
        _lead(report, state, people)


def _day_fields() -> dict[str, Any]:
    return {
        "weather_am": "clear",
        "weather_pm": "cloudy",
        "work_summary": _("Excavation and blinding concrete at pier 1."),
        "tomorrow_summary": _("Reinforcement of the foundation of pier 1."),
        "toolbox_held": True,
        "toolbox_time": datetime.time(8, 0),
        "toolbox_topic": _("Excavation edges: keep two metres away."),
        "toolbox_attendance": 11,
    }


def _day_lines() -> dict[str, list[dict[str, Any]]]:
    return {
        "work_lines": [{"activity": _("Excavation"), "quantity": Decimal(4), "unit": "m"}],
        "workforce_lines": [
            {"trade": _("labourer"), "count": 8},
            {"trade": _("rebar fixer"), "count": 3},
        ],
        "equipment_lines": [{"type": _("excavator"), "size": "0.7 m³", "count": 1}],
    }


def _lead(record: Any, state: str, people: dict[Role, User]) -> Any:
    for action, role in STEPS[state]:
        comment = _("The number of workers is missing.") if action == "return" else ""
        record = perform(subject=record, action=action, by=people[role], comment=comment)
    return record
