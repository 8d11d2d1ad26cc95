"""Appends and checkpoints: the only writes of compliance."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.compliance.model import Checkpoint
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import WriteUnit

# One call of the only way in; it takes the organisation's turn until the transaction ends.
_APPEND = statement("select compliance_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) /* of tenant_id */")

_KEEP_CHECKPOINT = statement(
    "insert into compliance_checkpoint (tenant_id, seq, key, hash, signed_at, signature)"
    " values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
)


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
