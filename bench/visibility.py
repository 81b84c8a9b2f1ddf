"""From the commit of an approval to the first public answer that shows it.

    ./run bench visibility [approvals per stage]

Starts web, worker and sweep as `./run` does, approves prepared reports at 1 and 20 a second
through the same service as the pages, and polls the public page of each report with one poller.
Then stops the worker's broker (a dead address) and changes a project by SQL: both must be seen
within 3 s by the sweep alone. The share of the processor that was busy is printed, as the machine
is shared by everything measured.
"""

from __future__ import annotations

from bench._city import argument, make_city, say

import datetime
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from queue import Queue

from django.db import connections
from django.utils import timezone

from allimi.publication import publish_pending
from ccs.models import User
from pmis.models import Approval, DailyReport, Project
from pmis.services.approvals import perform

COUNT = argument(1, 60)
RATES = (1, 20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PORT = _free_port()
BASE = f"http://127.0.0.1:{PORT}"


def _start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _web() -> subprocess.Popen[bytes]:
    return _start(
        "-m",
        "gunicorn",
        "ccs.wsgi:application",
        f"--bind=127.0.0.1:{PORT}",
        "--worker-class=gthread",
        "--workers=2",
        "--threads=4",
    )


def _worker() -> subprocess.Popen[bytes]:
    return _start(
        "-m",
        "celery",
        "--quiet",
        "--app=ccs",
        "worker",
        "--pool=prefork",
        "--concurrency=1",
        "--without-gossip",
        "--without-mingle",
    )


def _busy() -> tuple[float, float]:
    """Return processor time busy and in all since the machine started."""
    numbers = [float(text) for text in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return sum(numbers) - numbers[3] - numbers[4], sum(numbers)


def _answers(address: str, shows: str = "") -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return not shows or shows in answer.read().decode()
    except OSError:
        return False


def _wait(condition: Callable[[], bool], seconds: float) -> float:
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > seconds:
            raise SystemExit(f"not seen within {seconds} s")
        time.sleep(0.005)
    return time.perf_counter() - started


def _prepare(count: int) -> list[DailyReport]:
    """Return new reports that wait for the officer's approval only."""
    agent, officer = User.objects.get(pk=3), User.objects.get(pk=1)
    assert officer.pk
    day = DailyReport.objects.order_by("date").first().date
    projects = list(Project.objects.order_by("pk")[:20])
    reports = []
    for number in range(count):
        project = projects[number % len(projects)]
        day -= datetime.timedelta(days=1) if number % len(projects) == 0 else datetime.timedelta()
        report = DailyReport.objects.create(
            project=project,
            author=agent,
            date=day,
            work_summary="측정",
            state="confirmed",
            submitted_at=timezone.now(),
            number=100_000 + number,
        )
        Approval.objects.create(
            project=project,
            record_type="daily_report",
            record_public_id=report.public_id,
            version_no=1,
            title=str(report),
            drafter=agent,
            drafter_role="site_agent",
            steps=[{"action": "approve", "role": "officer", "mode": "serial", "quorum": 1}],
            approver_roles=["officer"],
            current_action="approve",
            current_role="officer",
            submitted_at=timezone.now(),
        )
        reports.append(report)
    return reports


def _measure(reports: list[DailyReport], rate: float) -> list[float]:
    """Approve at `rate` a second; return the seconds from commit to sight, one poller."""
    outstanding: Queue[tuple[str, float] | None] = Queue()
    seen: list[float] = []

    def poll() -> None:
        while (entry := outstanding.get()) is not None:
            public_id, committed = entry
            address = f"{BASE}/ko/reports/{public_id}/"
            _wait(lambda address=address: _answers(address), 10)
            seen.append(time.perf_counter() - committed)

    poller = threading.Thread(target=poll)
    poller.start()
    officer = User.objects.get(pk=1)
    started = time.perf_counter()
    for number, report in enumerate(reports):
        time.sleep(max(0.0, started + number / rate - time.perf_counter()))
        perform(subject=report, action="approve", by=officer)
        outstanding.put((str(report.public_id), time.perf_counter()))
    outstanding.put(None)
    poller.join()
    return sorted(seen)


def _quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


def _stage(name: str, rate: float, count: int, extra: str = "") -> None:
    reports = _prepare(count)
    publish_pending()
    busy, whole = _busy()
    seen = _measure(reports, rate)
    busy2, whole2 = _busy()
    say(
        f"{name}: p50 {statistics.median(seen) * 1000:.0f} ms, "
        f"p99 {_quantile(seen, 0.99) * 1000:.0f} ms, max {seen[-1] * 1000:.0f} ms of {len(seen)} "
        f"(processor busy {100 * (busy2 - busy) / (whole2 - whole):.0f} %){extra}"
    )


def main() -> None:
    """Measure and print."""
    make_city(projects=50, reports=500)
    publish_pending()
    children = {"web": _web(), "worker": _worker(), "sweep": _start("manage.py", "sweep")}
    try:
        _wait(lambda: _answers(f"{BASE}/healthz"), 60)
        time.sleep(6)
        _measure(_prepare(3), 1)
        for rate in RATES:
            _stage(f"{rate}/s", rate, max(20, min(COUNT, COUNT * rate // 4)))
        children.pop("worker").terminate()
        os.environ["REDIS_URL"] = "redis://127.0.0.1:1/0"
        from ccs import celery  # noqa: PLC0415 (its broker address is replaced for the rest)

        celery.app.conf.broker_url = "redis://127.0.0.1:1/0"
        celery.nudge = celery.Nudger()
        _stage("broker down, 2/s", 2, 20, "  (target: no error, < 3 s)")
        project = Project.objects.order_by("pk").first()
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "UPDATE pmis_project SET description = 'seen by SQL' WHERE id = %s", [project.pk]
            )
        address = f"{BASE}/ko/projects/{project.public_id}/"
        by_sql = _wait(lambda: _answers(address, "seen by SQL"), 10)
        say(f"change by SQL: visible after {by_sql * 1000:.0f} ms  (target < 3 s)")
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            child.wait(20)


if __name__ == "__main__":
    main()
