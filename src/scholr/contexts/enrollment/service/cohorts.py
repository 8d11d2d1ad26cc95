"""Cohorts: opening, changing, closing; who runs them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment.errors import CohortNotFound, InvalidCohort
from scholr.contexts.enrollment.events import CohortChanged, CohortCreated, CohortInstructorsChanged
from scholr.contexts.enrollment.model import CohortMode, CohortStatus, validate_cohort
from scholr.contexts.enrollment.policy import MANAGE_COHORTS
from scholr.contexts.enrollment.queries import cohorts as queries
from scholr.contexts.enrollment.queries.cohorts import CohortView
from scholr.contexts.enrollment.repository import seats as repository
from scholr.contexts.enrollment.service.seats import promote_waiting
from scholr.contexts.enrollment.tables import CohortRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortDraft:
    """What a cohort is to be. Without a name it gets the course's title."""

    capacity: int
    name: str | None = None
    mode: CohortMode = CohortMode.SELF
    status: CohortStatus = CohortStatus.OPEN
    waitlist: bool = True
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def checked(self, *, fallback_name: str, taken: int = 0) -> "CohortDraft":
        """Tidied; raises InvalidCohort or CapacityBelowTaken."""
        name, capacity = validate_cohort(
            fallback_name if self.name is None else self.name,
            self.capacity,
            taken=taken,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )
        return replace(self, name=name, capacity=capacity)


@retried
async def create_cohort(platform: Platform, actor: Actor, *, course_id: UUID, draft: CohortDraft) -> CohortView:
    """Open a cohort of a course; an instructor who does so runs it."""
    require(actor, MANAGE_COHORTS)
    runs_all = actor.has_role(Role.OWNER, Role.ADMIN)
    async with platform.db.write(actor.tenant_id) as tx:
        course = await catalog.access_course(tx, actor, course_id)
        row = CohortRow(id=new_id(), course_id=course_id, taken=0, waiting=0, last_place=0)
        _fill(row, draft.checked(fallback_name=course.title))
        repository.add_cohort(tx, row, None if runs_all else actor.membership_id)
        await tx.emit(
            CohortCreated(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.id,
                occurred_at=platform.clock.now(),
                course_id=course_id,
                capacity=row.capacity,
            )
        )
        return await _view(tx, row.id)


@retried
async def change_cohort(platform: Platform, actor: Actor, *, cohort_id: UUID, draft: CohortDraft) -> CohortView:
    """Make the cohort what the draft says; seats that this frees go to the queue in order.

    Raises CohortNotFound, InvalidCohort, or CapacityBelowTaken when more people have a seat.
    """
    require(actor, MANAGE_COHORTS)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.access_cohort(tx, actor, cohort_id, lock=True)
        _fill(row, draft.checked(fallback_name=row.name, taken=row.taken))
        now = platform.clock.now()
        await promote_waiting(tx, row, now)
        await tx.emit(
            CohortChanged(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.id,
                occurred_at=now,
                course_id=row.course_id,
                capacity=row.capacity,
                status=row.status,
            )
        )
        return await _view(tx, row.id)


@retried
async def set_instructors(
    platform: Platform, actor: Actor, *, cohort_id: UUID, instructor_ids: Sequence[MembershipId]
) -> list[MembershipId]:
    """Make exactly these people run the cohort. An instructor cannot take the cohort from themselves."""
    require(actor, MANAGE_COHORTS)
    wanted = sorted(set(instructor_ids))
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.access_cohort(tx, actor, cohort_id, lock=True)
        for each in wanted:
            await _require_teacher(tx, each)
        if not actor.has_role(Role.OWNER, Role.ADMIN) and actor.membership_id not in wanted:
            raise InvalidCohort(fields={"instructor_ids": "must include yourself"})
        await repository.set_instructors(tx, row.id, wanted)
        await tx.emit(
            CohortInstructorsChanged(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.id,
                occurred_at=platform.clock.now(),
                instructor_ids=tuple(wanted),
            )
        )
    return wanted


async def _require_teacher(rx: ReadUnit, member_id: MembershipId) -> None:
    found = await identity.member(rx, member_id)
    teaching = {Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT}
    if found is None or teaching.isdisjoint(found.roles):
        raise InvalidCohort(fields={"instructor_ids": "must all be people who teach here"})


def draft_of(found: CohortView) -> CohortDraft:
    """The cohort as it is, to be changed with `dataclasses.replace`."""
    return CohortDraft(
        capacity=found.capacity,
        name=found.name,
        mode=CohortMode(found.mode),
        status=CohortStatus(found.status),
        waitlist=found.waitlist,
        opens_at=found.opens_at,
        closes_at=found.closes_at,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
    )


def _fill(row: CohortRow, draft: CohortDraft) -> None:
    row.name = draft.name or ""
    row.capacity, row.waitlist = draft.capacity, draft.waitlist
    row.mode, row.status = draft.mode.value, draft.status.value
    row.opens_at, row.closes_at = draft.opens_at, draft.closes_at
    row.starts_at, row.ends_at = draft.starts_at, draft.ends_at


async def _view(tx: WriteUnit, cohort_id: UUID) -> CohortView:
    await tx.session.flush()
    found = await queries.cohort(tx, cohort_id)
    if found is None:
        raise CohortNotFound
    return found
