"""Import of a schedule of 5,000 activities, and its critical path beside plain networkx.

    ./run bench critical_path [activities]

The same random network, with all four kinds of links and lags, goes through the schedule's own
arithmetic and through networkx (a graph of weighted starts, `dag_longest_path`), in turns A B A B;
printed are the medians of processor time and their ratio. Both must find the same length, and the
path of networkx must be critical here. Then the import as people see it: a table of that size is
read, taken over into a draft, checked, and the computed days are stored.
"""

from __future__ import annotations

from bench._city import argument, make_city, median, say

import csv
import datetime
import io
import random
import time
from collections.abc import Callable

import networkx
from django.db import transaction

from ccs.models import User
from pmis.models import Project
from pmis.network import DRIVES_START, Activity, Link, LinkKind, analyse, write_links
from pmis.services.schedules import check_complete
from pmis.services.scheduling.imports import keep_import, take_over
from pmis.services.scheduling.networks import store_places
from pmis.services.scheduling.tables import COLUMNS

COUNT = argument(1, 5000)
SEED = argument(2, 20261122)
ROUNDS = 9
FIRST = datetime.date(2026, 3, 2)


def random_network(rng: random.Random, size: int) -> list[Activity]:
    """Return activities in any order, each linked to up to three of those shortly before it."""
    activities = []
    for number in range(size):
        near = range(max(0, number - 60), number)
        before = rng.sample(near, min(len(near), rng.randrange(1, 4)))
        links = tuple(
            Link(f"A{place:05}", rng.choice(list(LinkKind)), rng.randrange(-2, 8))
            for place in before
        )
        start = number // 8 + rng.randrange(10)
        activities.append(Activity(f"A{number:05}", start, rng.randrange(1, 25), links))
    rng.shuffle(activities)
    return activities


def longest_path(activities: list[Activity]) -> tuple[int, list[str]]:
    """Return length and activities of the longest path by networkx."""
    graph, by_code = networkx.DiGraph(), {activity.code: activity for activity in activities}
    for activity in activities:
        drives = any(link.kind in DRIVES_START for link in activity.links)
        graph.add_edge("source", activity.code, weight=0 if drives else activity.start)
        graph.add_edge(activity.code, "sink", weight=activity.duration)
        for link in activity.links:
            days = link.lag
            if link.kind[0] == "F":
                days += by_code[link.code].duration
            if link.kind[1] == "F":
                days -= activity.duration
            graph.add_edge(link.code, activity.code, weight=days)
    path = networkx.dag_longest_path(graph)
    steps = zip(path, path[1:], strict=False)
    return sum(graph.edges[step]["weight"] for step in steps), path[1:-1]


def spent(work: Callable[[], object]) -> float:
    """Return the processor time of one run in seconds."""
    before = time.process_time()
    work()
    return time.process_time() - before


def compare(activities: list[Activity]) -> None:
    """Print the medians of both, taken in turns."""
    network, (length, path) = analyse(activities), longest_path(activities)
    assert network.duration == length, (network.duration, length)
    assert all(network.places[code].is_critical for code in path)
    ours, theirs = [], []
    for _round in range(ROUNDS):
        ours.append(spent(lambda: analyse(activities)))
        theirs.append(spent(lambda: longest_path(activities)))
    links = sum(len(activity.links) for activity in activities)
    say(f"{len(activities):,} activities, {links:,} links; {network.duration:,} working days,")
    say(f"{len(network.critical):,} critical; the same length and path as networkx")
    say(f"schedule, early and late days and floats: {median(ours) * 1000:.1f} ms of processor")
    say(f"networkx, longest path alone: {median(theirs) * 1000:.1f} ms of processor")
    say(f"schedule / networkx: {median(ours) / median(theirs):.2f}")


def table_of(activities: list[Activity]) -> bytes:
    """Return the network as the table that people import."""
    day = datetime.timedelta(days=1)
    rows = []
    for activity in activities:
        start = FIRST + day * activity.start
        values = {
            "code": activity.code,
            "name": f"작업 {activity.code}",
            "unit": "m",
            "quantity": 10,
            "amount": 1_000_000,
            "planned_start_date": start,
            "planned_finish_date": start + day * activity.duration,
            "predecessors": write_links(activity.links),
        }
        rows.append([values.get(name, "") for name in COLUMNS])
    target = io.StringIO()
    csv.writer(target).writerows([[words[0] for words in COLUMNS.values()], *rows])
    return target.getvalue().encode()


def import_once(content: bytes, project: Project, by: User) -> dict[str, float]:
    """Return the time on the clock of each step of an import, in seconds."""
    steps, started = {}, time.perf_counter()

    def done(name: str) -> None:
        nonlocal started
        steps[name], started = time.perf_counter() - started, time.perf_counter()

    kept = keep_import(project=project, name="plan.csv", content=content, by=by)
    assert kept.content["errors"] == [], kept.content["errors"][:3]
    done("read the file and keep what it says")
    with transaction.atomic():
        schedule = take_over(kept=kept, by=by)
    done("take it over into the draft")
    with transaction.atomic():
        check_complete(schedule)
        done("check weights, links and cycles")
        store_places(schedule)
    done("work out the network and store it")
    assert schedule.work_items.filter(is_critical=True).exists()
    return steps


def main() -> None:
    """Compare, import and print."""
    activities = random_network(random.Random(SEED), COUNT)
    compare(activities)
    make_city(projects=1, reports=0)
    project, by = Project.objects.get(), User.objects.get(pk=3)
    content = table_of(activities)
    runs = [import_once(content, project, by) for _round in range(3)]
    for name in runs[0]:
        say(f"{name}: {median([run[name] for run in runs]):.2f} s")
    say(f"import in all: {median([sum(run.values()) for run in runs]):.2f} s on the clock")


if __name__ == "__main__":
    main()
