"""Schedules: checks, critical path, first promise, earned value, and the pages that show them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from ccs.lib.charts import Span, gantt
from ccs.models import User
from pmis import progress
from pmis.models import RecordState, Schedule
from pmis.roles import Role
from pmis.services.approvals import perform
from pmis.services.records import correct_record
from pmis.services.schedules import save_schedule
from pmis.services.scheduling import networks, reading
from pmis.services.scheduling.baselines import first_baseline, milestone_rows, revisions
from tests.factories.pmis import Site

D = datetime.date
TODAY = D(2026, 3, 31)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read the sentences of services in English, whatever the test before asked for."""
    with translation.override("en"):
        yield


@pytest.fixture
def schedule(site: Site) -> Schedule:
    """A draft: A1 in January, A2 after it, A3 free beside them, in one group."""
    made = site.schedule()
    made.work_items.all().delete()
    made.work_groups.create(code="W", name="상부공")
    rows = (
        ("A1", "", D(2026, 1, 5), D(2026, 1, 16), 50),
        ("A2", "A1FS+1d", D(2026, 1, 20), D(2026, 1, 30), 30),
        ("A3", "A1SS", D(2026, 1, 5), D(2026, 1, 7), 20),
    )
    for order, (code, before, start, finish, weight) in enumerate(rows):
        made.work_items.create(
            code=code, name=f"공종 {code}", parent_code="W", unit="t", quantity=10,
            weight=weight, amount=weight * 1000, planned_start_date=start,
            planned_finish_date=finish, predecessors=before, order=order,
            resource_loading={"crew": {"철근공": 4}},
        )  # fmt: skip
    made.milestones.create(name="준공", planned_date=D(2026, 1, 30))
    return made


def item(schedule: Schedule, code: str) -> Any:
    return schedule.work_items.get(code=code)


def revised(site: Site, schedule: Schedule, reason: str = "우기 연장") -> Schedule:
    """Return the next version in work."""
    return correct_record(record=schedule, reason=reason, by=site[Role.SITE_AGENT])


# -- Network ------------------------------------------------------------------------------------


def test_submitting_writes_early_late_days_and_floats(site: Site, schedule: Schedule) -> None:
    schedule = site.lead(schedule, RecordState.SUBMITTED)
    second, third = item(schedule, "A2"), item(schedule, "A3")
    # A1 takes ten working days; a day of lag lies between; A2 takes nine.
    assert (second.early_start_date, second.early_finish_date) == (D(2026, 1, 20), D(2026, 1, 30))
    assert second.is_critical and second.total_float_days == 0
    assert (third.is_critical, third.total_float_days, third.free_float_days) == (False, 17, 17)
    assert third.late_finish_date == D(2026, 1, 30)


def test_without_predecessors_there_is_no_critical_path(site: Site) -> None:
    schedule = site.schedule(RecordState.SUBMITTED)
    found = schedule.work_items.values_list("is_critical", "early_start_date", "total_float_days")
    assert set(found) == {(None, None, None)}
    assert "no critical path" in networks.doubts(schedule)[0]


def test_the_site_s_own_days_move_the_early_days(site: Site, schedule: Schedule) -> None:
    schedule.site_days.create(date=D(2026, 1, 19), is_working=False, name="현장 휴무")
    schedule.site_days.create(date=D(2026, 1, 17), is_working=True, name="토요 작업")
    schedule = site.lead(schedule, RecordState.SUBMITTED)
    assert item(schedule, "A2").early_start_date == D(2026, 1, 20)
    assert item(schedule, "A2").early_finish_date == D(2026, 1, 30)


@pytest.mark.parametrize(
    ("code", "before", "sentence"),
    [
        ("A1", "A2", "wait for each other: A1 → A2 → A1"),
        ("A3", "A9FS", "A3: There is no work item A9"),
        ("A3", "A1+2", "“A1+2” is no predecessor"),
    ],
)
def test_an_impossible_network_cannot_be_submitted(
    site: Site, schedule: Schedule, code: str, before: str, sentence: str
) -> None:
    schedule.work_items.filter(code=code).update(predecessors=before)
    with pytest.raises(ValidationError) as caught:
        perform(subject=schedule, action="submit", by=site[Role.SITE_AGENT])
    assert any(sentence in text for text in caught.value.messages), caught.value.messages


def test_a_group_below_itself_is_named(site: Site, schedule: Schedule) -> None:
    schedule.work_groups.filter(code="W").update(parent_code="V")
    schedule.work_groups.create(code="V", name="x", parent_code="W")
    assert any("below itself" in sentence for sentence in networks.faults(schedule))
    rows = reading.plan_tree(schedule, today=TODAY).rows
    assert isinstance(rows, list)


def test_loose_ends_and_plans_before_their_links_are_doubts(site: Site, schedule: Schedule) -> None:
    schedule.work_items.filter(code="A2").update(planned_start_date=D(2026, 1, 12))
    doubts = "\n".join(networks.doubts(schedule))
    assert "Nothing comes after 2 work items: A2, A3." in doubts
    assert "A2 is planned earlier than its predecessors permit." in doubts


def test_the_form_brings_predecessors_into_one_form_and_keeps_resources(
    site: Site, schedule: Schedule
) -> None:
    names = ("code", "name", "unit", "quantity", "weight", "amount")
    rows = list(schedule.work_items.values(*names, "planned_start_date", "planned_finish_date"))
    rows[1]["predecessors"] = "A1 fs + 1d"
    saved = save_schedule(
        record=schedule, fields={}, lines={"work_items": rows}, by=site[Role.SITE_AGENT]
    )
    assert item(saved, "A2").predecessors == "A1FS+1d"
    assert item(saved, "A2").resource_loading == {"crew": {"철근공": 4}}
    rows[1]["predecessors"] = "A1 + 1d"
    with pytest.raises(ValidationError) as caught:
        save_schedule(record=saved, fields={}, lines={"work_items": rows}, by=site[Role.SITE_AGENT])
    assert "work_items-1-predecessors" in caught.value.message_dict


# -- First promise ------------------------------------------------------------------------------


def test_revisions_keep_the_first_promise_beside_the_current_plan(
    site: Site, schedule: Schedule
) -> None:
    first = site.lead(schedule, RecordState.APPROVED)
    second = revised(site, first)
    second.work_items.filter(code="A2").update(planned_finish_date=D(2026, 2, 13))
    second.milestones.update(planned_date=D(2026, 2, 13))
    second.milestones.create(name="개통", planned_date=D(2026, 3, 2))
    second = site.lead(second, RecordState.APPROVED)
    third = revised(site, second, "설계변경")
    third.milestones.filter(name="개통").delete()
    third = site.lead(third, RecordState.APPROVED)
    assert first_baseline(site.project.pk) == first
    assert [(row.finish, row.days_later) for row in revisions(site.project.pk)] == [
        (D(2026, 1, 30), None), (D(2026, 2, 13), 14), (D(2026, 2, 13), 0),
    ]  # fmt: skip
    row = milestone_rows(third, first)[0]
    assert (row.first_promised, row.planned, row.days_later) == (
        D(2026, 1, 30), D(2026, 2, 13), 14,
    )  # fmt: skip
    rows = {row.code: row for row in reading.plan_tree(third, today=TODAY).rows}
    assert rows["A2"].first_finish == D(2026, 1, 30) and rows["A2"].days_later == 14
    assert rows["W"].first_finish == D(2026, 1, 30) and rows["W"].finish == D(2026, 2, 13)


def test_a_milestone_that_was_promised_and_dropped_is_still_shown(
    site: Site, schedule: Schedule
) -> None:
    first = site.lead(schedule, RecordState.APPROVED)
    second = revised(site, first)
    second.milestones.all().delete()
    second = site.lead(second, RecordState.APPROVED)
    rows = milestone_rows(second, first)
    assert [(row.name, row.first_promised, row.planned) for row in rows] == [
        ("준공", D(2026, 1, 30), None)
    ]


# -- Tree, days worked, earned value --------------------------------------------------------------


def test_groups_sum_up_what_stands_below_them(schedule: Schedule) -> None:
    schedule.work_groups.create(code="X", name="구간", parent_code="W", order=1)
    schedule.work_items.filter(code="A3").update(parent_code="X")
    entries = [(D(2026, 1, 6), "A1", Decimal(5)), (D(2026, 1, 8), "A1", Decimal(5)),
               (D(2026, 1, 9), "A3", Decimal(5))]  # fmt: skip
    tree = reading.plan_tree(schedule, today=D(2026, 1, 16), entries=entries)
    assert [(row.code, row.level) for row in tree.rows] == [
        ("W", 0), ("X", 1), ("A3", 2), ("A1", 1), ("A2", 1),
    ]  # fmt: skip
    top, first = tree.rows[0], tree.rows[3]
    assert (top.amount, top.weight, top.start, top.finish) == (
        100_000, 100, D(2026, 1, 5), D(2026, 1, 30),
    )  # fmt: skip
    assert top.planned_rate == Decimal("70.00") and top.actual_rate == Decimal("60.00")
    assert (first.actual_start, first.actual_finish) == (D(2026, 1, 6), D(2026, 1, 8))
    assert tree.rows[4].actual_rate is None


def test_earned_value_says_not_entered_and_never_zero() -> None:
    items = [
        progress.Item("A", Decimal(10), Decimal(50), D(2026, 1, 1), D(2026, 1, 10)),
        progress.Item("B", Decimal(10), Decimal(50), D(2026, 1, 11), D(2026, 1, 20)),
    ]
    amounts = {"A": 1000, "B": 1000}
    nothing = progress.earned_value(items, amounts, {}, D(2026, 1, 10))
    assert (nothing.planned_value, nothing.earned_value, nothing.schedule_index) == (
        1000,
        None,
        None,
    )
    value = progress.earned_value(items, amounts, {"A": Decimal(8)}, D(2026, 1, 10))
    assert (value.earned_value, value.schedule_index) == (800, Decimal("0.800"))
    assert value.schedule_variance == -200
    assert (value.actual_cost, value.cost_index, value.cost_variance) == (None, None, None)
    paid = progress.earned_value(items, amounts, {"A": Decimal(8)}, D(2026, 1, 10), 1000)
    assert (paid.cost_index, paid.cost_variance) == (Decimal("0.800"), -200)
    assert progress.earned_value(items, {}, {}, D(2026, 1, 10)) is None
    before = progress.earned_value(items, amounts, {"A": Decimal(1)}, D(2025, 12, 1))
    assert before.schedule_index is None


# -- Pages --------------------------------------------------------------------------------------


def test_the_gantt_chart_marks_the_critical_path_without_colour() -> None:
    chart = gantt(
        [
            Span("거더", "#r-A", D(2026, 1, 1), D(2026, 2, 1), is_critical=True),
            Span("난간", "#r-B", D(2026, 2, 1), D(2026, 3, 1), D(2026, 1, 20), D(2026, 2, 20),
                 D(2026, 2, 3)),
        ],
        today=D(2026, 2, 10),
    )  # fmt: skip
    critical, other = chart.rows
    assert critical.critical_path and not other.critical_path
    assert other.first_path and other.actual_path and not critical.actual_path
    assert chart.today_at and chart.has_first and chart.has_critical
    assert gantt([], today=D(2026, 2, 10)) is None


def test_the_page_shows_chart_and_table_with_the_same_rows(
    site: Site, schedule: Schedule, as_user: Callable[[User], Client]
) -> None:
    site.lead(schedule, RecordState.APPROVED)
    url = reverse("pmis:project-schedule", args=[site.project.public_id])
    page = as_user(site[Role.OFFICER]).get(url).content.decode()
    drawn = set(re.findall(r'<a href="#r-([^"]+)">', page))
    told = set(re.findall(r'<tr id="r-([^"]+)"', page))
    assert drawn == told == {"W", "A1", "A2", "A3"}
    assert "critical" in page and "First promise" in page and "준공" in page
    assert "Actual cost (AC)" in page
    assert " style=" not in page and "onclick" not in page


def test_a_cycle_is_shown_on_the_draft_and_on_its_check_page(
    site: Site, schedule: Schedule, as_user: Callable[[User], Client]
) -> None:
    schedule.work_items.filter(code="A1").update(predecessors="A2FS")
    client = as_user(site[Role.SITE_AGENT])
    for name in ("schedule-detail", "schedule-check"):
        page = client.get(reverse(f"pmis:{name}", args=[schedule.public_id])).content.decode()
        assert "A1 → A2 → A1" in page, name


def test_the_page_of_a_large_schedule_is_paged_and_asks_no_more(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    client = as_user(site[Role.OFFICER])
    schedule = site.schedule()
    counts = []
    for size in (10, 200):
        first = schedule.work_items.count()
        for number in range(first, size):
            schedule.work_items.create(
                code=f"Z{number}", name="x", quantity=1, weight=0, order=number,
                planned_start_date=D(2026, 1, 5), planned_finish_date=D(2026, 2, 5),
            )  # fmt: skip
    schedule = site.lead(schedule, RecordState.APPROVED)
    url = reverse("pmis:project-schedule", args=[site.project.public_id])
    for address in (url, f"{url}?page=3", f"{url}?page=99", f"{url}?critical"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = client.get(address)
        assert response.status_code == 200
        counts.append(len(queries))
        assert len(re.findall(r'<tr id="r-', response.content.decode())) <= reading.PAGE
    assert max(counts) <= 32
