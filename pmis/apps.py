"""One-PMIS: the working life of a construction project on screen."""

from django.apps import AppConfig


class PmisConfig(AppConfig):
    """Configure One-PMIS."""

    name = "pmis"
    verbose_name = "One-PMIS"
