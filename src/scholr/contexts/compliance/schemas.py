"""JSON shapes of compliance."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from scholr.contexts.compliance.model import Ground
from scholr.contexts.compliance.service.requesting import RequestKind


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
    """`signature` (Ed25519, hexadecimal) is over the bytes of `signed`, by the key `key`. `ledger`: whether the record
    outside the database is there and right; null while the object store cannot be asked.
    """

    erasure: ErasureOut
    key_destroyed_at: datetime | None
    ledger: bool | None
    audit_entries: list[int]
    signed: str
    key: str
    signature: str


class ChoiceIn(msgspec.Struct, forbid_unknown_fields=True):
    """`purpose` is certificate_name or directory."""

    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    given: bool


class RequestIn(msgspec.Struct, forbid_unknown_fields=True):
    kind: RequestKind
    wish: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class AnswerIn(msgspec.Struct, forbid_unknown_fields=True):
    """A refusal (`done` false) says why."""

    done: bool
    answer: Annotated[str, msgspec.Meta(max_length=4000)] = ""


class HoldIn(msgspec.Struct, forbid_unknown_fields=True):
    """At least one of `learner_id` and `course_id`; with both, everything of the learner is kept."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    learner_id: UUID | None = None
    course_id: UUID | None = None


class PeriodIn(msgspec.Struct, forbid_unknown_fields=True):
    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    days: Annotated[int, msgspec.Meta(ge=1, le=36500)]


class DirectoryIn(msgspec.Struct, forbid_unknown_fields=True):
    """Only `name` so far; empty: nothing is told without the person's word."""

    fields: Annotated[list[str], msgspec.Meta(max_length=10)]


class ExportIn(msgspec.Struct, forbid_unknown_fields=True):
    learner_id: UUID


class MadeOut(msgspec.Struct):
    """`id` null: one is being made already."""

    id: UUID | None


class ChoiceOut(msgspec.Struct):
    purpose: str
    version: int
    given: bool
    decided_at: datetime


class RequestOut(msgspec.Struct):
    id: UUID
    learner_id: UUID
    kind: str
    wish: str
    state: str
    asked_at: datetime
    due_at: datetime
    answer: str
    answered_at: datetime | None


class ExportOut(msgspec.Struct):
    """`state` is running, ready or expired; `size` in bytes."""

    id: UUID
    learner_id: UUID
    state: str
    asked_at: datetime
    expires_at: datetime | None
    size: int


class OwnRightsOut(msgspec.Struct):
    """`choices` are the newest of each purpose; `directory` what the organisation tells of everybody who lets it."""

    choices: list[ChoiceOut]
    exports: list[ExportOut]
    requests: list[RequestOut]
    directory: list[str]


class HoldOut(msgspec.Struct):
    id: UUID
    learner_id: UUID | None
    course_id: UUID | None
    reason: str
    placed_at: datetime
    released_at: datetime | None


class KeepingOut(msgspec.Struct):
    """`due`: how many records would go if it were tidied now."""

    kind: str
    title: str
    days: int
    least: int
    most: int
    due: int


class RightsOut(msgspec.Struct):
    requests: list[RequestOut]
    holds: list[HoldOut]
    exports: list[ExportOut]
    keeping: list[KeepingOut]
    directory: list[str]
