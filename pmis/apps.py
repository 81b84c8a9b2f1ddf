"""One-PMIS: the working life of a construction project on screen."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from ccs.lib.extensions import register_admission, register_due_items

#: Services that tell the approval engine what their record type does at each step.
SUBJECTS = (
    "daily_reports",
    "schedules",
    "catch_up_plans",
    "filing",
    "cameras",
    "letters",
    "meetings",
    "site_registers",
    "personal_data",
    "retention",
    "safety",
    "safety_plans",
    "contract_changes",
    "evaluations",
    "progress_claims",
    "subcontracts",
)


class PmisConfig(AppConfig):
    """Configure One-PMIS."""

    name = "pmis"
    verbose_name = "One-PMIS"

    def ready(self) -> None:
        """Make the database's locks after every migration; load what the engine calls."""
        pre_migrate.connect(drop_search, sender=self)
        post_migrate.connect(install_database, sender=self)
        post_migrate.connect(install_document_classes, sender=self)
        post_migrate.connect(install_search, sender=self)
        from pmis.services.roles import bodies_admitted_by  # noqa: PLC0415 (needs the models)

        register_admission(bodies_admitted_by)
        for subject in SUBJECTS:
            import_module(f"pmis.services.{subject}")
        from pmis.due import contract_due_items  # noqa: PLC0415 (needs the models)

        register_due_items(contract_due_items)
        from pmis.safety_overview import due_safety  # noqa: PLC0415 (needs the models)

        register_due_items(due_safety)
        from pmis.services.catch_up_plans import due_plans  # noqa: PLC0415 (needs the models)

        register_due_items(due_plans)


def drop_search(using: str, plan: list[Any], **kwargs: Any) -> None:
    """Drop the search triggers before migrations that may change the columns they read."""
    from pmis import search_index  # noqa: PLC0415 (models are not loaded when apps are)

    if plan:
        with connections[using].cursor() as cursor:
            search_index.drop(cursor)


def install_database(using: str, **kwargs: Any) -> None:
    """Make the locks on the connection that was migrated."""
    from pmis import database  # noqa: PLC0415 (models are not loaded when apps are)

    with connections[using].cursor() as cursor:
        database.install(cursor)


def install_document_classes(using: str, **kwargs: Any) -> None:
    """Add the standard classes of documents that are not there."""
    from pmis import document_classes  # noqa: PLC0415 (models are not loaded when apps are)

    document_classes.install(using)


def install_search(using: str, **kwargs: Any) -> None:
    """Make the search triggers on the connection that was migrated, and read what they missed."""
    from pmis import search_index  # noqa: PLC0415 (models are not loaded when apps are)

    with connections[using].cursor() as cursor:
        search_index.install(cursor)
