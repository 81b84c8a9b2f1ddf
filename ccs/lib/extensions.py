"""What apps tell each other without importing each other.

An app registers in its `AppConfig.ready()`; the others call the registered functions. So One-PMIS
wakes the publisher, and shows claims and complaints in "My day", without knowing payments or
Allimi.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

_on_change: list[Callable[[], object]] = []
_closed_columns: list[Callable[[str], frozenset[tuple[str, str]]]] = []
_admits: list[Callable[[Any], set[int]]] = []
_publication_lookups: list[Callable[[Iterable[UUID]], dict[UUID, datetime.datetime]]] = []
_disclosure_lookups: list[Callable[[str], Disclosure | None]] = []
_held_texts_lookups: list[Callable[[Any], list[HeldText]]] = []
_verification_addresses: list[Callable[[str], str]] = []
_due_items: list[Callable[[Any], Iterable[DueItem]]] = []


def on_change(wake: Callable[[], object]) -> None:
    """Register `wake` to be called after each committed change by a service."""
    if wake not in _on_change:
        _on_change.append(wake)


def announce_change() -> None:
    """Call all registered wakers once the current transaction is committed.

    A waker must not raise for anything outside (a dead broker): what it wakes is swept anyway.
    """
    transaction.on_commit(_wake_all, robust=True)


def _wake_all() -> None:
    for wake in _on_change:
        wake()


def register_admission(bodies_of: Callable[[Any], set[int]]) -> None:
    """Register a role answer: the ids of the ordering bodies for which a person opens accounts."""
    if bodies_of not in _admits:
        _admits.append(bodies_of)


def admitted_bodies(user: Any) -> set[int]:
    """Return the ids of the ordering bodies for which `user` may open or refuse accounts."""
    return set().union(*(bodies_of(user) for bodies_of in _admits))


@dataclass(frozen=True)
class DueItem:
    """Something that waits for a person, shown in "My day" by the app that knows it."""

    title: str
    url: str
    project_name: str = ""
    due_date: datetime.date | None = None
    is_overdue: bool = False


@dataclass(frozen=True)
class Disclosure:
    """What the public will see of a record type: numbers of items, and what is withheld why."""

    open_count: int
    masked_count: int
    #: (label of the item, ground in words)
    withheld: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Number of all items."""
        return self.open_count + self.masked_count + len(self.withheld)


def register_publication_lookup(
    lookup: Callable[[Iterable[UUID]], dict[UUID, datetime.datetime]],
) -> None:
    """Register who knows since when records are public: moments by public id, absent if not."""
    if lookup not in _publication_lookups:
        _publication_lookups.append(lookup)


def publications_of(public_ids: Iterable[UUID]) -> dict[UUID, datetime.datetime]:
    """Return when the newest version of each record was published; those not public are absent."""
    wanted = list(public_ids)
    found: dict[UUID, datetime.datetime] = {}
    for lookup in _publication_lookups if wanted else ():
        found |= lookup(wanted)
    return found


def publication_of(public_id: UUID) -> datetime.datetime | None:
    """Return when the newest version of a record was published, None where it is not public."""
    return publications_of([public_id]).get(public_id)


def register_disclosure_lookup(lookup: Callable[[str], Disclosure | None]) -> None:
    """Register who knows what the public will see of a record type."""
    if lookup not in _disclosure_lookups:
        _disclosure_lookups.append(lookup)


def disclosure_of(record_type: str) -> Disclosure | None:
    """Return what the public will see of a record type, None where nobody knows."""
    for lookup in _disclosure_lookups:
        if answer := lookup(record_type):
            return answer
    return None


@dataclass(frozen=True)
class HeldText:
    """A text that the screen for personal data keeps back, and what it looks like."""

    item: str
    label: str
    text: str
    text_sha256: str
    #: Codes of the patterns found, such as "mobile" or "account".
    found: list[str]


def register_held_texts_lookup(lookup: Callable[[Any], list[HeldText]]) -> None:
    """Register who knows which texts of a record the screen keeps back."""
    if lookup not in _held_texts_lookups:
        _held_texts_lookups.append(lookup)


def held_texts(record: Any) -> list[HeldText]:
    """Return the texts of a record that are not published as they look like personal data."""
    return [held for lookup in _held_texts_lookups for held in lookup(record)]


def register_verification(address: Callable[[str], str]) -> None:
    """Register where the public verifies a document: the whole address of the page of a code."""
    if address not in _verification_addresses:
        _verification_addresses.append(address)


def verification_address(code: str = "") -> str:
    """Return the address at which everyone can verify a code, or where to type one in."""
    return next((address(code) for address in _verification_addresses), "")


def register_due_items(provider: Callable[[Any], Iterable[DueItem]]) -> None:
    """Register what waits for a person in another app, for "My day"."""
    if provider not in _due_items:
        _due_items.append(provider)


def due_items(user: Any) -> list[DueItem]:
    """Return what waits for `user` in all apps, the most urgent first."""
    items = [item for provider in _due_items for item in provider(user)]
    far = datetime.date.max
    return sorted(items, key=lambda item: (not item.is_overdue, item.due_date or far, item.title))


def register_closed_columns(lookup: Callable[[str], frozenset[tuple[str, str]]]) -> None:
    """Register who knows which columns of a record type, (table, column), nobody is shown freely.

    These are the columns of personal data and of decisions in process.
    """
    if lookup not in _closed_columns:
        _closed_columns.append(lookup)


def closed_columns(record_type: str) -> frozenset[tuple[str, str]]:
    """Return the columns, (table, column), that no search and no list may repeat."""
    return frozenset().union(*(lookup(record_type) for lookup in _closed_columns))
