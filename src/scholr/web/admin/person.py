"""One person: name, roles, groups, access."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from scholr.kernel.ids import MembershipId
from scholr.platform.audit import note
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.admin.people import PEOPLE
from scholr.web.forms import errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.roles import ROLE_MEANINGS, ROLE_NAMES
from scholr.web.shell import Crumb, Flash


@page_get("/admin/people/{member_id:uuid}")
async def person(
    request: PageRequest, member_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _person(request, platform, actor, MembershipId(member_id))


async def _person(
    request: PageRequest,
    platform: Platform,
    actor: Actor,
    member_id: MembershipId,
    *,
    name: str | None = None,
    roles: frozenset[Role] | None = None,
    error: DomainError | None = None,
) -> Response[Any]:
    require(actor, identity.SEE_PEOPLE)
    async with platform.db.read(actor.tenant_id) as rx:
        member = await identity.require_member(rx, member_id)
        groups = await identity.groups_of(rx, member_id)
        sees = may(actor, compliance.SEE_ERASURES)
        erasure = await compliance.erasure_of(rx, member_id) if sees else None
        is_forgotten = erasure is not None and erasure.confirmed_at is not None
        is_held = sees and not is_forgotten and await compliance.is_held(rx, member_id)
    await note(platform, actor, identity.PERSON_READ, member_id, owner=member_id)
    touchable = Role.OWNER not in member.roles or Role.OWNER in actor.roles
    return show(
        request,
        "admin/person.html",
        title=member.name,
        area="admin",
        crumbs=(Crumb(label="People", href=PEOPLE), Crumb(label=member.name)),
        status_code=200 if error is None else 422,
        member=member,
        groups=groups,
        name=member.name if name is None else name,
        chosen=[role.value for role in (member.roles if roles is None else roles)],
        roles=_choices(actor.roles | member.roles),
        errors=errors_of(error, "roles") if error else {},
        may_manage=may(actor, identity.MANAGE_PEOPLE) and touchable and not is_forgotten,
        erasure=erasure,
        is_forgotten=is_forgotten,
        is_held=is_held,
        may_erase=may(actor, compliance.ERASE) and Role.OWNER not in member.roles,
        is_me=member_id == actor.membership_id,
        role_names=ROLE_NAMES,
    )


def _choices(known: frozenset[Role]) -> list[tuple[str, str, str]]:
    """Code, name and meaning; owner only where one of the two is one."""
    shown = [role for role in ROLE_NAMES if role is not Role.OWNER or role in known]
    return [(role.value, ROLE_NAMES[role], ROLE_MEANINGS[role]) for role in shown]


@page_post("/admin/people/{member_id:uuid}")
async def save_person(
    request: PageRequest, member_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form, wanted = await read_form(request), MembershipId(member_id)
    roles = frozenset(Role(role) for role in form.many("roles") if role in set(Role))
    try:
        await identity.change_roles(platform, actor, wanted, roles)
        await identity.rename_member(platform, actor, wanted, form.text("name"))
    except (Invalid, Conflict, Forbidden) as error:
        return await _person(request, platform, actor, wanted, name=form.text("name"), roles=roles, error=error)
    return redirect(f"{PEOPLE}/{member_id}", flash=Flash(text="Saved."))


@page_post("/admin/people/{member_id:uuid}/suspend")
async def suspend(
    request: PageRequest, member_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    try:
        await identity.suspend_member(platform, actor, MembershipId(member_id))
    except (Conflict, Forbidden) as error:
        return await _person(request, platform, actor, MembershipId(member_id), error=error)
    undo = f"{PEOPLE}/{member_id}/reactivate"
    return redirect(f"{PEOPLE}/{member_id}", flash=Flash(text="Shut out, from now on.", undo_url=undo))


@page_post("/admin/people/{member_id:uuid}/reactivate")
async def reactivate(member_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await identity.reactivate_member(platform, actor, MembershipId(member_id))
    return redirect(f"{PEOPLE}/{member_id}", flash=Flash(text="Let in again."))


ROUTES: tuple[Any, ...] = (person, save_person, suspend, reactivate)
