"""Appends and checkpoints: the only writes of compliance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from scholr.contexts.compliance.model import Checkpoint, LedgerRecord
from scholr.contexts.compliance.tables import ErasureRow
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import WriteUnit

# One call of the only way in; it takes the organisation's turn until the transaction ends.
_APPEND = statement("select compliance_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) /* of tenant_id */")

_KEEP_CHECKPOINT = statement(
    "insert into compliance_checkpoint (tenant_id, seq, key, hash, signed_at, signature)"
    " values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
)

# Touches one row by primary key; nothing when the part has reported before.
_KEEP_PART = statement(
    "insert into compliance_erasure_part (tenant_id, erasure_id, part, counts, done_at)"
    " values ($1, $2, $3, $4::jsonb, $5) on conflict do nothing"
)

# One row by primary key, made from the ledger where a restored database does not know it; a request that was open
# when the dump was made is confirmed.
_REPLAY = statement("""
insert into compliance_erasure as e (tenant_id, id, member_id, ground, requested_at, confirmed_at)
values ($1, $2, $3, $4, $5, $5)
on conflict (tenant_id, id) do update set confirmed_at = excluded.confirmed_at where e.confirmed_at is null
""")

# An open request under another id, which the dump still had, makes room.
_SET_ASIDE = statement("""
update compliance_erasure set withdrawn_at = $4
where tenant_id = $1 and member_id = $3 and id <> $2 and withdrawn_at is null and confirmed_at is null
""")

# Touches one row by primary key.
_COMPLETE = statement(
    "update compliance_erasure set completed_at = $3 where tenant_id = $1 and id = $2 and completed_at is null"
)

_FORGET_QUEUES = DefinerCall("platform_forget_member", 3)


async def erasure_row(tx: WriteUnit, erasure_id: UUID) -> ErasureRow | None:
    """Locked, so that each step is taken once; by primary key."""
    return await tx.session.scalar(select(ErasureRow).where(ErasureRow.id == erasure_id).with_for_update())


async def open_erasure(tx: WriteUnit, member_id: UUID) -> ErasureRow | None:
    """The one that was not withdrawn; served by uq_compliance_erasure_member."""
    wanted = select(ErasureRow).where(ErasureRow.member_id == member_id, ErasureRow.withdrawn_at.is_(None))
    return await tx.session.scalar(wanted)


async def keep_part(tx: WriteUnit, erasure_id: UUID, part: str, counts: Mapping[str, int], now: datetime) -> bool:
    """False when it was reported before."""
    done = await tx.execute(_KEEP_PART, erasure_id, part, msgspec.json.encode(counts).decode(), now)
    return done > 0


async def keep_from_ledger(tx: WriteUnit, record: LedgerRecord) -> None:
    """Safe to repeat."""
    await tx.execute(_SET_ASIDE, record.erasure_id, record.member_id, record.confirmed_at)
    await tx.execute(_REPLAY, record.erasure_id, record.member_id, record.ground, record.confirmed_at)


async def complete(tx: WriteUnit, erasure_id: UUID, now: datetime) -> bool:
    return await tx.execute(_COMPLETE, erasure_id, now) > 0


async def forget_queues(tx: WriteUnit, member_id: UUID, address: str) -> dict[str, int]:
    """Rows of the platform's queues that named the member."""
    row = (await tx.ask(_FORGET_QUEUES, tx.require_tenant(), member_id, address))[0]
    return {"mails": row["mails"], "jobs": row["jobs"], "events": row["events"]}


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that has no place in the chain yet; see `model.Entry`."""

    id: UUID
    happened_at: datetime
    actor_kind: str
    actor_id: UUID | None
    token_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID
    request_id: UUID | None
    address: str | None
    details: str


async def append(tx: WriteUnit, draft: Draft) -> int:
    """Put the entry at the end of the unit's organisation's chain; returns its number. The same id again: the same."""
    seq: int = await tx.fetch_value(
        _APPEND,
        draft.id,
        draft.happened_at,
        draft.actor_kind,
        draft.actor_id,
        draft.token_id,
        draft.action,
        draft.subject_kind,
        draft.subject_id,
        draft.request_id,
        draft.address,
        draft.details,
    )
    return seq


async def keep_checkpoint(tx: WriteUnit, checkpoint: Checkpoint) -> None:
    await tx.execute(
        _KEEP_CHECKPOINT,
        checkpoint.seq,
        checkpoint.key,
        checkpoint.hash,
        checkpoint.signed_at,
        checkpoint.signature,
    )
