"""The read side of learning."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record as Row

from scholr.contexts.learning.model import CertificateState, CompletionRule, Record, certificate_state
from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class CourseRule:
    """The completion rule with what it earns. `valid_months` None: the certificate never expires."""

    rule: CompletionRule = field(default_factory=CompletionRule)
    certificate: bool = True
    valid_months: int | None = None
    assessment_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ProgressView:
    """Where one learner stood when they last did something; `percent` is 100 exactly when completed."""

    learner_id: MembershipId
    course_id: UUID
    done: int
    total: int
    percent: int
    position_lesson_id: UUID | None
    last_seen_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """`state` as of the moment it was asked for."""

    id: UUID
    learner_id: MembershipId
    course_id: UUID
    number: str
    code: str
    learner_name: str
    course_title: str
    organization_name: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str

    def state(self, now: datetime) -> CertificateState:
        return certificate_state(self.expires_at, self.revoked_at, now)


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """What a stranger is told: what the paper says, and whether it still holds."""

    number: str
    learner_name: str
    course_title: str
    organization_name: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> CertificateState:
        return certificate_state(self.expires_at, self.revoked_at, now)


@dataclass(frozen=True, slots=True)
class NoteView:
    id: UUID
    lesson_id: UUID
    text: str
    updated_at: datetime


# One row, all by the (tenant, learner, course) indexes.
_RECORD = statement(
    "select"
    " (select coalesce(json_agg(json_build_array(lesson_id, completed_at)), '[]')::text from learning_completion"
    " where tenant_id = $1 and learner_id = $2 and course_id = $3) as completed,"
    " (select coalesce(json_agg(json_build_array(lesson_id, view_id, seconds)), '[]')::text from learning_view"
    " where tenant_id = $1 and learner_id = $2 and course_id = $3) as views,"
    " (select coalesce(json_agg(json_build_array(assessment_id, percentage_bp, recorded_at)), '[]')::text"
    " from learning_score where tenant_id = $1 and learner_id = $2 and course_id = $3) as scores,"
    " p.position_lesson_id, p.position_at, p.completed_at as course_completed_at"
    " from (select $1::uuid as tenant_id) t left join learning_progress p"
    " on p.tenant_id = t.tenant_id and p.learner_id = $2 and p.course_id = $3"
)

_PROGRESS_COLUMNS = (
    "learner_id, course_id, done, total, percent, position_lesson_id, last_seen_at, completed_at"
    " from learning_progress where tenant_id = $1"
)

# One row per course of the learner; served by the primary key.
_PROGRESS_OF = statement(f"select {_PROGRESS_COLUMNS} and learner_id = $2 order by last_seen_at desc")

# One row per learner asked for; served by ix_learning_progress_course.
_PROGRESS_IN = statement(f"select {_PROGRESS_COLUMNS} and course_id = $2 and learner_id = any($3::uuid[])")

# One row by primary key.
_RULE = statement(
    "select all_lessons, min_score_bp, min_view_seconds, certificate, valid_months, assessment_ids"
    " from learning_rule where tenant_id = $1 and course_id = $2"
)

_CERTIFICATE_COLUMNS = (
    "id, learner_id, course_id, number, code, learner_name, course_title, organization_name,"
    " issued_at, expires_at, revoked_at, revoked_reason from learning_certificate where tenant_id = $1"
)

# One row by primary key.
_CERTIFICATE = statement(f"select {_CERTIFICATE_COLUMNS} and id = $2")

# The learner's certificates, newest first; served by uq_learning_certificate_learner.
_CERTIFICATES_OF = statement(f"select {_CERTIFICATE_COLUMNS} and learner_id = $2 order by issued_at desc")

# One row by uq_learning_certificate_code, through the narrow function: a stranger has no tenant.
_VERIFY = statement("select * from learning_verify_certificate($2) where $1::uuid is null -- tenant_id")

# The learner's notes in a lesson, oldest first; served by ix_learning_note_lesson.
_NOTES = statement(
    "select id, lesson_id, text, updated_at from learning_note"
    " where tenant_id = $1 and learner_id = $2 and lesson_id = $3 order by id"
)

# The learner's completed lessons in any course; served by ix_learning_completion_course.
_COMPLETED = statement(
    "select lesson_id from learning_completion where tenant_id = $1 and learner_id = $2 and course_id = $3"
)


# Everybody with a fact in the course; three index scans by course, used when a course was published again.
_LEARNERS = statement(
    "select learner_id from learning_completion where tenant_id = $1 and course_id = $2"
    " union select learner_id from learning_score where tenant_id = $1 and course_id = $2"
    " union select learner_id from learning_progress where tenant_id = $1 and course_id = $2 order by 1"
)


async def learners_with_facts(rx: ReadUnit, course_id: UUID) -> list[MembershipId]:
    """In the order of their ids, so that two folds of one course lock in the same order."""
    return [row["learner_id"] for row in await rx.fetch(_LEARNERS, course_id)]


async def record(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> Record:
    """Everything the facts say, already folded by their keys: the first, largest or latest of each."""
    row = await rx.fetch_row(_RECORD, learner_id, course_id)
    if row is None:
        return Record()
    return Record(
        completed=dict(msgspec.json.decode(row["completed"], type=list[tuple[UUID, datetime]])),
        views={
            (lesson, view): seconds
            for lesson, view, seconds in msgspec.json.decode(row["views"], type=list[tuple[UUID, UUID, int]])
        },
        scores={
            assessment: (at, points)
            for assessment, points, at in msgspec.json.decode(row["scores"], type=list[tuple[UUID, int, datetime]])
        },
        position=(row["position_at"], row["position_lesson_id"]) if row["position_at"] else None,
        completed_at=row["course_completed_at"],
    )


async def progress_of(rx: ReadUnit, learner_id: MembershipId) -> dict[UUID, ProgressView]:
    """By course; courses in which nothing was done yet are left out. The one used last comes first."""
    return {row["course_id"]: ProgressView(*row) for row in await rx.fetch(_PROGRESS_OF, learner_id)}


async def progress_in(
    rx: ReadUnit, course_id: UUID, learner_ids: Sequence[MembershipId]
) -> dict[MembershipId, ProgressView]:
    """By learner; who has done nothing yet is left out."""
    rows = await rx.fetch(_PROGRESS_IN, course_id, list(learner_ids))
    return {row["learner_id"]: ProgressView(*row) for row in rows}


async def completed_lessons(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> frozenset[UUID]:
    return frozenset(row["lesson_id"] for row in await rx.fetch(_COMPLETED, learner_id, course_id))


async def course_rule(rx: ReadUnit, course_id: UUID) -> CourseRule:
    """The course's rule, or the usual one: all lessons, and a certificate that never expires."""
    row = await rx.fetch_row(_RULE, course_id)
    if row is None:
        return CourseRule()
    rule = CompletionRule(
        all_lessons=row["all_lessons"], min_score_bp=row["min_score_bp"], min_view_seconds=row["min_view_seconds"]
    )
    return CourseRule(rule, row["certificate"], row["valid_months"], tuple(row["assessment_ids"]))


async def certificate(rx: ReadUnit, certificate_id: UUID) -> CertificateView | None:
    return _certificate(await rx.fetch_row(_CERTIFICATE, certificate_id))


async def certificates_of(rx: ReadUnit, learner_id: MembershipId) -> list[CertificateView]:
    return [CertificateView(*row) for row in await rx.fetch(_CERTIFICATES_OF, learner_id)]


def _certificate(row: Row | None) -> CertificateView | None:
    return CertificateView(*row) if row else None


async def verified(rx: ReadUnit, code: str) -> VerifiedCertificate | None:
    """What is known under this code, in whichever organisation; `rx` has no tenant."""
    row = await rx.fetch_row(_VERIFY, code)
    return VerifiedCertificate(*row) if row else None


async def notes(rx: ReadUnit, learner_id: MembershipId, lesson_id: UUID) -> list[NoteView]:
    return [NoteView(*row) for row in await rx.fetch(_NOTES, learner_id, lesson_id)]
