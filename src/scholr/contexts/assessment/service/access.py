"""Loading and authorising in one step: what the actor may not see is not found."""

from typing import TypeVar
from uuid import UUID

from scholr.contexts.assessment.errors import AssessmentNotFound, AttemptNotFound, LearnerNotFound
from scholr.contexts.assessment.policy import ACT_FOR, SEE_HIDDEN, SEE_OWN, SEE_RESULTS, TAKE
from scholr.contexts.assessment.repository.attempts import (
    AttemptFacts,
    StartState,
    StoredAttempt,
    attempt_facts,
    stored_attempt,
)
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import Permission, may, require

A = TypeVar("A", bound=AttemptFacts)


def tenant_of(actor: Actor) -> TenantId:
    if actor.tenant_id is None:
        raise Unauthenticated
    return actor.tenant_id


def is_own(actor: Actor, learner_id: UUID) -> bool:
    return actor.membership_id is not None and actor.membership_id == learner_id


async def may_start_for(rx: ReadUnit, actor: Actor, learner_id: MembershipId, state: StartState | None) -> StartState:
    """Who may begin: a learner with a seat in the course, or staff for any member of the organisation.

    Staff act for people whom they have before them (a walkthrough, an invigilator), so a seat is not asked for.
    """
    if is_own(actor, learner_id):
        require(actor, TAKE)
    elif not may(actor, ACT_FOR):
        raise AssessmentNotFound
    if state is None or (state.hidden and not may(actor, SEE_HIDDEN)):
        raise AssessmentNotFound
    if not is_own(actor, learner_id):
        if await identity.member(rx, learner_id) is None:
            raise LearnerNotFound
    elif not may(actor, ACT_FOR):
        await catalog.access_course(rx, actor, state.course_id)
        await enrollment.require_enrolled(rx, actor, state.course_id)
    return state


async def access_attempt(
    platform: Platform, actor: Actor, attempt_id: UUID, permission: Permission, *, answers: bool = False
) -> StoredAttempt:
    """The attempt in one round trip, for its learner or for those who hold `permission` over others' attempts.

    `permission` is ACT_FOR where something is changed and SEE_RESULTS where it is only seen.
    """
    require(actor, TAKE if permission is ACT_FOR else SEE_OWN)
    found = await stored_attempt(platform, tenant_of(actor), attempt_id, answers=answers)
    return proven(actor, found, permission)


async def access_facts(platform: Platform, actor: Actor, attempt_id: UUID) -> AttemptFacts:
    """What never changes in the attempt, for whoever may save answers in it; usually without a round trip."""
    require(actor, TAKE)
    return proven(actor, await attempt_facts(platform, tenant_of(actor), attempt_id), ACT_FOR)


def proven(actor: Actor, found: A | None, permission: Permission) -> A:
    """The attempt, for its learner or for whoever holds the permission; raises AttemptNotFound."""
    if found is None or not (is_own(actor, found.learner_id) or may(actor, permission)):
        raise AttemptNotFound
    return found


def sees_results(actor: Actor) -> bool:
    return may(actor, SEE_RESULTS)


def own_id(actor: Actor) -> MembershipId:
    """The actor's own membership; raises Unauthenticated for whoever has none."""
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id
