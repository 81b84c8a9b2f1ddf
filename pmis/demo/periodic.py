"""Weekly and monthly reports and supervision logs of the demonstration, from its daily reports."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from pmis.demo.dice import dice, public_id
from pmis.demo.inspections import decide
from pmis.demo.people import Team
from pmis.demo.plan import Plan
from pmis.demo.store import Store
from pmis.demo.times import at, is_site_day
from pmis.models import (
    Approval,
    ApprovalEvent,
    DailyReport,
    DutyLine,
    MonthlyEquipmentLine,
    MonthlyReport,
    MonthlyWorkforceLine,
    MonthlyWorkLine,
    Participant,
    PeriodicReport,
    Project,
    SupervisedLine,
    SupervisionLog,
    WeeklyEquipmentLine,
    WeeklyReport,
    WeeklyWorkforceLine,
    WeeklyWorkLine,
)
from pmis.roles import SUPERVISION_ROLES, Role
from pmis.services.periodic_reports import (
    Made,
    dailies_of,
    made_of_dailies,
    made_of_month,
    month_of,
    week_of,
)

DAY = datetime.timedelta(days=1)
WEEKS, LOGS = 3, 4
LINES: dict[type[PeriodicReport], tuple[Any, ...]] = {
    WeeklyReport: (WeeklyWorkLine, WeeklyWorkforceLine, WeeklyEquipmentLine),
    MonthlyReport: (MonthlyWorkLine, MonthlyWorkforceLine, MonthlyEquipmentLine),
}
EVENTS = ("주간 공정회의에서 다음 주 작업 구간을 정함", "인접 상가 대표와 통행로를 협의함", "")
INSTRUCTIONS = ("굴착 사면 덮개를 다시 고정할 것", "자재 야적장 통로를 확보할 것", "")
DISCIPLINES = ("토목", "건축", "안전")


class PeriodicWriter:
    """Writes what the daily reports of running sites add up to."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def write(self, plans: list[Plan], teams: dict[int, Team]) -> None:
        """Collect and send the reports of every running site, led to their states."""
        running = [plan for plan in plans if plan.is_running and plan.last_report]
        projects = Project.objects.in_bulk([plan.id for plan in running])
        for plan in running:
            self._add_site(plan, projects[plan.id], teams[plan.number])
        models = [WeeklyReport, MonthlyReport, *LINES[WeeklyReport], *LINES[MonthlyReport]]
        self.store.write(*models, SupervisionLog, DutyLine, SupervisedLine, Approval, ApprovalEvent)
        for model in (WeeklyReport, MonthlyReport, SupervisionLog):
            self.store.decide(model)

    def _add_site(self, plan: Plan, project: Project, team: Team) -> None:
        today = self.store.today
        for back in range(WEEKS, 0, -1):
            first, last = week_of(today - 7 * back * DAY)
            made = made_of_dailies(project, first, last)
            if made.report_count:
                number = WEEKS - back + 1
                self._add(WeeklyReport, plan, team, (first, last), number, made, is_open=back == 1)
        first, last = month_of(today.replace(day=1) - DAY)
        made = made_of_month(project, first, last)
        if made.report_count:
            self._add(MonthlyReport, plan, team, (first, last), 1, made, is_open=False)
        self._add_logs(plan, project, team)

    def _add(
        self,
        model: type[PeriodicReport],
        plan: Plan,
        team: Team,
        period: tuple[datetime.date, datetime.date],
        number: int,
        made: Made,
        *,
        is_open: bool,
    ) -> None:
        """Collect one report; an open one waits for its decision at some of the sites."""
        kind = model.record_type
        rng = dice(kind, plan.number, *period)
        sent = at(period[1] + DAY, rng.randint(540, 640))
        identity = public_id(sent, rng)
        state = "submitted" if is_open and plan.number % 3 == 0 else "approved"
        days = {name: sum(row["days"] for row in made.lines[f"{name}_lines"]) for name in
                ("workforce", "equipment")}  # fmt: skip
        last = self._rates(plan, period[1])
        writer = Role.SITE_AGENT if model is WeeklyReport else Role.SUPERVISOR
        decider = Role.SUPERVISOR if model is WeeklyReport else Role.OFFICER
        key = self.store[model].add(
            public_id=identity,
            project_id=plan.id,
            number=number,
            author_id=team.people[writer].id,
            created_at=sent,
            submitted_at=sent,
            starts_on=period[0],
            ends_on=period[1],
            report_count=made.report_count,
            man_days=days["workforce"],
            equipment_days=days["equipment"],
            planned_rate=last[0],
            actual_rate=last[1],
            main_events=rng.choice(EVENTS),
            **made.fields,
        )
        for line, name in zip(
            LINES[model], ("work_lines", "workforce_lines", "equipment_lines"), strict=True
        ):
            for order, row in enumerate(made.lines[name]):
                self.store[line].add(report_id=key, order=order, **row)
        decided = sent + datetime.timedelta(hours=rng.randint(2, 30))
        self._settle(model, key, plan, team, identity, sent,
                     (writer, decider), state, decided, f"{period[0]:%Y.%m.%d}")  # fmt: skip

    def _settle(
        self,
        model: Any,
        key: int,
        plan: Plan,
        team: Team,
        identity: UUID,
        sent: datetime.datetime,
        roles: tuple[Role, Role],
        state: str,
        decided: datetime.datetime,
        title: str,
    ) -> None:
        is_decided = state == "approved"
        self.store.decided[model].append((key, state, decided if is_decided else None))
        decide(
            self.store,
            plan,
            team,
            record=(model.record_type, identity, 1),
            title=title,
            line=("approve", roles[1]),
            sent=sent,
            decision=("approve", "approved", decided) if is_decided else None,
            writer=roles[0],
        )

    def _rates(self, plan: Plan, day: datetime.date) -> tuple[Any, Any]:
        rows = DailyReport.objects.filter(project=plan.id, date__lte=day, planned_rate__gte=0)
        found = rows.order_by("-date", "-version_no").values_list("planned_rate", "actual_rate")
        return found.first() or (None, None)

    def _add_logs(self, plan: Plan, project: Project, team: Team) -> None:
        on_duty = list(
            Participant.objects.filter(project=project, role__in=SUPERVISION_ROLES, valid_to=None)
        )
        first = self.store.today - 14 * DAY
        reports = dailies_of(project, first, self.store.today - DAY)
        reports = [one for one in reports.order_by("-date")[: 2 * LOGS] if is_site_day(one.date)]
        for number, report in enumerate(reversed(reports[:LOGS]), start=1):
            rng = dice("supervision_log", plan.number, report.date)
            sent = at(report.date, rng.randint(1060, 1130))
            identity = public_id(sent, rng)
            key = self.store[SupervisionLog].add(
                public_id=identity,
                project_id=plan.id,
                number=number,
                author_id=team.people[Role.INSPECTOR].id,
                created_at=sent,
                submitted_at=sent,
                date=report.date,
                weather_am=report.weather_am,
                weather_pm=report.weather_pm,
                instructions=rng.choice(INSTRUCTIONS),
                safety_environment=report.hazards,
                visitor_count=rng.choice((0, 0, 1, 2)),
                complaint_count=rng.choice((0, 0, 0, 1)),
                next_plan=report.tomorrow_summary,
            )
            for order, participant in enumerate(on_duty):
                self.store[DutyLine].add(
                    log_id=key, order=order, participant_id=participant.pk, hours=8
                )
            for order, activity in enumerate(
                dict.fromkeys(report.work_lines.values_list("activity", flat=True))
            ):
                self.store[SupervisedLine].add(
                    log_id=key, order=order, work=activity, discipline=rng.choice(DISCIPLINES)
                )
            state = "submitted" if number == LOGS and plan.number % 2 else "approved"
            decided = sent + datetime.timedelta(hours=rng.randint(13, 20))
            self._settle(SupervisionLog, key, plan, team, identity, sent,
                         (Role.INSPECTOR, Role.OFFICER), state, decided,
                         f"{report.date:%Y.%m.%d}")  # fmt: skip
