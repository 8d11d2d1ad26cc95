"""What a page does without, rather than not being there, while the database cannot be asked."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, TypeVar

from scholr.kernel.errors import DomainError, ErrorKind
from scholr.platform.cache.entry import Cached

T = TypeVar("T")


async def unless_unavailable(asked: Awaitable[T]) -> T | None:
    """The answer; None where nobody could be asked. Every other error comes through."""
    try:
        return await asked
    except DomainError as error:
        if error.kind is not ErrorKind.UNAVAILABLE:
            raise
        return None


def as_of(shared: Cached[Any], own: object | None) -> datetime | None:
    """Since when the page has been as it is shown; None while all of it is true now. `own` is the reader's part."""
    return shared.kept_at if shared.is_rescued or own is None else None
