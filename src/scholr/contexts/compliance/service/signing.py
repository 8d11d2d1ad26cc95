"""Checkpoints: what the chain was at an entry, signed, in the database and outside of it."""

from dataclasses import replace

from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.adapters.shelves import StoredShelf
from scholr.contexts.compliance.model import Checkpoint
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from scholr.platform.security.signatures import Signer, is_signed

PURPOSE = "audit checkpoint"


def signer_of(platform: Platform) -> Signer:
    return Signer.of(platform.keys, PURPOSE)


async def sign_checkpoint(platform: Platform, tenant_id: TenantId) -> Checkpoint | None:
    """Sign where the chain ends now; None when that was signed with the current key already, or nothing was done yet.

    The row comes first, so that a file without one was robbed of it. Killed in between, the next run writes the file,
    before it signs anything else. Raises StorageUnavailable.
    """
    signer, shelf = signer_of(platform), StoredShelf(platform.storage)
    async with platform.db.read(tenant_id) as rx:
        seq, head = await queries.head(rx)
        last = await queries.last_checkpoint(rx)
    if last is not None and _signed_it(signer, last) and not await shelf.has(last):
        await shelf.keep(last)
    if seq == 0 or (last is not None and last.seq == seq and last.key == signer.key):
        return None
    unsigned = Checkpoint(tenant_id, seq, head, platform.clock.now(), signer.key)
    checkpoint = replace(unsigned, signature=signer.sign(unsigned.message))
    async with platform.db.write(tenant_id) as tx:
        is_ours = await repository.keep_checkpoint(tx, checkpoint)
    if is_ours:  # otherwise somebody else signs this very entry at this moment, and writes their file
        await shelf.keep(checkpoint)
    return checkpoint


def _signed_it(signer: Signer, checkpoint: Checkpoint) -> bool:
    """What somebody else has put into the table stays there, to be found."""
    return bool(is_signed(checkpoint.message, checkpoint.signature, checkpoint.key, signer.public))
