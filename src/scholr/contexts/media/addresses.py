"""Signed addresses: each names one file of one tenant, says until when, and cannot be changed.

Where the store can presign, the address leads to the store and the bytes never pass this program. The local
store cannot, so the address leads to a route of ours that checks the same three things.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote, urlencode
from uuid import UUID

from scholr.contexts.media.errors import BadSignature
from scholr.contexts.media.model import AssetId, arrival_key, disposition, object_key
from scholr.contexts.media.queries import AssetView
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.presign import Presentation

PURPOSE = "media.address"
UPLOAD_LASTS = timedelta(hours=1)
PLAYBACK_LASTS = timedelta(hours=6)
"""Addresses of one such span are the same, so that browsers can keep what they fetched."""


@dataclass(frozen=True, slots=True)
class AssetLink:
    """A file as a page shows it; `url` is good for at least `PLAYBACK_LASTS`."""

    id: AssetId
    url: str
    filename: str
    alt: str
    kind: str
    content_type: str
    size: int


def _message(method: str, path: str, expires: int, most: int) -> bytes:
    return f"{method}\n{path}\n{expires}\n{most}".encode()


def _signed(keys: KeyRing, method: str, path: str, expires: int, most: int) -> str:
    query = {"expires": expires, "signature": keys.sign(PURPOSE, _message(method, path, expires, most))}
    return f"{path}?{urlencode({**query, 'most': most} if most else query)}"


def check_signature(
    keys: KeyRing, method: Literal["GET", "PUT"], path: str, *, expires: int, most: int, signature: str, now: datetime
) -> None:
    """Raises BadSignature unless we made this address and its time is not over."""
    genuine = keys.verify(PURPOSE, _message(method, path, expires, most), signature)
    if not genuine or now.timestamp() >= expires:
        raise BadSignature


def upload_path(tenant_id: UUID, asset_id: UUID) -> str:
    return f"/media/uploads/{tenant_id}/{asset_id}"


def file_path(tenant_id: UUID, asset_id: UUID, filename: str) -> str:
    return f"/media/files/{tenant_id}/{asset_id}/{quote(filename, safe='')}"


async def upload_address(platform: Platform, tenant_id: TenantId, asset_id: UUID, *, most: int) -> tuple[str, datetime]:
    """Where to PUT at most `most` bytes, and until when."""
    expires = platform.clock.now() + UPLOAD_LASTS
    theirs = await platform.storage.sign_put(arrival_key(tenant_id, asset_id), UPLOAD_LASTS)
    if theirs is not None:
        return theirs, expires
    path = upload_path(tenant_id, asset_id)
    return _signed(platform.keys, "PUT", path, int(expires.timestamp()), most), expires


async def asset_link(platform: Platform, tenant_id: TenantId, asset: AssetView) -> AssetLink:
    """Where the file can be fetched for the next hours, by whoever is given the address."""
    span = _start_of_span(platform.clock.now())
    key = object_key(tenant_id, asset.id, asset.stored_as)
    url = await platform.storage.sign_get(key, _presentation(asset), span, 2 * PLAYBACK_LASTS)
    if url is None:
        path = file_path(tenant_id, asset.id, asset.filename)
        url = _signed(platform.keys, "GET", path, int((span + 2 * PLAYBACK_LASTS).timestamp()), 0)
    return AssetLink(asset.id, url, asset.filename, asset.alt, asset.kind.value, asset.content_type, asset.size)


def _presentation(asset: AssetView) -> Presentation:
    """What the bytes were found to be, not what their uploader told the store."""
    lasts = int(PLAYBACK_LASTS.total_seconds())
    return Presentation(
        content_type=asset.content_type,
        disposition=disposition(asset.content_type, asset.filename),
        cache_control=f"private, max-age={lasts}, immutable",
    )


def _start_of_span(now: datetime) -> datetime:
    """Addresses made in one span are the same, and good until the end of the next."""
    span = int(PLAYBACK_LASTS.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // span * span, UTC)
