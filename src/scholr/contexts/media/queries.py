"""The read side of media."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from scholr.contexts.media.errors import AssetNotFound, NotAReadyImage
from scholr.contexts.media.model import AssetId, AssetKind, AssetState
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class AssetView:
    """An uploaded file. `size` is in bytes; `failure` is a code, empty unless the state is failed.

    `stored_as` names the accepted object, empty until there is one.
    """

    id: AssetId
    owner_id: UUID
    filename: str
    alt: str
    state: AssetState
    kind: AssetKind
    content_type: str
    size: int
    stored_as: str
    failure: str
    created_at: datetime

    @property
    def is_ready(self) -> bool:
        return self.state is AssetState.READY


# Rows by primary key, at most as many as ids are asked for.
_ASSETS = statement("select * from media_asset where tenant_id = $1 and id = any($2::uuid[])")


def _view(row: asyncpg.Record) -> AssetView:
    return AssetView(
        id=row["id"],
        owner_id=row["owner_id"],
        filename=row["filename"],
        alt=row["alt"],
        state=AssetState(row["state"]),
        kind=AssetKind(row["kind"]),
        content_type=row["content_type"],
        size=row["size"],
        stored_as=row["stored_as"],
        failure=row["failure"],
        created_at=row["created_at"],
    )


async def list_assets(rx: ReadUnit, asset_ids: Sequence[UUID]) -> dict[AssetId, AssetView]:
    """The files with these ids, in any state; ids that are not there are left out."""
    if not asset_ids:
        return {}
    rows = await rx.fetch(_ASSETS, list(asset_ids))
    return {row["id"]: _view(row) for row in rows}


async def require_asset(rx: ReadUnit, asset_id: UUID) -> AssetView:
    """The file in any state; raises AssetNotFound."""
    found = (await list_assets(rx, [asset_id])).get(AssetId(asset_id))
    if found is None:
        raise AssetNotFound
    return found


async def require_ready_image(rx: ReadUnit, asset_id: UUID) -> AssetView:
    """An image that can be shown; raises NotAReadyImage, also for an id that is not there."""
    found = (await list_assets(rx, [asset_id])).get(AssetId(asset_id))
    if found is None or found.kind is not AssetKind.IMAGE or not found.is_ready:
        raise NotAReadyImage(fields={"cover_asset_id": "must be an image that was uploaded"})
    return found
