"""Saying in a transaction that something changed, so that every process hears of it once it has committed."""

import msgspec
import structlog

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.unit import WriteUnit

log = structlog.get_logger("scholr.cache")

CHANNEL = "scholr_cache"
_ANNOUNCE = "select pg_notify($1, $2)"


class Announcement(msgspec.Struct, array_like=True, frozen=True):
    """`tags` of one tenant changed; `id` is the same for all who hear of it."""

    id: str
    tenant_id: str
    tags: tuple[str, ...]


def announcement_of(tenant_id: TenantId, tags: tuple[str, ...]) -> Announcement:
    return Announcement(new_id().hex, tenant_id.hex, tags)


def read_announcement(text: str) -> Announcement | None:
    """None for what no process of ours has said."""
    try:
        return msgspec.json.decode(text, type=Announcement)
    except msgspec.DecodeError:
        log.warning("an announcement could not be read")
        return None


async def announce(tx: WriteUnit, announcement: Announcement) -> None:
    """Delivered when the transaction commits, and not at all when it does not."""
    await tx.raw.execute(_ANNOUNCE, CHANNEL, msgspec.json.encode(announcement).decode())
