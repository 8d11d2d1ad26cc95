"""Checkpoints: what the chain was at an entry, signed, in the database and outside of it."""

from dataclasses import replace

from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.adapters.shelves import StoredShelf
from scholr.contexts.compliance.model import Checkpoint
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from scholr.platform.security.signatures import Signer

PURPOSE = "audit checkpoint"


def signer_of(platform: Platform) -> Signer:
    return Signer.of(platform.keys, PURPOSE)


async def sign_checkpoint(platform: Platform, tenant_id: TenantId) -> Checkpoint | None:
    """Sign where the chain ends now; None when that was signed with the current key already, or nothing was done yet.

    The file comes first: what the database says was signed is outside of it too. Raises StorageUnavailable.
    """
    signer = signer_of(platform)
    async with platform.db.read(tenant_id) as rx:
        seq, head = await queries.head(rx)
        last = await queries.last_checkpoint(rx)
    if seq == 0 or (last is not None and last.seq == seq and last.key == signer.key):
        return None
    unsigned = Checkpoint(tenant_id, seq, head, platform.clock.now(), signer.key)
    checkpoint = replace(unsigned, signature=signer.sign(unsigned.message))
    await StoredShelf(platform.storage).keep(checkpoint)
    async with platform.db.write(tenant_id) as tx:
        await repository.keep_checkpoint(tx, checkpoint)
    return checkpoint
