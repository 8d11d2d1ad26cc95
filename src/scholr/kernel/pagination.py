"""Pages by cursor: stable while rows come and go, and cheap at any depth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from scholr.kernel.errors import Invalid

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next_cursor` is None on the last page; it is opaque to callers."""

    items: Sequence[T]
    next_cursor: str | None = None


def page_of(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """Make a page from `limit + 1` rows: the extra row only says that there is more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(shown, cursor_of(shown[-1]) if more and shown else None)


def check_limit(limit: int) -> int:
    """Return the limit, or raise Invalid when it is outside 1..200."""
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid("The limit is out of range.", fields={"limit": f"between 1 and {MAX_LIMIT}"})
    return limit
