"""Catch-up plans: demanded by themselves, owed, answered, confirmed, approved."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from ccs.lib.workflow import RoleNotAllowed
from ccs.models import RuleValue, User
from pmis.models import CatchUpDemand, DailyReport, RecordState
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.catch_up_plans import (
    demand_catch_up_plans,
    due_plans,
    open_plan,
    owed_by,
)
from pmis.services.records import save_record
from tests.factories.pmis import Site

DAY = datetime.date(2026, 11, 20)
TODAY = datetime.date(2026, 11, 23)


def report(
    site: Site, planned: str, actual: str | None, day: datetime.date = DAY, state: str = "approved"
) -> DailyReport:
    """Return a report with these rates, as if it had been led to its state."""
    made = site.report(date=day)
    approved = datetime.datetime.combine(day, datetime.time(9), datetime.UTC)
    DailyReport.objects.filter(pk=made.pk).update(
        planned_rate=planned,
        actual_rate=actual,
        state=state,
        approved_at=approved if state == "approved" else None,
    )
    return made


@pytest.mark.parametrize(
    ("planned", "actual", "demanded"),
    [("40", "35", 0), ("40", "34.99", 1), ("40", None, 0), ("40", "41", 0)],
)
def test_a_plan_is_demanded_beyond_the_limit_only(
    site: Site, planned: str, actual: str | None, demanded: int
) -> None:
    report(site, planned, actual)
    assert len(demand_catch_up_plans(TODAY)) == demanded


def test_the_demand_names_rates_limit_and_due_day_of_the_dated_rules(site: Site) -> None:
    RuleValue.objects.create(
        key="catch_up_plan_working_days", value=3, valid_from=TODAY, ground="시 방침 제1호"
    )
    report(site, "48.20", "41.10")
    (demand,) = demand_catch_up_plans(TODAY)
    assert (demand.demanded_date, demand.due_date) == (DAY, datetime.date(2026, 11, 26))
    assert (demand.planned_rate, demand.limit_points) == (Decimal("48.20"), -5)


def test_nothing_is_demanded_twice_nor_of_drafts(site: Site, other_site: Site) -> None:
    report(other_site, "48.20", "41.10", state="draft")
    report(site, "48.20", "41.10")
    assert len(demand_catch_up_plans(TODAY)) == 1
    report(site, "50.20", "41.10", DAY + datetime.timedelta(days=1))
    assert demand_catch_up_plans(TODAY) == []
    assert CatchUpDemand.objects.count() == 1


def test_a_plan_that_was_sent_in_answers_until_it_is_returned(site: Site) -> None:
    report(site, "48.20", "41.10")
    demand_catch_up_plans(TODAY)
    plan = site.catch_up_plan(RecordState.DRAFT, demanded_date=DAY)
    assert owed_by(site.project) is not None
    plan = site.lead(plan, RecordState.SUBMITTED)
    assert owed_by(site.project) is None
    perform(subject=plan, action="return", by=site[Role.SUPERVISOR], comment="대책이 약함")
    assert owed_by(site.project) is not None


def test_after_the_promised_day_a_new_plan_is_demanded(site: Site) -> None:
    report(site, "48.20", "41.10")
    demand_catch_up_plans(TODAY)
    site.catch_up_plan(RecordState.APPROVED, demanded_date=DAY)
    later = datetime.date(2027, 1, 30)
    report(site, "80", "60", datetime.date(2027, 1, 29))
    assert demand_catch_up_plans(datetime.date(2027, 1, 28)) == []
    assert len(demand_catch_up_plans(later)) == 1


def test_the_plan_is_opened_with_the_facts_of_its_demand(site: Site) -> None:
    report(site, "48.20", "41.10")
    (demand,) = demand_catch_up_plans(TODAY)
    plan = open_plan(project=site.project, day=DAY, by=site[Role.SITE_AGENT])
    assert (plan.due_date, plan.actual_rate) == (demand.due_date, Decimal("41.10"))
    assert open_plan(project=site.project, day=DAY, by=site[Role.ENGINEER]) == plan
    with pytest.raises(RoleNotAllowed):
        open_plan(project=site.project, day=DAY - datetime.timedelta(days=1), by=site[Role.OFFICER])


def test_a_plan_needs_cause_day_and_a_measure(site: Site) -> None:
    plan = open_plan(project=site.project, day=DAY, by=site[Role.SITE_AGENT])
    with pytest.raises(ValidationError) as caught:
        perform(subject=plan, action="submit", by=site[Role.SITE_AGENT])
    assert set(caught.value.message_dict) == {"cause", "recovery_date", "measures"}
    plan = save_record(
        record=plan,
        fields={"cause": "지장물", "recovery_date": DAY + datetime.timedelta(days=30)},
        lines={"measures": [{"measure": "2교대", "start_date": DAY, "finish_date": DAY}]},
        by=site[Role.SITE_AGENT],
    )
    assert site.lead(plan, RecordState.APPROVED).state == RecordState.APPROVED


def test_my_day_and_the_project_page_show_what_is_owed(
    site: Site, as_user: Callable[[User], Client], time_machine: object
) -> None:
    time_machine.move_to(datetime.datetime(2026, 11, 23, 0, 0, tzinfo=datetime.UTC))
    report(site, "48.20", "41.10")
    demand_catch_up_plans(TODAY)
    agent = site[Role.SITE_AGENT]
    (due,) = due_plans(agent)
    assert not due.is_overdue and list(due_plans(site[Role.OFFICER])) == []
    address = f"/catch-up-plans/write/{DAY}/"
    assert address in as_user(agent).get(reverse("pmis:my-day")).content.decode()
    url = reverse("pmis:project-schedule", args=[site.project.public_id])
    page = as_user(agent).get(url).content.decode()
    assert "A catch-up plan is owed" in page and address in page
    page = as_user(site[Role.SUPERVISOR]).get(url).content.decode()
    assert "A catch-up plan is owed" in page and address not in page
