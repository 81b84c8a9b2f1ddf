"""Networks of activities: links, lags, floats, checks, and the calendar they are counted on."""

from __future__ import annotations

import datetime
import random

import networkx
import pytest

from ccs.models import Holiday
from pmis.calendar import DayScale, WorkingDays
from pmis.network import (
    DRIVES_START,
    Activity,
    CycleFound,
    Link,
    LinkKind,
    NotALink,
    analyse,
    loose_ends,
    read_links,
    write_links,
)

FS, SS, FF, SF = LinkKind


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("A010", [Link("A010")]),
        ("A010FS+2d; A020SS", [Link("A010", FS, 2), Link("A020", SS)]),
        ("a1ff - 3 days,B2SF+1일", [Link("a1", FF, -3), Link("B2", SF, 1)]),
        ("GRASS", [Link("GRASS")]),
        ("GRASSFS", [Link("GRASS")]),
        ("1.2.3; A-1", [Link("1.2.3"), Link("A-1")]),
        ("", []),
    ],
)
def test_predecessors_are_read_as_people_write_them(text: str, links: list[Link]) -> None:
    assert list(read_links(text, {"GRASS"})) == links
    assert list(read_links(write_links(links))) == links


@pytest.mark.parametrize("text", ["A010+2d", "A010 FX+2", "A 10"])
def test_what_is_no_predecessor_is_named(text: str) -> None:
    with pytest.raises(NotALink) as caught:
        read_links(text)
    assert caught.value.text == text


@pytest.mark.parametrize(
    ("link", "start"),
    [
        (Link("A"), 5), (Link("A", FS, 2), 7), (Link("A", FS, -2), 3), (Link("A", SS), 0),
        (Link("A", SS, 4), 4), (Link("A", FF), 2), (Link("A", FF, 4), 6), (Link("A", SF, 6), 3),
        (Link("A", FF, -9), 0),
    ],
)  # fmt: skip
def test_each_kind_of_link_with_its_lag(link: Link, start: int) -> None:
    network = analyse([Activity("A", 0, 5), Activity("B", 0, 3, (link,))])
    assert network.places["B"].early_start == start


def test_floats_and_the_critical_path() -> None:
    network = analyse(
        [
            Activity("A", 0, 3),
            Activity("B", 0, 6, (Link("A"),)),
            Activity("C", 0, 2, (Link("A"),)),
            Activity("D", 0, 1, (Link("C"),)),
            Activity("E", 0, 2, (Link("B"), Link("D"))),
        ]
    )
    assert network.duration == 11
    assert network.critical == ["A", "B", "E"]
    slack = network.places["C"]
    assert (slack.total_float, slack.free_float, slack.late_start) == (3, 0, 6)
    assert (network.places["D"].total_float, network.places["D"].free_float) == (3, 3)


def test_an_activity_whose_start_no_link_drives_starts_on_its_planned_day() -> None:
    network = analyse([Activity("A", 4, 2), Activity("B", 9, 3, (Link("A", FF),))])
    assert network.places["A"].early_start == 4
    assert network.places["B"].early_start == 9


def test_a_cycle_is_named_by_its_codes() -> None:
    activities = [
        Activity("A", 0, 1),
        Activity("B", 0, 1, (Link("A"), Link("D"))),
        Activity("C", 0, 1, (Link("B", SS),)),
        Activity("D", 0, 1, (Link("C", FF),)),
        Activity("E", 0, 1, (Link("D"),)),
    ]
    with pytest.raises(CycleFound) as caught:
        analyse(activities)
    codes = caught.value.codes
    assert codes[0] == codes[-1] and set(codes) == {"B", "C", "D"}
    followed = {(link.code, activity.code) for activity in activities for link in activity.links}
    assert all(pair in followed for pair in zip(codes, codes[1:], strict=False))


def test_loose_ends_are_found() -> None:
    loose = loose_ends(
        [Activity("A", 0, 1), Activity("B", 0, 1, (Link("A"), Link("X"))), Activity("C", 0, 1)]
    )
    assert loose.missing == [("B", "X")]
    assert loose.without_predecessor == ["A", "C"]
    assert loose.without_successor == ["B", "C"]


def random_network(rng: random.Random, size: int) -> list[Activity]:
    """Return activities with links of all kinds to earlier ones, in any order."""
    activities = []
    for number in range(size):
        before = rng.sample(range(number), min(number, rng.randrange(4)))
        links = tuple(
            Link(f"A{place}", rng.choice(list(LinkKind)), rng.randrange(-3, 6)) for place in before
        )
        activities.append(Activity(f"A{number}", rng.randrange(30), rng.randrange(1, 20), links))
    rng.shuffle(activities)
    return activities


def as_graph(activities: list[Activity]) -> networkx.DiGraph:
    """Return the same network as a graph of weighted starts, between a source and a sink."""
    graph = networkx.DiGraph()
    by_code = {activity.code: activity for activity in activities}
    for activity in activities:
        drives = any(link.kind in DRIVES_START for link in activity.links)
        graph.add_edge("source", activity.code, weight=0 if drives else activity.start)
        graph.add_edge(activity.code, "sink", weight=activity.duration)
        for link in activity.links:
            days = link.lag + by_code[link.code].duration * (link.kind in (FS, FF))
            days -= activity.duration * (link.kind in (FF, SF))
            graph.add_edge(link.code, activity.code, weight=days)
    return graph


@pytest.mark.parametrize("seed", range(12))
def test_early_and_late_days_equal_longest_paths_of_networkx(seed: int) -> None:
    activities = random_network(random.Random(seed), 60)
    network, graph = analyse(activities), as_graph(activities)
    for _from, _to, edge in graph.edges(data=True):
        edge["against"] = -edge["weight"]
    ahead = networkx.single_source_bellman_ford_path_length(graph, "source", weight="against")
    back = networkx.single_source_bellman_ford_path_length(
        graph.reverse(), "sink", weight="against"
    )
    assert network.duration == -ahead["sink"]
    assert networkx.dag_longest_path_length(graph) == network.duration
    for code, place in network.places.items():
        assert place.early_start == -ahead[code], code
        assert place.late_start == network.duration + back[code], code
        assert 0 <= place.free_float <= place.total_float
    path = networkx.dag_longest_path(graph)[1:-1]
    assert all(network.places[code].is_critical for code in path)


def test_days_are_counted_over_weekends_and_holidays(db: None) -> None:
    Holiday.objects.create(date=datetime.date(2026, 12, 28), name="임시공휴일")
    first = datetime.date(2026, 12, 23)
    scale = DayScale(WorkingDays(first, first + datetime.timedelta(days=60)), first)
    # 24 Dec is worked; Christmas, the weekend and the day of the row are not.
    assert [scale.day(number) for number in range(3)] == [
        first, datetime.date(2026, 12, 24), datetime.date(2026, 12, 29),
    ]  # fmt: skip
    assert scale.number(datetime.date(2026, 12, 26)) == 2
    assert scale.length(first, datetime.date(2026, 12, 29)) == 3
    assert scale.length(datetime.date(2026, 12, 26), datetime.date(2026, 12, 27)) == 1


def test_a_site_has_its_own_week_and_its_own_days(db: None) -> None:
    first, saturday = datetime.date(2026, 12, 25), datetime.date(2026, 12, 26)
    calendar = WorkingDays(first, first, weekdays=range(6))
    assert not calendar.is_working(first) and calendar.is_working(saturday)
    calendar = WorkingDays(first, first, works_holidays=True, own_days={saturday: True})
    assert calendar.is_working(first) and calendar.is_working(saturday)


def test_a_calendar_on_which_nobody_works_is_no_endless_search(db: None) -> None:
    first = datetime.date(2026, 1, 1)
    with pytest.raises(ValueError, match="nobody works"):
        DayScale(WorkingDays(first, first, weekdays=()), first).day(0)
