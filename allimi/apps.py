"""Allimi: what the supervisors see, for everyone."""

from typing import Any

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.models.signals import post_migrate, pre_migrate

from ccs.celery import nudge
from ccs.lib.extensions import (
    on_change,
    register_closed_columns,
    register_disclosure_lookup,
    register_held_texts_lookup,
    register_publication_lookup,
    register_verification,
)
from ccs.lib.personal_data import register_personal_columns

#: Advisory lock of whoever makes the views or grants rights on them.
LAYING_LOCK = 7305011205


class AllimiConfig(AppConfig):
    """Configure Allimi."""

    name = "allimi"
    verbose_name = "Allimi"

    def ready(self) -> None:
        """Wake the publisher after changes; make views and triggers anew around migrations."""
        from allimi.catalogue import checks  # noqa: F401, PLC0415 (registers the check)

        on_change(wake_publisher)
        from allimi import lookups  # noqa: PLC0415 (needs the models)

        register_closed_columns(lookups.closed_columns)
        register_personal_columns(lookups.personal_columns())
        register_publication_lookup(lookups.published_moments)
        register_disclosure_lookup(lookups.disclosure_of)
        register_held_texts_lookup(lookups.held_texts)
        register_verification(lookups.verification_address)
        pre_migrate.connect(drop_views, sender=self)
        post_migrate.connect(install_views, sender=self)


def wake_publisher() -> None:
    """Ask the worker to publish what is waiting; a dead broker is not an error."""
    nudge("allimi.tasks.publish_pending")


def drop_views(using: str, plan: list[Any], **kwargs: Any) -> None:
    """Drop the generated views before migrations that may change columns below them."""
    from allimi.catalogue import sql  # noqa: PLC0415 (models are not loaded when apps are)

    if plan:
        with connections[using].cursor() as cursor:
            sql.drop(cursor)


def install_views(using: str, **kwargs: Any) -> None:
    """Make the generated views and triggers after migrations, and give them their rights."""
    from allimi import roles  # noqa: PLC0415 (models are not loaded when apps are)
    from allimi.catalogue import sql  # noqa: PLC0415

    # One transaction: beside a running system no change finds the triggers gone, and a start that
    # is killed half-way leaves what was there. The lock lets two starts wait for each other.
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LAYING_LOCK])
        sql.install(cursor)
        if roles.roles_exist(cursor):
            roles.grant(cursor)
