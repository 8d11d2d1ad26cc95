"""Table definitions of learning: facts with natural keys, what was folded from them, and certificates."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import About, Erasure, Kind, Whose, describe, nobodys, of
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps


class CompletionRow(TenantScoped, Base):
    """A learner completed a lesson: the first time counts, repetitions change nothing."""

    __tablename__ = "learning_completion"
    __table_args__ = (
        Index("ix_learning_completion_course", "tenant_id", "course_id", "learner_id"),
        Index("ix_learning_completion_moment", "tenant_id", "completed_at"),
    )

    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    completed_at: Mapped[datetime]


class ViewRow(TenantScoped, Base):
    """One sitting in a lesson; its seconds only grow."""

    __tablename__ = "learning_view"
    __table_args__ = (Index("ix_learning_view_course", "tenant_id", "course_id", "learner_id"),)

    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    seconds: Mapped[int]


class ScoreRow(TenantScoped, Base):
    """The learner's standing in an assessment, as assessment announced it last."""

    __tablename__ = "learning_score"
    __table_args__ = (Index("ix_learning_score_course", "tenant_id", "course_id", "learner_id"),)

    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    percentage_bp: Mapped[int]
    recorded_at: Mapped[datetime]


class ProgressRow(TenantScoped, Base):
    """Folded from the facts and from the course as published then; can be deleted and rebuilt.

    `completed_at` is a fact, not folded: once a course was completed it stays so.
    """

    __tablename__ = "learning_progress"
    __table_args__ = (Index("ix_learning_progress_course", "tenant_id", "course_id"),)

    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    done: Mapped[int]
    total: Mapped[int]
    percent: Mapped[int]
    position_lesson_id: Mapped[UUID | None]
    position_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]


class RuleRow(TenantScoped, Timestamps, Base):
    """What completes a course; a course without a row asks for all lessons."""

    __tablename__ = "learning_rule"

    course_id: Mapped[UUID] = mapped_column(primary_key=True)
    all_lessons: Mapped[bool]
    min_score_bp: Mapped[int]
    min_view_seconds: Mapped[int]
    assessment_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    certificate: Mapped[bool]
    valid_months: Mapped[int | None]


class CertificateRow(TenantRow, Base):
    """What it says was true when it was issued; names are kept as they were then."""

    __tablename__ = "learning_certificate"
    __table_args__ = (
        Index("uq_learning_certificate_learner", "tenant_id", "learner_id", "course_id", unique=True),
        Index("uq_learning_certificate_code", "code", unique=True),
    )

    learner_id: Mapped[UUID]
    course_id: Mapped[UUID]
    number: Mapped[str]
    code: Mapped[str]
    learner_name: Mapped[str]
    course_title: Mapped[str]
    organization_name: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(server_default=text("''"))


class CertificateSerialRow(TenantScoped, Base):
    """The last number that was given out in a year."""

    __tablename__ = "learning_certificate_serial"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class NoteRow(TenantRow, Timestamps, Base):
    """A learner's own note beside a lesson; nobody else reads it."""

    __tablename__ = "learning_note"
    __table_args__ = (
        Index("ix_learning_note_lesson", "tenant_id", "learner_id", "lesson_id"),
        Index("ix_learning_note_learner", "tenant_id", "learner_id", "id"),
    )

    learner_id: Mapped[UUID]
    course_id: Mapped[UUID]
    lesson_id: Mapped[UUID]
    block_id: Mapped[str] = mapped_column(server_default=text("''"))
    quote: Mapped[str] = mapped_column(server_default=text("''"))
    text: Mapped[str]
    deleted_at: Mapped[datetime | None]


_LEARNER = Whose("learner_id")

describe(
    "learning_completion",
    About(
        "Which lessons the person has completed, and when",
        _LEARNER,
        of(Kind.BEHAVIOUR, "completed_at"),
        ("lesson_id", "course_id"),
    ),
)
describe(
    "learning_view",
    About(
        "How long the person had a lesson open",
        _LEARNER,
        of(Kind.BEHAVIOUR, "view_id", "seconds"),
        ("lesson_id", "course_id"),
        retention="views",
    ),
)
describe(
    "learning_score",
    About(
        "The person's standing in an assessment",
        _LEARNER,
        of(Kind.ASSESSMENT, "percentage_bp", "recorded_at"),
        ("assessment_id", "course_id"),
    ),
)
describe(
    "learning_progress",
    About(
        "How far the person has come in a course, and where they were last",
        _LEARNER,
        of(
            Kind.BEHAVIOUR,
            *("done", "total", "percent", "position_lesson_id", "position_at", "last_seen_at", "completed_at"),
        ),
        ("course_id",),
    ),
)
describe(
    "learning_certificate",
    About(
        "A certificate: what was certified, under which name",
        _LEARNER,
        of(Kind.IDENTITY, "learner_name")
        | of(Kind.ASSESSMENT, "number", "code", "issued_at", "expires_at", "revoked_at")
        | of(Kind.WORDS, "revoked_reason"),
        ("course_id", "course_title", "organization_name"),
        erasure=Erasure.BLANKED,
    ),
)
describe(
    "learning_note",
    About(
        "The person's own notes beside a lesson",
        _LEARNER,
        of(Kind.WORDS, "quote", "text") | of(Kind.BEHAVIOUR, "block_id", "deleted_at"),
        ("course_id", "lesson_id"),
        retention="notes",
        erasure=Erasure.DELETED,
    ),
)
describe("learning_rule", nobodys("What completes a course", "course_id", "assessment_ids"))
describe("learning_certificate_serial", nobodys("The last number of a year"))
