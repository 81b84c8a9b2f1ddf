"""What apps tell each other without importing each other.

An app registers in its `AppConfig.ready()`; the others call the registered functions. So One-PMIS
wakes the publisher, and shows claims and complaints in "My day", without knowing payments or
Allimi.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

_on_change: list[Callable[[], object]] = []


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
