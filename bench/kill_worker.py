"""Kill the publishing worker at random points: nothing lost, nothing doubled.

    ./run bench kill_worker [kills]

Records change all the time while a Celery worker publishes them; the worker is ended with kill -9
at random points and started again. At the end the portal must equal a full rebuild, by hash, and
no version may stand twice.
"""

from __future__ import annotations

from bench._city import argument, make_city, say

import os
import random
import signal
import subprocess
import sys
import threading
import time

from django.db import connections

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedVersion
from allimi.publication import publish_pending
from ccs.celery import nudge

KILLS = argument(1, 50)
SEED = argument(2, 20261122)


def start_worker() -> subprocess.Popen[bytes]:
    """Start a Celery worker in a session of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            "--quiet",
            "--app=ccs",
            "worker",
            "--pool=prefork",
            "--concurrency=1",
            "--without-gossip",
            "--without-mingle",
        ],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def portal_hash() -> str:
    """Return the hash of what is published now."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(kind || public_id::text || body, '' ORDER BY public_id))"
            " FROM allimi_publishedrecord WHERE NOT is_withdrawn"
        )
        return cursor.fetchone()[0]


def rebuilt_hash() -> str:
    """Return the hash of what the source views give now."""
    views = " UNION ALL ".join(
        f"(SELECT DISTINCT ON (public_id) '{kind}'::text AS kind, public_id, body FROM"
        f" {record_type.view} ORDER BY public_id, source_version DESC)"
        for kind, record_type in CATALOGUE.items()
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(kind || public_id::text || body, '' ORDER BY public_id))"
            f" FROM ({views}) s"
        )
        return cursor.fetchone()[0]


def doubled() -> int:
    """Return how many versions repeat the text of the version before."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT body, lag(body) OVER (PARTITION BY public_id"
            " ORDER BY version_no) AS before FROM allimi_publishedversion) v WHERE body = before"
        )
        return cursor.fetchone()[0]


def wait_until_it_publishes() -> None:
    """Return as soon as the number of versions grows: the worker is at work now."""
    before, deadline = PublishedVersion.objects.count(), time.monotonic() + 60
    while PublishedVersion.objects.count() == before:
        if time.monotonic() > deadline:
            raise SystemExit("The worker did not publish anything within 60 s.")
        time.sleep(0.01)


class Writer:
    """Changes projects until told to stop, and wakes the worker as a service would."""

    def __init__(self, random_numbers: random.Random) -> None:
        self.random, self.changes, self.stopping = random_numbers, 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        """Change a few projects at a time, a few times a second."""
        while not self.stopping.is_set():
            self.changes += 1
            with connections["owner"].cursor() as cursor:
                cursor.execute(
                    "UPDATE pmis_project SET description = %s WHERE id BETWEEN %s AND %s + 60",
                    [f"change {self.changes}", first := self.random.randint(1, 200), first],
                )
            nudge("allimi.tasks.publish_pending")
            time.sleep(self.random.uniform(0.0, 0.05))
        connections["owner"].close()


def main() -> None:
    """Kill, restart, and compare."""
    make_city(projects=300, reports=300)
    publish_pending()
    numbers = random.Random(SEED)
    before = PublishedVersion.objects.count()
    writer = Writer(numbers)
    writer.thread.start()
    for _ in range(KILLS):
        worker = start_worker()
        wait_until_it_publishes()
        time.sleep(numbers.uniform(0.0, 0.5))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    writer.stopping.set()
    writer.thread.join()
    by_worker = PublishedVersion.objects.count() - before
    publish_pending()
    lost = portal_hash() != rebuilt_hash()
    say(
        f"{KILLS} kills (seed {SEED}), {writer.changes} changes of 61 projects, "
        f"{by_worker} versions by the worker; doubled: {doubled()}; "
        f"portal equals a full rebuild: {not lost}"
    )
    if lost or doubled():
        raise SystemExit(1)


if __name__ == "__main__":
    main()
