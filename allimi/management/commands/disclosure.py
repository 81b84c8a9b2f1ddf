"""Print the disclosure catalogue and the rates computed from it."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management import BaseCommand
from django.utils import translation

from allimi.catalogue import CATALOGUE
from allimi.catalogue.rates import catalogue_rate, real_rates


class Command(BaseCommand):
    """Print every item of every record type with its class, and the disclosure rates."""

    help = "Print the disclosure table and the computed rates."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the language and whether to count real rows."""
        parser.add_argument("--language", default="en")
        parser.add_argument(
            "--table-only", action="store_true", help="do not count the rows of the database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print Markdown."""
        with translation.override(options["language"]):
            for record_type in CATALOGUE.values():
                self.stdout.write(f"\n## {record_type.label} (`{record_type.kind}`)\n")
                self.stdout.write(f"Public {record_type.public_from}.\n")
                self.stdout.write("| item | what | class | how, or on what ground |")
                self.stdout.write("| --- | --- | --- | --- |")
                for item in record_type.items:
                    why = item.how or (item.ground and item.ground.label) or ""
                    self.stdout.write(
                        f"| `{item.code}` | {item.label} | {item.disclosure} | {why} |"
                    )
        rate = catalogue_rate()
        self.stdout.write(
            f"\nCatalogue: {rate.opened} open + {rate.masked} masked of {rate.items} items "
            f"= {rate.percent} % public"
        )
        if not options["table_only"]:
            for kind, row in real_rates().items():
                self.stdout.write(
                    f"{kind}: {row.public:,} of {row.items:,} non-empty items of public records "
                    f"= {row.percent} %"
                )
