"""Catch-up plans (만회대책): demanded when the variance passes the limit, opened, checked."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import DueItem
from ccs.models import RuleValue, User
from pmis.calendar import working_days_after
from pmis.models import (
    CatchUpDemand,
    CatchUpPlan,
    DailyReport,
    Participant,
    Project,
    RecordState,
)
from pmis.services.approvals import EFFECTS, Effects
from pmis.services.records import require_writer
from pmis.workflows import WRITERS

State = RecordState
Rule = RuleValue.Key
#: A report that was sent in counts; one that is being written or was returned does not.
COUNTED = (State.SUBMITTED, State.CONFIRMED, State.APPROVED)
#: A plan that was sent in answers its demand until it is returned.
ANSWERED = (State.SUBMITTED, State.CONFIRMED, State.APPROVED, State.SUPERSEDED)


def demand_catch_up_plans(today: datetime.date | None = None) -> list[CatchUpDemand]:
    """Demand a catch-up plan of every project that has fallen behind the limit; return the new.

    The newest report that was sent in decides. Nothing is demanded while a plan is owed, is being
    decided on, or promises to be back on plan on a day that has not come. Safe to run again.
    """
    today = today or timezone.localdate()
    limit = RuleValue.objects.on(Rule.CATCH_UP_LIMIT, today)
    due_date = working_days_after(today, int(RuleValue.objects.on(Rule.CATCH_UP_DAYS, today)))
    made = []
    for project in _behind(limit, today):
        demand, is_new = CatchUpDemand.objects.get_or_create(
            project=project,
            demanded_date=project.report_date,
            defaults={
                "planned_rate": project.report_planned,
                "actual_rate": project.report_actual,
                "limit_points": limit,
                "due_date": due_date,
            },
        )
        if is_new:
            made.append(demand)
    return made


def _behind(limit: object, today: datetime.date) -> models.QuerySet[Project]:
    """Return the projects under construction that are behind the limit and owe a plan for it."""
    newest = DailyReport.objects.filter(
        project=models.OuterRef("pk"), state__in=COUNTED, actual_rate__isnull=False
    ).order_by("-date", "-version_no")
    promises = CatchUpPlan.objects.filter(
        project=models.OuterRef("pk"), state__in=COUNTED, recovery_date__gte=today
    )
    return (
        Project.objects.under_construction()
        .annotate(
            report_date=models.Subquery(newest.values("date")[:1]),
            report_planned=models.Subquery(newest.values("planned_rate")[:1]),
            report_actual=models.Subquery(newest.values("actual_rate")[:1]),
        )
        .filter(report_actual__lt=models.F("report_planned") + models.Value(limit))
        .exclude(pk__in=owed().values("project"))
        .filter(~models.Exists(promises))
        .order_by("pk")
    )


def owed() -> models.QuerySet[CatchUpDemand]:
    """Return the demands that no plan has answered yet."""
    answers = CatchUpPlan.objects.filter(
        project=models.OuterRef("project"),
        demanded_date=models.OuterRef("demanded_date"),
        state__in=ANSWERED,
    )
    return CatchUpDemand.objects.filter(~models.Exists(answers))


def owed_by(project: Project) -> CatchUpDemand | None:
    """Return the demand that a project owes an answer to, the oldest first."""
    return owed().filter(project=project).order_by("demanded_date").first()


def find_plan(*, project: Project, day: datetime.date) -> CatchUpPlan | None:
    """Return the newest version of the plan that answers the demand of a day."""
    plans = CatchUpPlan.objects.filter(project=project, demanded_date=day)
    return plans.order_by("-version_no").first()


def open_plan(*, project: Project, day: datetime.date, by: User) -> CatchUpPlan:
    """Return the plan that answers the demand of a day; make it with the demand's facts.

    Raises RoleNotAllowed where there is none yet and the actor does not write plans here. A plan
    nobody demanded has no due day.
    """
    if plan := find_plan(project=project, day=day):
        return plan
    require_writer(by, project, CatchUpPlan.record_type)
    demand = CatchUpDemand.objects.filter(project=project, demanded_date=day).first()
    facts = (
        {name: getattr(demand, name) for name in ("due_date", "planned_rate", "actual_rate")}
        if demand
        else {}
    )
    try:
        with transaction.atomic():
            return CatchUpPlan.objects.create(
                project=project, author=by, demanded_date=day, **facts
            )
    except IntegrityError:
        plan = find_plan(project=project, day=day)
        if plan is None:
            raise
        return plan


def check_complete(plan: CatchUpPlan) -> None:
    """Raise `ValidationError` by field for what a plan needs before anyone decides on it."""
    errors = {}
    if not plan.cause.strip():
        errors["cause"] = _("Say why the work fell behind.")
    if plan.recovery_date is None:
        errors["recovery_date"] = _("Say by when the work is back on plan.")
    elif plan.recovery_date <= plan.demanded_date:
        errors["recovery_date"] = _("The day must lie after the day of the demand.")
    if not plan.measures.exists():
        errors["measures"] = _("Name at least one measure.")
    if errors:
        raise ValidationError(errors)


def due_plans(user: User) -> Iterable[DueItem]:
    """Return the plans that a person owes as a writer of their sites, for "My day"."""
    today = timezone.localdate()
    mine = Participant.objects.acting_for(user, today).filter(
        role__in=WRITERS[CatchUpPlan.record_type]
    )
    rows = owed().filter(project__in=mine.values("project")).select_related("project")
    for demand in rows.order_by("due_date")[:50]:
        yield DueItem(
            title=_("Catch-up plan for %(project)s") % {"project": demand.project.name},
            url=plan_url(demand),
            project_name=demand.project.name,
            due_date=demand.due_date,
            is_overdue=demand.due_date < today,
        )


def plan_url(demand: CatchUpDemand) -> str:
    """Return the address of the form that answers a demand."""
    key = demand.demanded_date.isoformat()
    return reverse("pmis:catch-up-plan-write", args=[demand.project.public_id, key])


EFFECTS[CatchUpPlan.record_type] = Effects(submitted=check_complete)
