"""What the working side asks Allimi: since when is it public, and what will be withheld."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models
from django.urls import reverse

from allimi.catalogue import CATALOGUE, Item, RecordType
from allimi.catalogue import Disclosure as Class
from allimi.catalogue.sql import field_of
from allimi.models import PublishedRecord
from ccs.database import MAY_HOLD_PERSONAL_DATA
from ccs.lib.extensions import Disclosure, HeldText
from ccs.lib.grounds import Ground
from ccs.lib.personal_data import PersonalColumn
from pmis.models import ScreenRelease

#: Grounds of what is about a person: their data, their account.
PERSONAL = (Ground.G6, Ground.FIN)


def published_moments(public_ids: Iterable[UUID]) -> dict[UUID, datetime.datetime]:
    """Return when the newest version of each record was published; withdrawn ones are absent."""
    records = PublishedRecord.objects.filter(public_id__in=list(public_ids), is_withdrawn=False)
    return dict(records.values_list("public_id", "published_at"))


def verification_address(code: str) -> str:
    """Return where everyone can verify a document, in the language in which it is printed."""
    path = reverse("allimi:verified", args=[code]) if code else reverse("allimi:verify")
    return settings.SITE_URL + path


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


def closed_columns(record_type: str) -> frozenset[tuple[str, str]]:
    """Return the columns, (table, column), that the catalogue withholds or publishes reduced.

    What is withheld only until later is no secret among those who work on it.
    """
    declared = CATALOGUE.get(record_type)
    if declared is None:
        return frozenset()
    found = set()
    for item, column in declared.item_columns():
        if item.disclosure in (Class.WITHHELD, Class.MASKED):
            relation, _, name = column.rpartition(".")
            model = declared.lines_of(relation).model if relation else declared.model
            found.add((model._meta.db_table, name))
    return frozenset(found)


def personal_columns() -> Iterator[PersonalColumn]:
    """Yield the columns that the catalogue keeps back as personal or account data.

    A reference to an account is not among them, as a colleague's name stands on every page, nor
    a hash, which names nobody.
    """
    for declared in CATALOGUE.values():
        for item, name in declared.item_columns():
            if item.ground not in PERSONAL:
                continue
            relation, _, column = name.rpartition(".")
            lines = declared.lines_of(relation) if relation else None
            model = lines.model if lines else declared.model
            field = field_of(model, column)
            if field.is_relation or column.endswith("sha256"):
                continue
            yield PersonalColumn(
                record_type=declared.kind,
                item=item.code,
                label=item.label,
                model=model,
                column=field.attname,
                record=declared.model if lines else None,
                parent=model._meta.get_field(lines.parent).column if lines else "",
                project=declared.project or "NULL::bigint",
            )


def held_texts(record: Any) -> list[HeldText]:
    """Return the texts of `record` that the screen keeps from the public at present.

    The same database function decides here and in the source views; a text that an officer
    released is not held any more.
    """
    declared = CATALOGUE.get(getattr(record, "record_type", ""))
    if declared is None:
        return []
    released = set(
        ScreenRelease.objects.filter(record_public_id=record.public_id).values_list(
            "item", "text_sha256"
        )
    )
    held = {}
    for item, text in _free_texts(declared, record):
        digest = hashlib.sha256(text.encode()).hexdigest()
        if (item.code, digest) not in released and (found := _personal_data(text)):
            held[item.code, digest] = HeldText(item.code, str(item.label), text, digest, found)
    return list(held.values())


def _free_texts(declared: RecordType, record: Any) -> Iterator[tuple[Item, str]]:
    """Yield the published free texts of a record and its lines that may hold personal data."""
    for item, column in declared.item_columns():
        if item.disclosure not in (Class.OPEN, Class.LATER):
            continue
        relation, _, name = column.rpartition(".")
        model = declared.lines_of(relation).model if relation else declared.model
        field = field_of(model, name)
        if not isinstance(field, models.CharField | models.TextField) or field.choices:
            continue
        rows = getattr(record, relation).all() if relation else [record]
        for row in rows:
            text = getattr(row, field.attname)
            if re.search(MAY_HOLD_PERSONAL_DATA, text):
                yield item, text


def _personal_data(text: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ccs_personal_data(%s)", [text])
        return cursor.fetchone()[0]
