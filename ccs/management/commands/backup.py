"""Write database, files and keys into one file."""

import argparse
import datetime
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from ccs.embedded import write_record
from ccs.health import beat_heart
from ccs.services.backups import BackupError, Place, write_backup


class Command(BaseCommand):
    """Back everything up; the system may go on running."""

    help = "Write the database, the uploaded files and the keys into one file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file and note when the newest backup was made."""
        path: Path = options["file"]
        try:
            manifest = write_backup(path, this_place())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        beat_heart("backup", using="owner")
        note_backup(path, manifest)
        size = path.stat().st_size / 1e6
        self.stdout.write(f"{path}: {len(manifest['parts'])} parts, {size:.1f} MB.")


def this_place() -> Place:
    """Return the database, folders and keys of this installation."""
    return Place(
        database=settings.DATABASES["owner"],
        folders={
            "files/private": Path(settings.STORAGES["default"]["OPTIONS"]["location"]),
            "files/public": Path(settings.STORAGES["public"]["OPTIONS"]["location"]),
        },
        keys=settings.DATA_DIR / "keys",
        settings_file=settings.DATA_DIR / "settings.env",
    )


def note_backup(path: Path, manifest: dict[str, Any]) -> None:
    """Write down, beside the data, which backups were made."""
    record = settings.DATA_DIR / "backups.json"
    try:
        made = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        made = []
    noted_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    made.append({"file": str(path), "created_at": manifest["created_at"], "noted_at": noted_at})
    write_record(record, made[-100:])
