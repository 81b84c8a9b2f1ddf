"""What Celery does for Allimi: it only wakes; the truth stands in the disclosure queue."""

from celery import shared_task
from django.utils import timezone

from allimi import publication
from allimi.catalogue.rates import real_rates
from allimi.models import DisclosureRate


@shared_task
def publish_pending() -> None:
    """Publish what is waiting."""
    publication.publish_pending()


@shared_task
def open_later_items() -> None:
    """Queue what opens or closes by the clock, and publish it."""
    publication.queue_due_narrowings()
    publication.publish_pending()


@shared_task
def measure_disclosure() -> None:
    """Count, over the real rows, how much of what could be public is."""
    DisclosureRate.objects.bulk_create(
        [
            DisclosureRate(
                kind=kind, items=rate.items, public=rate.public, measured_at=timezone.now()
            )
            for kind, rate in real_rates().items()
        ],
        update_conflicts=True,
        unique_fields=["kind"],
        update_fields=["items", "public", "measured_at"],
    )
