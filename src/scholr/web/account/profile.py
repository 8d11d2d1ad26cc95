"""The profile: what one is called, in which language and time zone, how it looks."""

from typing import Any

from litestar import Response

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid, Unauthenticated
from scholr.kernel.ids import PersonId
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, is_local, redirect, show
from scholr.web.shell import Crumb, Flash


def person_of(actor: Actor) -> PersonId:
    """The person whose account this is; raises Unauthenticated for the demo's service account."""
    if actor.person_id is None:
        raise Unauthenticated
    return actor.person_id


@page_get("/account")
async def profile(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _profile(request, actor, platform)


async def _profile(
    request: PageRequest, actor: Actor, platform: Platform, form: Form | None = None, error: Invalid | None = None
) -> Response[Any]:
    person_id = person_of(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        person = await identity.require_person(rx, person_id)
        organization = await identity.organization(rx)
        member = await identity.member(rx, actor.membership_id) if actor.membership_id else None
    name = member.name if member else person.name
    return show(
        request,
        "account/profile.html",
        title="Profile",
        area="account",
        crumbs=(Crumb(label="Profile"),),
        status_code=200 if error is None else 422,
        person=person,
        organization=organization,
        name=form.text("name") if form else name,
        errors=errors_of(error, "name") if error else {},
        languages=identity.LANGUAGES,
        time_zones=identity.time_zones(),
    )


@page_post("/account")
async def save_profile(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    person_of(actor)
    form = await read_form(request)
    try:
        await identity.update_profile(
            platform, actor, name=form.text("name"), locale=form.text("locale"), time_zone=form.text("time_zone")
        )
    except Invalid as error:
        return await _profile(request, actor, platform, form, error)
    return redirect("/account", flash=Flash(text="Your profile is saved."))


@page_post("/appearance", public=True)
async def appearance(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Kept with the person; somebody who is not signed in has it in this browser only, through its own script."""
    form = await read_form(request)
    if actor.person_id is not None:
        await identity.update_profile(platform, actor, theme=form.text("theme"))
    return redirect(_back(request))


def _back(request: PageRequest) -> str:
    """The page that the form was on, if the browser says so and it is one of ours."""
    referer = request.headers.get("referer", "")
    path = referer.partition("://")[2].partition("/")[2]
    return f"/{path}" if is_local(f"/{path}") else "/"


ROUTES: tuple[Any, ...] = (profile, save_profile, appearance)
