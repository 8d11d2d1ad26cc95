"""The people of the organisation: find, select, act on many, take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import DomainError
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.audit import note
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.admin.people_undo import MOST, Before, packed, unpacked
from scholr.web.forms import Form, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.roles import ROLE_NAMES
from scholr.web.shell import Crumb, Flash

PEOPLE = "/admin/people"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for; unknown values narrow nothing."""

    q: str = ""
    role: str = ""
    status: str = ""
    group: str = ""

    def query(self, **more: str) -> str:
        chosen = {"q": self.q, "role": self.role, "status": self.status, "group": self.group, **more}
        return urlencode({name: value for name, value in chosen.items() if value})

    @property
    def narrows(self) -> bool:
        return any((self.q, self.role, self.status, self.group))


def _filter_of(request: PageRequest) -> tuple[Filter, identity.PeopleFilter]:
    asked = {name: request.query_params.get(name, "").replace("\x00", "")[:200] for name in ("q", "role", "status")}
    role = Role(asked["role"]) if asked["role"] in set(Role) else None
    status = asked["status"] if asked["status"] in (identity.ACTIVE, identity.SUSPENDED) else ""
    group = parse_id(request.query_params.get("group", ""))
    shown = Filter(asked["q"], role.value if role else "", status, str(group) if group else "")
    return shown, identity.PeopleFilter(asked["q"], role, status, identity.GroupId(group) if group else None)


@page_get("/admin")
async def admin_home() -> Response[Any]:
    return redirect(PEOPLE)


@page_get(PEOPLE)
async def people(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, identity.SEE_PEOPLE)
    shown, wanted = _filter_of(request)
    async with platform.db.read(actor.tenant_id) as rx:
        count = await identity.count_of_people(rx, platform.clock.now())
        page = await identity.people(rx, wanted, limit=MOST, cursor=request.query_params.get("cursor"))
        groups = await identity.groups(rx, limit=200)
    await note(platform, actor, identity.PEOPLE_LISTED)
    return show(
        request,
        "admin/people.html",
        title="People",
        area="admin",
        crumbs=(Crumb(label="People"),),
        count=count,
        people=page.items,
        next_href=f"?{shown.query(cursor=page.next_cursor)}" if page.next_cursor else None,
        is_first_page="cursor" not in request.query_params,
        filter=shown,
        groups=groups.items,
        role_names=ROLE_NAMES,
        may_manage=may(actor, identity.MANAGE_PEOPLE),
        may_see_invitations=may(actor, identity.SEE_INVITATIONS),
        assignable=assignable(actor),
        back=f"{PEOPLE}?{shown.query()}" if shown.narrows else PEOPLE,
    )


def assignable(actor: Actor) -> list[tuple[str, str]]:
    """The roles that the actor may give, as choices."""
    return [
        (role.value, name) for role, name in ROLE_NAMES.items() if role is not Role.OWNER or Role.OWNER in actor.roles
    ]


@page_post("/admin/people/bulk", cost=EXPENSIVE)
async def act_on_many(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, identity.MANAGE_PEOPLE)
    form = await read_form(request)
    chosen = [MembershipId(found) for text in form.many("ids") if (found := parse_id(text)) is not None][:MOST]
    back = _back(form)
    if not chosen:
        return redirect(back, flash=Flash(text="Choose somebody first."))
    action, value = _action(form)
    if action == "group":
        return await _into_group(platform, actor, chosen, value, back)
    befores, refusals = await _change(platform, actor, chosen, action, value)
    return redirect(back, flash=_told(action, befores, refusals))


def _action(form: Form) -> tuple[str, str]:
    """`do` is suspend, reactivate, `role:<role>` or `group:<id>`."""
    action, _, value = form.text("do").partition(":")
    return action, value


def _back(form: Form) -> str:
    path = form.text("back")
    return path if path.startswith(PEOPLE) and "\n" not in path else PEOPLE


async def _into_group(
    platform: Platform, actor: Actor, chosen: Sequence[MembershipId], value: str, back: str
) -> Response[Any]:
    group_id = parse_id(value)
    if group_id is None:
        return redirect(back, flash=Flash(text="Choose a group first."))
    added = await identity.add_to_group(platform, actor, identity.GroupId(group_id), chosen)
    return redirect(back, flash=Flash(text=f"{added} of {len(chosen)} are new in the group."))


async def _change(
    platform: Platform, actor: Actor, chosen: Sequence[MembershipId], action: str, value: str
) -> tuple[list[Before], list[str]]:
    """Each person is a change of its own: one that is refused does not hold up the others."""
    async with platform.db.read(actor.tenant_id) as rx:
        known = await identity.members(rx, chosen)
    befores, refusals = [], []
    for member_id, member in known.items():
        try:
            changed = await _change_one(platform, actor, member, action, value)
        except DomainError as error:
            refusals.append(f"{member.name}: {error.message}")
            continue
        if changed:
            befores.append(Before(member_id, member.roles, member.status == identity.ACTIVE))
    return befores, refusals


async def _change_one(platform: Platform, actor: Actor, member: identity.MemberView, action: str, value: str) -> bool:
    if action == "suspend":
        return await identity.suspend_member(platform, actor, member.id)
    if action == "reactivate":
        return await identity.reactivate_member(platform, actor, member.id)
    if action == "role" and value in set(Role):
        before = await identity.change_roles(platform, actor, member.id, {Role(value)})
        return before != {Role(value)}
    return False


def _told(action: str, befores: Sequence[Before], refusals: Sequence[str]) -> Flash:
    done = {"suspend": "suspended", "reactivate": "let in again", "role": "changed"}.get(action, "changed")
    text = f"{len(befores)} {'person is' if len(befores) == 1 else 'people are'} {done}."
    if refusals:
        text = f"{text} {refusals[0]}" + (f" And {len(refusals) - 1} more." if len(refusals) > 1 else "")
    return Flash(text=text[:300], undo_url=f"/admin/people/undo?before={packed(befores)}" if befores else None)


@page_post("/admin/people/undo")
async def undo(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Puts everybody back to how they were; doing it twice changes nothing."""
    require(actor, identity.MANAGE_PEOPLE)
    for before in unpacked(request.query_params.get("before", "")):
        if before.roles:
            await identity.change_roles(platform, actor, before.id, before.roles)
        if before.active:
            await identity.reactivate_member(platform, actor, before.id)
        else:
            await identity.suspend_member(platform, actor, before.id)
    return redirect(PEOPLE, flash=Flash(text="Taken back."))


ROUTES: tuple[Any, ...] = (admin_home, people, act_on_many, undo)
