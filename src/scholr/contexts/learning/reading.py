"""Use cases that only read: policy, then one read transaction."""

from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import model, queries
from scholr.contexts.learning.errors import CertificateNotFound, CourseNotFound
from scholr.contexts.learning.policy import SEE_OWN, SEE_PROGRESS
from scholr.contexts.learning.queries import CertificateView, CourseRule, ProgressView, VerifiedCertificate
from scholr.contexts.learning.service import Standing, standing
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import MembershipId
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


async def whose(rx: ReadUnit, actor: Actor, learner_id: MembershipId | None) -> MembershipId:
    """The actor, or a member whose progress the actor may see; raises CourseNotFound for everybody else."""
    if actor.membership_id is None:
        raise Unauthenticated
    if learner_id is None or learner_id == actor.membership_id:
        return actor.membership_id
    if not may(actor, SEE_PROGRESS) or await identity.member(rx, learner_id) is None:
        raise CourseNotFound
    return learner_id


async def course_standing(
    platform: Platform, actor: Actor, *, course_id: UUID, learner_id: MembershipId | None = None
) -> Standing:
    """Where a learner stands; only somebody with a seat in the course stands anywhere in it."""
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        learner = await whose(rx, actor, learner_id)
        if await enrollment.active_enrollment(rx, learner, course_id) is None:
            raise CourseNotFound
        return await standing(rx, learner, course_id)


async def progress_list(
    platform: Platform, actor: Actor, *, learner_id: MembershipId | None = None
) -> list[ProgressView]:
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        return list((await queries.progress_of(rx, await whose(rx, actor, learner_id))).values())


async def rule_of(platform: Platform, actor: Actor, *, course_id: UUID) -> CourseRule:
    require(actor, SEE_PROGRESS)
    async with platform.db.read(actor.tenant_id) as rx:
        await catalog.access_course(rx, actor, course_id)
        return await queries.course_rule(rx, course_id)


async def certificates(
    platform: Platform, actor: Actor, *, learner_id: MembershipId | None = None
) -> list[CertificateView]:
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        return await queries.certificates_of(rx, await whose(rx, actor, learner_id))


async def access_certificate(platform: Platform, actor: Actor, *, certificate_id: UUID) -> CertificateView:
    """One's own certificate, or anybody's for staff; raises CertificateNotFound."""
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.certificate(rx, certificate_id)
    if found is None or not (found.learner_id == actor.membership_id or may(actor, SEE_PROGRESS)):
        raise CertificateNotFound
    return found


async def verify(platform: Platform, code: str) -> VerifiedCertificate:
    """For strangers: raises CertificateNotFound for a code that nobody was given, or that cannot be one."""
    parsed = model.parse_verification_code(code)
    if parsed is None:
        raise CertificateNotFound
    async with platform.db.read(None) as rx:
        found = await queries.verified(rx, parsed)
    if found is None:
        raise CertificateNotFound
    return found
