"""What may be kept, declared once by whoever loads it."""

import hashlib
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Region(Generic[T]):
    """One kind of kept value. Times are in seconds and begin when the value was loaded.

    A value is `fresh` at first (a tenth less at random, so that what was loaded together does not expire together).
    For `stale` more seconds it is still shown while somebody loads it again. For `rescue` seconds in all it is shown
    when it cannot be loaded. What is not there is remembered for `negative` seconds; 0 remembers it not at all.

    Every key begins with the tenant; `is_global` says that this region's keys do not, for what is asked before the
    tenant is known. `stays_here` keeps values in this process even where a shared store is configured.
    `most_entries` and `most_bytes` bound what one process keeps; `most_loads` how many loads it has going on, so that
    a cache that is gone leaves database connections to everything else; `load_seconds` one load, and with it how long
    a process that died while loading holds the others up.
    """

    name: str
    holds: type[T]
    fresh: float
    stale: float = 0.0
    rescue: float = 0.0
    negative: float = 0.0
    most_entries: int = 1000
    most_bytes: int = 4 * _MEGABYTE
    most_loads: int = 4
    load_seconds: float = 5.0
    is_global: bool = False
    stays_here: bool = False
    schema: str = field(init=False)
    """Of the type that is held, down to the words of its enumerations: a program that holds another type under this
    name never reads these values."""

    def __post_init__(self) -> None:
        shape = msgspec.json.encode(msgspec.json.schema(self.holds), order="deterministic")
        object.__setattr__(self, "schema", hashlib.blake2b(shape, digest_size=6).hexdigest())
