"""Groups: named sets of people."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Conflict, Invalid
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.audit import note
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

GROUPS = "/admin/groups"


@page_get(GROUPS)
async def groups(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _groups(request, platform, actor)


async def _groups(
    request: PageRequest, platform: Platform, actor: Actor, form: Form | None = None, error: Invalid | None = None
) -> Response[Any]:
    require(actor, identity.SEE_PEOPLE)
    async with platform.db.read(actor.tenant_id) as rx:
        page = await identity.groups(rx, limit=100, cursor=request.query_params.get("cursor"))
    return show(
        request,
        "admin/groups.html",
        title="Groups",
        area="admin",
        crumbs=(Crumb(label="Groups"),),
        status_code=200 if error is None else 422,
        groups=page.items,
        next_href=f"?cursor={page.next_cursor}" if page.next_cursor else None,
        name=form.text("name") if form else "",
        description=form.text("description") if form else "",
        errors=errors_of(error, "name") if error else {},
        may_manage=may(actor, identity.MANAGE_PEOPLE),
    )


@page_post(GROUPS)
async def create_group(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form = await read_form(request)
    try:
        made = await identity.create_group(
            platform, actor, name=form.text("name"), description=form.text("description")
        )
    except Invalid as error:
        return await _groups(request, platform, actor, form, error)
    text = "The group is made. Put people into it from the list of people." if made.created else "It was there already."
    return redirect(f"{GROUPS}/{made.id}", flash=Flash(text=text))


@page_get("/admin/groups/{group_id:uuid}")
async def group(
    request: PageRequest, group_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _group(request, platform, actor, identity.GroupId(group_id))


async def _group(
    request: PageRequest,
    platform: Platform,
    actor: Actor,
    group_id: identity.GroupId,
    form: Form | None = None,
    error: Invalid | Conflict | None = None,
) -> Response[Any]:
    require(actor, identity.SEE_PEOPLE)
    wanted = identity.PeopleFilter(group_id=group_id)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await identity.require_group(rx, group_id)
        page = await identity.people(rx, wanted, limit=50, cursor=request.query_params.get("cursor"))
    await note(platform, actor, identity.GROUP_READ, group_id)
    return show(
        request,
        "admin/group.html",
        title=found.name,
        area="admin",
        crumbs=(Crumb(label="Groups", href=GROUPS), Crumb(label=found.name)),
        status_code=200 if error is None else 422,
        group=found,
        people=page.items,
        next_href=f"?cursor={page.next_cursor}" if page.next_cursor else None,
        name=form.text("name") if form else found.name,
        description=form.text("description") if form else found.description,
        errors=errors_of(error, "name") if error else {},
        may_manage=may(actor, identity.MANAGE_PEOPLE),
    )


@page_post("/admin/groups/{group_id:uuid}")
async def save_group(
    request: PageRequest, group_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form, wanted = await read_form(request), identity.GroupId(group_id)
    try:
        await identity.update_group(
            platform, actor, wanted, name=form.text("name"), description=form.text("description")
        )
    except (Invalid, Conflict) as error:
        return await _group(request, platform, actor, wanted, form, error)
    return redirect(f"{GROUPS}/{group_id}", flash=Flash(text="Saved."))


@page_post("/admin/groups/{group_id:uuid}/remove")
async def remove_people(
    request: PageRequest, group_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    chosen = [MembershipId(found) for text in (await read_form(request)).many("ids") if (found := parse_id(text))]
    removed = await identity.remove_from_group(platform, actor, identity.GroupId(group_id), chosen)
    return redirect(f"{GROUPS}/{group_id}", flash=Flash(text=f"{removed} taken out of the group."))


@page_post("/admin/groups/{group_id:uuid}/delete")
async def delete_group(group_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await identity.delete_group(platform, actor, identity.GroupId(group_id))
    return redirect(GROUPS, flash=Flash(text="The group is gone. Its people are still here."))


ROUTES: tuple[Any, ...] = (groups, create_group, group, save_group, remove_people, delete_group)
