"""The use cases of sync."""

from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.contexts.sync import model, repository
from scholr.contexts.sync.errors import CourseNotFound
from scholr.contexts.sync.events import LessonsSynced
from scholr.contexts.sync.model import Batch, SyncState
from scholr.contexts.sync.policy import ACT_FOR, STATE_READ, SYNC
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.audit import note
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


@retried
async def merge_batch(
    platform: Platform, actor: Actor, *, learner_id: MembershipId, course_id: UUID, batch: Batch
) -> SyncState:
    """Merge what a device kept; the same batch again changes nothing, and order does not matter.

    Raises CourseNotFound for a course or a learner that the actor may not touch.
    """
    require(actor, SYNC)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        await _access(tx, actor, learner_id, course_id)
        before = await repository.lock(tx, learner_id, course_id)
        after = model.receive(before, batch, now)
        if after != before:
            await repository.save(tx, learner_id, course_id, after)
        fresh = tuple(found for each in sorted(after.completed - before.completed) if (found := parse_id(each)))
        if fresh:
            await tx.emit(
                LessonsSynced(
                    tenant_id=tx.require_tenant(),
                    aggregate_id=learner_id,
                    occurred_at=now,
                    learner_id=learner_id,
                    course_id=course_id,
                    lesson_ids=fresh,
                )
            )
        return await _with_learning(tx, learner_id, course_id, after)


async def current_state(platform: Platform, actor: Actor, *, learner_id: MembershipId, course_id: UUID) -> SyncState:
    """The merged state together with what was completed online."""
    require(actor, SYNC)
    async with platform.db.read(actor.tenant_id) as rx:
        await _access(rx, actor, learner_id, course_id)
        found = await _with_learning(rx, learner_id, course_id, await repository.load(rx, learner_id, course_id))
    await note(platform, actor, STATE_READ, learner_id, owner=learner_id)
    return found


async def _with_learning(rx: ReadUnit, learner_id: MembershipId, course_id: UUID, state: SyncState) -> SyncState:
    online = await learning.completed_lessons(rx, learner_id, course_id)
    return model.merge(state, SyncState(completed=frozenset(str(each) for each in online)))


async def _access(rx: ReadUnit, actor: Actor, learner_id: MembershipId, course_id: UUID) -> None:
    """A learner with a seat syncs their own state; staff may for any member, as in a walkthrough."""
    if learner_id == actor.membership_id and not may(actor, ACT_FOR):
        if await enrollment.active_enrollment(rx, learner_id, course_id) is None:
            raise CourseNotFound
        return
    if not may(actor, ACT_FOR) or await identity.member(rx, learner_id) is None:
        raise CourseNotFound
    if await catalog.course(rx, course_id) is None:
        raise CourseNotFound
