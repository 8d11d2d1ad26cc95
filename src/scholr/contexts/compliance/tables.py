"""Table definitions of compliance. Entries are written by `compliance_append` (migration 0011) and by nothing else."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.tables import Base, TenantScoped, within_tenant


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
