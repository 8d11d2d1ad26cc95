"""Certificates: the list of one's own, and each on paper."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.kernel.ids import parse_id
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.web.learn.home import own_id
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb


@page_get("/learn/certificates")
async def my_certificates(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    held = await learning.certificates(platform, actor)
    nearest = None
    if not held:
        async with platform.db.read(actor.tenant_id) as rx:
            desk = [line.progress for line in await learning.desk_of(rx, own_id(actor))]
            unfinished = [line for line in desk if line.completed_at is None]
            nearest = max(unfinished, key=lambda line: line.percent, default=None)
            course = await catalog.course(rx, nearest.course_id) if nearest else None
    now = platform.clock.now()
    return show(
        request,
        "learn/certificates.html",
        title="Certificates",
        crumbs=(Crumb(label="Certificates"),),
        held=[(paper, paper.state(now)) for paper in held],
        public_url=platform.http.public_url,
        nearest=(nearest, course) if not held and nearest and course else None,
    )


@page_get("/learn/certificates/{file_name:str}")
async def certificate_pdf(file_name: FromPath[str], actor: TheActor, platform: ThePlatform) -> Response[bytes]:
    """`<id>.pdf`: the ending tells people and programs what they are about to open."""
    certificate_id = parse_id(file_name.removesuffix(".pdf"))
    if certificate_id is None or not file_name.endswith(".pdf"):
        raise learning.CertificateNotFound
    found, pdf = await learning.certificate_pdf(platform, actor, certificate_id=certificate_id)
    return Response(
        pdf,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="certificate-{found.number}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


ROUTES: tuple[Any, ...] = (my_certificates, certificate_pdf)
