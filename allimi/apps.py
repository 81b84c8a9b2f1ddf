"""Allimi: what the supervisors see, for everyone."""

from django.apps import AppConfig


class AllimiConfig(AppConfig):
    """Configure Allimi."""

    name = "allimi"
    verbose_name = "Allimi"
