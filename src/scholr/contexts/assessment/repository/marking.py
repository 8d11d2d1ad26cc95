"""Grades that people change, and what some learners are given beyond the policy."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from scholr.contexts.assessment.grading import Grade
from scholr.contexts.assessment.model import AssessmentPolicy, accepts_until, expires_at
from scholr.contexts.assessment.repository.attempts import StoredAttempt, results_as_json
from scholr.contexts.assessment.tables import AccommodationRow, OverrideRow
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

# One value by primary key, the attempt locked until the transaction ends.
_LOCK_RESULTS = statement(
    "select results::text from assessment_attempt where tenant_id = $1 and id = $2 for no key update"
)

# Touches one row by primary key.
_STORE = statement(
    "update assessment_attempt set score_micro = $3, max_micro = $4, results = $5::jsonb"
    " where tenant_id = $1 and id = $2"
)

# The running attempt of one learner, at most one; served by uq_assessment_attempt_running.
_RUNNING = statement(
    "select id from assessment_attempt"
    " where tenant_id = $1 and assessment_id = $2 and learner_id = $3 and status = 'in_progress'"
)

# Touches one row by primary key.
_RESCHEDULE = statement(
    "update assessment_attempt set saves_until = $3, sweep_at = $4"
    " where tenant_id = $1 and id = $2 and status = 'in_progress'"
)

# Running attempts whose time is over, the longest overdue first; served by ix_assessment_attempt_sweep.
_OVERDUE = statement(
    "select id from assessment_attempt"
    " where tenant_id = $1 and status = 'in_progress' and sweep_at < $2 order by sweep_at limit $3"
)


async def lock_results(tx: WriteUnit, attempt_id: UUID) -> str | None:
    """The stored parts of a grade; one judge at a time. None for a running or unknown attempt."""
    found: str | None = await tx.fetch_value(_LOCK_RESULTS, attempt_id)
    return found


async def store_judgement(tx: WriteUnit, row: OverrideRow, grade: Grade) -> None:
    tx.session.add(row)
    await tx.session.flush()
    await tx.execute(_STORE, row.attempt_id, grade.score_micro, grade.max_micro, results_as_json(grade))


async def accommodation_row(rx: ReadUnit, assessment_id: UUID, learner_id: UUID) -> AccommodationRow | None:
    """One row by primary key."""
    query = select(AccommodationRow).where(
        AccommodationRow.assessment_id == assessment_id, AccommodationRow.learner_id == learner_id
    )
    return await rx.session.scalar(query)


async def accommodations_of(rx: ReadUnit, assessment_id: UUID) -> Sequence[AccommodationRow]:
    """Everything given in one assessment, by learner id; served by the primary key."""
    query = select(AccommodationRow).where(AccommodationRow.assessment_id == assessment_id)
    return (await rx.session.scalars(query.order_by(AccommodationRow.learner_id))).all()


async def delete_accommodation(tx: WriteUnit, assessment_id: UUID, learner_id: UUID) -> bool:
    """By primary key. False when the learner was given nothing."""
    given = AccommodationRow.assessment_id == assessment_id, AccommodationRow.learner_id == learner_id
    gone = delete(AccommodationRow).where(*given).returning(AccommodationRow.learner_id)
    return await tx.session.scalar(gone) is not None


async def running_attempt(rx: ReadUnit, assessment_id: UUID, learner_id: UUID) -> UUID | None:
    found: UUID | None = await rx.fetch_value(_RUNNING, assessment_id, learner_id)
    return found


async def reschedule(tx: WriteUnit, attempt: StoredAttempt, policy: AssessmentPolicy) -> None:
    """Bring the stored ends of a running attempt in step with what its learner is given now."""
    started_at, given = attempt.state.started_at, attempt.accommodation
    ends = accepts_until(started_at, policy, given), expires_at(started_at, policy, given)
    await tx.execute(_RESCHEDULE, attempt.id, *ends)


async def overdue_attempts(rx: ReadUnit, now: datetime, limit: int) -> list[UUID]:
    return [row["id"] for row in await rx.fetch(_OVERDUE, now, limit)]


# Words that the learner wrote in answers, over their attempts by ix_assessment_attempt_learner. Numbers and choices
# are no words of anybody's and stay, so that statistics do.
_FORGET_ANSWERS = statement("""
update assessment_answer w set entries = (
    select coalesce(jsonb_agg(case when e.said = '' then '' else '[erased]' end), '[]')
    from jsonb_array_elements_text(w.entries) as e (said))
from assessment_attempt t join assessment_version v on v.tenant_id = $1 and v.id = t.version_id
where t.tenant_id = $1 and t.learner_id = $2 and w.tenant_id = $1 and w.attempt_id = t.id
    and v.content -> 'questions' -> w.question_id::text ->> 'type' = any($3::text[])
""")
_FORGET_LATE = statement("""
update assessment_attempt set late_answers = null
where tenant_id = $1 and learner_id = $2 and late_answers is not null
""")
_FORGET_REASONS = DefinerCall("assessment_forget_reasons", 2)
_FORGET_NOTES = statement(
    "update assessment_accommodation set note = '' where tenant_id = $1 and learner_id = $2 and note <> ''"
)


async def forget_learner(tx: WriteUnit, learner_id: UUID, worded: Sequence[str]) -> dict[str, int]:
    """Grades stay: they are numbers. `worded` are the types of questions that are answered in words."""
    return {
        "answers": await tx.execute(_FORGET_ANSWERS, learner_id, list(worded)),
        "late_answers": await tx.execute(_FORGET_LATE, learner_id),
        "reasons": (await tx.ask(_FORGET_REASONS, tx.require_tenant(), learner_id))[0][0],
        "notes": await tx.execute(_FORGET_NOTES, learner_id),
    }
