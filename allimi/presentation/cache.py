"""Memory of this process: whole pages by publication version, pieces of pages by record version.

Nothing here is ever told to forget: the keys name the version, so a newer publication makes a
newer key, and the oldest entries fall out when the room is used up.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ccs.models import Area

Value = TypeVar("Value")


class Shelf(Generic[Value]):
    """A bounded mapping that forgets what was not asked for longest. Safe between threads."""

    def __init__(self, most_weight: int, weigh: Callable[[Value], int]) -> None:
        self._most = most_weight
        self._weigh = weigh
        self._weight = 0
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """Return what is kept under `key`, or None."""
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        """Keep `value`, letting go of the oldest where the room is used up."""
        weight = self._weigh(value)
        if weight > self._most:
            return
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._weight -= self._weigh(old)
            self._entries[key] = value
            self._weight += weight
            while self._weight > self._most:
                _key, dropped = self._entries.popitem(last=False)
                self._weight -= self._weigh(dropped)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._weight = 0

    def __len__(self) -> int:
        return len(self._entries)


@dataclass(frozen=True)
class KeptPage:
    """A rendered page, plain and compressed."""

    status: int
    body: bytes
    compressed: bytes


#: Areas have no version: what is remembered of them is read again after so many seconds.
AREAS_FOR = 300


def moment() -> int:
    """Return a number that stays the same for `AREAS_FOR` seconds; part of keys over areas."""
    return int(time.monotonic()) // AREAS_FOR


#: 32 MiB of pages and 8 MiB of rows and parts for each process.
pages: Shelf[KeptPage] = Shelf(32 * 2**20, lambda page: len(page.body) + len(page.compressed))
fragments: Shelf[str] = Shelf(8 * 2**20, lambda text: 2 * len(text) + 200)
#: Up to 1 MiB of compiled list queries with their parameters.
statements: Shelf[tuple[str, tuple[object, ...]]] = Shelf(2**20, lambda found: 2 * len(found[0]))
#: Up to 5,000 areas, without their polygons.
areas: Shelf[list[Area]] = Shelf(5000, lambda found: len(found) + 1)


def forget() -> None:
    """Forget everything, as a new process would."""
    for shelf in (pages, fragments, statements, areas):
        shelf.clear()
