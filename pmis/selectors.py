"""What the pages of projects and "My day" read: a few set-based questions, no rule of its own."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ccs.lib.charts import Bar, SCurve, s_curve
from ccs.lib.extensions import DueItem, due_items, publications_of
from ccs.lib.formats import format_day_short
from ccs.models import RuleValue, User
from ccs.templatetags.formats import reader_language
from pmis import progress
from pmis.calendar import around
from pmis.models import (
    Approval,
    DailyReport,
    Guarantee,
    Photo,
    Project,
    RecordState,
    Schedule,
)
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.daily_reports import missing_reports, reported_quantities, schedule_items
from pmis.services.inbox import waiting_for
from pmis.services.roles import projects_held, roles_by_project
from pmis.services.scheduling.baselines import first_baseline
from pmis.workflows import WRITERS

Rule = RuleValue.Key
CHECKERS = (Role.SUPERVISOR, Role.INSPECTOR, Role.OFFICER)
#: Guarantees that end within so many days are shown.
EXPIRY_DAYS = 30
#: A person with more sites than this works in the project list, not in "My day".
MOST_SITES = 100


def variance_rules(day: datetime.date | None = None) -> tuple[Decimal, Decimal]:
    """Return the points from which a project is watched and from which it is late."""
    day = day or timezone.localdate()
    rules = RuleValue.objects
    return rules.on(Rule.VARIANCE_WATCH, day), rules.on(Rule.VARIANCE_LATE, day)


def with_rates(projects: models.QuerySet[Project]) -> models.QuerySet[Project]:
    """Add the rates of each project's newest report that was sent in, and their difference."""
    newest = DailyReport.objects.filter(
        project=models.OuterRef("pk"),
        state__in=(RecordState.SUBMITTED, RecordState.CONFIRMED, RecordState.APPROVED),
    ).order_by("-date", "-version_no")
    return projects.annotate(
        rates_date=models.Subquery(newest.values("date")[:1]),
        planned_rate=models.Subquery(newest.values("planned_rate")[:1]),
        actual_rate=models.Subquery(newest.values("actual_rate")[:1]),
    ).annotate(
        variance=models.ExpressionWrapper(
            models.F("actual_rate") - models.F("planned_rate"),
            output_field=models.DecimalField(max_digits=6, decimal_places=2),
        )
    )


@dataclass(frozen=True)
class RuledBar(Bar):
    """A progress bar whose verdict follows the dated rules of the city."""

    watch: Decimal = Decimal(-2)
    late: Decimal = Decimal(-5)

    @property
    def verdict(self) -> str:
        """Class of the verdict: ok, watch, late or unknown."""
        return progress.verdict(self.difference, watch=self.watch, late=self.late)


def bar_of(project: Any, rules: tuple[Decimal, Decimal]) -> RuledBar:
    """Return the progress bar of a project with rates."""
    return RuledBar(project.planned_rate, project.actual_rate, *rules)


@dataclass(frozen=True)
class ProgressOverview:
    """Planned and actual progress of a project today, its curve, and its schedule."""

    bar: RuledBar
    curve: SCurve | None
    schedule: Schedule | None


def progress_of(project: Project) -> ProgressOverview:
    """Return the progress of a project from its approved schedule and its reports."""
    today = timezone.localdate()
    schedule = Schedule.objects.approved().filter(project=project).first()
    items = schedule_items(project.pk)
    actual = progress.actual_curve(items, reported_quantities(project.pk))
    bar = RuledBar(
        progress.planned_rate(items, today),
        actual[-1][1] if actual else None,
        *variance_rules(today),
    )
    curve = s_curve(
        planned=progress.planned_curve(items),
        actual=actual,
        today=today,
        original=_first_curve(schedule),
    )
    return ProgressOverview(bar, curve, schedule)


def _first_curve(schedule: Schedule | None) -> list[progress.Point]:
    """Return the planned curve of the first promise, empty where it is still the plan."""
    first = first_baseline(schedule.project_id) if schedule else None
    if first is None or first == schedule:
        return []
    columns = ("code", "quantity", "weight", "planned_start_date", "planned_finish_date")
    rows = first.work_items.values_list(*columns)
    return progress.planned_curve([progress.Item(*row) for row in rows])


# -- My day -------------------------------------------------------------------------------------


@dataclass
class SiteRow:
    """One of my sites today: its report, what waits, and the commonest next step."""

    project: Project
    report: DailyReport | None = None
    published_at: datetime.datetime | None = None
    #: Day of the last working day whose report is missing.
    missing_day: datetime.date | None = None
    tasks: list[tuple[str, str]] = field(default_factory=list)
    urgent: list[str] = field(default_factory=list)
    step: tuple[str, str] | None = None
    #: 0 is the most urgent.
    rank: int = 3

    @property
    def style(self) -> str:
        """Class of the row: hot, done or neither."""
        if self.rank == 0 or self.urgent:
            return "hot"
        return "done" if self.published_at else ""


@dataclass
class MyDay:
    """What "My day" shows."""

    rows: list[SiteRow]
    waiting: list[Approval]
    returned: list[Any]
    guarantees: list[Guarantee]
    photos_to_check: int
    items: list[DueItem]
    missing_count: int
    reports_today: int
    sites_reporting: int
    published_today: int
    last_working_day: datetime.date

    @property
    def to_do(self) -> int:
        """How many things wait for the person."""
        own = sum(1 for row in self.rows if row.step and row.rank < 2 and not row.tasks)
        return len(self.waiting) + own + len(self.items)

    @property
    def overdue(self) -> int:
        """How many of them are overdue."""
        return self.missing_count + sum(item.is_overdue for item in self.items)


def my_day(user: User) -> MyDay:
    """Return the day of a person: their sites with the most urgent first."""
    today = timezone.localdate()
    calendar = around(today)
    last_day = calendar.before(today, 1)
    roles = roles_by_project(user)
    projects = list(
        Project.objects.filter(pk__in=roles)
        .exclude(state__in=(Project.State.CLOSED, Project.State.TERMINATED))
        .prefetch_related("areas")
        .order_by("name")[:MOST_SITES]
    )
    ids = [project.pk for project in projects]
    waiting = list(
        waiting_for(user)
        .filter(project__is_training=False)
        .select_related("project")
        .order_by("submitted_at")[:200]
    )
    returned = _returned_to(user, roles)
    reports = _reports_of(ids, today)
    missing = set(missing_reports(last_day).filter(pk__in=ids).values_list("pk", flat=True))
    published = publications_of(report.public_id for report in reports.values())
    photos = _photos_to_check(roles)
    rows = []
    for project in projects:
        row = SiteRow(project, reports.get(project.pk))
        if row.report:
            row.published_at = published.get(row.report.public_id)
        row.missing_day = last_day if project.pk in missing else None
        held = roles[project.pk]
        works_today = project.state in ("commenced", "ongoing") and calendar.is_working(today)
        _fill(row, held, waiting, returned, photos.get(project.pk, 0), works_today=works_today)
        rows.append(row)
    rows.sort(key=lambda row: (row.rank, row.project.name))
    reporting = [row for row in rows if row.project.state in ("commenced", "ongoing")]
    return MyDay(
        rows=rows,
        waiting=waiting,
        returned=returned,
        guarantees=expiring_guarantees(Project.objects.filter(pk__in=ids), today),
        photos_to_check=sum(photos.values()),
        items=due_items(user),
        missing_count=len(missing),
        reports_today=sum(
            1 for row in reporting if row.report and row.report.state not in ("draft", "returned")
        ),
        sites_reporting=len(reporting),
        published_today=len(published),
        last_working_day=last_day,
    )


def office_counts() -> dict[str, Any]:
    """Return the figures of administration mode over all projects."""
    today = timezone.localdate()
    last_day = around(today).before(today, 1)
    running = Project.objects.under_construction()
    return {
        "running": running.count(),
        "reports_today": DailyReport.objects.filter(
            project__is_training=False,
            date=today,
            state__in=("submitted", "confirmed", "approved"),
            version_no=1,
        ).count(),
        "missing": missing_reports(last_day).count(),
        "waiting": Approval.objects.pending().filter(project__is_training=False).count(),
        "last_working_day": last_day,
    }


def expiring_guarantees(
    projects: models.QuerySet[Project], today: datetime.date
) -> list[Guarantee]:
    """Return the guarantees of projects that end soon or have ended, while the work goes on."""
    until = today + datetime.timedelta(days=EXPIRY_DAYS)
    rows = Guarantee.objects.filter(
        contract__project__in=projects,
        contract__state="signed",
        expiry_date__range=(today - datetime.timedelta(days=90), until),
    )
    return list(rows.select_related("contract__project").order_by("expiry_date")[:20])


def _reports_of(project_ids: Iterable[int], day: datetime.date) -> dict[int, DailyReport]:
    reports = DailyReport.objects.latest_versions().filter(project__in=project_ids, date=day)
    return {report.project_id: report for report in reports.order_by("version_no")}


def _returned_to(user: User, roles: dict[int, set[str]]) -> list[Any]:
    """Return the records that wait for their writers, with their type at hand.

    One query over the tables of all record types says of which there are any.
    """
    parts = []
    for record_type, writers in WRITERS.items():
        ids = projects_held(roles, writers)
        kind = models.Value(record_type, models.CharField())
        rows = REGISTRY[record_type].model._default_manager.filter(
            project__in=ids, state=RecordState.RETURNED
        )
        parts += (
            [rows.order_by().annotate(of_type=kind).values_list("of_type", "pk")] if ids else []
        )
    waiting: dict[str, list[int]] = defaultdict(list)
    for record_type, key in parts[0].union(*parts[1:], all=True) if parts else ():
        waiting[record_type].append(key)
    found = []
    for record_type, keys in waiting.items():
        entry = REGISTRY[record_type]
        records = entry.visible_to(user).filter(pk__in=keys)
        for record in records.order_by("updated_at")[:50]:
            record.page_url = reverse(f"pmis:{entry.name}-detail", args=[record.public_id])
            record.type_label = entry.label
            found.append(record)
    return found


def _photos_to_check(roles: dict[int, set[str]]) -> dict[int, int]:
    ids = projects_held(roles, CHECKERS)
    rows = Photo.objects.waiting_for_check().filter(project__in=ids).order_by()
    return dict(rows.values_list("project").annotate(models.Count("id")))


def _fill(
    row: SiteRow,
    held: set[str],
    waiting: list[Approval],
    returned: list[Any],
    photos: int,
    *,
    works_today: bool,
) -> None:
    """Say what waits at a site and which step comes first."""
    mine = [approval for approval in waiting if approval.project_id == row.project.pk]
    back = [record for record in returned if record.project_id == row.project.pk]
    if held & set(WRITERS["daily_report"]):
        _fill_for_writer(row, back, works_today=works_today)
    elif row.missing_day and held & set(CHECKERS):
        row.urgent.append(_no_report(row.missing_day))
        row.rank = 1
    for approval in mine:
        row.tasks.append((title_of(approval), approval_url(approval)))
    if mine and row.step is None:
        row.step = (_("Check and decide"), approval_url(mine[0]))
        row.rank = 0
    if photos:
        sentence = ngettext("%(count)s photo to check", "%(count)s photos to check", photos)
        row.tasks.append((sentence % {"count": photos}, reverse("pmis:photos")))


def _fill_for_writer(row: SiteRow, back: list[Any], *, works_today: bool) -> None:
    write = "pmis:daily-report-write"
    if back:
        row.urgent.append(_("Returned with a reason"))
        row.step, row.rank = (_("Read the reason"), back[0].page_url), 0
    elif row.missing_day:
        row.urgent.append(_no_report(row.missing_day))
        url = reverse(write, args=[row.project.public_id, row.missing_day.isoformat()])
        row.step, row.rank = (_("Write it now"), url), 0
    elif row.report is None or row.report.state == RecordState.DRAFT:
        words = _("Go on writing") if row.report else _("Write today’s report")
        url = reverse(write, args=[row.project.public_id, timezone.localdate().isoformat()])
        row.step, row.rank = (words, url), 1 if works_today else 2


def _no_report(day: datetime.date) -> str:
    return _("No report for %(day)s") % {"day": format_day_short(day, reader_language())}


def approval_url(approval: Approval) -> str:
    """Return the page of the record that an approval is about."""
    name = REGISTRY[approval.record_type].name
    return reverse(f"pmis:{name}-detail", args=[approval.record_public_id])


def title_of(approval: Approval) -> str:
    """Return the words for an approval: its type and what the title says beyond the project."""
    label = REGISTRY[approval.record_type].label
    rest = approval.title.removeprefix(approval.project.name).strip()
    return f"{label} {rest}".strip()


def records_of(approvals: Iterable[Approval]) -> dict[UUID, Any]:
    """Return the versions that approvals are about, by the approval's public id."""
    by_type: dict[str, list[Approval]] = defaultdict(list)
    for approval in approvals:
        by_type[approval.record_type].append(approval)
    found = {}
    for record_type, rows in by_type.items():
        records = REGISTRY[record_type].model._default_manager.filter(
            public_id__in=[approval.record_public_id for approval in rows]
        )
        if record_type == DailyReport.record_type:
            records = records.annotate(photo_count=models.Count("report_photos"))
        versions = {(record.public_id, record.version_no): record for record in records}
        for approval in rows:
            found[approval.public_id] = versions.get(
                (approval.record_public_id, approval.version_no)
            )
    return found
