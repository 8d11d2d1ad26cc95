"""A search engine that is asked over HTTP.

`GET <url>/courses?tenant=<uuid>&text=<words>&most=<n>` answers `{"ids": ["<uuid>", …]}`, best first.
"""

from collections.abc import Sequence
from uuid import UUID

import httpx2
import msgspec

from scholr.kernel.ids import TenantId
from scholr.platform.search.port import SearchUnavailable

_MOST_CONNECTIONS = 32
_MOST_BYTES = 1024 * 1024


class _Answer(msgspec.Struct):
    ids: list[UUID]


class HttpSearchEngine:
    """One pool of kept connections. Has no time limit of its own: the guard around it has."""

    def __init__(self, url: str) -> None:
        limits = httpx2.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS)
        self._client = httpx2.AsyncClient(base_url=url, timeout=None, limits=limits, trust_env=False)

    async def courses(self, tenant_id: TenantId, text: str, most: int, /) -> Sequence[UUID]:
        try:
            answer = await self._client.get("/courses", params={"tenant": str(tenant_id), "text": text, "most": most})
            answer.raise_for_status()
            if len(answer.content) > _MOST_BYTES:
                raise SearchUnavailable
            return msgspec.json.decode(answer.content, type=_Answer).ids[:most]
        except (httpx2.HTTPError, msgspec.MsgspecError) as error:
            raise SearchUnavailable(retry_after=5) from error

    async def close(self) -> None:
        await self._client.aclose()
