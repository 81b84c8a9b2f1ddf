"""Make the database roles and give each what it may do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.db import connections, transaction

from allimi.apps import LAYING_LOCK
from allimi.roles import ROLES, grant, make_roles

#: Alias whose password a role signs in with.
ALIASES = {
    "ccs_app": "default",
    "ccs_publisher": "publisher",
    "ccs_portal": "portal",
    "ccs_citizen": "citizen",
}


class Command(BaseCommand):
    """Grant idempotently; run after every migration."""

    help = "Make the database roles and give each what it may do (after every migration)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make roles with the passwords of the settings and set all rights anew."""
        passwords = {
            role: settings.DATABASES[alias].get("PASSWORD", "")
            for role, alias in ALIASES.items()
            if settings.DATABASES.get(alias, {}).get("USER") == role
            and settings.DATABASES[alias].get("PASSWORD")
        }
        connection = connections["owner"]
        with connection.cursor() as cursor:
            make_roles(cursor, passwords)
            with transaction.atomic(using="owner"):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LAYING_LOCK])
                grant(cursor)
        self.stdout.write(f"Roles and rights are set: {', '.join(ROLES)}.")
