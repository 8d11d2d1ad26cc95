"""Loads and saves of media."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from scholr.contexts.media.errors import AssetNotFound
from scholr.contexts.media.model import AssetState
from scholr.contexts.media.tables import AssetRow
from scholr.platform.db.unit import WriteUnit


async def lock_asset(tx: WriteUnit, asset_id: UUID) -> AssetRow:
    """The file's row, locked until the transaction ends; raises AssetNotFound."""
    row = await tx.session.scalar(select(AssetRow).where(AssetRow.id == asset_id).with_for_update())
    if row is None:
        raise AssetNotFound
    return row


async def lock_overdue(tx: WriteUnit, before: datetime, most: int) -> Sequence[AssetRow]:
    """Files announced before that time which have not come, locked; those that someone is at are left out.

    Served by ix_media_asset_awaited.
    """
    overdue = (
        select(AssetRow)
        .where(AssetRow.state == AssetState.AWAITED, AssetRow.created_at < before)
        .order_by(AssetRow.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return (await tx.session.scalars(overdue)).all()
