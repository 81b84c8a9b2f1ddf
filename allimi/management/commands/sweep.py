"""The safety net: publish without a broker what no worker has published within a second."""

from __future__ import annotations

import logging
import select
import signal
import time
from types import FrameType
from typing import Any

from django.core.management import BaseCommand
from django.db import DatabaseError, InterfaceError, OperationalError, connections

from allimi import publication
from ccs.health import beat_heart

logger = logging.getLogger(__name__)

#: The worker is left this long to publish a key; then the sweep does it.
GRACE_S = 0.5
#: How often the queue is looked at when nothing is notified.
POLL_S = 1.0
#: How often what opens or closes by the clock is looked at, and the heart beats.
CLOCK_S = 1.0
HEARTBEAT_S = 5.0


class Command(BaseCommand):
    """Listen for changes, poll every second, publish what has waited; needs no broker."""

    help = "Publish what no worker has published within a second (needs no broker)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; a lost database is waited for."""
        self._stopping = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        heartbeat = 0.0
        while not self._stopping:
            try:
                self._wait()
                publication.queue_due_narrowings()
                if self._oldest_age() >= GRACE_S:
                    publication.publish_pending()
                if time.monotonic() - heartbeat >= HEARTBEAT_S:
                    beat_heart("sweep")
                    heartbeat = time.monotonic()
            except (OperationalError, InterfaceError, DatabaseError) as error:
                logger.warning("The sweep waits for the database: %s", error)
                connections["publisher"].close()
                time.sleep(POLL_S)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _wait(self) -> None:
        """Wait for a notification, then for the worker; or a second without any."""
        connection = connections["publisher"]
        with connection.cursor() as cursor:
            cursor.execute("LISTEN disclosure")
        raw = connection.connection
        ready, _, _ = select.select([raw], [], [], POLL_S)
        if ready:
            raw.poll()
            raw.notifies.clear()
            time.sleep(GRACE_S)

    def _oldest_age(self) -> float:
        with connections["publisher"].cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), -1)"
                " FROM allimi_disclosurequeue"
            )
            return float(cursor.fetchone()[0])
