"""`manage.py import_areas`: take areas over from files or from the data sets shipped here."""

import csv
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ccs.models import Area
from ccs.services.area_files import FileNotUsable, Mapping, philippines, read_file, seoul
from ccs.services.areas import AreaImport, AreaRow, Problem, import_areas

#: Preset → its reader and the scheme of its codes.
PRESETS = {"seoul": (seoul, "MOIS"), "philippines": (philippines, "PSGC")}
SHOWN_PROBLEMS = 20


class Command(BaseCommand):
    """Import areas; a second run of the same files changes nothing."""

    help = (
        "Import areas from GeoJSON, CSV or TSV files, or a preset. Rows are matched by their "
        "code in the scheme; what a file does not state stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare files, mapping and report."""
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument("--preset", choices=sorted(PRESETS))
        parser.add_argument("--scheme", help="scheme of the codes, such as MOIS, KOSTAT or PSGC")
        parser.add_argument("--kind", choices=Area.Kind.values)
        parser.add_argument("--code", default="code", help="column of the code (default: code)")
        parser.add_argument(
            "--name", action="append", default=[], metavar="LANGUAGE=COLUMN", help="repeatable"
        )
        parser.add_argument("--parent-column", default="", help="column of the parent's code")
        parser.add_argument("--parent", default="", help="code of the one parent of all rows")
        parser.add_argument(
            "--also", action="append", default=[], metavar="SCHEME=COLUMN", help="further codes"
        )
        parser.add_argument("--longitude", default="", help="column of the centroid's longitude")
        parser.add_argument("--latitude", default="", help="column of the centroid's latitude")
        parser.add_argument("--valid-from", default="", help="column of the first year")
        parser.add_argument("--valid-to", default="", help="column of the last year")
        parser.add_argument("--report", type=Path, help="CSV file for the rows not placed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import, print what could not be placed."""
        rows, scheme = self._rows(options)
        try:
            result = import_areas(rows, scheme=scheme)
        except FileNotUsable as error:
            raise CommandError(str(error)) from error
        self._print(result)
        if options["report"]:
            write_report(options["report"], result.problems)

    def _rows(self, options: dict[str, Any]) -> tuple[Iterator[AreaRow | Problem], str]:
        if options["preset"]:
            if options["files"]:
                raise CommandError("Give either --preset or files, not both.")
            read, scheme = PRESETS[options["preset"]]
            return iter(read()), scheme
        missing = [f"--{name}" for name in ("scheme", "kind", "name") if not options[name]]
        if not options["files"] or missing:
            wanted = ", ".join(missing) or "a file"
            raise CommandError(f"Give a --preset, or files with their mapping; missing: {wanted}.")
        mapping = Mapping(
            kind=options["kind"],
            code=options["code"],
            names=_pairs(options["name"]),
            parent=options["parent_column"],
            parent_code=options["parent"],
            codes=_pairs(options["also"]),
            longitude=options["longitude"],
            latitude=options["latitude"],
            valid_from=options["valid_from"],
            valid_to=options["valid_to"],
        )
        return (
            chain.from_iterable(read_file(path, mapping) for path in options["files"]),
            options["scheme"],
        )

    def _print(self, result: AreaImport) -> None:
        for problem in result.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(
                f"{problem.source}, line {problem.line}, {problem.code or 'no code'}: "
                f"{problem.reason}"
            )
        if len(result.problems) > SHOWN_PROBLEMS:
            self.stderr.write(f"… and {len(result.problems) - SHOWN_PROBLEMS} more (--report FILE)")
        self.stdout.write(
            f"areas: {result.created} created, {result.updated} updated, "
            f"{result.unchanged} unchanged; {result.codes} codes added; "
            f"{len(result.problems)} rows not placed"
        )


def _pairs(values: list[str]) -> dict[str, str]:
    """Return {"ko": "adm_nm"} for ["ko=adm_nm"]; raises CommandError for anything else."""
    pairs = {}
    for value in values:
        key, equals, column = value.partition("=")
        if not (key and equals and column):
            raise CommandError(f"{value!r} must look like ko=adm_nm.")
        pairs[key] = column
    return pairs


def write_report(path: Path, problems: list[Problem]) -> None:
    """Write the rows that could not be placed, with the reason, as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "line", "code", "reason"])
        writer.writerows([row.source, row.line, row.code, row.reason] for row in problems)
