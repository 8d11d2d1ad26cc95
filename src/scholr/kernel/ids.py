"""Identifiers: UUIDv7 (RFC 9562, section 5.7), typed by what they name."""

import os
import threading
import time
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
PersonId = NewType("PersonId", UUID)
MembershipId = NewType("MembershipId", UUID)
"""What a tenant knows of a person; learner ids and author ids are membership ids."""

EventId = NewType("EventId", UUID)

_RANDOM_A_BITS = 12
_RANDOM_B_BITS = 62
_state_lock = threading.Lock()
_last_stamp = 0


def new_id() -> UUID:
    """Return a fresh UUIDv7; ids made by one process sort in the order in which they were made.

    The 12 bits after the millisecond hold the sub-millisecond fraction (RFC 9562, section 6.2,
    method 3), which also serves as the counter when two ids fall on one tick.
    """
    stamp = _next_stamp()
    milliseconds, fraction = stamp >> _RANDOM_A_BITS, stamp & ((1 << _RANDOM_A_BITS) - 1)
    tail = int.from_bytes(os.urandom(8), "big") & ((1 << _RANDOM_B_BITS) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail
    return UUID(int=value)


def _next_stamp() -> int:
    """The time in 1/4096 milliseconds, always larger than the one given out before."""
    global _last_stamp
    now = time.time_ns() * (1 << _RANDOM_A_BITS) // 1_000_000
    with _state_lock:
        _last_stamp = max(now, _last_stamp + 1)
        return _last_stamp


def parse_id(text: str) -> UUID | None:
    """Read an id from a path or a header; None when the text is not a UUID."""
    try:
        return UUID(text)
    except ValueError:
        return None
