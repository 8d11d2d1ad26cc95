"""Table definitions of assessment."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from scholr.platform.db.personal import About, Erasure, Kind, Whose, describe, nobodys, of
from scholr.platform.db.tables import Base, TenantRow, TenantScoped, Timestamps, within_tenant

RUNNING = text("status = 'in_progress'")


class AssessmentRow(TenantRow, Timestamps, Base):
    """`settings` is an AssessmentPolicy; `revision` counts every change that a new attempt must see."""

    __tablename__ = "assessment_assessment"
    __table_args__ = (Index("ix_assessment_assessment_course", "tenant_id", "course_id", "id"),)

    course_id: Mapped[UUID]
    title: Mapped[str]
    hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    author_id: Mapped[UUID]


class BankRow(TenantRow, Timestamps, Base):
    """Questions to draw from, shared by the assessments of an organisation."""

    __tablename__ = "assessment_bank"

    title: Mapped[str]
    author_id: Mapped[UUID]


class QuestionRow(TenantRow, Timestamps, Base):
    """A question as its authors see it now; it belongs to one assessment or to one bank."""

    __tablename__ = "assessment_question"
    __table_args__ = (
        within_tenant("assessment_id", "assessment_assessment"),
        within_tenant("bank_id", "assessment_bank"),
        CheckConstraint("num_nonnulls(assessment_id, bank_id) = 1", name="one_home"),
        Index("ix_assessment_question_assessment", "tenant_id", "assessment_id", "position"),
        Index("ix_assessment_question_bank", "tenant_id", "bank_id", "position"),
    )

    assessment_id: Mapped[UUID | None]
    bank_id: Mapped[UUID | None]
    position: Mapped[int]
    type: Mapped[str]
    prompt: Mapped[str]
    points_micro: Mapped[int] = mapped_column(BigInteger)
    options: Mapped[list[str]] = mapped_column(JSONB)
    answer_key: Mapped[Any] = mapped_column(JSONB)
    explanation: Mapped[str] = mapped_column(server_default=text("''"))


class DrawRow(TenantRow, Timestamps, Base):
    """A place in an assessment that is filled by `count` questions drawn from a bank."""

    __tablename__ = "assessment_draw"
    __table_args__ = (
        within_tenant("assessment_id", "assessment_assessment"),
        within_tenant("bank_id", "assessment_bank"),
        CheckConstraint("count > 0", name="some"),
        Index("ix_assessment_draw_assessment", "tenant_id", "assessment_id"),
        Index("ix_assessment_draw_bank", "tenant_id", "bank_id"),
    )

    assessment_id: Mapped[UUID]
    bank_id: Mapped[UUID]
    position: Mapped[int]
    count: Mapped[int]


class VersionRow(TenantRow, Base):
    """An assessment frozen at one revision, made when the first attempt needs it. Never changed."""

    __tablename__ = "assessment_version"
    __table_args__ = (
        within_tenant("assessment_id", "assessment_assessment"),
        UniqueConstraint("tenant_id", "assessment_id", "revision", name="uq_assessment_version_revision"),
    )

    assessment_id: Mapped[UUID]
    revision: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), sort_order=90)


class AttemptRow(TenantRow, Base):
    """`sequence` counts the saved answers. `saves_until` (grace included) lets an autosave decide in one statement,
    `sweep_at` is when the sweep looks at a running attempt: both are kept in step with the accommodation, and
    what they refuse or find is decided anew from the accommodation itself.

    `seed` never leaves the server. `results` holds a grade's parts, `late_answers` what arrived only
    after the deadline and counts by the late policy, `penalty_percent` what that costs.
    """

    __tablename__ = "assessment_attempt"
    __table_args__ = (
        within_tenant("assessment_id", "assessment_assessment"),
        within_tenant("version_id", "assessment_version"),
        UniqueConstraint("tenant_id", "assessment_id", "learner_id", "attempt_no", name="uq_assessment_attempt_number"),
        Index(
            "uq_assessment_attempt_running",
            "tenant_id",
            "assessment_id",
            "learner_id",
            unique=True,
            postgresql_where=RUNNING,
        ),
        Index("ix_assessment_attempt_sweep", "sweep_at", postgresql_where=RUNNING),
        Index("ix_assessment_attempt_learner", "tenant_id", "learner_id"),
    )

    assessment_id: Mapped[UUID]
    version_id: Mapped[UUID]
    learner_id: Mapped[UUID]
    attempt_no: Mapped[int]
    status: Mapped[str]
    seed: Mapped[str]
    question_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID))
    sequence: Mapped[int] = mapped_column(server_default=text("0"))
    started_at: Mapped[datetime]
    saves_until: Mapped[datetime | None]
    sweep_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    score_micro: Mapped[int | None] = mapped_column(BigInteger)
    max_micro: Mapped[int | None] = mapped_column(BigInteger)
    results: Mapped[list[Any] | None] = mapped_column(JSONB)
    late_answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    penalty_percent: Mapped[int] = mapped_column(server_default=text("0"))


class AnswerRow(TenantScoped, Base):
    """The last answer to one question of an attempt that was saved in time."""

    __tablename__ = "assessment_answer"
    __table_args__ = (within_tenant("attempt_id", "assessment_attempt"),)

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    saved_at: Mapped[datetime]
    entries: Mapped[list[str]] = mapped_column(JSONB)


class AccommodationRow(TenantScoped, Timestamps, Base):
    __tablename__ = "assessment_accommodation"
    __table_args__ = (within_tenant("assessment_id", "assessment_assessment"),)

    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    learner_id: Mapped[UUID] = mapped_column(primary_key=True)
    extra_time_percent: Mapped[int] = mapped_column(server_default=text("0"))
    extra_time_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    extra_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    closes_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    author_id: Mapped[UUID]


class OverrideRow(TenantRow, Base):
    """One judgement of a person over one question's points; rows are added, never changed."""

    __tablename__ = "assessment_override"
    __table_args__ = (
        within_tenant("attempt_id", "assessment_attempt"),
        Index("ix_assessment_override_attempt", "tenant_id", "attempt_id"),
    )

    attempt_id: Mapped[UUID]
    question_id: Mapped[UUID]
    earned_micro: Mapped[int] = mapped_column(BigInteger)
    previous_micro: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    author_id: Mapped[UUID]
    created_at: Mapped[datetime]


_ASKED = "What the organisation asks in its exams"
_OF_ATTEMPT = Whose("attempt_id", through="assessment_attempt")

describe(
    "assessment_attempt",
    About(
        "An exam that the person took, and how it was graded",
        Whose("learner_id"),
        of(Kind.ASSESSMENT, "score_micro", "max_micro", "results", "penalty_percent", "attempt_no", "status")
        | of(Kind.WORDS, "late_answers")
        | of(Kind.BEHAVIOUR, "sequence", "started_at", "saves_until", "sweep_at", "finished_at"),
        ("assessment_id", "version_id", "question_ids", "seed"),
        erasure=Erasure.SEALED,
        withheld={"seed": "which questions are drawn and in which order: it would tell others what is asked"},
    ),
)
describe(
    "assessment_answer",
    About(
        "What the person answered",
        _OF_ATTEMPT,
        of(Kind.WORDS, "entries") | of(Kind.BEHAVIOUR, "sequence", "saved_at"),
        ("question_id",),
        erasure=Erasure.SEALED,
    ),
)
describe(
    "assessment_accommodation",
    About(
        "More time or more attempts for the person, and the note beside it",
        Whose("learner_id"),
        of(Kind.ASSESSMENT, "extra_time_percent", "extra_time_seconds", "extra_attempts", "closes_at")
        | of(Kind.WORDS, "note")
        | of(Kind.TRACE, "author_id"),
        ("assessment_id",),
        erasure=Erasure.SEALED,
    ),
)
describe(
    "assessment_override",
    About(
        "A grade that somebody changed by hand, and why",
        _OF_ATTEMPT,
        of(Kind.ASSESSMENT, "earned_micro", "previous_micro") | of(Kind.WORDS, "reason") | of(Kind.TRACE, "author_id"),
        ("question_id",),
        erasure=Erasure.SEALED,
    ),
)
describe("assessment_assessment", nobodys(_ASKED, "course_id", "title", "settings", traces=("author_id",)))
describe("assessment_bank", nobodys(_ASKED, "title", traces=("author_id",)))
describe(
    "assessment_question",
    nobodys(_ASKED, "assessment_id", "bank_id", "type", "prompt", "options", "answer_key", "explanation"),
)
describe("assessment_draw", nobodys(_ASKED, "assessment_id", "bank_id"))
describe("assessment_version", nobodys(_ASKED, "assessment_id", "content"))
