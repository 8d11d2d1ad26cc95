"""What catalog asks of a search engine."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from scholr.platform.db.unit import ReadUnit


class CatalogueSearch(Protocol):
    async def published(self, rx: ReadUnit, text: str, *, most: int) -> Sequence[UUID]:
        """The published courses of this tenant that a text finds, best first, at most `most`."""
        ...
