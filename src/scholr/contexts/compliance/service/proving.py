"""The certificate of an erasure: what was done, when, to how many rows, without naming anybody. Signed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.adapters.ledger import Ledger
from scholr.contexts.compliance.errors import ErasureNotFound
from scholr.contexts.compliance.model import Erasure
from scholr.contexts.compliance.policy import ERASURES_READ, SEE_ERASURES
from scholr.contexts.compliance.queries import Search
from scholr.contexts.compliance.service.erasing import PURPOSE
from scholr.kernel.actor import Actor
from scholr.kernel.errors import NotFound, Unavailable
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.platform.security.signatures import Signer, is_signed

_MOST_ENTRIES = 50
_STEPS = [f"compliance.erasure_{step}" for step in ("requested", "withdrawn", "confirmed", "completed")]


@dataclass(frozen=True, slots=True)
class Proof:
    """`entries` are the numbers of the audit log that tell of it, `ledger` whether the record outside the database is
    there and its signature right (None while the object store cannot be asked), `key_destroyed_at` None while the data
    key exists. `signature` is over `signed`.
    """

    erasure: Erasure
    key_destroyed_at: datetime | None
    ledger: bool | None
    entries: tuple[int, ...]
    signed: str
    key: str
    signature: str


async def erasure_proof(platform: Platform, actor: Actor, *, erasure_id: UUID) -> Proof:
    """What can be shown of an erasure at this moment. Raises ErasureNotFound."""
    require(actor, SEE_ERASURES)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.erasure(rx, erasure_id)
        if found is None:
            raise ErasureNotFound
        gone = await queries.key_destroyed_at(rx, found.member_id)
        numbers = await _entries_about(rx, found)
    await note(platform, actor, ERASURES_READ)
    ledger = await _in_ledger(platform, actor, found)
    signer = Signer.of(platform.keys, PURPOSE)
    signed = msgspec.json.encode(
        {
            "erasure": found.id,
            "member": found.member_id,
            "ground": found.ground,
            "requested_at": found.requested_at,
            "confirmed_at": found.confirmed_at,
            "key_destroyed_at": gone,
            "completed_at": found.completed_at,
            "counts": found.counts,
            "audit_entries": numbers,
        },
        order="sorted",
    )
    return Proof(found, gone, ledger, numbers, signed.decode(), signer.public[0].hex(), signer.sign(signed).hex())


async def _entries_about(rx: ReadUnit, found: Erasure) -> tuple[int, ...]:
    """The numbers of the entries that tell of the erasure, in their order."""
    since = found.requested_at
    steps = Search(actions=_STEPS, subject_id=found.member_id, since=since)
    parts = Search(actions=["platform.part_erased"], subject_id=found.id, since=since)
    told = [
        each.seq
        for wanted in (steps, parts)
        for each in await queries.entries(rx, wanted, before=None, limit=_MOST_ENTRIES)
    ]
    return tuple(sorted(told))


async def _in_ledger(platform: Platform, actor: Actor, found: Erasure) -> bool | None:
    if found.confirmed_at is None or actor.tenant_id is None:
        return False
    try:
        record = await Ledger(platform.storage).read(actor.tenant_id, found.id)
    except (NotFound, ValueError):
        return False
    except Unavailable:
        return None
    known = Signer.of(platform.keys, PURPOSE).public
    return record.member_id == found.member_id and bool(is_signed(record.message, record.signature, record.key, known))
