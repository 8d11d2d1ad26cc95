"""Organisations: open one, branding, domains."""

import hmac
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.params import FromPath, JSONBody

from scholr.contexts.identity import queries
from scholr.contexts.identity.errors import BadLogo, DomainNotFound, LogoNotFound, OrganizationNotFound
from scholr.contexts.identity.images import LARGEST_LOGO
from scholr.contexts.identity.model import DomainId
from scholr.contexts.identity.policy import SEE_DOMAINS, SEE_ORGANIZATION
from scholr.contexts.identity.schemas import (
    BrandingOut,
    ClaimDomain,
    CreateOrganization,
    DomainListOut,
    DomainOut,
    OrganizationOut,
    UpdateBranding,
)
from scholr.contexts.identity.service import domains, organizations
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.platform.http import api
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

AnyRequest = Request[Any, Any, Any]
OPERATOR_HEADER = "x-operator-token"


@api.post("/api/organizations", tags=["organizations"], summary="Open an organisation", public=True)
async def create_organization(
    data: JSONBody[CreateOrganization], request: AnyRequest, platform: ThePlatform
) -> OrganizationOut:
    """Anybody in the demo; in production only with the operator's token, in the header X-Operator-Token."""
    _require_operator(request, platform)
    tenant_id = await organizations.create_organization(platform, name=data.name)
    return OrganizationOut(tenant_id, data.name)


def _require_operator(request: AnyRequest, platform: Platform) -> None:
    if platform.http.is_demo:
        return
    expected, sent = platform.http.operator_token, request.headers.get(OPERATOR_HEADER, "")
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode("utf-8", "replace")):
        raise Unauthenticated("Only the operator of this deployment can open an organisation.")


@api.get("/api/organization", tags=["organizations"], summary="The organisation of this request")
async def show_organization(actor: TheActor, platform: ThePlatform) -> BrandingOut:
    require(actor, SEE_ORGANIZATION)
    return await _branding(platform, actor)


@api.patch("/api/organization", tags=["organizations"], summary="Change name, colour, language or time zone")
async def update_organization(data: JSONBody[UpdateBranding], actor: TheActor, platform: ThePlatform) -> BrandingOut:
    await organizations.update_branding(
        platform,
        actor,
        name=data.name,
        brand_colour=data.brand_colour,
        locale=data.locale,
        time_zone=data.time_zone,
    )
    return await _branding(platform, actor)


async def _branding(platform: Platform, actor: Actor) -> BrandingOut:
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.organization(rx)
    if found is None:
        raise OrganizationNotFound
    logo_url = f"/logo/{found.logo_digest}" if found.logo_digest else None
    return BrandingOut(found.id, found.name, found.brand_colour, logo_url, found.locale, found.time_zone)


@api.put("/api/organization/logo", tags=["organizations"], summary="Set the logo", status_code=200)
async def set_logo(request: AnyRequest, actor: TheActor, platform: ThePlatform) -> BrandingOut:
    """The body is the picture itself: PNG, JPEG or WebP, at most 512 kB."""
    content = await request.body()
    if len(content) > LARGEST_LOGO:
        raise BadLogo(fields={"logo": f"at most {LARGEST_LOGO // 1000} kB"})
    await organizations.set_logo(platform, actor, content)
    return await _branding(platform, actor)


@api.get("/api/organization/logo", tags=["organizations"], summary="The logo", media_type="image/*")
async def show_logo(actor: TheActor, platform: ThePlatform) -> Response[bytes]:
    require(actor, SEE_ORGANIZATION)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.logo(rx)
    if found is None:
        raise LogoNotFound
    return Response(found.content, media_type=found.media_type)


@api.delete("/api/organization/logo", tags=["organizations"], summary="Remove the logo")
async def remove_logo(actor: TheActor, platform: ThePlatform) -> None:
    await organizations.remove_logo(platform, actor)


@api.get("/api/domains", tags=["organizations"], summary="The organisation's own domains")
async def list_domains(actor: TheActor, platform: ThePlatform) -> DomainListOut:
    require(actor, SEE_DOMAINS)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await queries.domains(rx)
    return DomainListOut([_domain_out(view) for view in found])


@api.post("/api/domains", tags=["organizations"], summary="Claim a domain", responses=api.found(DomainOut))
async def claim_domain(data: JSONBody[ClaimDomain], actor: TheActor, platform: ThePlatform) -> Response[DomainOut]:
    """201 when it is new, 200 when it was claimed before."""
    claimed = await domains.claim_domain(platform, actor, host=data.host)
    out = await _domain(platform, actor, claimed.id)
    return Response(out, status_code=201 if claimed.created else 200)


@api.post("/api/domains/{domain_id:uuid}/verify", tags=["organizations"], summary="Verify a domain", status_code=200)
async def verify_domain(domain_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> DomainOut:
    """Looks for the TXT record; 409 `domain_not_proven` says what was found."""
    await domains.verify_domain(platform, actor, DomainId(domain_id))
    return await _domain(platform, actor, DomainId(domain_id))


@api.delete("/api/domains/{domain_id:uuid}", tags=["organizations"], summary="Give a domain up")
async def remove_domain(domain_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> None:
    await domains.remove_domain(platform, actor, DomainId(domain_id))


async def _domain(platform: Platform, actor: Actor, domain_id: DomainId) -> DomainOut:
    async with platform.db.read(actor.tenant_id) as rx:
        found = next((view for view in await queries.domains(rx) if view.id == domain_id), None)
    if found is None:
        raise DomainNotFound
    return _domain_out(found)


def _domain_out(view: queries.DomainView) -> DomainOut:
    return DomainOut(view.id, view.host, view.record.name, view.record.value, view.verified_at, view.last_checked_at)


ROUTES: tuple[Any, ...] = (
    create_organization,
    show_organization,
    update_organization,
    set_logo,
    show_logo,
    remove_logo,
    list_domains,
    claim_domain,
    verify_domain,
    remove_domain,
)
