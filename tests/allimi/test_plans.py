"""The plan on a project's public page: first promise, present plan, what came true."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from allimi.models import Narrowing, PublishedRecord
from allimi.presentation.plans import MOST_ROWS, plan_block
from allimi.presentation.projects import project_sheet
from allimi.publication import publish_pending
from pmis.services.records import correct_record

TODAY = datetime.date(2026, 11, 23)


def items(**lists: Any) -> dict[str, Any]:
    """Return the items of a published schedule."""
    return dict(lists)


def work(code: str, parent: str, start: str, finish: str) -> dict[str, Any]:
    """Return a work item as it is published."""
    return {
        "code": code, "parent_code": parent, "name": f"item {code}",
        "planned_start_date": start, "planned_finish_date": finish,
    }  # fmt: skip


GROUPS = [
    {"code": "A", "name": "earth", "parent_code": ""},
    {"code": "A1", "name": "trench", "parent_code": "A"},
]


def block(present: dict[str, Any], first: dict[str, Any] | None = None) -> Any:
    """Return the block of a schedule."""
    return plan_block(present, first or {}, url="/s/", today=TODAY)


def test_groups_hold_the_days_of_all_that_is_below_them():
    found = block(
        items(
            work_groups=GROUPS,
            work_items=[
                work("1", "A", "2026-03-01", "2026-04-01"),
                work("2", "A1", "2026-02-01", "2026-03-01"),
                work("3", "", "2026-05-01", "2026-06-01"),
            ],
        )
    )
    assert [row.label for row in found.rows] == ["earth", "item 3"]
    assert (found.rows[0].start.month, found.rows[0].finish.month) == (2, 4)
    assert len(found.drawing.rows) == 2 and not found.drawing.has_first


def test_a_revised_plan_shows_the_first_promise_beside_the_present_one():
    first = items(
        work_groups=GROUPS,
        work_items=[work("1", "A", "2026-01-01", "2026-02-01")],
        milestones=[
            {"name": "half", "planned_date": "2026-05-01"},
            {"name": "dropped", "planned_date": "2026-06-01"},
        ],
    )
    present = items(
        work_groups=GROUPS,
        work_items=[
            work("1", "A", "2026-01-01", "2026-03-01"),
            work("9", "", "2026-03-01", "2026-04-01"),
        ],
        milestones=[
            {"name": "half", "planned_date": "2026-12-11", "first_promised_date": "2026-12-01",
             "actual_date": None},
        ],
    )  # fmt: skip
    found = block(present, first)
    assert found.rows[0].first_finish == datetime.date(2026, 2, 1)
    assert found.rows[1].first_start is None
    assert found.drawing.has_first
    half, dropped = found.milestones
    assert (half.days_later, half.actual) == (10, None)
    assert (dropped.name, dropped.planned, dropped.days_later) == ("dropped", None, None)


def test_a_milestone_that_came_true_counts_from_its_day():
    rows = [{"name": "a", "planned_date": "2026-05-01", "actual_date": "2026-04-28"}]
    assert block(items(milestones=rows)).milestones[0].days_later == -3


def test_a_milestone_whose_day_is_over_is_overdue_and_counts_until_today():
    rows = [{"name": "a", "planned_date": "2026-11-13", "first_promised_date": "2026-11-03"}]
    row = block(items(milestones=rows)).milestones[0]
    assert (row.is_overdue, row.days_later) == (True, 20)


@pytest.mark.parametrize("present", [{}, {"work_items": None}, {"work_items": [{"code": "1"}]}])
def test_a_plan_without_days_has_no_drawing(present: dict[str, Any]):
    found = block(present)
    assert found.drawing is None and found.rows == [] and found.milestones == []


def test_groups_in_a_circle_and_very_many_groups_are_drawn_all_the_same():
    circle = [
        {"code": "A", "name": "a", "parent_code": "B"},
        {"code": "B", "name": "b", "parent_code": "A"},
    ]
    days = ("2026-01-01", "2026-02-01")
    assert block(items(work_groups=circle, work_items=[work("1", "A", *days)])).drawing
    many = [work(str(number), "", *days) for number in range(MOST_ROWS + 3)]
    found = block(items(work_items=many))
    assert (len(found.rows), found.left_out) == (MOST_ROWS, 3)


# -- On the page --------------------------------------------------------------------------------


def page_of(ground: Any) -> str:
    """Return the public page of the project as everyone reads it, without gaps."""
    publish_pending()
    with override("en"):
        url = reverse("allimi:project", args=[ground.project.public_id])
    page = Client().get(url).content.decode()
    return re.sub(r"\s+", " ", page)


def test_the_page_shows_milestones_and_the_drawing_of_the_approved_plan(site: Any):
    site.approve(site.schedule())
    page = page_of(site)
    assert 'id="schedule"' in page and 'id="gantt-title"' in page
    section = page[page.index('id="schedule"') : page.index('id="reports"')]
    assert "준공" in section and "not yet" in section and "교면포장" in section


def test_a_project_without_a_public_plan_says_so(site: Any):
    site.schedule()
    page = page_of(site)
    assert "No schedule is public yet" in page and 'id="gantt-title"' not in page


def test_what_a_decision_closes_is_called_withheld_and_not_missing(site: Any):
    schedule = site.approve(site.schedule())
    Narrowing.objects.create(
        record_type="schedule",
        public_id=schedule.public_id,
        item="milestones",
        ground="G4",
        reason="reason",
        decided_by=site.officer,
        ends_at=timezone.now() + datetime.timedelta(days=9),
    )
    page = page_of(site)
    section = page[page.index('id="schedule"') : page.index('id="reports"')]
    assert "Withheld by a decision" in section and "준공" not in section
    assert "No milestone has been entered" not in section
    assert "교면포장" in section


def test_a_revised_plan_asks_the_database_once_more_and_no_more(
    site: Any, django_assert_num_queries: Any
):
    schedule = site.approve(site.schedule())
    publish_pending()
    record = PublishedRecord.objects.get(public_id=site.project.public_id)
    with django_assert_num_queries(5) as before:
        project_sheet(record)
    version = correct_record(record=schedule, reason="why", by=site.agent)
    site.approve(version)
    publish_pending()
    with django_assert_num_queries(len(before.captured_queries) + 1):
        sheet = project_sheet(record)
    assert sheet.plan is not None and sheet.plan.drawing is not None
