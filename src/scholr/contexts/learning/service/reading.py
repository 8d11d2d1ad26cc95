"""Use cases that only read: policy, then one read transaction."""

from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import model
from scholr.contexts.learning.errors import CertificateNotFound, CourseNotFound
from scholr.contexts.learning.policy import (
    CERTIFICATE_READ,
    CERTIFICATES_LISTED,
    CERTIFICATES_READ,
    PROGRESS_READ,
    SEE_ALL_CERTIFICATES,
    SEE_OWN,
    SEE_PROGRESS,
    VERIFICATION,
)
from scholr.contexts.learning.queries import certificates as papers
from scholr.contexts.learning.queries.certificates import CertificateView, VerifiedCertificate
from scholr.contexts.learning.queries.progress import ProgressView, progress_of
from scholr.contexts.learning.queries.rules import CourseRule, course_rule
from scholr.contexts.learning.service.certificates import may_see
from scholr.contexts.learning.service.progress import Standing, standing
from scholr.contexts.learning.service.sealing import opened_papers
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid, Unauthenticated
from scholr.kernel.ids import MembershipId, parse_id
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.audit import note
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
        found = await standing(rx, learner, course_id)
    await note(platform, actor, PROGRESS_READ, learner, owner=learner)
    return found


async def progress_list(
    platform: Platform, actor: Actor, *, learner_id: MembershipId | None = None
) -> list[ProgressView]:
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        learner = await whose(rx, actor, learner_id)
        found = list((await progress_of(rx, learner)).values())
    await note(platform, actor, PROGRESS_READ, learner, owner=learner)
    return found


async def rule_of(platform: Platform, actor: Actor, *, course_id: UUID) -> CourseRule:
    require(actor, SEE_PROGRESS)
    async with platform.db.read(actor.tenant_id) as rx:
        await catalog.access_course(rx, actor, course_id)
        return await course_rule(rx, course_id)


async def certificates(
    platform: Platform, actor: Actor, *, learner_id: MembershipId | None = None
) -> list[CertificateView]:
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        learner = await whose(rx, actor, learner_id)
        found = await opened_papers(platform, rx, await papers.certificates_of(rx, learner))
    await note(platform, actor, CERTIFICATES_READ, learner, owner=learner)
    return found


async def all_certificates(
    platform: Platform, actor: Actor, *, cursor: str | None = None, limit: int = 50
) -> Page[CertificateView]:
    """Everything that the organisation has issued, the newest first."""
    require(actor, SEE_ALL_CERTIFICATES)
    before = parse_id(cursor) if cursor else None
    if cursor and before is None:
        raise Invalid("The cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    async with platform.db.read(actor.tenant_id) as rx:
        found = await papers.certificates_before(rx, before, check_limit(limit) + 1)
        rows = await opened_papers(platform, rx, found)
    await note(platform, actor, CERTIFICATES_LISTED)
    return page_of(rows, limit, lambda paper: str(paper.id))


async def access_certificate(platform: Platform, actor: Actor, *, certificate_id: UUID) -> CertificateView:
    """One's own certificate, or anybody's for staff; raises CertificateNotFound."""
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await papers.certificate(rx, certificate_id)
        found = (await opened_papers(platform, rx, [found]))[0] if found else None
    if found is None or not may_see(actor, found):
        raise CertificateNotFound
    await note(platform, actor, CERTIFICATE_READ, certificate_id, owner=found.learner_id)
    return found


async def verify(platform: Platform, code: str) -> VerifiedCertificate:
    """For strangers: raises CertificateNotFound for a code that nobody was given, or that cannot be one;
    SwitchedOff while an operator wants it so."""
    platform.flags.require(VERIFICATION)
    parsed = model.parse_verification_code(code)
    if parsed is None:
        raise CertificateNotFound
    async with platform.db.read(None) as rx:
        found = await papers.verified(rx, parsed)
    if found is None:
        raise CertificateNotFound
    return found
