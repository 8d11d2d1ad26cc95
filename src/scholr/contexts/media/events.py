"""Facts that media publishes. `aggregate_id` is the asset."""

from dataclasses import dataclass
from typing import ClassVar

from scholr.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetReady(Event):
    event_type: ClassVar[str] = "media.asset_ready"
    aggregate_type: ClassVar[str] = "asset"

    kind: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFailed(Event):
    """`failure` is the code of what went wrong."""

    event_type: ClassVar[str] = "media.asset_failed"
    aggregate_type: ClassVar[str] = "asset"

    failure: str


EVENTS = (AssetReady, AssetFailed)
