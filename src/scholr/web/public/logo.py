"""The organisation's mark, to whoever may see its pages."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.identity import facade as identity
from scholr.kernel.errors import NotFound
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, TheContext, ThePlatform


@page_get("/logo/{digest:str}", public=True)
async def logo(digest: FromPath[str], actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """The digest in the address names the content, so browsers keep it for ever; any other one is not found."""
    tenant_id = actor.tenant_id or (context.brand.tenant_id if context.brand else None)
    if tenant_id is None:
        raise NotFound
    async with platform.db.read(tenant_id) as rx:
        found = await identity.logo(rx)
    if found is None or found.digest != digest:
        raise NotFound
    headers = {"cache-control": "private, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.media_type, headers=headers)


ROUTES: tuple[Any, ...] = (logo,)
