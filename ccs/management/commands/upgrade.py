"""Bring the database up to this release, or say in a sentence why it does not fit."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connections
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader

OWN_APPS = ("ccs", "pmis", "allimi", "payments")
WHAT_TO_DO = (
    "Nothing was deleted. Start it with the release that made it and write a backup with it "
    "(./run backup FILE), or choose another data folder (CCS_DATA_DIR=…) or database."
)


class Command(BaseCommand):
    """Migrate and grant; what does not fit is said before anything is changed, where it can be."""

    help = "Migrate the database to this release and set all rights (after every installation)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database of the alias `owner` up to date.

        Raises:
            CommandError: the database was made by a later or by an unreleased version.
        """
        if unknown := unknown_migrations():
            raise CommandError(
                f"This database was made by another release: it has the migration {unknown[0]}, "
                f"which this one does not know. {WHAT_TO_DO}"
            )
        try:
            call_command("migrate", database="owner", verbosity=options["verbosity"] - 1)
        except (DatabaseError, InconsistentMigrationHistory) as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(
                f"This database cannot be brought up to date: {reason}. It was probably made by an "
                f"unreleased version, whose migrations were written anew. {WHAT_TO_DO}"
            ) from error
        if missing := missing_columns():
            raise CommandError(
                f"This database lacks {missing[0]} ({len(missing)} in all) though its migrations "
                f"count as done: it was made by an unreleased version. {WHAT_TO_DO}"
            )
        call_command("grant", verbosity=options["verbosity"], stdout=self.stdout)


def unknown_migrations() -> list[str]:
    """Return the migrations of our apps that the database has and this release does not know."""
    loader = MigrationLoader(connections["owner"], ignore_no_migrations=True)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    known = set(loader.disk_migrations) | replaced
    applied = {key for key in loader.applied_migrations if key[0] in OWN_APPS}
    return sorted(".".join(key) for key in applied - known)


def missing_columns() -> list[str]:
    """Return the columns that the models read and the database does not have."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
        )
        there = set(cursor.fetchall())
    return sorted(
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in OWN_APPS and model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
        if (model._meta.db_table, field.column) not in there
    )
