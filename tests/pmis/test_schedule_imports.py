"""Schedules from CSV and MS-Project XML: what is read, what is said, what is refused."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ccs.lib.workflow import RoleNotAllowed, TransitionNotAllowed
from ccs.models import User
from pmis.models import RecordState, ScheduleImport
from pmis.roles import Role
from pmis.services.schedules import FORM_ITEMS
from pmis.services.scheduling.imports import keep_import, take_over
from pmis.services.scheduling.msproject import NotReadable, read_msproject
from pmis.services.scheduling.plans import LARGEST_FILE, ReadPlan
from pmis.services.scheduling.tables import read_table
from tests.factories.pmis import Site

FOOTBRIDGE = Path(__file__).parent / "files" / "footbridge.xml"
TABLE = (
    "코드,공종,단위,수량,금액,시작,종료,선행,상위,업체\n"
    "1,기초공,,,,,,,,\n"
    "1.1,말뚝,m,120,600,2026-01-05,2026-02-27,,,\n"
    '1.2,기초 콘크리트,㎥,80,"1,400",2026-03-02,2026-03-31,1.1FS+2d,,\n'
    "2,상부공,,,,,,,,\n"
    "2.1,거더,톤,40,2000,2026-04-01,2026-06-30,1.2; 1.1SS+30일,,없는회사\n"
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Read the sentences of services in English, whatever the test before asked for."""
    with translation.override("en"):
        yield


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_a_table_gives_groups_links_and_weights_by_amount() -> None:
    plan = read_table(TABLE, currency="KRW")
    assert plan.errors == []
    assert [(row["code"], row["parent_code"]) for row in plan.groups] == [("1", ""), ("2", "")]
    assert [(row["code"], row["parent_code"], row["predecessors"]) for row in plan.rows] == [
        ("1.1", "1", ""),
        ("1.2", "1", "1.1FS+2d"),
        ("2.1", "2", "1.2FS; 1.1SS+30d"),
    ]
    assert [row["weight"] for row in plan.rows] == [15, 35, 50]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("B1,이름,t,10,1,2026-01-05,2026-01-06,C9", "no work item C9"),
        ("B1,이름,t,10,1,2026-01-05,2026-01-06,A1+2", "“A1+2” is no predecessor"),
        ("B1,이름,t,0,1,2026-01-05,2026-01-06", "quantity must be above zero"),
        ("B1,이름,t,열,1,2026-01-05,2026-01-06", "“열” is no number"),
        ("B1,이름,t,10,-1,2026-01-05,2026-01-06", "must not be negative"),
        ("B1,이름,t,10,1,2026-01-06,2026-01-05", "before the planned start"),
        ("B1,이름,t,10,1,0026-01-06,2026-01-05", "before|year"),
        ("B1,이름,t,10,1,2026-02-30,2026-03-05", "is no date"),
        ("A1,이름,t,10,1,2026-01-05,2026-01-06", "A1 stands twice"),
        (f"B1,{'가' * 201},t,10,1,2026-01-05,2026-01-06", "longer than 200"),
        ("B1,이름,t,10,1,2026-01-05,2026-01-06,,9", "no group 9"),
        (",이름,t,10,1,2026-01-05,2026-01-06", "is missing"),
    ],
)
def test_every_error_names_its_row(line: str, problem: str) -> None:
    text = (
        "code,name,unit,quantity,amount,start,finish,predecessors,parent\n"
        f"A1,거더,t,1,1,2026-01-05,2026-01-06\n{line}"
    )
    plan = read_table(text, currency="KRW")
    assert len(plan.errors) == 1
    number, sentence = plan.errors[0]
    assert number == 3
    assert any(part in sentence for part in problem.split("|")), sentence


def test_more_rows_than_a_plan_holds_are_said_and_left_out() -> None:
    rows = [f"A{n},x,t,1,1,2026-01-05,2026-01-06" for n in range(12)]
    plan = read_table("code,name,unit,quantity,amount,start,finish\n" + "\n".join(rows),
                      currency="KRW", most=10)  # fmt: skip
    assert len(plan.rows) == 10
    assert plan.errors[-1][0] == 12


# -- MS Project ---------------------------------------------------------------------------------


@pytest.fixture
def footbridge() -> ReadPlan:
    return read_msproject(FOOTBRIDGE.read_bytes(), currency="KRW")


def test_tasks_groups_and_milestones_of_ms_project(footbridge: ReadPlan) -> None:
    assert footbridge.errors == []
    assert [(row["code"], row["name"]) for row in footbridge.groups] == [
        ("1", "기초공"), ("2", "상부공"),
    ]  # fmt: skip
    assert [(row["code"], row["parent_code"], row["amount"]) for row in footbridge.rows] == [
        ("1.2", "1", 30_000_000), ("1.3", "1", 20_000_000),
        ("2.1", "2", 40_000_000), ("2.2", "2", 10_000_000),
    ]  # fmt: skip
    assert [row["weight"] for row in footbridge.rows] == [30, 20, 40, 10]
    assert footbridge.rows[1]["planned_start_date"] == day("2026-03-18")
    assert footbridge.milestones == [
        {"name": "착공", "planned_date": day("2026-03-02")},
        {"name": "기초 완료", "planned_date": day("2026-03-31")},
    ]


def test_links_of_ms_project_go_through_milestones_with_their_lags(footbridge: ReadPlan) -> None:
    links = {row["code"]: row["predecessors"] for row in footbridge.rows}
    assert links == {"1.2": "", "1.3": "1.2FS+2d", "2.1": "1.3FS", "2.2": "2.1SS+10d"}


def test_the_calendar_of_ms_project_is_taken_over(footbridge: ReadPlan) -> None:
    assert footbridge.fields == {"working_week": "mon_sat"}
    assert [(row["date"], row["is_working"]) for row in footbridge.site_days] == [
        (day("2026-04-10"), False), (day("2026-04-11"), False),
    ]  # fmt: skip


def test_what_has_no_place_is_reported(footbridge: ReadPlan) -> None:
    said = "\n".join(footbridge.not_placed)
    for part in (
        "link to the group 1", "노동절", "no quantities", "Progress of 1 task",
        "date constraint of 1 task", "Assignments of resources left out: 1",
        "Resources left out: 1", "Inactive tasks left out: 1",
    ):  # fmt: skip
        assert part in said, part


def test_elapsed_and_per_cent_lags_are_said() -> None:
    text = FOOTBRIDGE.read_text()
    plan = read_msproject(
        text.replace("<LinkLag>9600</LinkLag><LagFormat>7<", "<LinkLag>50</LinkLag><LagFormat>19<")
        .replace("<LinkLag>48000</LinkLag><LagFormat>7<", "<LinkLag>43200</LinkLag><LagFormat>8<")
        .encode(),
        currency="KRW",
    )
    links = {row["code"]: row["predecessors"] for row in plan.rows}
    assert (links["1.3"], links["2.2"]) == ("1.2FS", "2.1SS+3d")
    assert any("per cent" in sentence for sentence in plan.not_placed)
    assert any("rounded" in sentence for sentence in plan.not_placed)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Project><Tasks><Task><UID>1</UID><Name>&b;</Name></Task></Tasks></Project>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<Project><Tasks><Task><UID>1</UID><Name>&f;</Name></Task></Tasks></Project>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        OUTSIDE,
        b"<Project><Tasks><Task>",
        b"<svg/>",
        b"<Project></Project>",
        b"",
        b"<?xml version='1.0' encoding='utf-7'?><Project/>",
        b"<" + b"a" * LARGEST_FILE,
    ],
    ids=["bomb", "outside", "cut off", "other", "no tasks", "empty", "encoding", "too large"],
)
def test_hostile_and_broken_files_are_refused(content: bytes) -> None:
    with pytest.raises(NotReadable):
        read_msproject(content, currency="KRW")


def test_strange_numbers_make_errors_and_no_crash() -> None:
    text = FOOTBRIDGE.read_text()
    for wrong in ("", "NaN", "x", "99999999999999999999"):
        changed = text
        for name in ("LinkLag", "OutlineLevel", "Cost", "ID", "PercentComplete", "DayType"):
            changed = changed.replace(f"<{name}>1<", f"<{name}>{wrong}<")
            changed = changed.replace(f"<{name}>2000000000<", f"<{name}>{wrong}<")
        read_msproject(changed.encode(), currency="KRW")


def test_a_long_chain_of_milestones_is_followed_only_so_far() -> None:
    tasks = "".join(
        f"<Task><UID>{n}</UID><ID>{n}</ID><Name>M{n}</Name><OutlineLevel>1</OutlineLevel>"
        "<Milestone>1</Milestone><Start>2026-01-05T08:00:00</Start>"
        "<Finish>2026-01-05T08:00:00</Finish>"
        f"<PredecessorLink><PredecessorUID>{n - 1}</PredecessorUID></PredecessorLink></Task>"
        for n in range(1, 4000)
    )
    last = tasks.replace("<Milestone>1</Milestone>", "").rpartition("<Task>")[2]
    tasks = tasks.rpartition("<Task>")[0] + "<Task>" + last
    plan = read_msproject(f"<Project><Tasks>{tasks}</Tasks></Project>".encode(), currency="KRW")
    assert len(plan.rows) == 1


# -- Two steps ----------------------------------------------------------------------------------


def test_a_file_is_looked_at_first_and_taken_over_then(site: Site) -> None:
    agent = site[Role.SITE_AGENT]
    content = FOOTBRIDGE.read_bytes()
    kept = keep_import(project=site.project, name="f.xml", content=content, by=agent)
    assert not site.project.schedules.exists()
    schedule = take_over(kept=kept, by=agent)
    assert not ScheduleImport.objects.exists()
    assert schedule.working_week == "mon_sat"
    assert schedule.work_groups.count() == 2 and schedule.site_days.count() == 2
    assert [row.name for row in schedule.milestones.all()] == ["착공", "기초 완료"]
    item = schedule.work_items.get(code="1.3")
    assert (item.predecessors, item.weight, item.quantity) == ("1.2FS+2d", Decimal(20), 1)
    site.lead(schedule, RecordState.APPROVED)


def test_only_writers_import_and_only_into_a_draft(site: Site) -> None:
    content = TABLE.encode()
    with pytest.raises(RoleNotAllowed):
        keep_import(project=site.project, name="x", content=content, by=site[Role.OFFICER])
    agent = site[Role.SITE_AGENT]
    kept = keep_import(project=site.project, name="x", content=content, by=agent)
    site.schedule(RecordState.APPROVED)
    with pytest.raises(TransitionNotAllowed):
        take_over(kept=kept, by=agent)
    assert ScheduleImport.objects.filter(pk=kept.pk).exists()


def test_firms_are_found_by_name_and_unknown_ones_are_said(site: Site) -> None:
    firm = site.firms["contractor"]
    text = TABLE.replace("1.1FS+2d,,", f"1.1FS+2d,,{firm.name}").encode("cp949")
    agent = site[Role.SITE_AGENT]
    kept = keep_import(project=site.project, name="x.csv", content=text, by=agent)
    assert any("없는회사" in sentence for sentence in kept.content["not_placed"])
    schedule = take_over(kept=kept, by=agent)
    assert schedule.work_items.get(code="1.2").organization == firm
    assert schedule.work_items.get(code="2.1").organization is None


def test_the_import_page_shows_errors_by_row_before_anything_is_written(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    client = as_user(site[Role.SITE_AGENT])
    url = reverse("pmis:project-schedule-import", args=[site.project.public_id])
    bad = TABLE.replace("1.1FS+2d", "9.9").encode()
    response = client.post(url, {"file": SimpleUploadedFile("plan.csv", bad)})
    assert response.status_code == 302
    page = client.get(url).content.decode()
    assert "There is no work item 9.9" in page and "plan.csv" in page
    assert not site.project.schedules.exists()
    response = client.post(url, {"take": "1"})
    assert response["Location"].endswith("/schedules/write/plan/")
    assert site.project.schedules.get().work_items.count() == 3
    refused = client.post(url, {"file": SimpleUploadedFile("bomb.xml", BOMB)})
    assert refused.status_code == 400 and b"no MS-Project XML" in refused.content
    assert client.post(url, {}).status_code == 400


def test_what_was_exported_can_be_imported_again(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    agent = site[Role.SITE_AGENT]
    kept = keep_import(project=site.project, name="f", content=FOOTBRIDGE.read_bytes(), by=agent)
    before = take_over(kept=kept, by=agent)
    rows = list(before.work_items.values("code", "amount", "weight", "predecessors", "parent_code"))
    url = reverse("pmis:project-schedule-csv", args=[site.project.public_id])
    content = b"".join(as_user(agent).get(url).streaming_content)
    assert next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[0] == "code"
    kept = keep_import(project=site.project, name="again.csv", content=content, by=agent)
    assert kept.content["errors"] == []
    after = take_over(kept=kept, by=agent)
    again = after.work_items.values("code", "amount", "weight", "predecessors", "parent_code")
    assert list(again) == rows
    assert after.work_groups.count() == 2


def test_a_large_schedule_is_saved_without_its_items_in_the_form(
    site: Site, as_user: Callable[[User], Client]
) -> None:
    agent, count = site[Role.SITE_AGENT], FORM_ITEMS + 1
    rows = [f"A{n},x,t,1,1,2026-01-05,2026-01-06" for n in range(count)]
    table = "code,name,unit,quantity,amount,start,finish\n" + "\n".join(rows)
    kept = keep_import(project=site.project, name="x", content=table.encode(), by=agent)
    schedule = take_over(kept=kept, by=agent)
    client = as_user(agent)
    url = reverse("pmis:schedule-write", args=[site.project.public_id, "plan"])
    page = client.get(url).content.decode()
    assert "too large to be written line by line" in page and "work_items-0-code" not in page
    response = client.post(url, {"as_of_date": "2026-01-05", "notes": "큰 공사", "save": "1"})
    assert response.status_code == 302
    schedule.refresh_from_db()
    assert (schedule.notes, schedule.work_items.count()) == ("큰 공사", count)
    assert client.get(reverse("pmis:schedule-detail", args=[schedule.public_id])).status_code == 200
