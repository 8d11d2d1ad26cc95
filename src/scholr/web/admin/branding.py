"""How the organisation looks: name, colour, logo, language; the effect stands beside the setting."""

from typing import Any

from litestar import Response

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.contrast import contrast_report
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

BRANDING = "/admin/branding"
_FIELDS = ("name", "brand_colour", "locale", "time_zone")


@page_get(BRANDING)
async def branding(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _branding(request, platform, actor)


async def _branding(
    request: PageRequest, platform: Platform, actor: Actor, form: Form | None = None, error: Invalid | None = None
) -> Response[Any]:
    require(actor, identity.SEE_DOMAINS)
    async with platform.db.read(actor.tenant_id) as rx:
        organization = await identity.require_organization(rx)
        domains = await identity.domains(rx)
    saved = {field: getattr(organization, field) for field in _FIELDS}
    return show(
        request,
        "admin/branding.html",
        title="Branding",
        area="admin",
        crumbs=(Crumb(label="Branding"),),
        status_code=200 if error is None else 422,
        organization=organization,
        values={field: form.text(field) for field in _FIELDS} if form else saved,
        report=contrast_report(organization.brand_colour),
        errors=errors_of(error, "name") if error else {},
        languages=identity.LANGUAGES,
        time_zones=identity.time_zones(),
        domains=domains,
        largest=identity.LARGEST_LOGO,
        may_manage=may(actor, identity.MANAGE_BRANDING),
    )


@page_post(BRANDING)
async def save_branding(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        await identity.update_branding(
            platform,
            actor,
            name=form.text("name"),
            brand_colour=form.text("brand_colour"),
            locale=form.text("locale"),
            time_zone=form.text("time_zone"),
        )
    except Invalid as error:
        return await _branding(request, platform, actor, form, error)
    return redirect(BRANDING, flash=Flash(text="Saved. Everybody sees it with the next page."))


@page_post("/admin/branding/logo")
async def save_logo(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    file = (await read_form(request)).file("logo")
    try:
        if file is None:
            raise identity.BadLogo(fields={"logo": "Choose a file first."})
        await identity.set_logo(platform, actor, await file.read(identity.LARGEST_LOGO + 1))
    except Invalid as error:
        return await _branding(request, platform, actor, error=error)
    return redirect(BRANDING, flash=Flash(text="That is your mark now."))


@page_post("/admin/branding/logo/remove")
async def remove_logo(actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await identity.remove_logo(platform, actor)
    return redirect(BRANDING, flash=Flash(text="The first letter stands in for it again."))


ROUTES: tuple[Any, ...] = (branding, save_branding, save_logo, remove_logo)
