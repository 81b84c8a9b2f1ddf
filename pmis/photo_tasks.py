"""Photos in the background."""

from celery import shared_task

from pmis.services import photos


@shared_task
def process_photo(photo_id: int) -> None:
    """Decode one upload; `process_waiting_photos` heals a lost task."""
    photos.process_photo(photo_id)


@shared_task
def process_waiting_photos() -> None:
    """Decode the uploads that no task has taken up."""
    photos.process_waiting_photos()


@shared_task
def reconcile() -> None:
    """Make missing public copies anew and delete files whose row was never committed."""
    photos.restore_public_copies()
    photos.delete_orphans()
