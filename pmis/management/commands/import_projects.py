"""`manage.py import_projects`: take projects over from other systems' files."""

import csv
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ccs.lib.acting import acting
from pmis.services.imports.projects import (
    PRESETS,
    ImportRefused,
    ProjectImport,
    import_projects,
)
from pmis.services.imports.records import Note

SHOWN_NOTES = 10
NOT_IMPORTED = "not imported"


class Command(BaseCommand):
    """Import projects; a second run of the same files changes nothing."""

    help = (
        "Import the projects of a preset or of files: the flood-control projects (CSV) and the "
        "contracts (JSON lines) of the Philippine public works department."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare files and report."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--preset", choices=sorted(PRESETS))
        parser.add_argument(
            "--report",
            type=Path,
            help="CSV file for the rows not taken or not fully placed "
            "(default: import_projects.csv in the data folder)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, show progress on a terminal, report what could not be placed."""
        if bool(options["files"]) == bool(options["preset"]):
            raise CommandError("Give either --preset or files.")
        paths = list(PRESETS[options["preset"]]) if options["preset"] else options["files"]
        try:
            with acting(actor_id=None, origin="import_projects"):
                result = import_projects(paths, progress=self._progress)
        except ImportRefused as error:
            raise CommandError(str(error)) from error
        report = options["report"] or Path(settings.DATA_DIR) / "import_projects.csv"
        write_report(report, result.notes)
        self._print(result, report)

    def _progress(self, done: int, total: int) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{done:,} of {total:,} projects", ending="")
            if done == total:
                self.stdout.write("")

    def _print(self, result: ProjectImport, report: Path) -> None:
        not_taken = [note for note in result.notes if note.outcome == NOT_IMPORTED]
        for note in not_taken[:SHOWN_NOTES]:
            self.stderr.write(f"{note.file}, line {note.line}, {note.id}: {note.reason}")
        counted = Counter(note.outcome for note in result.notes if note.outcome != NOT_IMPORTED)
        self.stdout.write(
            f"{result.read:,} rows read: {result.created:,} projects created, "
            f"{result.updated:,} updated, {result.unchanged:,} unchanged, "
            f"{result.joined:,} joined with another data set, {len(not_taken):,} rows not imported"
        )
        for outcome, count in sorted(counted.items()):
            self.stdout.write(f"{count:,} remarks: {outcome}")
        self.stdout.write(f"Row by row: {report}")


def write_report(path: Path, notes: list[Note]) -> None:
    """Write one line for each row that was not taken or not fully placed, with the reason."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "id", "outcome", "reason"])
        writer.writerows(
            [note.file, note.line, note.id, note.outcome, note.reason] for note in notes
        )
