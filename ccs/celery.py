"""The Celery application, the whole timetable of regular tasks, and the nudge.

Celery only wakes: what must not be lost stands in the database (the disclosure queue), and
`manage.py sweep` does the same work when the broker is down.
"""

import logging
import os
import threading
import time
from typing import Any

from celery import Celery
from kombu import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers
from redis.exceptions import RedisError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccs.settings")

logger = logging.getLogger(__name__)

#: What the worker does by the clock; `beat` sends it. A task not taken up in time is dropped.
TIMETABLE: dict[str, dict[str, Any]] = {
    "worker-heartbeat": {
        "task": "ccs.tasks.worker_heartbeat",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "publish-pending": {
        "task": "allimi.tasks.publish_pending",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "open-later-items": {
        "task": "allimi.tasks.open_later_items",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "measure-disclosure": {
        "task": "allimi.tasks.measure_disclosure",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "approve-by-timeout": {
        "task": "pmis.tasks.approve_by_timeout",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "send-digests": {
        "task": "pmis.tasks.send_digests",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "send-escalation-messages": {
        "task": "pmis.tasks.send_escalation_messages",
        "schedule": 900.0,
        "options": {"expires": 900},
    },
    "demand-catch-up-plans": {
        "task": "pmis.tasks.demand_catch_up_plans",
        "schedule": 1800.0,
        "options": {"expires": 1800},
    },
    "delete-expired-accesses": {
        "task": "pmis.tasks.delete_expired_accesses",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "carry-out-disposals": {
        "task": "pmis.tasks.carry_out_disposals",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "process-waiting-photos": {
        "task": "pmis.photo_tasks.process_waiting_photos",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "read-waiting-texts": {
        "task": "pmis.file_tasks.read_waiting_texts",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "reconcile-documents": {
        "task": "pmis.file_tasks.reconcile",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "reconcile-originals": {
        "task": "pmis.photo_tasks.reconcile",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "reconcile-public-files": {
        "task": "allimi.photo_tasks.reconcile_files",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}
#: A dead broker costs a saver a hundredth of a second, not six, and a hanging one half a second.
IMPATIENT = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0.1,
    "socket_connect_timeout": 0.2,
    "socket_timeout": 0.5,
}
#: A task of a killed worker is handed out again after this many seconds.
VISIBILITY_TIMEOUT_S = 600

app = Celery("ccs")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    beat_schedule=TIMETABLE,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S},
    enable_utc=True,
    result_backend=None,
    task_acks_late=True,
    task_default_queue="celery",
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="photo_tasks")
app.autodiscover_tasks(related_name="file_tasks")


def impatient_connection() -> Connection:
    """Return a connection to the broker for a process that cannot wait for it."""
    options = {"visibility_timeout": VISIBILITY_TIMEOUT_S, **IMPATIENT}
    return app.connection_for_write(transport_options=options)


class Nudger:
    """Send tasks that may be lost, and stop trying for a while when the broker is dead."""

    def __init__(self, pause: float = 5.0) -> None:
        self.pause = pause
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def __call__(self, task_name: str, *args: Any) -> bool:
        """Wake the worker for `task_name`; return whether the broker took it.

        Never raises for a broker that is down: the person saving must not notice, and the sweep
        does the work. After a failure nothing is sent for `pause` seconds.
        """
        if time.monotonic() < self._closed_until:
            return False
        try:
            with producers[impatient_connection()].acquire(block=True, timeout=0.5) as producer:
                app.send_task(task_name, args=args, producer=producer, retry=False, expires=60)
        except (KombuError, RedisError, OSError) as error:
            with self._lock:
                self._closed_until = time.monotonic() + self.pause
            logger.warning("The broker did not take %s: %s", task_name, error)
            return False
        return True


#: Use as `transaction.on_commit(lambda: nudge("allimi.tasks.publish_pending"))`.
nudge = Nudger()
