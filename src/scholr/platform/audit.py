"""That records of other people were read: noted before the answer leaves, as an event in the outbox.

Who keeps it and how is somebody else's business (the compliance context); here is only what every context needs to
say it. A note that cannot be written fails the request: a page that was shown was noted.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.events import Event
from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.statement import statement
from scholr.platform.outbox.origin import encode_origin
from scholr.platform.outbox.trace import current_traceparent
from scholr.platform.runtime import Platform

_NOTE = statement("select platform_note($1, $2, $3, $4, $5, $6, $7) /* binds tenant_id */")


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
    event_id = new_id() if look.every_time else _id_of(actor, actor.tenant_id, look, subject, now)
    payload = msgspec.json.encode({"action": look.action, "subject": look.subject}).decode()
    trace, origin = current_traceparent.get(), encode_origin(actor.tenant_id)
    await platform.db.call(_NOTE, actor.tenant_id, event_id, subject, payload, now, trace, origin)


def _id_of(actor: Actor, tenant_id: TenantId, look: Look, subject_id: UUID, now: datetime) -> UUID:
    """The same for the same look within one hour (RFC 9562, version 8)."""
    hour = int(now.timestamp()) // 3600
    said = f"{tenant_id}/{actor.kind}/{actor.membership_id}/{actor.token_id}/{look.action}/{subject_id}/{hour}"
    digest = bytearray(hashlib.sha256(said.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))
