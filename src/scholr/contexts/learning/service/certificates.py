"""Issuing and revoking certificates."""

import calendar
import secrets
from datetime import datetime
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import model, repository
from scholr.contexts.learning.errors import CertificateNotFound
from scholr.contexts.learning.events import CertificateIssued, CertificateWithdrawn
from scholr.contexts.learning.policy import CERTIFICATE_READ, REVOKE, SEE_OWN, SEE_PROGRESS
from scholr.contexts.learning.ports import Paper, Printer
from scholr.contexts.learning.queries import certificates as papers
from scholr.contexts.learning.queries.certificates import CertificateView
from scholr.contexts.learning.queries.rules import CourseRule
from scholr.contexts.learning.service.sealing import REASON, opened_papers
from scholr.contexts.learning.tables import CertificateRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.audit import note
from scholr.platform.chosen import chosen
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


@cache
def default_printer() -> Printer:
    """This process's own. One that prints asks for it at its start; the worker never does: the library takes 4 MB."""
    printer: Printer = chosen("scholr.contexts.learning.adapters.typst_printer:TypstPrinter")()
    return printer


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
    """Declare a certificate void; strangers see at once that it is. The same again changes nothing.

    Raises CertificateNotFound, and InvalidReason for an empty one: the holder is told.
    """
    require(actor, REVOKE)
    kept = model.revocation_reason(reason)
    now = platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.certificate_row(tx, certificate_id)
        if row is None:
            raise CertificateNotFound
        if row.revoked_at is not None:
            return
        own = await platform.personal.for_writing(tx, row.learner_id)
        row.revoked_at, row.revoked_reason = now, own.seal(REASON, kept)
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


async def certificate_pdf(
    platform: Platform, actor: Actor, *, certificate_id: UUID, printer: Printer | None = None
) -> tuple[CertificateView, bytes]:
    """The certificate on paper, in the organisation's language; raises CertificateNotFound, PrintingFailed."""
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await papers.certificate(rx, certificate_id)
        found = (await opened_papers(platform, rx, [found]))[0] if found else None
        organization = await identity.organization(rx)
    if found is None or organization is None or not may_see(actor, found):
        raise CertificateNotFound
    await note(platform, actor, CERTIFICATE_READ, certificate_id, owner=found.learner_id)
    return found, await (printer or default_printer()).print(paper_of(platform, found, organization))


def may_see(actor: Actor, found: CertificateView) -> bool:
    """One's own, or anybody's for staff."""
    return found.learner_id == actor.membership_id or may(actor, SEE_PROGRESS)


def paper_of(platform: Platform, found: CertificateView, organization: identity.OrganizationView) -> Paper:
    def written(moment: datetime | None) -> str | None:
        if moment is None:
            return None
        local = moment.astimezone(ZoneInfo(organization.time_zone))
        return format_date(local, "long", locale=Locale.parse(organization.locale.replace("-", "_")))

    return Paper(
        learner_name=found.learner_name,
        course_title=found.course_title,
        organization_name=found.organization_name,
        number=found.number,
        code=found.code,
        verify_url=f"{platform.http.public_url}/verify/{found.code}",
        issued=written(found.issued_at) or "",
        expires=written(found.expires_at),
        revoked=written(found.revoked_at),
        colour=organization.brand_colour,
        language=organization.locale,
    )


def months_later(moment: datetime, months: int) -> datetime:
    """The same day some months on, or the month's last day where it is shorter."""
    year, month0 = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month0 + 1)[1])
    return moment.replace(year=year, month=month0 + 1, day=day)
