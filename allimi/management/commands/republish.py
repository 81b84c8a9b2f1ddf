"""Compare published records with their sources again; write only what differs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.management import BaseCommand, CommandError
from django.db import connections, transaction

from allimi.catalogue import CATALOGUE
from allimi.publication import CHUNK, republish


class Command(BaseCommand):
    """Republish all records, one type, or single records."""

    help = (
        "Compare published records with their sources again; writes nothing where nothing changed."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take record types and public ids."""
        parser.add_argument("kinds", nargs="*", help=f"of: {', '.join(CATALOGUE)} (default: all)")
        parser.add_argument("--record", action="append", default=[], help="public id of one record")

    def handle(self, *args: Any, **options: Any) -> None:
        """Republish; raise CommandError for an unknown type."""
        kinds = options["kinds"] or list(CATALOGUE)
        if unknown := set(kinds) - set(CATALOGUE):
            raise CommandError(
                f"No record type {', '.join(sorted(unknown))}; there are {', '.join(CATALOGUE)}."
            )
        records = [UUID(text) for text in options["record"]]
        for kind in kinds:
            self._republish(kind, records)

    def _republish(self, kind: str, records: list[UUID]) -> None:
        total = len(records) or self._count(kind)
        started, seen = time.monotonic(), 0

        def progress(count: int) -> None:
            nonlocal seen
            seen += count
            if self.stderr.isatty():
                filled = 30 * seen // max(total, seen, 1)
                bar = "#" * filled + "." * (30 - filled)
                self.stderr.write(f"\r{kind:14} [{bar}] {seen:,}/{total:,}", ending="")

        done = republish(kind, records or self._keys(kind), progress=progress)
        if self.stderr.isatty():
            self.stderr.write("")
        self.stdout.write(
            f"{kind}: {done.keys:,} compared, {done.versions:,} versions written, "
            f"{done.withdrawn:,} withdrawn, {time.monotonic() - started:.1f} s"
        )

    def _count(self, kind: str) -> int:
        with connections["publisher"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM allimi_publishedrecord WHERE kind = %s", [kind])
            return cursor.fetchone()[0]

    def _keys(self, kind: str) -> Iterator[UUID]:
        """Yield all keys of a type: of its sources, and of what is published."""
        view = CATALOGUE[kind].view
        after: UUID | None = None
        while True:
            with transaction.atomic(using="publisher"), connections["publisher"].cursor() as cursor:
                cursor.execute(
                    f"SELECT public_id FROM (SELECT public_id FROM {view}"
                    " WHERE %(after)s::uuid IS NULL OR public_id > %(after)s::uuid"
                    " UNION SELECT public_id FROM allimi_publishedrecord WHERE kind = %(kind)s"
                    " AND (%(after)s::uuid IS NULL OR public_id > %(after)s::uuid)) k"
                    " ORDER BY public_id LIMIT %(limit)s",
                    {"after": after, "kind": kind, "limit": CHUNK},
                )
                rows = cursor.fetchall()
            yield from (row[0] for row in rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1][0]
