"""Tell the database who acts, so that its history can say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def _set(actor: str, origin: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('ccs.actor', %s, false), set_config('ccs.origin', %s, false)",
            [actor, origin[:200]],
        )


@contextmanager
def acting(*, actor_id: int | None, origin: str) -> Iterator[None]:
    """Name actor and origin (address and path, or task) for all changes inside the block."""
    _set("" if actor_id is None else str(actor_id), origin)
    try:
        yield
    finally:
        if not connection.needs_rollback and connection.connection is not None:
            _set("", "")
