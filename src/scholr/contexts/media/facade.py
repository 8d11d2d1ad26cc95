"""What others may call of media. Reads take the caller's unit; use cases take the platform.

A page that shows files asks `asset_links` once for all of them, after it has checked that its reader may see the page.
"""

from scholr.contexts.media.addresses import AssetLink, asset_link
from scholr.contexts.media.model import MAX_BYTES, AssetId, AssetKind, AssetState
from scholr.contexts.media.queries import AssetView, list_assets, require_asset, require_ready_image
from scholr.contexts.media.service import (
    Upload,
    asset_links,
    begin_upload,
    describe_asset,
    finish_upload,
    receive_bytes,
)

__all__ = [
    "MAX_BYTES",
    "AssetId",
    "AssetKind",
    "AssetLink",
    "AssetState",
    "AssetView",
    "Upload",
    "asset_link",
    "asset_links",
    "begin_upload",
    "describe_asset",
    "finish_upload",
    "list_assets",
    "receive_bytes",
    "require_asset",
    "require_ready_image",
]
