"""Where learners stand: the folded facts, and what was kept of the fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.learning.model import Record
from scholr.contexts.learning.queries.notes import NoteView, notes_from_json
from scholr.contexts.learning.queries.rules import RULE_COLUMNS, CourseRule, rule_of
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform


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
class DeskLine:
    """One course of a learner, as their home shows it.

    `completed` holds the lessons that are done, while the course is not; the certificate's fields are None
    where there is none.
    """

    progress: ProgressView
    completed: frozenset[UUID]
    certificate_id: UUID | None
    certificate_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class LessonRoom:
    """What a learner brings to a lesson: the course's completed lessons, and their own notes in this one."""

    completed: frozenset[UUID]
    course_completed_at: datetime | None
    notes: tuple[NoteView, ...]


_RECORD_COLUMNS = (
    " (select coalesce(json_agg(json_build_array(lesson_id, completed_at)), '[]')::text from learning_completion"
    " where tenant_id = $1 and learner_id = $2 and course_id = $3) as completed,"
    " (select coalesce(json_agg(json_build_array(lesson_id, view_id, seconds)), '[]')::text from learning_view"
    " where tenant_id = $1 and learner_id = $2 and course_id = $3) as views,"
    " (select coalesce(json_agg(json_build_array(assessment_id, percentage_bp, recorded_at)), '[]')::text"
    " from learning_score where tenant_id = $1 and learner_id = $2 and course_id = $3) as scores,"
    " p.position_lesson_id, p.position_at, p.completed_at as course_completed_at"
)
_RECORD_TABLES = (
    "(select $1::uuid as tenant_id) t left join learning_progress p"
    " on p.tenant_id = t.tenant_id and p.learner_id = $2 and p.course_id = $3"
)

# One row, all by the (tenant, learner, course) indexes.
_RECORD = statement(f"select {_RECORD_COLUMNS} from {_RECORD_TABLES}")

# The same row with the course's rule, by its primary key.
_RECORD_WITH_RULE = statement(
    f"select {_RECORD_COLUMNS}, {RULE_COLUMNS} from {_RECORD_TABLES}"
    " left join learning_rule r on r.tenant_id = $1 and r.course_id = $3"
)

_PROGRESS_COLUMNS = (
    "learner_id, course_id, done, total, percent, position_lesson_id, last_seen_at, completed_at"
    " from learning_progress where tenant_id = $1"
)

# One row per course of the learner; served by the primary key.
_PROGRESS_OF = statement(f"select {_PROGRESS_COLUMNS} and learner_id = $2 order by last_seen_at desc")

# One row per learner asked for; served by ix_learning_progress_course.
_PROGRESS_IN = statement(f"select {_PROGRESS_COLUMNS} and course_id = $2 and learner_id = any($3::uuid[])")

# Every course in which the learner did something, the one used last first; by the primary key, and for the
# unfinished ones and the certificates by ix_learning_completion_course and uq_learning_certificate_learner.
_DESK = statement("""
    select p.learner_id, p.course_id, p.done, p.total, p.percent, p.position_lesson_id, p.last_seen_at, p.completed_at,
        case when p.completed_at is null then array(
            select d.lesson_id from learning_completion d
            where d.tenant_id = $1 and d.learner_id = $2 and d.course_id = p.course_id) end as completed,
        c.id as certificate_id, c.expires_at
    from learning_progress p
    left join learning_certificate c
        on c.tenant_id = $1 and c.learner_id = $2 and c.course_id = p.course_id and c.revoked_at is null
    where p.tenant_id = $1 and p.learner_id = $2 order by p.last_seen_at desc
""")

# A whole transaction in one round trip: moves the position, and reads what belongs to the learner by three indexes.
_OPEN_LESSON = statement("select * from learning_open_lesson($1 /* tenant_id */, $2, $3, $4, $5, $6)")

# The learner's completed lessons in a course; served by ix_learning_completion_course.
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
    return _record(row) if row else Record()


async def record_with_rule(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> tuple[Record, CourseRule]:
    """What `record` and `course_rule` say, in one statement."""
    row = await rx.fetch_row(_RECORD_WITH_RULE, learner_id, course_id)
    return (_record(row), rule_of(row)) if row else (Record(), CourseRule())


def _record(row: asyncpg.Record) -> Record:
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


async def desk_of(rx: ReadUnit, learner_id: MembershipId) -> list[DeskLine]:
    """The courses in which the learner did something, the one used last first."""
    return [
        DeskLine(ProgressView(*tuple(row)[:8]), frozenset(row["completed"] or ()), *tuple(row)[9:])
        for row in await rx.fetch(_DESK, learner_id)
    ]


async def open_lesson(
    platform: Platform,
    tenant_id: TenantId,
    learner_id: MembershipId,
    *,
    course_id: UUID,
    lesson_id: UUID,
    lesson_count: int,
    now: datetime | None,
) -> LessonRoom:
    """What the learner's page of a lesson shows beside its text; `now` None looks without moving the position.

    The caller has made sure that the learner has a seat and that the lesson is in the course.
    """
    rows = await platform.db.call(_OPEN_LESSON, tenant_id, learner_id, course_id, lesson_id, lesson_count, now)
    row = rows[0]
    return LessonRoom(frozenset(row["completed"]), row["finished_at"], notes_from_json(row["notes"]))
