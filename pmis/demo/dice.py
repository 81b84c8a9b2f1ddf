"""Chance that falls the same way every time."""

from __future__ import annotations

import datetime
import random
from uuid import UUID

SEED = "ccs-demonstration-1"


def dice(*parts: object) -> random.Random:
    """Return chance of its own for what `parts` name, the same in every run."""
    return random.Random(":".join([SEED, *map(str, parts)]))  # noqa: S311 - no secret hangs on it


def public_id(moment: datetime.datetime, rng: random.Random) -> UUID:
    """Return a UUID version 7 of a moment; see `ccs.lib.identity`."""
    value = (int(moment.timestamp() * 1000) & (2**48 - 1)) << 80 | rng.getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
