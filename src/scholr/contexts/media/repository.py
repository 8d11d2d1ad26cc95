"""Loads and saves of media."""

from uuid import UUID

from sqlalchemy import select

from scholr.contexts.media.errors import AssetNotFound
from scholr.contexts.media.tables import AssetRow
from scholr.platform.db.unit import WriteUnit


async def lock_asset(tx: WriteUnit, asset_id: UUID) -> AssetRow:
    """The file's row, locked until the transaction ends; raises AssetNotFound."""
    row = await tx.session.scalar(select(AssetRow).where(AssetRow.id == asset_id).with_for_update())
    if row is None:
        raise AssetNotFound
    return row
