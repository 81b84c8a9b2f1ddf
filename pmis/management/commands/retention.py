"""Show what is past its time, and do what approved lists say."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ccs.lib.acting import acting
from pmis.models import Project
from pmis.services import disposals, personal_data
from pmis.services.retention import ENDED, due_records, holds_of


class Command(BaseCommand):
    """`./run manage retention [--dry-run] [--limit N]`."""

    help = (
        "Name the records past their time, delete expired access logs, and carry out the approved"
        " lists. With --dry-run nothing is changed, but every file is checked by its hash."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the options."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--limit", type=int, default=500, help="most records of a list")

    def handle(self, *args: Any, dry_run: bool, limit: int, **options: Any) -> None:
        """Do it, in batches that may be broken off and repeated."""
        with acting(actor_id=None, origin="manage.py retention"):
            self._name_due()
            count = personal_data.delete_expired_accesses(dry_run=dry_run)
            would = "would be " if dry_run else ""
            self.stdout.write(f"access log: {count} rows {would}deleted")
            for disposal in disposals.open_disposals():
                done = disposals.carry_out(disposal, limit=limit, dry_run=dry_run)
                self.stdout.write(
                    f"disposal {disposal.public_id}: {done.archived} records {would}archived, "
                    f"{done.deleted} {would}deleted, {done.files} files"
                )
                for line in (*done.held, *done.problems):
                    self.stdout.write(f"  left: {line}")

    def _name_due(self) -> None:
        for project in Project.objects.real().filter(state__in=ENDED).order_by("id"):
            for due in due_records(project):
                self.stdout.write(
                    f"{project.code}: {len(due.records)} {due.subject_type} "
                    f"({due.retention_class}): {due.decision} since {due.since}"
                )
            for hold in holds_of(project):
                self.stdout.write(f"{project.code}: held by {hold}")
