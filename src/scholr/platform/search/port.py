"""What the program asks of a search engine."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from scholr.kernel.errors import Unavailable
from scholr.kernel.ids import TenantId


class SearchUnavailable(Unavailable):
    code = "search_unavailable"
    message = "The search does not answer just now."


class SearchEngine(Protocol):
    async def courses(self, tenant_id: TenantId, text: str, most: int, /) -> Sequence[UUID]:
        """The tenant's courses that a text finds, best first, at most `most`; raises SearchUnavailable.

        An index may lag behind: whoever asks shows only what the database says is published, and the tenant's own.
        """
        ...

    async def close(self) -> None: ...
