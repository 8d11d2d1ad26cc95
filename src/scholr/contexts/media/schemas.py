"""JSON shapes of media."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from scholr.contexts.media import model
from scholr.contexts.media.model import AssetKind, AssetState

Alt = Annotated[str, msgspec.Meta(max_length=model.MAX_ALT_CHARS)]


class BeginUpload(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`size` in bytes. An image needs `alt`, unless it is decorative."""

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    size: Annotated[int, msgspec.Meta(ge=1, le=2**40)]
    content_type: Annotated[str, msgspec.Meta(max_length=200)] = ""
    alt: Alt = ""
    decorative: bool = False


class UploadOut(msgspec.Struct, kw_only=True):
    """PUT the bytes to `upload_url` before `expires_at`, then call complete."""

    asset_id: UUID
    upload_url: str
    max_bytes: int
    expires_at: datetime


class DescribeAsset(msgspec.Struct, forbid_unknown_fields=True):
    alt: Alt


class AssetOut(msgspec.Struct, kw_only=True):
    """`url` is signed and good for hours, null until the file is ready; `failure` is a code, empty if all is well."""

    id: UUID
    state: AssetState
    kind: AssetKind
    filename: str
    alt: str
    content_type: str
    size: int
    failure: str
    url: str | None
