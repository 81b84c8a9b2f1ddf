"""Public files in the background."""

import logging

from celery import shared_task

from allimi import files

logger = logging.getLogger(__name__)


@shared_task
def reconcile_files() -> None:
    """Compare published rows and public files both ways, and say what differs."""
    counts = files.reconcile_files()
    if counts.missing or counts.deleted:
        logger.warning("Public files: %s missing, %s deleted", counts.missing, counts.deleted)
