"""The seven-stage guide says what is missing and who owes it."""

from __future__ import annotations

import datetime

from django.test import Client
from django.urls import reverse

from pmis.models import Project, RecordState
from pmis.roles import Role
from pmis.services.stages import owed_by, stages_of
from tests.factories.pmis import Site

FRIDAY = datetime.date(2026, 11, 20)


def test_a_project_without_a_schedule_owes_one_from_the_site_agent(site: Site) -> None:
    plan = stages_of(site.project, FRIDAY)[1]
    schedule = plan.demands[0]
    assert (schedule.is_met, schedule.owed_by) == (False, Role.SITE_AGENT)


def test_a_submitted_schedule_is_owed_by_the_officer(site: Site) -> None:
    site.schedule(RecordState.SUBMITTED)
    schedule = stages_of(site.project, FRIDAY)[1].demands[0]
    assert (schedule.is_met, schedule.owed_by) == (False, Role.OFFICER)
    assert schedule.note


def test_a_report_that_was_sent_is_owed_no_more(site: Site) -> None:
    before = datetime.date(2026, 11, 19)
    names = [one.name for one in stages_of(site.project, FRIDAY)[2].missing]
    assert any("2026-11-19" in name for name in names)
    site.report(RecordState.SUBMITTED, date=before)
    daily = stages_of(site.project, FRIDAY)[2].demands[0]
    assert daily.is_met


def test_a_project_in_short_term_mode_owes_no_monthly_report_and_no_evaluation(site: Site) -> None:
    long_names = len(stages_of(site.project, FRIDAY)[2].demands)
    site.project.mode = Project.Mode.SHORT_TERM
    stages = stages_of(site.project, FRIDAY)
    assert len(stages[2].demands) == long_names - 1
    assert stages[5].state == "rest"


def test_the_page_names_the_reader_who_owes(site: Site, client: Client) -> None:
    client.force_login(site[Role.SITE_AGENT])
    page = client.get(reverse("pmis:project-stages", args=[site.project.public_id]))
    assert page.status_code == 200
    assert owed_by(site.project, {Role.SITE_AGENT})
    overview = client.get(reverse("pmis:project-detail", args=[site.project.public_id]))
    assert reverse("pmis:project-stages", args=[site.project.public_id]) in overview.text
