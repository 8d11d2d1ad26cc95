"""Background work of media: giving up uploads that never came, and deleting files that belong to nothing."""

from collections.abc import Sequence

import structlog

from scholr.contexts.media import service
from scholr.contexts.media.model import STRAY_LASTS, AssetId, AssetState, media_prefix, parse_key
from scholr.contexts.media.queries import AssetView, list_assets
from scholr.kernel.ids import TenantId
from scholr.platform.jobs.job import Job
from scholr.platform.runtime import Platform
from scholr.platform.storage.port import StoredObject

BATCH = 100

log = structlog.get_logger("scholr.media")


async def sweep(job: Job, _payload: None) -> None:
    """Tidy up one organisation's files; safe to repeat and beside uploads, since it touches only what is old."""
    platform, tenant_id = job.platform, job.tenant_id
    while await service.give_up_awaited(platform, tenant_id, most=BATCH) == BATCH:
        pass
    strays = await _all_strays(platform, tenant_id)
    for stray in strays:
        await platform.storage.delete(stray.key)
    if strays:
        log.info("stray files deleted", tenant_id=str(tenant_id), files=len(strays))


async def _all_strays(platform: Platform, tenant_id: TenantId) -> list[StoredObject]:
    before, found = platform.clock.now() - STRAY_LASTS, list[StoredObject]()
    async for page in platform.storage.pages(media_prefix(tenant_id)):
        found += await _strays(platform, tenant_id, [each for each in page if each.modified < before])
    return found


async def _strays(platform: Platform, tenant_id: TenantId, old: Sequence[StoredObject]) -> list[StoredObject]:
    """Those that no asset names. The assets are read after the files were listed, so that a file which an asset
    came to name in between is seen to be in use.
    """
    keys = {found.key: parsed for found in old if (parsed := parse_key(found.key)) is not None}
    if not keys:
        return []
    async with platform.db.read(tenant_id) as rx:
        assets = await list_assets(rx, list({asset_id for asset_id, _ in keys.values()}))
    return [found for found in old if found.key in keys and not _is_in_use(assets, *keys[found.key])]


def _is_in_use(assets: dict[AssetId, AssetView], asset_id: AssetId, name: str) -> bool:
    asset = assets.get(asset_id)
    return asset is not None and (asset.stored_as == name or asset.state is AssetState.AWAITED)
