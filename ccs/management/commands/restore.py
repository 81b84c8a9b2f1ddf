"""Read a backup into an empty place."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from ccs.management.commands.backup import this_place
from ccs.services.backups import BackupError, check_backup, restore_backup


class Command(BaseCommand):
    """Restore database, files and keys, then migrate to this release and grant."""

    help = "Read a file of `backup` into an empty database and empty folders."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the file by its hashes, restore it, bring it up to date."""
        path: Path = options["file"]
        try:
            refuse_later_release(check_backup(path))
            manifest = restore_backup(path, this_place())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        connections.close_all()
        call_command("upgrade")
        self.stdout.write(
            f"Restored {len(manifest['parts'])} parts of {manifest['created_at']} "
            f"(release {manifest['version']})."
        )


def refuse_later_release(manifest: dict[str, Any]) -> None:
    """Raise BackupError where the backup has migrations that this release does not know."""
    known = {
        ".".join(key) for key in MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    }
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        raise BackupError(
            f"The backup was written by a later release ({manifest['version']}; it has "
            f"{unknown[0]}). Install that release first."
        )
