"""The routes of media: JSON for announcing and describing; signed addresses for the bytes of the local store."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import litestar
from litestar import Request, Response
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from scholr.contexts.media import model, queries, service
from scholr.contexts.media.addresses import asset_link, check_signature, file_path, upload_path
from scholr.contexts.media.errors import AssetNotFound, BadRange
from scholr.contexts.media.model import object_key
from scholr.contexts.media.policy import SEE_FILES
from scholr.contexts.media.queries import AssetView
from scholr.contexts.media.schemas import AssetOut, BeginUpload, DescribeAsset, UploadOut
from scholr.kernel.actor import Actor
from scholr.kernel.ids import TenantId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

TAGS = ["media"]
AnyRequest = Request[Any, Any, Any]


@api.post("/api/media/uploads", tags=TAGS, summary="Announce a file")
async def begin_upload(data: JSONBody[BeginUpload], actor: TheActor, platform: ThePlatform) -> UploadOut:
    upload = await service.begin_upload(
        platform,
        actor,
        filename=data.filename,
        size=data.size,
        content_type=data.content_type,
        alt=data.alt,
        decorative=data.decorative,
    )
    return UploadOut(
        asset_id=upload.asset_id, upload_url=upload.url, max_bytes=upload.max_bytes, expires_at=upload.expires_at
    )


@api.post("/api/media/assets/{asset_id:uuid}/complete", tags=TAGS, summary="Finish an upload", status_code=200)
async def finish_upload(asset_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> AssetOut:
    """Looks at what has arrived; 409 `upload_not_arrived` when nothing has. Twice changes nothing."""
    return await _out(platform, actor, await service.finish_upload(platform, actor, asset_id=asset_id))


@api.get("/api/media/assets/{asset_id:uuid}", tags=TAGS, summary="Show a file")
async def show_asset(asset_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> AssetOut:
    require(actor, SEE_FILES)
    async with platform.db.read(actor.tenant_id) as rx:
        asset = await queries.require_asset(rx, asset_id)
    return await _out(platform, actor, asset)


@api.patch("/api/media/assets/{asset_id:uuid}", tags=TAGS, summary="Describe a file")
async def describe_asset(
    asset_id: FromPath[UUID], data: JSONBody[DescribeAsset], actor: TheActor, platform: ThePlatform
) -> AssetOut:
    return await _out(platform, actor, await service.describe_asset(platform, actor, asset_id=asset_id, alt=data.alt))


async def _out(platform: Platform, actor: Actor, asset: AssetView) -> AssetOut:
    url = None
    if asset.is_ready and actor.tenant_id is not None:
        url = (await asset_link(platform, actor.tenant_id, asset)).url
    return AssetOut(
        id=asset.id,
        state=asset.state,
        kind=asset.kind,
        filename=asset.filename,
        alt=asset.alt,
        content_type=asset.content_type,
        size=asset.size,
        failure=asset.failure,
        url=url,
    )


@litestar.put("/media/uploads/{tenant_id:uuid}/{asset_id:uuid}", include_in_schema=False, status_code=204)
async def receive_bytes(
    tenant_id: FromPath[UUID],
    asset_id: FromPath[UUID],
    request: AnyRequest,
    platform: ThePlatform,
    expires: FromQuery[int],
    most: FromQuery[int],
    signature: FromQuery[str],
) -> None:
    """The local store's upload address: the signature stands for the right to write."""
    path = upload_path(tenant_id, asset_id)
    now = platform.clock.now()
    check_signature(platform.keys, "PUT", path, expires=expires, most=most, signature=signature, now=now)
    await service.receive_bytes(platform, TenantId(tenant_id), asset_id, request.stream(), most=most)


@litestar.get("/media/files/{tenant_id:uuid}/{asset_id:uuid}/{filename:str}", include_in_schema=False)
async def send_bytes(
    tenant_id: FromPath[UUID],
    asset_id: FromPath[UUID],
    filename: FromPath[str],
    request: AnyRequest,
    platform: ThePlatform,
    expires: FromQuery[int],
    signature: FromQuery[str],
) -> Response[Any]:
    """The local store's download address. Only what a browser cannot run is shown in place."""
    path = file_path(tenant_id, asset_id, filename)
    now = platform.clock.now()
    check_signature(platform.keys, "GET", path, expires=expires, most=0, signature=signature, now=now)
    async with platform.db.read(TenantId(tenant_id)) as rx:
        asset = await queries.require_asset(rx, asset_id)
    if not asset.is_ready:
        raise AssetNotFound
    headers = _headers(asset, lasting=expires - int(now.timestamp()))
    try:
        wanted = model.byte_range(request.headers.get("range"), asset.size)
    except BadRange:
        return Response(b"", status_code=416, headers={"content-range": f"bytes */{asset.size}"})
    start, end = wanted or (0, asset.size)
    if wanted is not None:
        headers["content-range"] = f"bytes {start}-{end - 1}/{asset.size}"
    headers["content-length"] = str(end - start)
    key = object_key(tenant_id, asset_id, asset.stored_as)
    chunks: AsyncIterator[bytes] = await platform.storage.read(key, start, end)
    return Stream(chunks, status_code=206 if wanted else 200, media_type=asset.content_type, headers=headers)


def _headers(asset: AssetView, *, lasting: int) -> dict[str, str]:
    return {
        "accept-ranges": "bytes",
        "cache-control": f"private, max-age={max(0, lasting)}, immutable",
        "content-disposition": model.disposition(asset.content_type, asset.filename),
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "etag": f'"{asset.id}"',
    }


ROUTES = (begin_upload, finish_upload, show_asset, describe_asset, receive_bytes, send_bytes)
