"""Table definitions of sync."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import About, Kind, Whose, describe, of
from scholr.platform.db.tables import Base, TenantScoped


class StateRow(TenantScoped, Base):
    """The merged state of one learner in one course; see `model.SyncState`."""

    __tablename__ = "sync_state"

    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    completed: Mapped[list[str]] = mapped_column(ARRAY(Text))
    position_lesson: Mapped[str | None]
    position_at: Mapped[datetime | None]
    ahead_lesson: Mapped[str | None]
    ahead_at: Mapped[datetime | None]


describe(
    "sync_state",
    About(
        "What the person's devices have told of a course",
        Whose("learner_id"),
        of(Kind.BEHAVIOUR, "completed", "position_lesson", "position_at", "ahead_lesson", "ahead_at"),
        ("course_id",),
    ),
)
