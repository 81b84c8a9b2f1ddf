"""Regular tasks of the project itself."""

from celery import shared_task

from ccs.health import beat_heart


@shared_task
def worker_heartbeat() -> None:
    """Store that beat, broker and worker work together; `/readyz` reads it."""
    beat_heart("worker")
