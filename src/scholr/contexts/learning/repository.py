"""Loads and saves of learning."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from scholr.contexts.learning.model import Progress, Record
from scholr.contexts.learning.queries.rules import CourseRule
from scholr.contexts.learning.tables import CertificateRow, NoteRow, RuleRow
from scholr.kernel.ids import MembershipId
from scholr.platform.db.forgetting import Forgetting
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

# One row where the completion is new, none where it was there; by primary key.
_COMPLETE = statement(
    "insert into learning_completion (tenant_id, learner_id, lesson_id, course_id, completed_at)"
    " values ($1, $2, $3, $4, $5) on conflict do nothing returning lesson_id"
)

# The lessons that were new among those given; by primary key.
_COMPLETE_MANY = statement(
    "insert into learning_completion (tenant_id, learner_id, lesson_id, course_id, completed_at)"
    " select $1, $2, lesson, $3, $5 from unnest($4::uuid[]) lesson on conflict do nothing returning lesson_id"
)

# By primary key; a later, shorter report of the same sitting changes nothing.
_VIEW = statement(
    "insert into learning_view (tenant_id, learner_id, lesson_id, view_id, course_id, seconds)"
    " values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, learner_id, lesson_id, view_id)"
    " do update set seconds = excluded.seconds where learning_view.seconds < excluded.seconds"
)

# By primary key; an older announcement that arrives late changes nothing.
_SCORE = statement(
    "insert into learning_score (tenant_id, learner_id, assessment_id, course_id, percentage_bp, recorded_at)"
    " values ($1, $2, $3, $4, $5, $6) on conflict (tenant_id, learner_id, assessment_id)"
    " do update set percentage_bp = excluded.percentage_bp, recorded_at = excluded.recorded_at"
    " where (learning_score.recorded_at, learning_score.percentage_bp)"
    " < (excluded.recorded_at, excluded.percentage_bp)"
)

# By primary key. The position moves forward in time only; the first completion of the course stays.
_PROGRESS = statement(
    "insert into learning_progress as p (tenant_id, learner_id, course_id, done, total, percent,"
    " position_lesson_id, position_at, last_seen_at, completed_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (tenant_id, learner_id, course_id) do update set"
    " done = excluded.done, total = excluded.total, percent = excluded.percent,"
    " position_lesson_id = case when p.position_at is null or excluded.position_at >= p.position_at"
    " then excluded.position_lesson_id else p.position_lesson_id end,"
    " position_at = greatest(p.position_at, excluded.position_at),"
    " last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at),"
    " completed_at = coalesce(p.completed_at, excluded.completed_at)"
)

# By primary key; whoever folds facts of one learner in one course waits here, so that two folds cannot cross.
_LOCK = statement(
    "select pg_advisory_xact_lock("
    "hashtextextended('learning' || $1::uuid::text || $2::uuid::text || $3::uuid::text, 0)) -- tenant_id"
)

# One row with the next serial of the year; by primary key, locked until the certificate is in.
_SERIAL = statement(
    "insert into learning_certificate_serial as s (tenant_id, year, last) values ($1, $2, 1)"
    " on conflict (tenant_id, year) do update set last = s.last + 1 returning last"
)

# One number; served by ix_learning_note_lesson.
_COUNT_NOTES = statement(
    "select count(*) from learning_note"
    " where tenant_id = $1 and learner_id = $2 and lesson_id = $3 and deleted_at is null"
)

# The few notes of one learner that were deleted; served by ix_learning_note_learner.
_PURGE_NOTES = statement("delete from learning_note where tenant_id = $1 and learner_id = $2 and deleted_at < $3")


async def lock_learner(tx: WriteUnit, learner_id: MembershipId, course_id: UUID) -> None:
    await tx.fetch(_LOCK, learner_id, course_id)


async def add_completion(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, lesson_id: UUID, at: datetime
) -> bool:
    """True when it is new."""
    return bool(await tx.fetch(_COMPLETE, learner_id, lesson_id, course_id, at))


async def add_completions(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, lessons: Iterable[UUID], at: datetime
) -> list[UUID]:
    """The lessons that were new."""
    return [row["lesson_id"] for row in await tx.fetch(_COMPLETE_MANY, learner_id, course_id, list(lessons), at)]


async def add_view(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, lesson_id: UUID, view_id: UUID, seconds: int
) -> None:
    await tx.execute(_VIEW, learner_id, lesson_id, view_id, course_id, seconds)


async def record_score(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, assessment_id: UUID, percentage_bp: int, at: datetime
) -> None:
    await tx.execute(_SCORE, learner_id, assessment_id, course_id, percentage_bp, at)


async def save_progress(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, record: Record, found: Progress, seen_at: datetime
) -> None:
    position = record.position
    await tx.execute(
        _PROGRESS,
        learner_id,
        course_id,
        found.done,
        found.total,
        found.percent,
        position[1] if position else None,
        position[0] if position else None,
        seen_at,
        record.completed_at,
    )


async def next_serial(tx: WriteUnit, year: int) -> int:
    serial: int = await tx.fetch_value(_SERIAL, year)
    return serial


async def certificate_of(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> CertificateRow | None:
    """Served by uq_learning_certificate_learner."""
    wanted = select(CertificateRow).where(
        CertificateRow.learner_id == learner_id, CertificateRow.course_id == course_id
    )
    return await rx.session.scalar(wanted)


async def certificate_row(rx: ReadUnit, certificate_id: UUID) -> CertificateRow | None:
    return await rx.session.scalar(select(CertificateRow).where(CertificateRow.id == certificate_id))


async def rule_row(rx: ReadUnit, course_id: UUID) -> RuleRow | None:
    return await rx.session.scalar(select(RuleRow).where(RuleRow.course_id == course_id))


async def save_rule(tx: WriteUnit, course_id: UUID, rule: CourseRule) -> None:
    row = await rule_row(tx, course_id)
    if row is None:
        row = RuleRow(course_id=course_id)
        tx.session.add(row)
    row.all_lessons = rule.rule.all_lessons
    row.min_score_bp = rule.rule.min_score_bp
    row.min_view_seconds = rule.rule.min_view_seconds
    row.assessment_ids = list(rule.assessment_ids)
    row.certificate = rule.certificate
    row.valid_months = rule.valid_months


async def count_notes(rx: ReadUnit, learner_id: MembershipId, lesson_id: UUID) -> int:
    count: int = await rx.fetch_value(_COUNT_NOTES, learner_id, lesson_id)
    return count


async def note_row(rx: ReadUnit, learner_id: MembershipId, note_id: UUID, *, deleted: bool = False) -> NoteRow | None:
    """A note of this learner, with `deleted` also one that was taken away; None for anybody else's."""
    wanted = select(NoteRow).where(NoteRow.id == note_id, NoteRow.learner_id == learner_id)
    return await rx.session.scalar(wanted if deleted else wanted.where(NoteRow.deleted_at.is_(None)))


async def purge_notes(tx: WriteUnit, learner_id: MembershipId, before: datetime) -> None:
    """Forget what the learner deleted before this moment."""
    await tx.execute(_PURGE_NOTES, learner_id, before)


# Every note of the learner, served by ix_learning_note_learner: nobody else ever saw them.
_FORGET_NOTES = statement("delete from learning_note where tenant_id = $1 and learner_id = $2")

# The learner's certificates, served by uq_learning_certificate_learner: they stay valid and say nobody's name.
_FORGET_CERTIFICATES = statement("""
update learning_certificate set learner_name = 'Former member',
    revoked_reason = case when revoked_reason = '' then '' else '[erased]' end
where tenant_id = $1 and learner_id = $2
""")


async def forget_learner(tx: WriteUnit, learner_id: UUID) -> dict[str, int]:
    """Progress and scores stay: they are numbers. Safe to repeat."""
    notes = await tx.execute(_FORGET_NOTES, learner_id)
    return {"notes": notes, "certificates": await tx.execute(_FORGET_CERTIFICATES, learner_id)}


# Sittings of people who were last in the course before then; by the primary keys of both within the organisation.
FORGET_VIEWS = Forgetting(
    "learning_view",
    "exists (select from learning_progress p where p.tenant_id = $1 and p.learner_id = x.learner_id"
    " and p.course_id = x.course_id and p.last_seen_at < $2)"
    " and not x.learner_id = any($3::uuid[]) and not x.course_id = any($4::uuid[])",
)

# Notes that their owner threw away; by the organisation's part of ix_learning_note_learner.
FORGET_DELETED_NOTES = Forgetting(
    "learning_note",
    "x.deleted_at < $2 and not x.learner_id = any($3::uuid[]) and not x.course_id = any($4::uuid[])",
)


def notes_of(learner_ids: Sequence[MembershipId]) -> Forgetting:
    """What these people noted, all of it; by ix_learning_note_learner."""
    ids = ",".join(f"'{UUID(str(each))}'" for each in learner_ids)
    return Forgetting(
        "learning_note",
        f"x.learner_id = any(array[{ids}]::uuid[]) and $2::timestamptz is not null"
        " and not x.learner_id = any($3::uuid[]) and not x.course_id = any($4::uuid[])",
    )
