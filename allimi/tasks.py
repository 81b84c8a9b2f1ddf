"""What Celery does for Allimi: it only wakes; the truth stands in the disclosure queue."""

from celery import shared_task

from allimi import publication


@shared_task
def publish_pending() -> None:
    """Publish what is waiting."""
    publication.publish_pending()


@shared_task
def open_later_items() -> None:
    """Queue what opens or closes by the clock, and publish it."""
    publication.queue_due_narrowings()
    publication.publish_pending()
