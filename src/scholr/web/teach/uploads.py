"""Files that came with a form, for browsers without script; others upload by a signed address."""

from collections.abc import AsyncIterator

from litestar.datastructures import UploadFile

from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.platform.runtime import Platform

CHUNK = 256 * 1024


async def keep_upload(
    platform: Platform, actor: Actor, file: UploadFile, *, alt: str = "", decorative: bool = False
) -> media.AssetView:
    """Announce and take in one file; the answer may be a failed asset when its bytes are not what is taken."""
    if actor.tenant_id is None:
        raise Unauthenticated
    upload = await media.begin_upload(
        platform,
        actor,
        filename=file.filename,
        size=_size(file),
        content_type=file.content_type,
        alt=alt,
        decorative=decorative,
    )
    return await media.receive_bytes(platform, actor.tenant_id, upload.asset_id, _chunks(file), most=upload.max_bytes)


def _size(file: UploadFile) -> int:
    file.file.seek(0, 2)
    size = file.file.tell()
    file.file.seek(0)
    return size


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk
