"""JSON shapes of compliance."""

from datetime import datetime
from uuid import UUID

import msgspec

from scholr.contexts.compliance.model import Ground


class EntryOut(msgspec.Struct):
    """`address` is the network that the request came from; `details` depends on the action and names nobody."""

    seq: int
    id: UUID
    happened_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    token_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID
    request_id: UUID | None
    address: str | None
    details: dict[str, object]
    prev_hash: str
    hash: str


class EntryList(msgspec.Struct):
    items: list[EntryOut]
    next_cursor: str | None = None


class AskErasure(msgspec.Struct, forbid_unknown_fields=True):
    member_id: UUID
    ground: Ground


class ErasureOut(msgspec.Struct):
    """`state` is requested, withdrawn, erasing or erased; `missing` are the parts that have not reported yet.

    `counts` is what each part has reported: rows by what they held.
    """

    id: UUID
    member_id: UUID
    ground: str
    state: str
    requested_by: UUID | None
    requested_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    completed_at: datetime | None
    counts: dict[str, dict[str, int]]
    missing: list[str]


class ErasureList(msgspec.Struct):
    items: list[ErasureOut]
    next_cursor: str | None = None


class ProofOut(msgspec.Struct):
    """`signature` (Ed25519, hexadecimal) is over the bytes of `signed`, by the key `key`."""

    erasure: ErasureOut
    key_destroyed_at: datetime | None
    ledger: bool
    audit_entries: list[int]
    signed: str
    key: str
    signature: str
