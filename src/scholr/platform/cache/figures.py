"""What the cache counts, in plain integers."""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Figures:
    """Of one region, since the process began."""

    hits: int = 0
    stale_hits: int = 0
    negative_hits: int = 0
    misses: int = 0
    loads: int = 0
    load_errors: int = 0
    rescues: int = 0
    waits: int = 0
    refused: int = 0
    garbage: int = 0
    store_errors: int = 0


@dataclass(frozen=True, slots=True)
class RegionView:
    """One region as it stands. `entries`, `bytes` and `evictions` are those of this process's own memory.

    `hits` were fresh, `stale_hits` shown while somebody loads again, `negative_hits` told that there is nothing,
    `misses` had to wait for a load, `rescues` were shown because loading failed, `waits` joined a load of another
    request or process, `refused` found too many loads going on, `garbage` could not be read.
    """

    region: str
    store: str
    hits: int
    stale_hits: int
    negative_hits: int
    misses: int
    loads: int
    load_errors: int
    rescues: int
    waits: int
    refused: int
    garbage: int
    store_errors: int
    entries: int
    bytes: int
    evictions: int


def view_of(region: str, store: str, figures: Figures, *, entries: int, size: int, evictions: int) -> RegionView:
    return RegionView(region, store, **asdict(figures), entries=entries, bytes=size, evictions=evictions)
