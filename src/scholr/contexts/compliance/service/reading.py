"""What people and administrators see of rights: their own, and those of everybody who asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.policy import OWN_RIGHTS, PRIVACY_READ, SEE_PRIVACY
from scholr.contexts.compliance.queries import ExportView, HoldView, RequestView
from scholr.contexts.compliance.service.keeping import Keeping, keeping_of
from scholr.contexts.compliance.service.sealing import opened_holds, opened_requests
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Forbidden
from scholr.platform.audit import note
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class OwnRights:
    """One person's: `choices` are what they decided, by purpose."""

    choices: dict[str, identity.Choice]
    exports: Sequence[ExportView]
    requests: Sequence[RequestView]
    directory: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rights:
    """An organisation's: what waits for an answer, what must stay, what was taken out."""

    requests: Sequence[RequestView]
    holds: Sequence[HoldView]
    exports: Sequence[ExportView]


@dataclass(frozen=True, slots=True)
class Rules:
    """What an organisation has decided: how long things are kept, what strangers are told of everybody."""

    keeping: Sequence[Keeping]
    directory: Sequence[str]


async def own_rights(platform: Platform, actor: Actor) -> OwnRights:
    """Four statements."""
    tenant_id = require(actor, OWN_RIGHTS)
    if actor.membership_id is None:
        raise Forbidden
    async with platform.db.read(tenant_id) as rx:
        return OwnRights(
            await identity.choices_of(rx, actor.membership_id),
            await queries.exports_of(rx, actor.membership_id),
            await opened_requests(platform, rx, await queries.requests_of(rx, actor.membership_id)),
            await identity.directory_fields(rx),
        )


async def rights(platform: Platform, actor: Actor) -> Rights:
    """What people have asked for and what is held; that it was looked at is noted."""
    tenant_id = require(actor, SEE_PRIVACY)
    async with platform.db.read(tenant_id) as rx:
        found = Rights(
            await opened_requests(platform, rx, await queries.requests(rx)),
            await opened_holds(platform, rx, await queries.holds(rx)),
            await queries.exports_by_staff(rx),
        )
    await note(platform, actor, PRIVACY_READ)
    return found


async def rules(platform: Platform, actor: Actor) -> Rules:
    """Says nothing of anybody; five statements."""
    tenant_id = require(actor, SEE_PRIVACY)
    keeping = await keeping_of(platform, actor)
    async with platform.db.read(tenant_id) as rx:
        return Rules(keeping, await identity.directory_fields(rx))
