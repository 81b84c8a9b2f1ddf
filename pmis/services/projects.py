"""Projects: entered, registered, led through their states; first promises kept for good."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import announce_change
from ccs.lib.geometry import geometry_from, place
from ccs.lib.workflow import RoleNotAllowed
from ccs.models import Area, Organization, RuleValue, User
from pmis.models import ApprovalEvent, Participant, Project, ProjectArea, ProjectBudget
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.roles import roles_of

#: Kept for good once the project is registered; the database refuses as well.
FIRST_PROMISES = ("original_completion_date", "original_cost_amount")
#: What the officer fills in.
FIELDS = (
    "code",
    "procurement_number",
    "name",
    "name_en",
    "work_type",
    "description",
    "purpose",
    "ordering_body",
    "managing_department",
    "site_address",
    "geometry",
    "longitude",
    "latitude",
    "start_date",
    "original_completion_date",
    "planned_completion_date",
    "currency",
    "original_cost_amount",
    "total_cost_amount",
    "internal_risk_rating",
    "on_watch_list",
)
Check = Project.LocationCheck


class FirstPromiseKept(ValidationError):
    """Raised when a change would overwrite the first promised date or amount (400)."""


def may_enter_projects(user: User) -> bool:
    """Return whether `user` may enter a new project: people of an ordering body who act."""
    if user.is_superuser or user.office_role == User.OfficeRole.ADMINISTRATOR:
        return True
    body = user.organization
    return (
        body is not None
        and body.kind == Organization.Kind.ORDERING_BODY
        and user.office_role == User.OfficeRole.NONE
    )


def is_officer(user: User, project: Project) -> bool:
    """Return whether `user` is the project's officer in charge today, or stands in for them."""
    return Role.OFFICER in roles_of(user, project)


def require_officer(user: User, project: Project, action: str = "write") -> None:
    """Raise `RoleNotAllowed` unless `user` is the project's officer in charge today."""
    if not is_officer(user, project):
        raise RoleNotAllowed(action=action, roles=[Role.OFFICER.label])


@transaction.atomic
def enter_project(
    *,
    fields: Mapping[str, Any],
    areas: Iterable[Area],
    by: User,
    budgets: Iterable[Mapping[str, Any]] = (),
) -> Project:
    """Return a new project, not public yet, with `by` as its officer in charge.

    Raises RoleNotAllowed for people who do not belong to an ordering body, and ValidationError.
    """
    if not may_enter_projects(by):
        raise RoleNotAllowed(action="enter", roles=[Role.OFFICER.label])
    project = Project()
    _write(project, fields)
    _write_related(project, areas, budgets)
    Participant.objects.create(
        project=project,
        role=Role.OFFICER,
        organization=project.ordering_body,
        user=by,
        name=by.name,
        position=by.position,
        department=by.department,
        office_phone=by.office_phone,
        valid_from=timezone.localdate(),
    )
    return project


@transaction.atomic
def update_project(
    *,
    project: Project,
    fields: Mapping[str, Any],
    areas: Iterable[Area],
    by: User,
    budgets: Iterable[Mapping[str, Any]] | None = None,
) -> Project:
    """Write changes of a project and check its place again.

    Raises:
        RoleNotAllowed: the actor is not the officer in charge.
        FirstPromiseKept: the project is registered and its first date or amount would change.
        ValidationError: by field name.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    require_officer(by, project)
    if project.registered_at is not None:
        refuse_overwriting(project, fields, FIRST_PROMISES)
    _write(project, fields)
    _write_related(project, areas, budgets)
    announce_change()
    return project


def refuse_overwriting(row: Any, fields: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise `FirstPromiseKept` where `fields` would change a first promise that was made."""
    broken = {
        name: _("The first promise is kept for good; change the current value instead.")
        for name in names
        if name in fields and getattr(row, name) is not None and fields[name] != getattr(row, name)
    }
    if broken:
        raise FirstPromiseKept(broken)


@transaction.atomic
def register_project(*, project: Project, by: User) -> Project:
    """Register a project: public from here on, its first date and amount fixed for good.

    Raises TransitionNotAllowed, RoleNotAllowed, and ValidationError for what is still missing.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    missing = {}
    if not project.project_areas.exists():
        missing["areas"] = _("Name at least one area.")
    if project.planned_completion_date is None and project.original_completion_date is None:
        missing["original_completion_date"] = _("Give the date of completion that is promised.")
    if missing:
        raise ValidationError(missing)
    project.original_completion_date = (
        project.original_completion_date or project.planned_completion_date
    )
    project.planned_completion_date = (
        project.planned_completion_date or project.original_completion_date
    )
    if project.original_cost_amount is None:
        project.original_cost_amount = project.total_cost_amount
    if project.total_cost_amount is None:
        project.total_cost_amount = project.original_cost_amount
    project.mode = proposed_mode(project)
    project.save()
    return perform(subject=project, action="register", by=by)


@transaction.atomic
def change_status(
    *,
    project: Project,
    action: str,
    by: User,
    comment: str = "",
    date: datetime.date | None = None,
) -> Project:
    """Lead a project one step on (domain C.8); `date` is the day it happened, else today.

    Commencing writes the start date where none was entered, completing the day of completion.
    """
    if action == "register":
        return register_project(project=project, by=by)
    project = perform(subject=project, action=action, by=by, comment=comment)
    day = date or timezone.localdate()
    if action == "commence" and project.start_date is None:
        project.start_date = day
        project.save(update_fields=["start_date", "updated_at"])
    if action == "complete" and project.actual_completion_date is None:
        project.actual_completion_date = day
        project.save(update_fields=["actual_completion_date", "updated_at"])
    return project


@transaction.atomic
def switch_mode(*, project: Project, mode: str, reason: str, by: User) -> Project:
    """Switch between long-term and short-term mode, with a reason (domain A.1).

    Raises RoleNotAllowed, and ValidationError for no reason or an unknown mode.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    require_officer(by, project, "mode")
    if mode not in Project.Mode.values:
        raise ValidationError({"mode": _("There is no such mode.")})
    if not reason.strip():
        raise ValidationError({"mode_reason": _("Say why the mode is switched.")})
    before, project.mode, project.mode_reason = project.mode, mode, reason.strip()
    project.save(update_fields=["mode", "mode_reason", "updated_at"])
    ApprovalEvent.objects.create(
        project=project,
        record_type=Project.record_type,
        record_public_id=project.public_id,
        version_no=0,
        action="mode",
        from_state=before,
        to_state=mode,
        by=by,
        role=Role.OFFICER,
        comment=reason.strip(),
    )
    announce_change()
    return project


def proposed_mode(project: Project) -> str:
    """Return the mode that amount and period call for (RuleValue: above 1 bn and 12 months)."""
    today = timezone.localdate()
    amount, start = project.total_cost_amount, project.start_date
    end = project.planned_completion_date
    if amount is None or start is None or end is None:
        return Project.Mode.LONG_TERM
    months = (end.year - start.year) * 12 + end.month - start.month + (end.day > start.day)
    is_long = amount > RuleValue.objects.on(
        RuleValue.Key.LONG_TERM_AMOUNT, today
    ) and months > RuleValue.objects.on(RuleValue.Key.LONG_TERM_MONTHS, today)
    return Project.Mode.LONG_TERM if is_long else Project.Mode.SHORT_TERM


def check_location(project: Project, areas: Iterable[Area]) -> str:
    """Return whether the site lies where the record says.

    A site has to lie in, or touch, every named area; where an area has no polygon the answer is
    "not checked", unless another one already says "outside".
    """
    geometry = project.geometry
    if geometry is None and project.longitude is not None:
        geometry = {"type": "Point", "coordinates": [project.longitude, project.latitude]}
    answers = {place(geometry, area.polygon) for area in areas}
    if Check.OUTSIDE.value in answers:
        return Check.OUTSIDE
    return Check.INSIDE if answers == {Check.INSIDE.value} else Check.NOT_CHECKED


def _write(project: Project, fields: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            setattr(project, name, fields[name])
    if project.geometry:
        try:
            centre = geometry_from(project.geometry).representative_point()
        except ValueError as error:
            raise ValidationError({"geometry": str(error)}) from error
        project.longitude, project.latitude = round(centre.x, 6), round(centre.y, 6)
    project.full_clean()


def _write_related(
    project: Project, areas: Iterable[Area], budgets: Iterable[Mapping[str, Any]] | None
) -> None:
    areas = list(areas)
    project.location_check = check_location(project, areas)
    project.save()
    wanted = {area.pk for area in areas}
    present = set(project.project_areas.values_list("area", flat=True))
    project.project_areas.filter(area__in=present - wanted).delete()
    ProjectArea.objects.bulk_create(
        [ProjectArea(project=project, area_id=key) for key in sorted(wanted - present)]
    )
    if budgets is not None:
        _write_budgets(project, list(budgets))


def _write_budgets(project: Project, budgets: list[Mapping[str, Any]]) -> None:
    names = ("year", "fund_source", "amount")
    wanted = [tuple(row[name] for name in names) for row in budgets]
    if sorted(wanted) == sorted(project.budgets.values_list(*names)):
        return
    rows = [ProjectBudget(project=project, **dict(zip(names, row, strict=True))) for row in wanted]
    for row in rows:
        row.full_clean(exclude=["project"], validate_constraints=False)
    project.budgets.all().delete()
    ProjectBudget.objects.bulk_create(rows)
