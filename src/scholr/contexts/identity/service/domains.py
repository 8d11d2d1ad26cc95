"""Domains of the organisation's own: claimed by anybody, used only by who controls the DNS."""

import secrets
from dataclasses import dataclass

from scholr.contexts.identity import model, repository
from scholr.contexts.identity.errors import DomainNotFound, DomainNotProven
from scholr.contexts.identity.events import DomainClaimed, DomainRemoved, DomainVerified
from scholr.contexts.identity.model import DomainId
from scholr.contexts.identity.policy import MANAGE_DOMAINS
from scholr.contexts.identity.tables import DomainRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class ClaimedDomain:
    id: DomainId
    created: bool


@retried
async def claim_domain(platform: Platform, actor: Actor, *, host: str) -> ClaimedDomain:
    """Note that the organisation wants to be reached at this host; the same host again finds the same claim.

    Others may claim it too: a claim is worth nothing before it is verified. Raises InvalidHost.
    """
    require(actor, MANAGE_DOMAINS)
    checked = model.checked_host(host, own=platform.http.public_url)
    async with platform.db.write(actor.tenant_id) as tx:
        found = await repository.domain_of_host(tx, checked)
        if found is not None:
            return ClaimedDomain(DomainId(found.id), created=False)
        row = DomainRow(id=new_id(), host=checked, challenge=secrets.token_urlsafe(24))
        tx.session.add(row)
        now = platform.clock.now()
        await tx.emit(DomainClaimed(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=now, host=checked))
    return ClaimedDomain(DomainId(row.id), created=True)


async def verify_domain(platform: Platform, actor: Actor, domain_id: DomainId) -> None:
    """Look for the TXT record; a verified host leads to this organisation. Verified again changes nothing.

    Raises DomainNotFound, DomainNotProven (with what was found), DomainTaken, DnsUnavailable.
    """
    require(actor, MANAGE_DOMAINS)
    async with platform.db.read(actor.tenant_id) as rx:
        row = await repository.domain(rx, domain_id)
    if row is None:
        raise DomainNotFound
    if row.verified_at is not None:
        return
    wanted = model.txt_record(row.host, row.challenge)
    found = await platform.txt.lookup(wanted.name)
    await _note(platform, actor, domain_id, proven=wanted.value in found)
    if wanted.value not in found:
        raise DomainNotProven(details={"looked_for": wanted.value, "at": wanted.name, "found": list(found)[:10]})


@retried
async def _note(platform: Platform, actor: Actor, domain_id: DomainId, *, proven: bool) -> None:
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_domain(tx, domain_id)
        row.last_checked_at = now
        if proven:
            await repository.mark_verified(tx, row, now)
            await tx.emit(
                DomainVerified(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=now, host=row.host)
            )


@retried
async def remove_domain(platform: Platform, actor: Actor, domain_id: DomainId) -> None:
    """The host stops leading here within a minute. Raises DomainNotFound."""
    require(actor, MANAGE_DOMAINS)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await _require_domain(tx, domain_id)
        now = platform.clock.now()
        await tx.emit(DomainRemoved(tenant_id=tx.require_tenant(), aggregate_id=row.id, occurred_at=now, host=row.host))
        await tx.session.delete(row)


async def _require_domain(tx: WriteUnit, domain_id: DomainId) -> DomainRow:
    row = await repository.domain(tx, domain_id)
    if row is None:
        raise DomainNotFound
    return row
