"""What the working side asks Allimi: since when is it public, and what will be withheld."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from uuid import UUID

from allimi.catalogue import CATALOGUE
from allimi.catalogue import Disclosure as Class
from allimi.models import PublishedRecord
from ccs.lib.extensions import Disclosure


def published_moments(public_ids: Iterable[UUID]) -> dict[UUID, datetime.datetime]:
    """Return when the newest version of each record was published; withdrawn ones are absent."""
    records = PublishedRecord.objects.filter(public_id__in=list(public_ids), is_withdrawn=False)
    return dict(records.values_list("public_id", "published_at"))


def disclosure_of(record_type: str) -> Disclosure | None:
    """Return what the catalogue opens, reduces and withholds of a record type."""
    declared = CATALOGUE.get(record_type)
    if declared is None:
        return None
    closed = [item for item in declared.items if not item.is_public]
    return Disclosure(
        open_count=sum(item.disclosure == Class.OPEN for item in declared.items),
        masked_count=sum(item.disclosure == Class.MASKED for item in declared.items),
        withheld=[
            (str(item.label), str(item.ground.label) if item.ground else str(item.how))
            for item in closed
        ],
    )
