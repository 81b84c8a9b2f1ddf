"""Photos in the background."""

from celery import shared_task

from pmis.services.photos import process_photo as process


@shared_task
def process_photo(photo_id: int) -> None:
    """Decode one upload; the sweep over waiting photos heals a lost task."""
    process(photo_id)
