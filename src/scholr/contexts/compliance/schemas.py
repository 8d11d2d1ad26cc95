"""JSON shapes of compliance."""

from datetime import datetime
from uuid import UUID

import msgspec


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
