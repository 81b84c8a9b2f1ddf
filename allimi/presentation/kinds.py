"""The published records of a project by their type: what there is, and lists of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connections, router
from django.urls import reverse

from allimi.catalogue import CATALOGUE
from allimi.models import PublishedRecord
from allimi.presentation.reading import record_url, title_of
from allimi.presentation.vocabulary import kind_label, record_state_label

#: Types with pages of their own, or that are parts of other pages.
ELSEWHERE = frozenset({"project", "participant", "organization", "approval", "photo"})

#: One range of the index `published_of_a_project`.
COUNTS = """
SELECT kind, count(*), max(published_at) FROM allimi_publishedrecord
WHERE project_public_id = %s AND NOT is_withdrawn GROUP BY kind
"""


@dataclass(frozen=True)
class KindRow:
    """A record type in a project: how many are public, and since when the newest is."""

    label: str
    url: str
    count: int
    published_at: datetime


@dataclass(frozen=True)
class RecordRow:
    """A record in the list of its type."""

    title: str
    url: str
    state: str
    day: date | None
    published_at: datetime


def kinds_of(project: UUID) -> list[KindRow]:
    """Return the types of which a project has public records, in catalogue order: one query."""
    with connections[router.db_for_read(PublishedRecord) or "default"].cursor() as cursor:
        cursor.execute(COUNTS, [project])
        found = {kind: (count, at) for kind, count, at in cursor.fetchall()}
    return [
        KindRow(
            label=str(CATALOGUE[kind].label_plural),
            url=kind_url(project, kind),
            count=found[kind][0],
            published_at=found[kind][1],
        )
        for kind in CATALOGUE
        if kind in found and kind not in ELSEWHERE
    ]


def kind_url(project: UUID, kind: str) -> str:
    """Return the address of the list of a project's records of one type."""
    if kind == "daily_report":
        return reverse("allimi:reports", args=[project])
    return reverse("allimi:records-of-kind", args=[project, kind.replace("_", "-")])


def record_rows(records: list[PublishedRecord]) -> list[RecordRow]:
    """Return records as the rows of a list."""
    return [
        RecordRow(
            title=title_of(record) or kind_label(record.kind).capitalize(),
            url=record_url(record),
            state=record_state_label(record.status),
            day=record.sort_date,
            published_at=record.published_at,
        )
        for record in records
    ]
