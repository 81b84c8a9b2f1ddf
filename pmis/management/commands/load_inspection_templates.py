"""`manage.py load_inspection_templates`: checklists of inspections by type of work."""

from typing import Any

from django.core.management.base import BaseCommand

from pmis.services.inspection_templates import load_templates


class Command(BaseCommand):
    """Make a checklist of each type of work; those that are there stay as they are."""

    help = "Make the checklists of inspections shipped in data/kr-inspection-checklist/."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many were made."""
        templates, points = load_templates()
        self.stdout.write(f"{templates} checklists with {points} points made")
