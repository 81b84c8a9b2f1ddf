"""Stored files in the background."""

from celery import shared_task

from pmis.services import stored_files


@shared_task
def read_text(file_id: int) -> None:
    """Read the text of one PDF; `read_waiting_texts` heals a lost task."""
    stored_files.read_text(file_id)


@shared_task
def read_waiting_texts() -> None:
    """Read the PDFs that no task has taken up."""
    stored_files.read_waiting_texts()


@shared_task
def reconcile() -> None:
    """Delete files whose row was never committed."""
    stored_files.delete_orphans()
