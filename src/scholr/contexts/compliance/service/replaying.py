"""After a restore: the ledger outside the database is read, and what the dump had not forgotten yet is forgotten."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.adapters.ledger import Ledger
from scholr.contexts.compliance.model import LedgerRecord
from scholr.contexts.compliance.service.erasing import PURPOSE
from scholr.contexts.identity import facade as identity
from scholr.kernel.ids import TenantId
from scholr.platform.erasure import ForgettingHandler, Stage
from scholr.platform.module import Module
from scholr.platform.runtime import Platform
from scholr.platform.security.signatures import Signer, is_signed


class LedgerForged(RuntimeError):
    """A record's signature is wrong, or nobody knows its key: nobody is erased on its word."""


UNDER_WAY = timedelta(minutes=5)
"""A record this young may belong to a confirmation that is about to commit in another process."""


async def behind(platform: Platform) -> list[tuple[UUID, UUID]]:
    """Organisation and erasure of every record that the database does not know: it is older than the ledger.

    Organisations that this database does not hold are another deployment's, with which the store is shared.
    One listing, and two statements for each organisation that ever erased somebody. Raises StorageUnavailable.
    """
    kept: dict[UUID, list[UUID]] = defaultdict(list)
    async for tenant_id, erasure_id in Ledger(platform.storage).names():
        kept[tenant_id].append(erasure_id)
    missing = []
    for tenant_id, erasure_ids in kept.items():
        async with platform.db.read(TenantId(tenant_id)) as rx:
            if await identity.organization(rx) is None:
                continue
            known = await queries.confirmed_among(rx, erasure_ids)
        missing += [(tenant_id, each) for each in erasure_ids if each not in known]
    return missing


async def forgotten_again(platform: Platform) -> list[tuple[UUID, UUID]]:
    """The same without those that are being confirmed at this moment."""
    ledger, before = Ledger(platform.storage), platform.clock.now() - UNDER_WAY
    return [each for each in await behind(platform) if await _is_older(ledger, *each, before)]


async def _is_older(ledger: Ledger, tenant_id: UUID, erasure_id: UUID, before: datetime) -> bool:
    """What cannot be read any more counts as well: `replay` says what is wrong with it."""
    try:
        return (await ledger.read(tenant_id, erasure_id)).confirmed_at < before
    except ValueError:
        return True


async def replay(platform: Platform, modules: Sequence[Module], *, more_keys: Sequence[bytes] = ()) -> int:
    """Forget everybody whom the ledger names and the database still knows; returns how many. Safe to repeat.

    Directly and in order, without the relay: it is over before anything serves. Raises LedgerForged.
    """
    known = (*Signer.of(platform.keys, PURPOSE).public, *more_keys)
    missing = await behind(platform)
    for tenant_id, erasure_id in missing:
        await _forget(platform, modules, await _genuine(platform, tenant_id, erasure_id, known))
    return len(missing)


async def _genuine(platform: Platform, tenant_id: UUID, erasure_id: UUID, known: Sequence[bytes]) -> LedgerRecord:
    forged = LedgerForged(f"the record of erasure {erasure_id} is not what this deployment has signed")
    try:
        record = await Ledger(platform.storage).read(tenant_id, erasure_id)
    except ValueError as error:
        raise forged from error
    right = is_signed(record.message, record.signature, record.key, known)
    if not right or (record.tenant_id, record.erasure_id) != (tenant_id, erasure_id):
        raise forged
    return record


async def _forget(platform: Platform, modules: Sequence[Module], record: LedgerRecord) -> None:
    """The record itself is kept last: killed before, it is found missing again."""
    tenant_id = TenantId(record.tenant_id)
    async with platform.db.write(tenant_id) as tx:
        await platform.personal.destroy(tx, record.member_id)
    reports: dict[str, dict[str, int]] = {}
    for handler in _handlers(modules):
        async with platform.db.write(tenant_id) as tx:
            reports[handler.part] = dict(await handler.forget(tx, record.member_id))
    now = platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        await repository.keep_from_ledger(tx, record)
        for part, counts in reports.items():
            await repository.keep_part(tx, record.erasure_id, part, counts, now)
        await repository.complete(tx, record.erasure_id, now)


def _handlers(modules: Sequence[Module]) -> list[ForgettingHandler]:
    """Traces before the directory, by which they are found."""
    subscribed = [each.handler for module in modules for each in module.subscriptions]
    found = [each for each in subscribed if isinstance(each, ForgettingHandler)]
    return sorted(found, key=lambda each: each.stage is Stage.DIRECTORY)
