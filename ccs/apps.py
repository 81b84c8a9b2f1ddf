"""The shared app: people, organizations, areas and dated rules that every other app may import."""

from django.apps import AppConfig


class CcsConfig(AppConfig):
    """Configure the shared app."""

    name = "ccs"
    verbose_name = "Clean Construction System"
