"""The shared app: people, organizations, areas and dated rules that every other app may import."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class CcsConfig(AppConfig):
    """Configure the shared app."""

    name = "ccs"
    verbose_name = "Clean Construction System"

    def ready(self) -> None:
        """Make the database's own functions and triggers after every migration."""
        post_migrate.connect(install_database, sender=self)


def install_database(using: str, **kwargs: Any) -> None:
    """Make functions and triggers on the connection that was migrated."""
    from ccs import database  # noqa: PLC0415 (models are not loaded when apps are)

    with connections[using].cursor() as cursor:
        database.install(cursor)
