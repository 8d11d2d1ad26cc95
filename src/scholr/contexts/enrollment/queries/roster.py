"""The people of a cohort by name: enrolments joined with what identity publishes of its members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """`position` counts from 1 in the queue, None outside it; `last_seen_at` None before the first visit."""

    enrollment_id: UUID
    learner_id: MembershipId
    name: str
    email: str
    status: str
    position: int | None
    since: datetime | None
    asked_at: datetime
    extended_until: datetime | None
    last_seen_at: datetime | None


# Who waits and who asks, so many of each, those who wait longest first; the cohort's people by
# uq_enrollment_enrollment_learner, and each member that is shown by primary key.
_WAITING = statement("""
    with asked as (
        select e.*, row_number() over (partition by e.status order by e.place, e.updated_at, e.id) as number
        from enrollment_enrollment e
        where e.tenant_id = $1 and e.cohort_id = $2 and e.status in ('pending', 'waitlisted')
    )
    select a.id, a.learner_id, m.display_name, m.email, a.status,
           case when a.status = 'waitlisted' then a.number end, a.since, a.updated_at, a.extended_until, m.last_seen_at
    from asked a
    join identity_member m on m.tenant_id = a.tenant_id and m.id = a.learner_id
    where a.number <= $3
    order by a.status, a.number
""")

# Those of these enrolments that belong to the cohort; served by the primary key.
_CHOSEN = statement("""
    select e.id, e.learner_id, m.display_name, m.email, e.status, null::bigint, e.since, e.updated_at,
           e.extended_until, m.last_seen_at
    from enrollment_enrollment e
    join identity_member m on m.tenant_id = e.tenant_id and m.id = e.learner_id
    where e.tenant_id = $1 and e.cohort_id = $2 and e.id = any($3::uuid[]) and e.status = 'active'
    order by lower(m.display_name), e.id
""")

# A number for each of these cohorts; served by ix_enrollment_instructor_of's table, a handful of rows.
_NAMES = statement("""
    select i.cohort_id, m.display_name from enrollment_instructor i
    join identity_member m on m.tenant_id = i.tenant_id and m.id = i.instructor_id
    where i.tenant_id = $1 and i.cohort_id = any($2::uuid[]) order by lower(m.display_name)
""")


# One row at most; served by ix_identity_membership_email through identity's view.
_BY_EMAIL = statement(
    "select id from identity_member where tenant_id = $1 and lower(email) = lower($2) and status = 'active' limit 1"
)


async def member_by_email(rx: ReadUnit, email: str) -> MembershipId | None:
    """The active member with this address; nobody for an empty one, which belongs to the organisation's service."""
    if not (wanted := email.strip()):
        return None
    found: MembershipId | None = await rx.fetch_value(_BY_EMAIL, wanted)
    return found


async def waiting_people(rx: ReadUnit, cohort_id: UUID, *, limit: int) -> list[RosterPerson]:
    """Of those who ask and of those in the queue, so many each, whoever waits longest first."""
    return [RosterPerson(*row) for row in await rx.fetch(_WAITING, cohort_id, limit)]


async def chosen_people(rx: ReadUnit, cohort_id: UUID, enrollment_ids: Sequence[UUID]) -> list[RosterPerson]:
    """Those of the chosen who have a seat in this cohort; `position` is not told."""
    return [RosterPerson(*row) for row in await rx.fetch(_CHOSEN, cohort_id, list(enrollment_ids))]


async def instructor_names(rx: ReadUnit, cohort_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """By cohort, who runs it; cohorts that only administrators run are left out."""
    found: dict[UUID, list[str]] = {}
    for row in await rx.fetch(_NAMES, list(cohort_ids)):
        found.setdefault(row["cohort_id"], []).append(row["display_name"])
    return found
