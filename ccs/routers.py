"""Which database connection a query takes: public pages read as the portal's role."""

from __future__ import annotations

from typing import Any

from django.db import models

from ccs.lib.publicity import in_public_request


class DisclosureRouter:
    """Send public reads to `portal`; leave the rest to `default`."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        """Return `portal` inside a public request."""
        return "portal" if in_public_request() else None

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str | None:
        """Return `portal` inside a public request, where the role may write nothing."""
        return "portal" if in_public_request() else None

    def allow_relation(self, obj1: models.Model, obj2: models.Model, **hints: Any) -> bool:
        """All aliases are doors to one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Migrations run as the owner of the tables (or as `default` where it owns them)."""
        return db in ("default", "owner")
