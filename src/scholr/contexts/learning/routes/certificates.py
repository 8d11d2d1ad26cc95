"""JSON: certificates, as holders, staff and strangers ask for them."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody

from scholr.contexts.learning.queries.certificates import CertificateView
from scholr.contexts.learning.schemas import CertificateOut, CertificatesOut, RevokeCertificate, VerifiedOut
from scholr.contexts.learning.service import certificates, reading
from scholr.kernel.ids import MembershipId
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform

TAGS = ["learning"]


@api.get("/api/certificates", tags=TAGS, summary="A learner's certificates")
async def list_certificates(
    actor: TheActor, platform: ThePlatform, learner_id: FromQuery[UUID | None] = None
) -> CertificatesOut:
    learner = MembershipId(learner_id) if learner_id else None
    found = await reading.certificates(platform, actor, learner_id=learner)
    return CertificatesOut([_certificate(platform, each) for each in found])


@api.get("/api/certificates/{certificate_id:uuid}", tags=TAGS, summary="One certificate")
async def get_certificate(certificate_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> CertificateOut:
    found = await reading.access_certificate(platform, actor, certificate_id=certificate_id)
    return _certificate(platform, found)


@api.post(
    "/api/certificates/{certificate_id:uuid}/revoke", tags=TAGS, summary="Declare a certificate void", status_code=204
)
async def revoke_certificate(
    certificate_id: FromPath[UUID], data: JSONBody[RevokeCertificate], actor: TheActor, platform: ThePlatform
) -> None:
    await certificates.revoke_certificate(platform, actor, certificate_id=certificate_id, reason=data.reason)


@api.get("/api/verify/{code:str}", tags=TAGS, summary="Verify a certificate; needs no credentials", public=True)
async def verify_certificate(code: FromPath[str], platform: ThePlatform) -> VerifiedOut:
    found = await reading.verify(platform, code)
    return VerifiedOut(
        found.number,
        found.learner_name,
        found.course_title,
        found.organization_name,
        found.issued_at,
        found.expires_at,
        found.state(platform.clock.now()),
    )


@api.get("/api/certificates/issued", tags=TAGS, summary="Every certificate that the organisation has issued")
async def issued_certificates(
    actor: TheActor, platform: ThePlatform, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 50
) -> CertificatesOut:
    page = await reading.all_certificates(platform, actor, cursor=cursor, limit=limit)
    return CertificatesOut([_certificate(platform, each) for each in page.items], page.next_cursor)


@api.get(
    "/api/certificates/{certificate_id:uuid}/pdf",
    tags=TAGS,
    summary="One certificate on paper",
    media_type="application/pdf",
)
async def get_certificate_pdf(
    certificate_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[bytes]:
    found, pdf = await certificates.certificate_pdf(platform, actor, certificate_id=certificate_id)
    name = f'inline; filename="certificate-{found.number}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


def _certificate(platform: Platform, found: CertificateView) -> CertificateOut:
    return CertificateOut(
        found.id,
        found.course_id,
        found.learner_id,
        found.number,
        found.code,
        found.learner_name,
        found.course_title,
        found.organization_name,
        found.issued_at,
        found.expires_at,
        found.state(platform.clock.now()),
        f"{platform.http.public_url}/verify/{found.code}",
    )


ROUTES = (
    list_certificates,
    issued_certificates,
    get_certificate,
    get_certificate_pdf,
    revoke_certificate,
    verify_certificate,
)
