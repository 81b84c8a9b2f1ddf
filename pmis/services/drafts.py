"""Autosaved forms: one JSON row per author, project, type and key, without history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccs.models import User
from pmis.models import Draft, Project

#: A form of a thousand fields is a mistake or an attack.
MOST_FIELDS = 3000
MOST_CHARACTERS = 400_000

Posted = Mapping[str, Sequence[str]]


class DraftTooLarge(ValueError):
    """Raised when an autosaved form is larger than any form of the system."""


def save_draft(*, project: Project, record_type: str, key: str, fields: Posted, by: User) -> Draft:
    """Keep the raw fields of a form as they were typed; only the newest state is kept.

    Raises DraftTooLarge beyond any size that a form of the system can have.
    """
    kept = {name: list(values) for name, values in fields.items() if name != "csrfmiddlewaretoken"}
    size = sum(len(name) + sum(map(len, values)) for name, values in kept.items())
    if len(kept) > MOST_FIELDS or size > MOST_CHARACTERS:
        raise DraftTooLarge(f"{len(kept)} fields, {size} characters")
    draft, _created = Draft.objects.update_or_create(
        author=by, project=project, record_type=record_type, key=key, defaults={"fields": kept}
    )
    return draft


def find_draft(*, project: Project, record_type: str, key: str, by: User) -> Draft | None:
    """Return what the author left unsaved, if anything."""
    return Draft.objects.filter(
        author=by, project=project, record_type=record_type, key=key
    ).first()


def discard_draft(*, project: Project, record_type: str, key: str, by: User) -> None:
    """Forget the autosaved form: it was saved, or the author throws it away."""
    Draft.objects.filter(author=by, project=project, record_type=record_type, key=key).delete()
