"""`manage.py load_demo`: an invented Seoul to try the system with."""

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ccs.demo_accounts import NotInProduction, lines, refuse_in_production
from pmis.demo.load import load
from pmis.models import Project

#: Loads what another app adds to the demonstration, where that app is there.
FURTHER = "load_demo_narrowings"


class Command(BaseCommand):
    """Load the demonstration into a database without projects."""

    help = (
        "Load a demonstration of invented projects over the real boundaries of Seoul. "
        "The same day gives the same demonstration. Refused in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing where there are projects already"
        )
        parser.add_argument("--small", action="store_true", help="ten projects, forty days")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="the day of the demonstration (ISO date)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and print what was written and how long it took."""
        try:
            refuse_in_production()
        except NotInProduction as error:
            raise CommandError(str(error)) from error
        if Project.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(
                "There are projects already; the demonstration needs an empty place."
            )
        begun = time.monotonic()
        today = options["today"] or timezone.localdate()
        written = load(today=today, small=options["small"], say=self._say)
        if FURTHER in get_commands():
            call_command(FURTHER)
        total = sum(written.values())
        self._say(f"{total} rows in {time.monotonic() - begun:.1f} s")
        for line in lines():
            self._say(line)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
