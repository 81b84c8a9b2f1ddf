"""What the safety page of a project and "My day" read: a few set-based questions."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ccs.lib.extensions import DueItem
from ccs.models import User
from pmis.models import (
    IN_FORCE,
    Accident,
    DailyReport,
    Project,
    RecordState,
    SafetyActivity,
    SafetyChecklist,
    SafetyFinding,
    WorkPermit,
)
from pmis.records.safety import accident_of_report, permit_words
from pmis.records.safety_findings import age_words, overdue_words
from pmis.roles import Role
from pmis.services.roles import projects_held, roles_by_project
from pmis.services.safety_plans import CostOverview, cost_overview
from pmis.workflows.safety import EVERYONE_ON_SITE, SITE, WATCH

State = RecordState
#: Findings listed on the page; the register has all.
MOST_SHOWN = 30
#: Days from which an open finding counts as a week, two weeks, or a month old.
AGES = (7, 14, 30)
#: Accidents that a daily report tells of are asked for this long.
ASKED_DAYS = 60
#: Rows of each kind in "My day".
MOST_DUE = 50


@dataclass(frozen=True)
class FindingRow:
    """An open finding with its age and delay in words."""

    finding: SafetyFinding
    age: str
    overdue: str


@dataclass
class OwnerRow:
    """What one firm has to put right."""

    name: str
    open_count: int = 0
    overdue_count: int = 0


@dataclass(frozen=True)
class PermitRow:
    """A permit of today and whether it is valid now."""

    permit: WorkPermit
    words: str


@dataclass(frozen=True)
class ActivityRow:
    """How often, for how long and with how many people an activity was held."""

    label: str
    count: int
    attendance: int
    hours: Any


@dataclass
class SafetyOverview:
    """How safe a project is today."""

    findings: list[FindingRow]
    open_count: int
    overdue_count: int
    to_verify_count: int
    stopped: list[SafetyFinding]
    #: (from so many days, number of open findings)
    ages: list[tuple[int, int]]
    owners: list[OwnerRow]
    permits: list[PermitRow]
    days_without_accident: int | None
    last_accident: Accident | None
    near_miss_count: int
    untold: list[tuple[DailyReport, str]]
    cost: CostOverview
    activities: list[ActivityRow]
    #: Days of the month with a toolbox meeting, and with a report of work.
    toolbox_days: tuple[int, int]
    checklist_count: int
    checklist_score: Any
    month: datetime.date = field(default_factory=timezone.localdate)


def safety_of(project: Project) -> SafetyOverview:
    """Return the safety of a project today."""
    now = timezone.now()
    today = timezone.localdate()
    findings = list(
        SafetyFinding.objects.still_open()
        .filter(project=project)
        .select_related("organization")
        .order_by(models.F("due_date").asc(nulls_first=True), "id")
    )
    rows = [FindingRow(one, age_words(one, today), overdue_words(one, today)) for one in findings]
    days, last = _since_accident(project, today)
    month = today.replace(day=1)
    checklists = SafetyChecklist.objects.approved().filter(project=project, date__gte=month)
    score = checklists.aggregate(count=models.Count("id"), score=models.Avg("score"))
    return SafetyOverview(
        findings=rows[:MOST_SHOWN],
        open_count=len(rows),
        overdue_count=sum(bool(row.overdue) for row in rows),
        to_verify_count=sum(one.state == State.DONE for one in findings),
        stopped=[one for one in findings if one.state == State.STOPPED],
        ages=_by_age(findings, today),
        owners=_by_owner(findings, today),
        permits=_permits(project, now, today),
        days_without_accident=days,
        last_accident=last,
        near_miss_count=_accidents(project).filter(is_near_miss=True).count(),
        untold=untold_accidents(project, today),
        cost=cost_overview(project),
        activities=_activities(project),
        toolbox_days=_toolbox_days(project, month),
        checklist_count=score["count"],
        checklist_score=score["score"],
        month=month,
    )


def _by_age(findings: Iterable[SafetyFinding], today: datetime.date) -> list[tuple[int, int]]:
    """Return how many findings are at least so many days old, each counted once."""
    counts = dict.fromkeys((0, *AGES), 0)
    for finding in findings:
        age = finding.age_on(today)
        counts[max(start for start in counts if start <= max(age, 0))] += 1
    return list(counts.items())


def _by_owner(findings: Iterable[SafetyFinding], today: datetime.date) -> list[OwnerRow]:
    rows: dict[int | None, OwnerRow] = {}
    for finding in findings:
        name = finding.organization.name if finding.organization else _("nobody yet")
        row = rows.setdefault(finding.organization_id, OwnerRow(name))
        row.open_count += 1
        row.overdue_count += finding.is_overdue_on(today)
    return sorted(rows.values(), key=lambda row: (-row.overdue_count, -row.open_count, row.name))


def _permits(project: Project, now: datetime.datetime, today: datetime.date) -> list[PermitRow]:
    """Return the permits of today, and those that expired and were not closed."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + datetime.timedelta(days=1)
    permits = WorkPermit.objects.filter(
        project=project, state=State.APPROVED, valid_from__lt=tomorrow
    )
    permits = permits.select_related("organization").order_by("valid_until")[:MOST_SHOWN]
    return [PermitRow(permit, permit_words(permit, now)) for permit in permits]


def _accidents(project: Project) -> models.QuerySet[Accident]:
    return Accident.objects.approved().filter(project=project)


def _since_accident(project: Project, today: datetime.date) -> tuple[int | None, Accident | None]:
    """Return the days since the last accident, or since the start where there was none."""
    last = _accidents(project).filter(is_near_miss=False).order_by("-occurred_at").first()
    since = timezone.localtime(last.occurred_at).date() if last else project.start_date
    if since is None or since > today:
        return None, last
    return (today - since).days, last


def untold_accidents(project: Project, today: datetime.date) -> list[tuple[DailyReport, str]]:
    """Return the reports that tell of an accident nobody has reported, with the way to do it."""
    return [
        (report, _accident_url(report))
        for report in _reports_of_accidents(today).filter(project=project).order_by("-date")
    ]


def _reports_of_accidents(today: datetime.date) -> models.QuerySet[DailyReport]:
    told = Accident.objects.filter(
        project=models.OuterRef("project"),
        occurred_at__date=models.OuterRef("date"),
        state__in=(*IN_FORCE, State.DRAFT),
    )
    return (
        DailyReport.objects.latest_versions()
        .filter(had_accident=True, date__gte=today - datetime.timedelta(days=ASKED_DAYS))
        .exclude(state__in=(State.DRAFT, State.RETURNED))
        .filter(~models.Exists(told))
    )


def _accident_url(report: DailyReport) -> str:
    key = accident_of_report(report)
    return reverse("pmis:accident-write", args=[report.project.public_id, key])


def _activities(project: Project) -> list[ActivityRow]:
    held = SafetyActivity.objects.approved().filter(project=project).order_by()
    rows = {
        row["kind"]: row
        for row in held.values("kind").annotate(
            count=models.Count("id"),
            attendance=models.Sum("attendance_count"),
            hours=models.Sum("duration_hours"),
        )
    }
    return [
        ActivityRow(
            str(kind.label),
            rows[kind]["count"],
            rows[kind]["attendance"] or 0,
            rows[kind]["hours"],
        )
        for kind in SafetyActivity.Kind
        if kind in rows
    ]


def _toolbox_days(project: Project, month: datetime.date) -> tuple[int, int]:
    """Return the days of the month with a toolbox meeting, and the days with work.

    A meeting told by the daily report counts: nobody enters it twice.
    """
    reports = DailyReport.objects.latest_versions().filter(
        project=project, date__gte=month, is_non_working_day=False
    )
    told = dict(reports.values_list("date", "toolbox_held"))
    meetings = SafetyActivity.objects.approved().filter(
        project=project, date__gte=month, kind=SafetyActivity.Kind.TOOLBOX
    )
    held = {day for day, was_held in told.items() if was_held}
    held |= set(meetings.values_list("date", flat=True))
    return len(held), len(held | set(told))


# -- My day -------------------------------------------------------------------------------------


def due_safety(user: User) -> list[DueItem]:
    """Return what waits for a person: findings to put right or to verify, permits, accidents."""
    today = timezone.localdate()
    roles = roles_by_project(user)
    if not roles:
        return []
    return [
        *_due_findings(user, roles, today),
        *_to_verify(roles),
        *_expired_permits(roles),
        *_accidents_to_report(roles, today),
    ]


def _due_findings(
    user: User, roles: dict[int, set[str]], today: datetime.date
) -> Iterable[DueItem]:
    """Yield the findings that are due today or overdue: mine, my firm's, or my site's."""
    mine = models.Q(owner__user=user)
    mine |= models.Q(owner=None, project__in=projects_held(roles, SITE))
    if user.organization_id:
        projects = projects_held(roles, (Role.SUBCONTRACTOR,))
        mine |= models.Q(organization=user.organization_id, project__in=projects)
    findings = SafetyFinding.objects.filter(
        mine, state__in=(State.OPEN, State.ASSIGNED), project__in=list(roles)
    )
    findings = findings.filter(models.Q(due_date__lte=today) | models.Q(due_date=None))
    for finding in findings.select_related("project").order_by("due_date", "id")[:MOST_DUE]:
        late = overdue_words(finding, today)
        title = _("Put right: %(hazard)s") % {"hazard": finding.hazard}
        yield _item(finding, f"{title} ({late})" if late else title, finding.due_date, bool(late))


def _to_verify(roles: dict[int, set[str]]) -> Iterable[DueItem]:
    findings = SafetyFinding.objects.filter(
        state__in=(State.DONE, State.RELEASED), project__in=projects_held(roles, WATCH)
    )
    for finding in findings.select_related("project").order_by("done_date", "id")[:MOST_DUE]:
        yield _item(finding, _("Verify: %(hazard)s") % {"hazard": finding.hazard}, None, False)


def _expired_permits(roles: dict[int, set[str]]) -> Iterable[DueItem]:
    permits = WorkPermit.objects.filter(
        state=State.APPROVED, valid_until__lt=timezone.now(), project__in=projects_held(roles, SITE)
    )
    for permit in permits.select_related("project").order_by("valid_until")[:MOST_DUE]:
        yield DueItem(
            title=_("Close the expired permit: %(permit)s") % {"permit": permit},
            url=reverse("pmis:work-permit-detail", args=[permit.public_id]),
            project_name=permit.project.name,
            due_date=timezone.localtime(permit.valid_until).date(),
            is_overdue=True,
        )


def _accidents_to_report(roles: dict[int, set[str]], today: datetime.date) -> Iterable[DueItem]:
    sites = projects_held(roles, EVERYONE_ON_SITE)
    reports = _reports_of_accidents(today).filter(project__in=sites)
    for report in reports.select_related("project").order_by("date")[:MOST_DUE]:
        yield DueItem(
            title=_("Write the accident report: the daily report tells of an accident"),
            url=_accident_url(report),
            project_name=report.project.name,
            due_date=report.date,
            is_overdue=True,
        )


def _item(
    finding: SafetyFinding, title: str, due_date: datetime.date | None, is_overdue: bool
) -> DueItem:
    return DueItem(
        title=title,
        url=reverse("pmis:safety-finding-detail", args=[finding.public_id]),
        project_name=finding.project.name,
        due_date=due_date,
        is_overdue=is_overdue,
    )
