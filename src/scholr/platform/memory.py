"""The C library's manners with memory that was given back to it.

glibc keeps what a thread freed for that thread, for good: each thread that has hashed a password would keep the 19 MiB
that one hash takes. With one arena for all of them (a process of Python has little to gain from more, since one thread
runs at a time) what is free at its end can be returned.
"""

import ctypes
from functools import cache

_M_ARENA_MAX = -8  # malloc.h


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def share_one_arena() -> None:
    """Call before the first thread begins. Does nothing where the C library is another than glibc."""
    if hasattr(_library(), "mallopt"):
        _library().mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free to the system: some milliseconds, in which Python runs but nobody gets new large blocks."""
    if hasattr(_library(), "malloc_trim"):
        _library().malloc_trim(0)
