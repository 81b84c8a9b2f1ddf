"""What public pages cost, against an empty view behind the same middleware; the first page's size.

    ./run bench pages [requests per round]

Every request goes through the whole WSGI application in this process; page and empty view take
turns (A B A B), and the median of the rounds' ratios of processor time is printed. Waiting for
the database is not in it; the database's own processor time is printed beside it. Public views are
answered before the middleware of the signed-in side: the first unit is an empty view answered
there, the smallest there is; the second one has gone through all middleware.

Then the first page over the wire: the portal's start page as the web server sends it to a browser
that accepts gzip, with every style sheet, script and picture it needs at once.
"""

from __future__ import annotations

from bench._city import argument, median, say
from bench._portal import Portal, make_seoul, portal

import gc
import gzip
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urljoin

from django.db import connections

from allimi.models import PublishedRecord
from allimi.publication import publish_pending
from ccs.services.static_files import collect_if_changed

REQUESTS = argument(1, 60)
ROUNDS = 9
PROJECTS, REPORTS = 1000, 10_000
DISTRICT = "11680"


def _nothing() -> None:
    pass


def compare(
    portal: Portal,
    name: str,
    work: Callable[[], object],
    target: float,
    before: Callable[[], object] = _nothing,
) -> None:
    """Print what `work` costs against the empty views, in alternation.

    `before` goes before each request of either side: a publication in this process leaves the
    processor's caches full of its own, and whatever follows it costs more.
    """
    ours, units, own, to_working, shares = [], [], [], [], []
    work()
    for _number in range(ROUNDS):
        gc.collect()
        unit = portal.cost(lambda: portal.ask("/empty/"), REQUESTS, before)
        cost = portal.cost(work, REQUESTS, before)
        working = portal.cost(lambda: portal.ask("/empty-working/"), REQUESTS, before)
        ours.append(cost.python / unit.python)
        to_working.append(cost.python / working.python)
        units.append(unit.python)
        own.append(cost.python)
        shares.append(cost.database)
    say(
        f"{name}: {median(ours):.1f} × an empty view (target ≤ {target:g}), "
        f"{median(to_working):.1f} × one behind all middleware; "
        f"{median(own) * 1000:.2f} ms against {median(units) * 1000:.2f} ms, "
        f"its database session {median(shares) * 1000:.2f} ms"
    )


class Rotation:
    """Publishes another project of the list shown before each cold request."""

    def __init__(self, records: list[PublishedRecord]) -> None:
        self._records = records
        self._next = 0

    def __call__(self) -> None:
        """Write a change of the next project by SQL and publish it."""
        record = self._records[self._next % len(self._records)]
        self._next += 1
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "UPDATE pmis_project SET description = %s WHERE public_id = %s",
                [f"change {self._next}", record.public_id],
            )
        assert publish_pending().versions == 1


def _pages(portal: Portal) -> None:
    projects = PublishedRecord.objects.filter(
        kind="project", is_withdrawn=False, record_areas__area_id=_district()
    ).order_by("-sort_date", "-id")[:20]
    change = Rotation(list(projects))
    project = projects[0]
    report = PublishedRecord.objects.filter(
        kind="daily_report", project_public_id=project.public_id
    ).first()
    assert report
    everything = {
        "list of an area": f"/ko/areas/{DISTRICT}/",
        "all projects": "/ko/projects/",
        "project": f"/ko/projects/{project.public_id}/",
        "report": f"/ko/reports/{report.public_id}/",
        "start page": "/ko/",
    }
    for name, address in everything.items():
        status, headers, _body = portal.ask(address)
        assert status == 200, (address, status)
        target = 2 if name == "project" else 3
        compare(portal, f"{name}, warm", lambda a=address: portal.ask(a), target)
        tag = headers["ETag"]
        assert portal.ask(address, tag)[0] == 304
        if name == "list of an area":
            compare(portal, "not modified (304)", lambda a=address, t=tag: portal.ask(a, t), 1.3)
    own = Rotation([project])
    compare(
        portal,
        "project, cold: after a publication of its own",
        lambda: portal.ask(everything["project"]),
        6,
        before=own,
    )
    for name, address in everything.items():
        compare(
            portal,
            f"{name}, cold: after a publication",
            lambda a=address: portal.ask(a),
            6,
            before=change,
        )


def _district() -> int:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT id FROM ccs_area WHERE code = %s", [DISTRICT])
        return cursor.fetchone()[0]


# -- Over the wire -----------------------------------------------------------------------------


@contextmanager
def _web() -> Iterator[str]:
    """Start the web server as `./run` does and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "ccs.wsgi:application", f"--bind=127.0.0.1:{port}"]
        + ["--worker-class=gthread", "--workers=1", "--threads=4", "--no-control-socket"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(300):
            try:
                urllib.request.urlopen(f"{base}/healthz", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield base
    finally:
        server.terminate()
        server.wait(20)


@dataclass(frozen=True)
class Answer:
    """An answer as it went over the wire: bytes with its headers, and what it says."""

    size: int
    text: str
    encoding: str


def _fetch(address: str) -> Answer:
    asked = urllib.request.Request(address, headers={"Accept-Encoding": "gzip, br"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        body = answer.read()
        encoding = answer.headers.get("Content-Encoding", "")
        headers = len(str(answer.headers).encode()) + len("HTTP/1.1 200 OK\r\n")
    plain = gzip.GzipFile(fileobj=BytesIO(body)).read() if encoding == "gzip" else body
    return Answer(headers + len(body), plain.decode(errors="replace"), encoding or "plain")


NEEDED = re.compile(
    r"""<link\b(?=[^>]*\brel="?(?:stylesheet|icon|preload|manifest))[^>]*\bhref="([^"]+)"
    |<script\b[^>]*\bsrc="([^"]+)"
    |<img\b(?![^>]*\bloading="?lazy)[^>]*\bsrc="([^"]+)"
    """,
    re.VERBOSE,
)
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


def _needed(text: str, pattern: re.Pattern[str]) -> list[str]:
    found = ["".join(groups) for groups in pattern.findall(text)]
    return list(dict.fromkeys(address for address in found if not address.startswith("data:")))


def _weigh(base: str, address: str) -> None:
    page = _fetch(base + address)
    size, requests = page.size, 1
    parts = [f"HTML {page.size / 1024:.1f} {page.encoding}"]
    waiting = [urljoin(base + address, found) for found in _needed(page.text, NEEDED)]
    seen: set[str] = set()
    while waiting:
        part = waiting.pop()
        if part in seen:
            continue
        seen.add(part)
        assert part.startswith(base), f"a request to a third party: {part}"
        answer = _fetch(part)
        size, requests = size + answer.size, requests + 1
        parts.append(f"{part.rsplit('/', 1)[1]} {answer.size / 1024:.1f} {answer.encoding}")
        if part.endswith(".css"):
            waiting += [urljoin(part, found) for found in _needed(answer.text, IN_STYLE)]
    say(
        f"{address} over the wire: {size / 1024:.1f} KB in {requests} requests "
        f"(targets ≤ 50 KB, ≤ 6): {', '.join(parts)}"
    )


def main() -> None:
    """Measure and print."""
    collect_if_changed()
    make_seoul(projects=PROJECTS, reports=REPORTS)
    with portal() as application:
        _pages(application)
    with _web() as base:
        project = PublishedRecord.objects.filter(kind="project").first()
        assert project
        for address in (
            "/ko/",
            "/en/",
            f"/ko/areas/{DISTRICT}/",
            f"/ko/projects/{project.public_id}/",
        ):
            _weigh(base, address)


if __name__ == "__main__":
    main()
