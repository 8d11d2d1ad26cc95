"""An HTTP client that speaks to the application in this process, without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from scholr.entrypoints.site import build_http
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform


@asynccontextmanager
async def api_client(platform: Platform, tenant_id: TenantId | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client that acts as the tenant's owner (the demo's header), or as nobody."""
    transport = httpx.ASGITransport(app=build_http(platform))  # type: ignore[arg-type]  # httpx types ASGI more loosely
    headers = {"X-Tenant-Id": str(tenant_id)} if tenant_id else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        yield client
