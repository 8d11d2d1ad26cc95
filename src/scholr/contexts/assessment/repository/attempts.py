"""Attempts: the hot paths, each a single statement, and what staff change about them."""

import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.assessment.events import AttemptStarted, AttemptSubmitted
from scholr.contexts.assessment.grading import Grade, Outcome, QuestionResult
from scholr.contexts.assessment.model import (
    Accommodation,
    AssessmentPolicy,
    AttemptState,
    AttemptStatus,
)
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.outbox.codec import encode_payload
from scholr.platform.runtime import Platform

Answers = Mapping[str, tuple[str, ...]]

MOST_FACTS = 8_192


@dataclass(frozen=True, slots=True)
class StartState:
    """What a start is decided on. `version_id` is None when the present revision was never frozen."""

    assessment_id: UUID
    course_id: UUID
    hidden: bool
    policy: AssessmentPolicy
    version_id: UUID | None
    accommodation: Accommodation
    attempts: tuple[AttemptState, ...]
    running_id: UUID | None
    running_version_id: UUID | None


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What never changes in an attempt, so that it may be kept in memory. The seed stays on the server."""

    id: UUID
    assessment_id: UUID
    version_id: UUID
    learner_id: MembershipId
    seed: str
    question_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredAttempt(AttemptFacts):
    """One attempt with what its learner is given now. `answers` only where they were asked for."""

    state: AttemptState
    sequence: int
    finished_at: datetime | None
    score_micro: int | None
    max_micro: int | None
    penalty_percent: int
    accommodation: Accommodation
    answers: Answers


@dataclass(frozen=True, slots=True)
class Kept:
    """What one autosave wrote: each answer's sequence number, and until when answers are taken now."""

    sequences: Mapping[str, int]
    saves_until: datetime | None


class _Made(msgspec.Struct):
    id: UUID
    version_id: UUID
    attempt_no: int
    status: AttemptStatus
    started_at: datetime


# One row: the assessment by primary key, its version by uq_assessment_version_revision, the learner's
# accommodation by primary key, and all their attempts by uq_assessment_attempt_number.
_START_STATE = statement(
    """
    select a.id, a.course_id, a.hidden, a.settings::text as settings, v.id as version_id,
        c.extra_time_percent, c.extra_time_seconds, c.extra_attempts, c.closes_at as own_closes_at,
        (select coalesce(jsonb_agg(jsonb_build_object('attempt_no', n.attempt_no, 'status', n.status,
            'started_at', n.started_at, 'id', n.id, 'version_id', n.version_id)), '[]')::text
            from assessment_attempt n
            where n.tenant_id = $1 and n.assessment_id = a.id and n.learner_id = $3) as attempts
    from assessment_assessment a
    left join assessment_version v
        on v.tenant_id = $1 and v.assessment_id = a.id and v.revision = a.revision
    left join assessment_accommodation c
        on c.tenant_id = $1 and c.assessment_id = a.id and c.learner_id = $3
    where a.tenant_id = $1 and a.id = $2
    """
)

_BEGIN = statement(
    "select assessment_begin($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb) /* binds tenant_id */"
)
_STATE = statement("select * from assessment_attempt_state($1, $2, $3) /* binds tenant_id */")
_SAVE = statement("select * from assessment_save($1, $2, $3, $4::jsonb) /* binds tenant_id */")
_FINISH = statement(
    "select assessment_finish($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb, $11, $12, $13::jsonb)"
    " /* binds tenant_id */"
)


async def start_state(rx: ReadUnit, assessment_id: UUID, learner_id: UUID) -> StartState | None:
    row = await rx.fetch_row(_START_STATE, assessment_id, learner_id)
    if row is None:
        return None
    made = msgspec.json.decode(row["attempts"], type=list[_Made])
    running = next((each for each in made if each.status is AttemptStatus.IN_PROGRESS), None)
    return StartState(
        row["id"],
        row["course_id"],
        row["hidden"],
        msgspec.json.decode(row["settings"], type=AssessmentPolicy),
        row["version_id"],
        _accommodation_of(row),
        tuple(AttemptState(each.attempt_no, each.status, each.started_at) for each in made),
        running.id if running else None,
        running.version_id if running else None,
    )


def _accommodation_of(row: asyncpg.Record) -> Accommodation:
    return Accommodation(
        extra_time_percent=row["extra_time_percent"] or 0,
        extra_time_seconds=row["extra_time_seconds"] or 0,
        extra_attempts=row["extra_attempts"] or 0,
        closes_at=row["own_closes_at"],
    )


async def begin(
    platform: Platform,
    event: AttemptStarted,
    *,
    version_id: UUID,
    seed: str,
    question_ids: Sequence[str],
    saves_until: datetime | None,
    sweep_at: datetime | None,
) -> bool:
    """Make the attempt and its event in one statement; False when another request was first."""
    rows = await platform.db.call(
        _BEGIN,
        event.tenant_id,
        event.aggregate_id,
        event.assessment_id,
        version_id,
        event.learner_id,
        event.attempt_no,
        seed,
        [UUID(each) for each in question_ids],
        event.occurred_at,
        saves_until,
        sweep_at,
        event.event_id,
        encode_payload(event),
    )
    return bool(rows[0][0])


async def stored_attempt(
    platform: Platform, tenant_id: TenantId, attempt_id: UUID, *, answers: bool = False
) -> StoredAttempt | None:
    """One round trip. Rows by primary key."""
    rows = await platform.db.call(_STATE, tenant_id, attempt_id, answers)
    return _attempt_of(rows[0]) if rows else None


async def attempt_in(rx: ReadUnit, attempt_id: UUID, *, answers: bool = False) -> StoredAttempt | None:
    """The same inside a transaction."""
    row = await rx.fetch_row(_STATE, attempt_id, answers)
    return _attempt_of(row) if row else None


def _attempt_of(row: asyncpg.Record) -> StoredAttempt:
    saved = msgspec.json.decode(row["answers"], type=dict[str, tuple[str, ...]]) if row["answers"] else {}
    return StoredAttempt(
        row["id"],
        row["assessment_id"],
        row["version_id"],
        MembershipId(row["learner_id"]),
        row["seed"],
        tuple(sys.intern(str(each)) for each in row["question_ids"]),
        AttemptState(row["attempt_no"], AttemptStatus(row["status"]), row["started_at"]),
        row["sequence"],
        row["finished_at"],
        row["score_micro"],
        row["max_micro"],
        row["penalty_percent"],
        _accommodation_of(row),
        saved,
    )


async def save_answers(
    platform: Platform, tenant_id: TenantId, attempt_id: UUID, now: datetime, answers: Answers
) -> Kept | None:
    """Keep answers; None when the attempt is finished or `now` is past its stored end.

    Holds the attempt's row lock for this one statement.
    """
    rows = await platform.db.call(_SAVE, tenant_id, attempt_id, now, msgspec.json.encode(answers).decode())
    if not rows:
        return None
    return Kept({str(row["question_id"]): row["sequence"] for row in rows}, rows[0]["saves_until"])


_facts: OrderedDict[tuple[UUID, UUID], AttemptFacts] = OrderedDict()


async def attempt_facts(platform: Platform, tenant_id: TenantId, attempt_id: UUID) -> AttemptFacts | None:
    """From memory for attempts that this process has seen lately; they never change."""
    known = _facts.get((tenant_id, attempt_id))
    if known is not None:
        _facts.move_to_end((tenant_id, attempt_id))
        return known
    found = await stored_attempt(platform, tenant_id, attempt_id)
    if found is None:
        return None
    return remember_facts(
        tenant_id,
        AttemptFacts(found.id, found.assessment_id, found.version_id, found.learner_id, found.seed, found.question_ids),
    )


def remember_facts(tenant_id: TenantId, facts: AttemptFacts) -> AttemptFacts:
    """Keep the facts for the next autosave; only of attempts that are committed."""
    _facts[(tenant_id, facts.id)] = facts
    while len(_facts) > MOST_FACTS:
        _facts.popitem(last=False)
    return facts


async def finish(
    platform: Platform,
    event: AttemptSubmitted,
    grade: Grade,
    *,
    seen: int,
    arriving: Answers,
    late: Answers,
    penalty_percent: int,
) -> bool:
    """Store the grade, the answers that came with the submission, and the event, in one statement.

    False when the attempt was finished by another, or when answers were saved after `seen`.
    """
    rows = await platform.db.call(
        _FINISH,
        event.tenant_id,
        event.aggregate_id,
        seen,
        event.status,
        event.occurred_at,
        grade.score_micro,
        grade.max_micro,
        results_as_json(grade),
        msgspec.json.encode(arriving).decode(),
        msgspec.json.encode(late).decode() if late else None,
        penalty_percent,
        event.event_id,
        encode_payload(event),
    )
    return bool(rows[0][0])


def results_as_json(grade: Grade) -> str:
    return msgspec.json.encode(
        [
            {"question": r.question_id, "earned": r.earned_micro, "possible": r.possible_micro, "outcome": r.outcome}
            for r in grade.results
        ]
    ).decode()


def results_from_json(text: str) -> tuple[QuestionResult, ...]:
    return tuple(
        QuestionResult(raw["question"], raw["earned"], raw["possible"], Outcome(raw["outcome"]))
        for raw in msgspec.json.decode(text)
    )
