"""Public identifiers: made by the application, sortable by time."""

import os
import time
from uuid import UUID


def new_public_id() -> UUID:
    """Return a UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, then random bits.

    PostgreSQL 15 has no `uuidv7()`, so the application makes it; keys made one after the other
    lie side by side in an index.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
