"""What others may call of media. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.media.model import AssetId, AssetKind, AssetState
from scholr.contexts.media.queries import AssetView, list_assets, require_asset, require_ready_image

__all__ = [
    "AssetId",
    "AssetKind",
    "AssetState",
    "AssetView",
    "list_assets",
    "require_asset",
    "require_ready_image",
]
