"""Legal holds: what a law asks to be kept is neither forgotten nor erased until the hold is released."""

from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.errors import HoldNotFound, InvalidHold
from scholr.contexts.compliance.events import HoldPlaced, HoldReleased
from scholr.contexts.compliance.policy import MANAGE_PRIVACY
from scholr.contexts.compliance.service.sealing import REASON, sealed
from scholr.contexts.compliance.tables import HoldRow
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

LONGEST_REASON = 2000


async def is_held(rx: ReadUnit, membership_id: MembershipId) -> bool:
    """Whether something that concerns the member must stay: a hold on them, or on a course that they are or were in."""
    standing = await queries.held(rx)
    if membership_id in standing.learners:
        return True
    for course_id in standing.courses:
        if await enrollment.enrollments_in_course(rx, membership_id, course_id):
            return True
    return False


@retried
async def place_hold(
    platform: Platform, actor: Actor, *, learner_id: MembershipId | None, course_id: UUID | None, reason: str
) -> UUID:
    """Keep all that concerns the member, or the course; with both, all of the member (more is kept, never less).

    Raises InvalidHold, MemberNotFound, CourseNotFound.
    """
    tenant_id = require(actor, MANAGE_PRIVACY)
    why, now = reason.strip(), platform.clock.now()
    if learner_id is None and course_id is None:
        raise InvalidHold(fields={"learner_id": "say whose records, or those of which course"})
    if not 0 < len(why) <= LONGEST_REASON:
        raise InvalidHold(fields={"reason": f"say why, in at most {LONGEST_REASON} characters"})
    async with platform.db.write(tenant_id) as tx:
        await repository.hold_alone(tx)
        if learner_id is not None:
            await identity.require_member(tx, learner_id)
        if course_id is not None:
            await catalog.require_course(tx, course_id)
        row = HoldRow(
            id=new_id(),
            learner_id=learner_id,
            course_id=course_id,
            reason=await sealed(platform, tx, learner_id, REASON, why) if learner_id else why,
            placed_by=actor.membership_id,
            placed_at=now,
        )
        tx.session.add(row)
        await tx.emit(
            HoldPlaced(
                tenant_id=tenant_id, aggregate_id=row.id, occurred_at=now, learner_id=learner_id, course_id=course_id
            )
        )
    return row.id


@retried
async def release_hold(platform: Platform, actor: Actor, hold_id: UUID) -> None:
    """From now on nothing is kept because of it; released twice it stays released. Raises HoldNotFound."""
    tenant_id, now = require(actor, MANAGE_PRIVACY), platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        row = await repository.hold_row(tx, hold_id)
        if row is None:
            raise HoldNotFound
        if row.released_at is not None:
            return
        row.released_at, row.released_by = now, actor.membership_id
        await tx.emit(
            HoldReleased(
                tenant_id=tenant_id,
                aggregate_id=row.id,
                occurred_at=now,
                learner_id=row.learner_id,
                course_id=row.course_id,
            )
        )
