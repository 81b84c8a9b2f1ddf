"""Reading published records: by identity, with the names of what they mention."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections, router
from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language

from allimi.models import PublishedRecord
from allimi.presentation.filters import as_identity
from allimi.presentation.frame import foreign_language
from ccs.lib.charts import Point, thinned

Items = dict[str, Any]


@dataclass(frozen=True)
class Named:
    """A published record as a link: its words, its address, the language of its words."""

    label: str
    url: str
    language: str = ""
    kind: str = ""


def record_or_404(public_id: UUID, kind: str = "") -> PublishedRecord:
    """Return the published record, withdrawn or not; raise `Http404` where none ever was."""
    records = PublishedRecord.objects.filter(public_id=public_id)
    record = records.filter(kind=kind).first() if kind else records.first()
    if record is None:
        raise Http404(str(public_id))
    return record


def title_of(record: PublishedRecord) -> str:
    """Return the record's title in the reader's language where there is one."""
    if get_language() == "en" and record.title_en:
        return record.title_en
    return record.title or record.title_en or _title_in(record)


#: Items that can stand for a title that is empty: the listing of a record narrowed in part is.
_TITLE_ITEMS = ("name", "title", "work_scope", "code")


def _title_in(record: PublishedRecord) -> str:
    items = {} if record.is_withdrawn else record.items
    titles = (items.get(key) for key in _TITLE_ITEMS)
    return next((title for title in titles if isinstance(title, str) and title), "")


def title_language(record: PublishedRecord) -> str:
    """Return the language of that title where it is not the reader's, else an empty string."""
    return "" if get_language() == "en" and record.title_en else foreign_language()


def record_url(record: PublishedRecord) -> str:
    """Return the address of a record's page."""
    return url_of(record.kind, record.public_id)


def url_of(kind: str, public_id: UUID | str) -> str:
    """Return the address of the page of a record of this kind."""
    name = {"project": "project", "daily_report": "report"}.get(kind, "record")
    return reverse(f"allimi:{name}", args=[public_id])


def names_of(identities: Iterable[str | UUID | None]) -> dict[str, Named]:
    """Return links to published records by the text of their identity, in one query."""
    wanted = {identity for given in identities if given and (identity := as_identity(str(given)))}
    if not wanted:
        return {}
    found = PublishedRecord.objects.filter(public_id__in=wanted, is_withdrawn=False)
    records = list(found.only("public_id", "kind", "title", "title_en", "is_withdrawn"))
    untitled = [record.pk for record in records if not (record.title or record.title_en)]
    if untitled:
        whole = found.in_bulk(untitled)
        records = [whole.get(record.pk, record) for record in records]
    return {
        str(record.public_id): Named(
            title_of(record), record_url(record), title_language(record), record.kind
        )
        for record in records
    }


CURVE_POINTS = """
SELECT sort_date, body::json ->> 'actual_rate' FROM allimi_publishedrecord
WHERE id = ANY(%s) ORDER BY sort_date, id
"""


def actual_curve(project: UUID) -> list[Point]:
    """Return the reported actual rates by day, thinned to what a drawing needs: two queries."""
    reports = PublishedRecord.objects.filter(
        project_public_id=project, kind="daily_report", is_withdrawn=False
    ).order_by("-sort_date", "-id")
    days = [(day, pk) for day, pk in reports.values_list("sort_date", "id")]
    chosen = [pk for _day, pk in thinned(list(reversed(days)))]
    if not chosen:
        return []
    with connections[router.db_for_read(PublishedRecord)].cursor() as cursor:
        cursor.execute(CURVE_POINTS, [chosen])
        return [(day, Decimal(text)) for day, text in cursor.fetchall() if text is not None]


def rate(text: str | None) -> Decimal | None:
    """Return a rate of a published text, None where it was not entered."""
    return None if text is None else Decimal(text)
