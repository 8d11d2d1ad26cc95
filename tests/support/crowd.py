"""Many people in a cohort at once: rows as the use cases would leave them, written directly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.enrollment.facade import CohortView
from scholr.kernel.ids import MembershipId, new_id
from tests.support.school import School

_MEMBERS = """
insert into identity_membership (tenant_id, id, email, display_name, roles)
select $1, * , array['learner'] from unnest($2::uuid[], $3::text[], $4::text[])
"""
_SEATS = """
insert into enrollment_enrollment (tenant_id, id, cohort_id, course_id, learner_id, status, since)
select $1, i.id, $2, $3, i.learner, 'active', now() from unnest($4::uuid[], $5::uuid[]) as i (id, learner)
"""
_TAKEN = "update enrollment_cohort set taken = taken + $3, capacity = capacity + $3 where tenant_id = $1 and id = $2"
_PROGRESS = """
insert into learning_progress (tenant_id, learner_id, course_id, done, total, percent, last_seen_at)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_SCORE = """
insert into learning_score (tenant_id, learner_id, assessment_id, course_id, percentage_bp, recorded_at)
values ($1, $2, $3, $4, $5, now())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`seen_at` None: never in the course. `average` in basis points."""

    name: str
    done: int = 0
    seen_at: datetime | None = None
    average: int | None = None


async def seat_crowd(school: School, cohort: CohortView, people: Sequence[Person], *, total: int = 20) -> list[UUID]:
    """Give all of them a seat; returns the enrolments in the same order."""
    learners = [MembershipId(new_id()) for _ in people]
    seats = [new_id() for _ in people]
    tail = school.tenant_id.hex[-12:]
    emails = [f"{person.name.replace(' ', '.')}.{n}.{tail}@example.org" for n, person in enumerate(people)]
    seen = [(learner, person) for learner, person in zip(learners, people, strict=True) if person.seen_at]
    async with school.platform.db.write(school.tenant_id) as tx:
        tenant = school.tenant_id
        await tx.raw.execute(_MEMBERS, tenant, learners, emails, [person.name for person in people])
        await tx.raw.execute(_SEATS, tenant, cohort.id, cohort.course_id, seats, learners)
        await tx.raw.execute(_TAKEN, tenant, cohort.id, len(people))
        progress = [
            (tenant, learner, cohort.course_id, each.done, total, each.done * 100 // total, each.seen_at)
            for learner, each in seen
        ]
        await tx.raw.executemany(_PROGRESS, progress)
        assessment = new_id()
        scores = [
            (tenant, learner, assessment, cohort.course_id, each.average)
            for learner, each in zip(learners, people, strict=True)
            if each.average is not None
        ]
        await tx.raw.executemany(_SCORE, scores)
    return seats
