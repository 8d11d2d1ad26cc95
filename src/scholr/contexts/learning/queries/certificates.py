"""Certificates: as their holders see them, and as strangers do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from scholr.contexts.learning.model import CertificateState, certificate_state
from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit


@dataclass(frozen=True, slots=True)
class CertificateView:
    id: UUID
    learner_id: MembershipId
    course_id: UUID
    number: str
    code: str
    learner_name: str
    course_title: str
    organization_name: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_reason: str

    def state(self, now: datetime) -> CertificateState:
        return certificate_state(self.expires_at, self.revoked_at, now)


@dataclass(frozen=True, slots=True)
class VerifiedCertificate:
    """What a stranger is told: what the paper says, and whether it still holds."""

    number: str
    learner_name: str
    course_title: str
    organization_name: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> CertificateState:
        return certificate_state(self.expires_at, self.revoked_at, now)


_COLUMNS = (
    "id, learner_id, course_id, number, code, learner_name, course_title, organization_name,"
    " issued_at, expires_at, revoked_at, revoked_reason from learning_certificate where tenant_id = $1"
)

# One row by primary key.
_ONE = statement(f"select {_COLUMNS} and id = $2")

# The learner's certificates, newest first; served by uq_learning_certificate_learner.
_OF_LEARNER = statement(f"select {_COLUMNS} and learner_id = $2 order by issued_at desc, id desc")

# One row by uq_learning_certificate_learner.
_FOR_COURSE = statement(f"select {_COLUMNS} and learner_id = $2 and course_id = $3")

# A page of the organisation's certificates, newest first; walks the primary key backwards.
_PAGE = statement(f"select {_COLUMNS} and ($2::uuid is null or id < $2) order by id desc limit $3")

# One row by uq_learning_certificate_code, through the narrow function: a stranger has no tenant.
_VERIFY = DefinerCall("learning_verify_certificate", 1)


async def certificate(rx: ReadUnit, certificate_id: UUID) -> CertificateView | None:
    row = await rx.fetch_row(_ONE, certificate_id)
    return CertificateView(*row) if row else None


async def certificate_for(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> CertificateView | None:
    """What the learner holds for the course, revoked or not."""
    row = await rx.fetch_row(_FOR_COURSE, learner_id, course_id)
    return CertificateView(*row) if row else None


async def certificates_of(rx: ReadUnit, learner_id: MembershipId) -> list[CertificateView]:
    return [CertificateView(*row) for row in await rx.fetch(_OF_LEARNER, learner_id)]


async def certificates_before(rx: ReadUnit, before: UUID | None, limit: int) -> Sequence[CertificateView]:
    """The organisation's certificates, the newest first, from the cursor on."""
    return [CertificateView(*row) for row in await rx.fetch(_PAGE, before, limit)]


async def verified(rx: ReadUnit, code: str) -> VerifiedCertificate | None:
    """What is known under this code, in whichever organisation."""
    rows = await rx.ask(_VERIFY, code)
    return VerifiedCertificate(*rows[0]) if rows else None
