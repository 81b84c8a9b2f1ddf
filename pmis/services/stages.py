"""The seven stages of a project, and at each of them what is missing and who owes it.

Domain 2.2: registration, plan, management by reports, directives, documents, evaluation, as-built
drawings. Each stage is a list of demands; a demand says whether it is met, who owes it, and where
it is done.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmis.calendar import around
from pmis.models import (
    DocumentStage,
    Evaluation,
    Letter,
    MonthlyReport,
    Project,
    RecordState,
    Schedule,
    Subcontract,
    SupervisionLog,
    WeeklyReport,
)
from pmis.roles import Role
from pmis.services.daily_reports import missing_reports
from pmis.services.evaluations import owed_evaluations
from pmis.services.filing import missing_documents
from pmis.services.periodic_reports import month_of, week_of

State = Project.State
#: States in which the site works.
WORKING = (State.COMMENCED, State.ONGOING)
#: States after the final inspection.
FINISHED = (State.COMPLETED, State.DEFECT_PERIOD, State.CLOSED)


@dataclass(frozen=True)
class Demand:
    """Something that a stage asks for."""

    name: str
    is_met: bool
    owed_by: Role
    url: str
    #: What there is, or since when it is missing.
    note: str = ""


@dataclass(frozen=True)
class Stage:
    """A stage with its demands."""

    number: int
    name: str | Promise
    demands: list[Demand]
    #: Why nothing is asked for here now, empty where something is.
    rest: str = ""

    @property
    def missing(self) -> list[Demand]:
        """Return what is owed."""
        return [demand for demand in self.demands if not demand.is_met]

    @property
    def state(self) -> str:
        """`rest`, `missing` or `complete`."""
        if self.rest:
            return "rest"
        return "missing" if self.missing else "complete"


Check = Callable[[Project, datetime.date], "list[Demand] | str"]


def stages_of(project: Project, day: datetime.date | None = None) -> list[Stage]:
    """Return the seven stages of a project as of a day, today without one."""
    day = day or timezone.localdate()
    stages = []
    for number, (name, check) in enumerate(STAGES, start=1):
        found = check(project, day)
        if isinstance(found, str):
            stages.append(Stage(number, name, [], found))
        else:
            stages.append(Stage(number, name, found))
    return stages


def owed_by(project: Project, roles: set[str]) -> list[Demand]:
    """Return what the holders of these roles owe, in the order of the stages."""
    return [
        demand
        for stage in stages_of(project)
        for demand in stage.missing
        if demand.owed_by in roles
    ]


def _registration(project: Project, _day: datetime.date) -> list[Demand]:
    """Stage 1: the project is registered, contracted, and has its people."""
    here = reverse("pmis:project-detail", args=[project.public_id])
    people = reverse("pmis:participant-list", args=[project.public_id])
    contracts = reverse("pmis:contract-list", args=[project.public_id])
    held = set(project.participants.filter(valid_to=None).values_list("role", flat=True))
    signed = project.contracts.exclude(state="draft").values_list("kind", flat=True)
    demands = [
        Demand(_("Project registered"), project.registered_at is not None, Role.OFFICER, here),
        Demand(_("Construction contract"), "construction" in signed, Role.OFFICER, contracts),
        Demand(_("Completion date"), project.planned_completion_date is not None,
               Role.OFFICER, here),
    ]  # fmt: skip
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.SITE_AGENT):
        name = _("%(role)s named") % {"role": role.label.capitalize()}
        demands.append(Demand(name, role in held, Role.OFFICER, people))
    return demands


def _plan(project: Project, _day: datetime.date) -> list[Demand] | str:
    """Stage 2: the schedule is approved by the ordering body."""
    if project.state in (State.DRAFT, State.PLANNED):
        return _("begins with the contract")
    url = reverse("pmis:project-schedule", args=[project.public_id])
    approved = Schedule.objects.approved().filter(project=project).exists()
    waiting = Schedule.objects.in_work().filter(project=project).exclude(state="draft").exists()
    note = _("submitted, waits for its approval") if waiting and not approved else ""
    owed = Role.OFFICER if waiting else Role.SITE_AGENT
    return [
        Demand(_("Schedule approved by the ordering body"), approved, owed, url, note),
        Demand(_("Start date"), project.start_date is not None, Role.OFFICER,
               reverse("pmis:project-detail", args=[project.public_id])),
    ]  # fmt: skip


def _management(project: Project, day: datetime.date) -> list[Demand] | str:
    """Stage 3: daily, weekly and monthly reports, and the supervisors' log."""
    if project.state not in WORKING:
        return _("reports are owed while the site works")
    last = around(day).before(day, 1)
    missing = missing_reports(last).filter(pk=project.pk).exists()
    # What lies before the project's beginning is owed by nobody.
    begun = project.start_date or day
    demands = [
        Demand(_("Daily report of %(day)s") % {"day": last}, not missing, Role.SITE_AGENT,
               reverse("pmis:daily-report-write", args=[project.public_id, last.isoformat()])),
        _log_of(project, last),
    ]  # fmt: skip
    week = week_of(day - datetime.timedelta(days=7))
    if week[1] >= begun:
        demands.append(_period(project, WeeklyReport, week, Role.SITE_AGENT))
    month = month_of(day.replace(day=1) - datetime.timedelta(days=1))
    if month[1] >= begun and project.mode == Project.Mode.LONG_TERM:
        demands.append(_period(project, MonthlyReport, month, Role.SUPERVISOR))
    return demands


def _log_of(project: Project, day: datetime.date) -> Demand:
    logs = SupervisionLog.objects.filter(project=project, date=day)
    is_met = logs.exclude(state__in=(RecordState.DRAFT, RecordState.RETURNED)).exists()
    url = reverse("pmis:supervision-log-write", args=[project.public_id, day.isoformat()])
    return Demand(_("Supervision log of %(day)s") % {"day": day}, is_met, Role.SUPERVISOR, url)


def _period(
    project: Project,
    model: type[WeeklyReport] | type[MonthlyReport],
    period: tuple[datetime.date, datetime.date],
    owed: Role,
) -> Demand:
    reports = model._default_manager.filter(project=project, starts_on=period[0])
    sent = reports.exclude(state__in=(RecordState.DRAFT, RecordState.RETURNED)).exists()
    name = f"{str(model._meta.verbose_name).capitalize()} {period[0]} ~ {period[1]}"
    is_week = model is WeeklyReport
    year, week, _weekday = period[0].isocalendar()
    key = f"{year}-W{week:02}" if is_week else f"{period[0]:%Y-%m}"
    address = f"pmis:{model.record_type.replace('_', '-')}-write"
    return Demand(name, sent, owed, reverse(address, args=[project.public_id, key]))


def _directives(project: Project, day: datetime.date) -> list[Demand] | str:
    """Stage 4: letters and directives are answered in time."""
    overdue = Letter.objects.overdue(day).filter(project=project).count()
    url = reverse("pmis:letter-of-project", args=[project.public_id])
    note = _("%(count)s without a reply") % {"count": overdue} if overdue else ""
    return [Demand(_("Replies to directives and letters"), not overdue, Role.SITE_AGENT, url, note)]


def _documents(project: Project, _day: datetime.date) -> list[Demand] | str:
    """Stage 5: subcontracts are notified and reviewed; documents are in their folders."""
    url = reverse("pmis:contract-list", args=[project.public_id])
    waiting = Subcontract.objects.filter(contract__project=project, state="notified").count()
    note = _("%(count)s notified and not reviewed") % {"count": waiting} if waiting else ""
    reviewed = Demand(_("Subcontracts reviewed"), not waiting, Role.OFFICER, url, note)
    return [reviewed, *_missing(project, as_built=False)]


def _missing(project: Project, *, as_built: bool) -> list[Demand]:
    """Return the demanded documents that a project lacks: those of its end, or all before."""
    last = (DocumentStage.COMPLETION, DocumentStage.DEFECT_PERIOD)
    return [
        Demand(
            missing.name,
            is_met=False,
            owed_by=missing.owed_by,
            url=missing.url,
            note=_("begun") if missing.is_begun else "",
        )
        for missing in missing_documents(project)
        if (missing.stage in last) == as_built
    ]


def _evaluation(project: Project, _day: datetime.date) -> list[Demand] | str:
    """Stage 6: evaluation at 30, 60 and 95 per cent."""
    if project.mode == Project.Mode.SHORT_TERM:
        return _("not in short-term mode")
    register = reverse("pmis:evaluation-of-project", args=[project.public_id])
    made = Evaluation.objects.latest_versions().filter(project=project).select_related("contract")
    demands = [
        Demand(str(row), row.state == RecordState.FINAL, Role.OFFICER, register) for row in made
    ]
    for owed in owed_evaluations(Project.objects.filter(pk=project.pk)):
        demands.append(Demand(owed.title, is_met=False, owed_by=Role.OFFICER, url=owed.url))
    return demands or _("opens at 30 per cent")


def _as_built(project: Project, _day: datetime.date) -> list[Demand] | str:
    """Stage 7: as-built drawings after the final inspection."""
    if project.state not in FINISHED:
        return _("begins with the final inspection")
    url = reverse("pmis:project-detail", args=[project.public_id])
    done = project.actual_completion_date is not None
    entered = Demand(_("Day of completion entered"), done, Role.OFFICER, url)
    return [entered, *_missing(project, as_built=True)]


#: The stages in their order, each with what it asks for.
STAGES: list[tuple[str | Promise, Check]] = [
    (gettext_lazy("Registration"), _registration),
    (gettext_lazy("Plan and schedule"), _plan),
    (gettext_lazy("Reports and approvals"), _management),
    (gettext_lazy("Directives and letters"), _directives),
    (gettext_lazy("Documents"), _documents),
    (gettext_lazy("Evaluation"), _evaluation),
    (gettext_lazy("As-built drawings"), _as_built),
]
