"""That records of other people were read, or that somebody was refused: noted as an event in the outbox.

Who keeps it and how is somebody else's business (the compliance context); here is only what every context needs to
say it. A look is noted before the answer leaves, and a note that cannot be written fails the request: a page that was
shown was noted. A refusal is noted after its answer, which it cannot change.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import asyncpg
import msgspec
import structlog

from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Unauthenticated
from scholr.kernel.events import Event
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.statement import statement
from scholr.platform.outbox.origin import encode_origin
from scholr.platform.outbox.trace import current_traceparent
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission

_NOTE = statement("select platform_note($1, $2, $3, $4, $5, $6, $7, $8, $9) /* binds tenant_id */")

log = structlog.get_logger("scholr.audit")


@dataclass(frozen=True, slots=True)
class Look:
    """A way of looking at records of others. `action` is stable (`context.thing_read`); `subject` names what it is.

    `every_time`: each is noted, as for files that leave the house; otherwise the first in an hour.
    """

    action: str
    subject: str
    every_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRead(Event):
    """Somebody looked at a record that is not their own; `aggregate_id` is the record. Pages of a list are one."""

    event_type: ClassVar[str] = "platform.record_read"
    aggregate_type: ClassVar[str] = "record"

    action: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefused(Event):
    """Somebody asked for what their roles, or a token's scopes, do not allow; `aggregate_id` is the organisation."""

    event_type: ClassVar[str] = "platform.access_refused"
    aggregate_type: ClassVar[str] = "organization"

    permission: str


async def note(
    platform: Platform, actor: Actor, look: Look, subject_id: UUID | None = None, *, owner: UUID | None = None
) -> None:
    """Note the look before the record is shown: one statement, one round trip, a transaction of its own.

    `subject_id` None is the organisation. `owner` is whose record it is: one's own is nobody's business. The same
    actor, the same record and the same hour (of the clock) are one entry.
    """
    if owner is not None and owner == actor.membership_id:
        return
    if actor.tenant_id is None:
        raise Unauthenticated
    now, subject = platform.clock.now(), subject_id or actor.tenant_id
    event_id = new_id() if look.every_time else _id_of(actor, look.action, subject, now)
    await _tell(platform, actor.tenant_id, event_id, RecordRead, subject, action=look.action, subject=look.subject)


async def note_refusal(platform: Platform, actor: Actor, permission: Permission) -> None:
    """The first in an hour of the same actor and permission. Where it cannot be written, the process's log says so."""
    if actor.tenant_id is None:
        return
    event_id = _id_of(actor, f"refused {permission.name}", actor.tenant_id, platform.clock.now())
    try:
        await _tell(platform, actor.tenant_id, event_id, AccessRefused, actor.tenant_id, permission=permission.name)
    except (DomainError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        log.warning("a refusal could not be noted", permission=permission.name, exc_info=True)


async def _tell(
    platform: Platform, tenant_id: TenantId, event_id: UUID, event: type[Event], about: UUID, **payload: str
) -> None:
    """One statement, one round trip, a transaction of its own; nothing where this id was told before."""
    written = msgspec.json.encode(payload).decode()
    trace, origin, now = current_traceparent.get(), encode_origin(tenant_id), platform.clock.now()
    kind, name = event.aggregate_type, event.event_type
    await platform.db.call(_NOTE, tenant_id, event_id, kind, name, about, written, now, trace, origin)


def _id_of(actor: Actor, action: str, subject_id: UUID, now: datetime) -> UUID:
    """The same for the same actor, action and subject within one hour (RFC 9562, version 8)."""
    hour = int(now.timestamp()) // 3600
    said = f"{actor.tenant_id}/{actor.kind}/{actor.membership_id}/{actor.token_id}/{action}/{subject_id}/{hour}"
    digest = bytearray(hashlib.sha256(said.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))
