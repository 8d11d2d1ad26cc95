"""A domain of the organisation's own."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Invalid, Unavailable
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

DOMAIN = "/admin/domain"


@page_get(DOMAIN)
async def domains(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _domains(request, platform, actor)


async def _domains(
    request: PageRequest,
    platform: Platform,
    actor: Actor,
    *,
    form: Form | None = None,
    error: DomainError | None = None,
    unproven: DomainError | None = None,
) -> Response[Any]:
    require(actor, identity.SEE_DOMAINS)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await identity.domains(rx)
    return show(
        request,
        "admin/domains.html",
        title="Domain",
        area="admin",
        crumbs=(Crumb(label="Branding", href="/admin/branding"), Crumb(label="Domain")),
        status_code=422 if error else 409 if unproven else 200,
        domains=found,
        host=form.text("host") if form else "",
        errors=errors_of(error, "host") if error else {},
        unproven=unproven,
        may_manage=may(actor, identity.MANAGE_DOMAINS),
        is_demo=platform.http.is_demo,
    )


@page_post(DOMAIN)
async def claim(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        await identity.claim_domain(platform, actor, host=form.text("host"))
    except Invalid as error:
        return await _domains(request, platform, actor, form=form, error=error)
    return redirect(DOMAIN, flash=Flash(text="Now show that it is yours: one line in its DNS."))


@page_post("/admin/domain/{domain_id:uuid}/verify")
async def verify(
    request: PageRequest, domain_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    try:
        await identity.verify_domain(platform, actor, identity.DomainId(domain_id))
    except (identity.DomainNotProven, identity.DomainTaken, Unavailable) as error:
        return await _domains(request, platform, actor, unproven=error)
    return redirect(DOMAIN, flash=Flash(text="The domain is yours. It leads here from now on."))


@page_post("/admin/domain/{domain_id:uuid}/remove")
async def remove(domain_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await identity.remove_domain(platform, actor, identity.DomainId(domain_id))
    return redirect(DOMAIN, flash=Flash(text="The domain no longer leads here."))


ROUTES: tuple[Any, ...] = (domains, claim, verify, remove)
