"""Table definitions of compliance: the log, and what people and the law ask for.

Entries are written by `compliance_append` (migration 0011) and by nothing else.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import About, Erasure, Kind, Whose, describe, nobodys, of
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, within_tenant

_STANDING = text("released_at is null")


class EntryRow(TenantScoped, Base):
    """See `model.Entry`."""

    __tablename__ = "compliance_entry"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    request_id: Mapped[UUID | None]
    address: Mapped[str | None]
    details: Mapped[str]
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        UniqueConstraint("tenant_id", "id", name="uq_compliance_entry_id"),
        Index("ix_compliance_entry_happened", "tenant_id", "happened_at"),
        Index("ix_compliance_entry_actor", "tenant_id", "actor_id", "seq"),
        Index("ix_compliance_entry_subject", "tenant_id", "subject_id", "seq"),
        Index("ix_compliance_entry_action", "tenant_id", "action", "seq"),
    )


class ChainRow(TenantScoped, Base):
    """Where each organisation's chain ends."""

    __tablename__ = "compliance_chain"

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointRow(TenantScoped, Base):
    """See `model.Checkpoint`."""

    __tablename__ = "compliance_checkpoint"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime]
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class ErasureRow(TenantScoped, Base):
    """See `erasure.Erasure`."""

    __tablename__ = "compliance_erasure"
    __table_args__ = (
        Index(
            "uq_compliance_erasure_member",
            "tenant_id",
            "member_id",
            unique=True,
            postgresql_where=text("withdrawn_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    ground: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_at: Mapped[datetime]
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class ErasurePartRow(TenantScoped, Base):
    """What one part of the program has reported."""

    __tablename__ = "compliance_erasure_part"
    __table_args__ = (within_tenant("erasure_id", "compliance_erasure"),)

    erasure_id: Mapped[UUID] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)
    done_at: Mapped[datetime]


class HoldRow(TenantRow, Base):
    """What must stay: of a member, of a course, or both named (that member in that course); until `released_at`."""

    __tablename__ = "compliance_hold"
    __table_args__ = (
        CheckConstraint("num_nonnulls(learner_id, course_id) > 0", name="something"),
        Index("ix_compliance_hold_learner", "tenant_id", "learner_id", postgresql_where=_STANDING),
        Index("ix_compliance_hold_course", "tenant_id", "course_id", postgresql_where=_STANDING),
    )

    learner_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    reason: Mapped[str]
    placed_by: Mapped[UUID | None]
    placed_at: Mapped[datetime]
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime | None]


class RequestRow(TenantRow, Base):
    """Something that a member asks for and cannot do alone; `kind` and `state` are those of `rights`."""

    __tablename__ = "compliance_request"
    __table_args__ = (
        Index("ix_compliance_request_open", "tenant_id", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_compliance_request_learner", "tenant_id", "learner_id", "asked_at"),
        Index("ix_compliance_request_answered", "tenant_id", "answered_at"),
    )

    learner_id: Mapped[UUID]
    kind: Mapped[str]
    wish: Mapped[str]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(server_default=text("''"))
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]


class ExportRow(TenantRow, Base):
    """A file with everything about a member. `whole`: with the account that is theirs beyond the organisation.

    `stored_as` names the object, empty until there is one and again once it is gone. One runs at a time.
    """

    __tablename__ = "compliance_export"
    __table_args__ = (
        Index(
            "uq_compliance_export_running",
            "tenant_id",
            "learner_id",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_compliance_export_learner", "tenant_id", "learner_id", "asked_at"),
        Index("ix_compliance_export_expiry", "tenant_id", "expires_at", postgresql_where=text("stored_as <> ''")),
    )

    learner_id: Mapped[UUID]
    asked_by: Mapped[UUID | None]
    whole: Mapped[bool]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(BigInteger, server_default="0")
    stored_as: Mapped[str] = mapped_column(server_default=text("''"))


class RetentionRow(TenantScoped, Base):
    """How long an organisation keeps a kind, where that is not the standard time."""

    __tablename__ = "compliance_retention"

    kind: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None]


_LEARNER = Whose("learner_id")

describe(
    "compliance_entry",
    About(
        "The audit log: what was done, by whom, to what; ids only, and a network instead of a machine",
        Whose("subject_id"),
        of(Kind.BEHAVIOUR, "happened_at", "recorded_at", "action", "details", "subject_kind")
        | of(Kind.TECHNICAL, "address", "request_id", "token_id", "actor_kind")
        | of(Kind.TRACE, "actor_id"),
        ("seq", "prev_hash", "hash"),
        retention="audit log",
        withheld={
            "actor_id": "who of the staff acted under the organisation's orders (CJEU C-579/21); its kind is told",
            "address": "it is that of whoever did it; what the person did themself is in their own sessions",
            "request_id": "a number of the program's own",
            "token_id": "which key of whoever did it",
            "prev_hash": "proves the log, says nothing",
            "hash": "proves the log, says nothing",
        },
    ),
)
describe(
    "compliance_erasure",
    About(
        "That the person was erased: who asked, who confirmed, when it was over; what the ledger proves",
        Whose("member_id"),
        of(Kind.BEHAVIOUR, "ground", "requested_at", "confirmed_at", "withdrawn_at", "completed_at")
        | of(Kind.TRACE, "requested_by", "confirmed_by"),
        retention="for ever",
    ),
)
describe(
    "compliance_erasure_part",
    nobodys("How many rows each part of an erasure has emptied", "erasure_id", "part", "counts"),
)
describe("compliance_chain", nobodys("Where the audit log ends", "hash"))
describe("compliance_checkpoint", nobodys("A signature under the audit log", "key", "hash", "signature"))
describe(
    "compliance_hold",
    About(
        "That what is held of a person must stay, because a law asks for it",
        _LEARNER,
        of(Kind.WORDS, "reason")
        | of(Kind.BEHAVIOUR, "placed_at", "released_at")
        | of(Kind.TRACE, "placed_by", "released_by"),
        ("course_id",),
        retention="requests",
        erasure=Erasure.BLANKED,
        withheld={"reason": "it may name a proceeding that the person must not be warned of"},
    ),
)
describe(
    "compliance_request",
    About(
        "What the person asked for, by when it is due, what was answered",
        _LEARNER,
        of(Kind.WORDS, "wish", "answer")
        | of(Kind.BEHAVIOUR, "kind", "state", "asked_at", "due_at", "answered_at")
        | of(Kind.TRACE, "answered_by"),
        retention="requests",
        erasure=Erasure.BLANKED,
    ),
)
describe(
    "compliance_export",
    About(
        "That an export was made, for whom, until when it can be fetched",
        _LEARNER,
        of(Kind.BEHAVIOUR, "state", "asked_at", "ready_at", "expires_at") | of(Kind.TRACE, "asked_by"),
        ("size", "stored_as", "whole"),
        retention="exports",
        erasure=Erasure.DELETED,
    ),
)
describe(
    "compliance_retention",
    nobodys("How long the organisation keeps what", "kind", traces=("changed_by",)),
)
