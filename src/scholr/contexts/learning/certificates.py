"""Issuing and revoking certificates."""

import calendar
import secrets
from datetime import datetime
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import model, repository
from scholr.contexts.learning.errors import CertificateNotFound
from scholr.contexts.learning.events import CertificateIssued, CertificateWithdrawn
from scholr.contexts.learning.policy import REVOKE
from scholr.contexts.learning.queries import CourseRule
from scholr.contexts.learning.tables import CertificateRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


async def ensure_certificate(
    tx: WriteUnit, learner_id: MembershipId, course_id: UUID, rule: CourseRule, now: datetime
) -> None:
    """Issue the certificate once; the names on it are those of this moment."""
    if await repository.certificate_of(tx, learner_id, course_id) is not None:
        return
    course = await catalog.require_course(tx, course_id)
    member = await identity.member(tx, learner_id)
    organization = await identity.organization(tx)
    if member is None or organization is None:
        raise CertificateNotFound
    row = CertificateRow(
        id=new_id(),
        learner_id=learner_id,
        course_id=course_id,
        number=model.certificate_number(now.year, await repository.next_serial(tx, now.year)),
        code=model.verification_code(secrets.token_bytes(model.CODE_RANDOM_BYTES)),
        learner_name=member.name,
        course_title=course.title,
        organization_name=organization.name,
        issued_at=now,
        expires_at=months_later(now, rule.valid_months) if rule.valid_months else None,
        revoked_at=None,
    )
    tx.session.add(row)
    await tx.emit(
        CertificateIssued(
            tenant_id=tx.require_tenant(),
            aggregate_id=learner_id,
            occurred_at=now,
            course_id=course_id,
            certificate_id=row.id,
        )
    )


@retried
async def revoke_certificate(platform: Platform, actor: Actor, *, certificate_id: UUID, reason: str) -> None:
    """Declare a certificate void; strangers see at once that it is. The same again changes nothing."""
    require(actor, REVOKE)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.certificate_row(tx, certificate_id)
        if row is None:
            raise CertificateNotFound
        if row.revoked_at is not None:
            return
        row.revoked_at, row.revoked_reason = now, reason.strip()[:500]
        await tx.emit(
            CertificateWithdrawn(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.learner_id,
                occurred_at=now,
                course_id=row.course_id,
                certificate_id=row.id,
                reason=row.revoked_reason,
            )
        )


def months_later(moment: datetime, months: int) -> datetime:
    """The same day some months on, or the month's last day where it is shorter."""
    year, month0 = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month0 + 1)[1])
    return moment.replace(year=year, month=month0 + 1, day=day)
