"""Make a real installation: administrator, ordering body, areas and settings."""

import getpass
import shlex
import sys
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import BaseCommand, CommandError, call_command

from ccs.environment import DEMO_RECORD, Environment, parse_mail_url
from ccs.lib.acting import acting
from ccs.models import Area
from ccs.services.installation import Answers, find_person, install, write_settings

AREA_PRESETS = ("seoul", "philippines")


@dataclass(frozen=True)
class Question:
    """Something to ask, or to take from the environment variable of that name."""

    variable: str
    text: str
    default: str = ""


QUESTIONS = (
    Question("CCS_ADMIN_EMAIL", "E-mail address of the first administrator"),
    Question("CCS_ORDERING_BODY", "Name of the ordering body"),
    Question(
        "CCS_AREAS",
        "Areas: seoul, philippines, none, or arguments of import_areas (files and columns)",
        "none",
    ),
    Question("CCS_SITE_NAME", "Name shown on every page"),
    Question("CCS_LANGUAGE", "Language of new accounts (ko, en)", "ko"),
    Question("CCS_TIME_ZONE", "Time zone", "Asia/Seoul"),
    Question("CCS_CURRENCY", "Currency (ISO 4217)", "KRW"),
    Question(
        "CCS_MAIL_URL", "Mail server (smtp://user:password@host:587, none: for none)", "none:"
    ),
)
#: Questions whose answers go into `settings.env`.
STORED = ("CCS_SITE_NAME", "CCS_LANGUAGE", "CCS_TIME_ZONE", "CCS_CURRENCY", "CCS_MAIL_URL")


class Command(BaseCommand):
    """Ask on a terminal; elsewhere take everything from the environment."""

    help = "Make the first administrator, the ordering body, areas and settings; may be repeated."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, ask, make, write down."""
        if (settings.DATA_DIR / DEMO_RECORD).exists():
            raise CommandError(
                f"The data folder {settings.DATA_DIR} holds a demonstration. Choose another for a "
                "real installation: CCS_DATA_DIR=… ./run setup"
            )
        call_command("upgrade")
        environment = Environment(settings.BASE_DIR)
        found = {question.variable: self._answer(question, environment) for question in QUESTIONS}
        answers = Answers(
            admin_email=found["CCS_ADMIN_EMAIL"],
            admin_password=self._password(found["CCS_ADMIN_EMAIL"], environment),
            ordering_body=found["CCS_ORDERING_BODY"],
            settings={name: found[name] for name in STORED} | {"CCS_DEMO": "none"},
        )
        try:
            check_settings(answers.settings)
            with acting(actor_id=None, origin="./run setup"):
                person, body, is_new = install(answers)
            write_settings(settings.DATA_DIR / "settings.env", answers.settings)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self._import_areas(found["CCS_AREAS"])
        state = "made" if is_new else "existed already and keeps its password"
        self.stdout.write(f"Administrator {person.username}: {state}.")
        self.stdout.write(f"Ordering body: {body.name}. Areas: {Area.objects.count()}.")
        self.stdout.write(f"Settings: {settings.DATA_DIR / 'settings.env'}. Start with ./run")

    def _answer(self, question: Question, environment: Environment) -> str:
        default = environment.text(question.variable, question.default)
        if question.variable in environment.given or not sys.stdin.isatty():
            return default
        shown = f" [{default}]" if default else ""
        return input(f"{question.text}{shown}: ").strip() or default

    def _password(self, email: str, environment: Environment) -> str:
        given = environment.text("CCS_ADMIN_PASSWORD")
        if given or not sys.stdin.isatty() or find_person(email):
            return given
        first = getpass.getpass("Password of the administrator: ")
        if getpass.getpass("The same again: ") != first:
            raise CommandError("The two passwords differ; nothing was made.")
        return first

    def _import_areas(self, wanted: str) -> None:
        if wanted in ("", "none"):
            return
        arguments = ["--preset", wanted] if wanted in AREA_PRESETS else shlex.split(wanted)
        call_command("import_areas", *arguments, stdout=self.stdout, stderr=self.stderr)


def check_settings(values: dict[str, str]) -> None:
    """Raise ImproperlyConfigured for a setting that the next start would refuse."""
    environment = Environment(settings.BASE_DIR, values | {"CCS_DATA_DIR": str(settings.DATA_DIR)})
    environment.time_zone("UTC")
    environment.choice("CCS_LANGUAGE", "ko", tuple(code for code, _name in settings.LANGUAGES))
    parse_mail_url(values["CCS_MAIL_URL"])
