"""What is still to be done by a learner, over several courses at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from scholr.contexts.assessment.model import Accommodation, AssessmentPolicy, attempts_allowed, closing_time
from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class DueLine:
    """An assessment that the learner can still begin or go on with.

    `closes_at` includes the learner's own extension, None means that it does not close; `attempts_left` None means
    unlimited; `running` says that an attempt was begun and not handed in.
    """

    assessment_id: UUID
    course_id: UUID
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    time_limit_seconds: int
    attempts_used: int
    attempts_left: int | None
    running: bool


# The visible assessments of some courses, with what the learner has used of each; served by
# ix_assessment_assessment_course, uq_assessment_attempt_number and the accommodation's primary key.
_OF_LEARNER = statement("""
    select a.id, a.course_id, a.title, a.settings::text as settings,
        o.extra_time_percent, o.extra_time_seconds, o.extra_attempts, o.closes_at,
        coalesce(t.used, 0) as used, coalesce(t.running, false) as running
    from assessment_assessment a
    left join assessment_accommodation o
        on o.tenant_id = $1 and o.assessment_id = a.id and o.learner_id = $2
    left join lateral (
        select count(*) as used, bool_or(n.status = 'in_progress') as running
        from assessment_attempt n where n.tenant_id = $1 and n.assessment_id = a.id and n.learner_id = $2
    ) t on true
    where a.tenant_id = $1 and a.course_id = any($3::uuid[]) and not a.hidden
    order by a.id
""")


async def due_for(rx: ReadUnit, learner_id: MembershipId, course_ids: Sequence[UUID], now: datetime) -> list[DueLine]:
    """The soonest to close first, those that do not close last.

    Left out are those that have closed, and those handed in once, although another attempt may be allowed.
    """
    lines = [_line(row) for row in await rx.fetch(_OF_LEARNER, learner_id, list(course_ids))]
    far = datetime.max.replace(tzinfo=UTC)
    open_ones = [
        line
        for line in lines
        if line.running or (line.attempts_used == 0 and (line.closes_at is None or now < line.closes_at))
    ]
    return sorted(open_ones, key=lambda line: (line.closes_at or far, line.assessment_id))


def _line(row: Record) -> DueLine:
    policy = msgspec.json.decode(row["settings"], type=AssessmentPolicy)
    given = Accommodation(
        extra_time_percent=row["extra_time_percent"] or 0,
        extra_time_seconds=row["extra_time_seconds"] or 0,
        extra_attempts=row["extra_attempts"] or 0,
        closes_at=row["closes_at"],
    )
    allowed, limit = attempts_allowed(policy, given), policy.time_limit_seconds
    return DueLine(
        assessment_id=row["id"],
        course_id=row["course_id"],
        title=row["title"],
        opens_at=policy.opens_at,
        closes_at=closing_time(policy, given),
        time_limit_seconds=limit + limit * given.extra_time_percent // 100 + given.extra_time_seconds if limit else 0,
        attempts_used=row["used"],
        attempts_left=None if allowed is None else max(0, allowed - row["used"]),
        running=row["running"],
    )
