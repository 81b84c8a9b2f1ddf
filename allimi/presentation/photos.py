"""Published photos as cards: addresses by hash of the public copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from allimi.models import PublishedRecord
from allimi.presentation.filters import as_identity
from allimi.presentation.frame import foreign_language
from allimi.presentation.reading import Items, record_url
from ccs.templatetags.formats import as_moment


@dataclass(frozen=True)
class PhotoCard:
    """A photo in a grid."""

    url: str
    full_url: str
    page_url: str
    alt: str
    caption: str
    taken_at: datetime | None
    language: str


def file_url(sha256: str) -> str:
    """Return the address of a public file; the view there asks the published row first."""
    return f"/files/{sha256}.jpg"


def photo_card(record: PublishedRecord) -> PhotoCard:
    """Return a published photo as a card."""
    items = record.items
    words = caption_of(items)
    return PhotoCard(
        url=file_url(items.get("thumbnail_sha256") or items.get("public_sha256") or ""),
        full_url=file_url(items.get("public_sha256") or ""),
        page_url=record_url(record),
        alt=words or _("Photo from the site, without a caption"),
        caption=words,
        taken_at=as_moment(items.get("taken_at") or items.get("uploaded_at")),
        language=foreign_language() if words else "",
    )


def caption_of(items: Items) -> str:
    """Return the words of a photo: caption, else title, else activity."""
    return items.get("caption") or items.get("title") or items.get("activity") or ""


def photo_cards(identities: Iterable[str | None]) -> list[PhotoCard]:
    """Return the published photos of these identities, in their order, in one query."""
    wanted = [identity for given in identities if given and (identity := as_identity(given))]
    if not wanted:
        return []
    records = PublishedRecord.objects.filter(public_id__in=wanted, kind="photo", is_withdrawn=False)
    found: dict[UUID, PublishedRecord] = {record.public_id: record for record in records}
    return [photo_card(found[identity]) for identity in wanted if identity in found]
