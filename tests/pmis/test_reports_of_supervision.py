"""Supervision logs, weekly and monthly reports: one entry feeds all."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from allimi.models import PublishedRecord
from allimi.publication import publish_pending
from ccs.lib.workflow import RoleNotAllowed
from pmis.models import RecordState, SupervisionLog, WeeklyReport
from pmis.records import REGISTRY
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.periodic_reports import made_of_dailies, month_of, week_of
from pmis.services.records import save_record
from pmis.services.supervision_logs import prefilled
from tests.factories.pmis import Site

MONDAY = datetime.date(2026, 11, 16)


def report_on(site: Site, day: datetime.date, people: int, quantity: int) -> Any:
    report = site.report(date=day, work_summary=f"{day.day}일 포장", hazards="굴착부 접근")
    report.work_lines.all().delete()
    report.workforce_lines.all().delete()
    report.workforce_lines.create(trade="보통인부", count=people)
    report.work_lines.create(activity="아스콘 포장", unit="m2", quantity=quantity)
    return site.lead(report, RecordState.SUBMITTED)


def test_a_week_runs_from_monday_to_sunday_and_a_month_to_its_last_day() -> None:
    assert week_of(datetime.date(2026, 11, 22)) == (MONDAY, datetime.date(2026, 11, 22))
    assert month_of(datetime.date(2028, 2, 29))[1] == datetime.date(2028, 2, 29)
    assert month_of(datetime.date(2026, 12, 1))[1] == datetime.date(2026, 12, 31)


def test_a_weekly_report_adds_up_the_dailies_of_its_days_and_no_others(site: Site) -> None:
    report_on(site, MONDAY, people=5, quantity=100)
    report_on(site, MONDAY + datetime.timedelta(days=1), people=7, quantity=50)
    report_on(site, MONDAY - datetime.timedelta(days=1), people=99, quantity=999)
    site.report(date=MONDAY + datetime.timedelta(days=2))  # Not sent in yet: does not count.
    made = made_of_dailies(site.project, *week_of(MONDAY))
    assert made.report_count == 2
    assert made.lines["workforce_lines"] == [{"name": "보통인부", "days": 12}]
    work = made.lines["work_lines"][0]
    assert (work["activity"], work["quantity"]) == ("아스콘 포장", 150)
    assert "16일 포장" in made.fields["summary"]


def test_a_week_is_public_when_the_supervisor_approves_it(site: Site) -> None:
    report_on(site, MONDAY, people=5, quantity=100)
    entry = REGISTRY["weekly_report"]
    agent = site[Role.SITE_AGENT]
    report = entry.opened(site.project, "2026-W47", agent)
    made = made_of_dailies(site.project, *week_of(MONDAY))
    report = save_record(record=report, fields=made.fields, lines=made.lines, by=agent)
    report = perform(subject=report, action="submit", by=agent)
    assert (report.man_days, report.report_count) == (5, 1)
    with pytest.raises((RoleNotAllowed, PermissionDenied)):
        perform(subject=report, action="approve", by=agent)
    perform(subject=report, action="approve", by=site[Role.SUPERVISOR])
    publish_pending()
    public = PublishedRecord.objects.get(kind="weekly_report")
    assert public.items["man_days"] == 5
    assert public.items["workforce_lines"][0]["name"] == "보통인부"


def test_the_form_of_a_week_starts_with_what_the_dailies_say(site: Site, client: Client) -> None:
    report_on(site, MONDAY, people=5, quantity=100)
    client.force_login(site[Role.SITE_AGENT])
    url = reverse("pmis:weekly-report-write", args=[site.project.public_id, "2026-W47"])
    page = client.get(url)
    assert page.status_code == 200
    assert "아스콘 포장" in page.text
    ahead = reverse("pmis:weekly-report-write", args=[site.project.public_id, "2099-W01"])
    assert client.get(ahead).status_code == 404


def test_one_report_stands_for_a_week_however_often_it_is_opened(site: Site) -> None:
    entry, agent = REGISTRY["weekly_report"], site[Role.SITE_AGENT]
    first = entry.opened(site.project, "2026-W47", agent)
    assert entry.opened(site.project, "2026-W47", site[Role.ENGINEER]).pk == first.pk
    assert WeeklyReport.objects.count() == 1


def test_a_supervision_log_takes_over_what_the_contractor_entered(site: Site) -> None:
    report_on(site, MONDAY, people=5, quantity=100)
    fields, lines = prefilled(project=site.project, date=MONDAY)
    assert "굴착부 접근" in fields["safety_environment"]
    assert (fields["visitor_count"], fields["complaint_count"]) == (0, 0)
    assert lines["work_lines"][0]["work"] == "아스콘 포장"
    on_duty = {line["participant"].role for line in lines["duty_lines"]}
    assert on_duty == {Role.SUPERVISOR, Role.INSPECTOR}


def test_what_a_log_says_under_inquiry_stays_inside(site: Site) -> None:
    inspector = site[Role.INSPECTOR]
    log = REGISTRY["supervision_log"].opened(site.project, MONDAY.isoformat(), inspector)
    _fields, lines = prefilled(project=site.project, date=MONDAY)
    fields = {"instructions": "다짐 재시험", "inquiry_notes": "하도급 위반 조사 중"}
    log = save_record(record=log, fields=fields, lines=lines, by=inspector)
    log = perform(subject=log, action="submit", by=inspector)
    perform(subject=log, action="approve", by=site[Role.OFFICER])
    publish_pending()
    public = PublishedRecord.objects.get(kind="supervision_log")
    assert public.items["instructions"] == "다짐 재시험"
    assert "하도급 위반" not in public.body
    assert SupervisionLog.objects.get().state == RecordState.APPROVED


@pytest.mark.parametrize("kind", ["supervision_log", "weekly_report", "monthly_report"])
def test_the_register_asks_few_questions(
    site: Site, client: Client, django_assert_max_num_queries: Any, kind: str
) -> None:
    client.force_login(site[Role.SUPERVISOR])
    with django_assert_max_num_queries(12):
        page = client.get(reverse(f"pmis:{REGISTRY[kind].name}-list"), {"q": "x"})
    assert page.status_code == 200
