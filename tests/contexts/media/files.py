"""Announcing and sending files as a browser does, to whatever address it is given."""

from collections.abc import AsyncIterator

import httpx

from scholr.contexts.media import facade as media
from scholr.platform.runtime import Platform
from tests.support.school import School

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
PAGE = b"<html><script>alert(1)</script>".ljust(len(PNG))


async def announce(
    platform: Platform,
    school: School,
    size: int = len(PNG),
    *,
    filename: str = "map.png",
    content_type: str = "image/png",
) -> media.Upload:
    return await media.begin_upload(
        platform, school.owner, filename=filename, size=size, content_type=content_type, alt="A map"
    )


async def send(platform: Platform, school: School, announced: media.Upload, content: bytes = PNG) -> None:
    """PUT to the store's address; the program takes the bytes in itself where the store has none."""
    if announced.url.startswith("http"):
        async with httpx.AsyncClient() as browser:
            sent = await browser.put(announced.url, content=content, headers={"content-type": "text/html"})
        assert sent.status_code == 200, sent.text
        return
    await media.receive_bytes(platform, school.tenant_id, announced.asset_id, pieces(content), most=announced.max_bytes)


async def finish(platform: Platform, school: School, asset_id: media.AssetId) -> media.AssetView:
    return await media.finish_upload(platform, school.owner, asset_id=asset_id)


async def upload(platform: Platform, school: School, content: bytes = PNG, **fields: str) -> media.AssetView:
    """The file after its bytes were sent and it was finished."""
    announced = await announce(platform, school, len(content), **fields)
    await send(platform, school, announced, content)
    return await finish(platform, school, announced.asset_id)


async def address(platform: Platform, school: School, asset: media.AssetView) -> str:
    """Where a page tells its reader's browser to fetch the file."""
    return (await media.asset_link(platform, school.tenant_id, asset)).url


async def fetch(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient() as anyone:
        return await anyone.get(url, headers=headers)


async def keys(platform: Platform, school: School) -> set[str]:
    """Everything of the organisation's in the store, by the part of the key after the tenant's."""
    prefix = f"tenants/{school.tenant_id}/media/"
    return {found.key.removeprefix(prefix) async for page in platform.storage.pages(prefix) for found in page}


async def put(platform: Platform, key: str) -> None:
    await platform.storage.put(key, pieces(b"1"))


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content
