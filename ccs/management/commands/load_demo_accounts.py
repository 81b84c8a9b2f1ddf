"""Make the demonstration accounts that see all projects, for a demonstration of imported ones."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError

from ccs.demo_accounts import PASSWORD, NotInProduction, office_accounts, refuse_in_production
from ccs.models import User


class Command(BaseCommand):
    """Make executive, auditor and administrator; safe to run again."""

    help = "Make the demonstration accounts that need no project of their own."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the accounts that are missing; refused in production."""
        try:
            refuse_in_production()
        except NotInProduction as error:
            raise CommandError(str(error)) from error
        for account in office_accounts():
            if not User.objects.filter(username=account.username).exists():
                User.objects.create_user(
                    account.username,
                    password=PASSWORD,
                    name=account.name,
                    language="en",
                    office_role=account.office_role,
                    is_staff=account.office_role == User.OfficeRole.ADMINISTRATOR,
                )
