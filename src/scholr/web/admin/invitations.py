"""Inviting people, and the letters that are out."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import DomainError
from scholr.platform.audit import note
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.admin.people import PEOPLE, assignable
from scholr.web.forms import Form, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.roles import ROLE_NAMES
from scholr.web.shell import Crumb, Flash

INVITATIONS = "/admin/invitations"
MOST = 50
_NAMED = re.compile(r"\s*\"?(?P<name>[^<\"]*?)\"?\s*<(?P<email>[^<>]+)>\s*")


@dataclass(frozen=True, slots=True)
class Addressee:
    name: str
    email: str


def addressees(text: str) -> list[Addressee]:
    """`a@b.org`, or `Ada Lovelace <a@b.org>`, one on each line or between commas; the first of equal ones counts."""
    found: dict[str, Addressee] = {}
    for part in re.split(r"[\n,;]+", text):
        named = _NAMED.fullmatch(part)
        each = Addressee(named["name"], named["email"].strip()) if named else Addressee("", part.strip())
        if each.email:
            found.setdefault(each.email.lower(), each)
    return list(found.values())


@page_get("/admin/people/invite")
async def invite_page(request: PageRequest, actor: TheActor) -> Response[Any]:
    require(actor, identity.MANAGE_PEOPLE)
    return _invite_form(request, actor)


def _invite_form(
    request: PageRequest, actor: Actor, form: Form | None = None, errors: dict[str, str] | None = None, left: str = ""
) -> Response[Any]:
    return show(
        request,
        "admin/invite.html",
        title="Invite people",
        area="admin",
        crumbs=(Crumb(label="People", href=PEOPLE), Crumb(label="Invite")),
        status_code=422 if errors else 200,
        addresses=left,
        role=form.text("role") if form else Role.LEARNER.value,
        roles=assignable(actor),
        errors=errors or {},
    )


@page_post("/admin/people/invite")
async def invite(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Whoever can be invited is; addresses that cannot come back to be corrected."""
    require(actor, identity.MANAGE_PEOPLE)
    form = await read_form(request)
    wanted = addressees(form.secret("addresses"))
    role = Role(form.text("role")) if form.text("role") in set(Role) else Role.LEARNER
    if not wanted or len(wanted) > MOST:
        problem = f"Write between one and {MOST} addresses; for more, import a list."
        return _invite_form(request, actor, form, {"addresses": problem}, form.secret("addresses"))
    sent, left, problems = await _invite_all(platform, actor, wanted, role)
    if problems:
        note = f"{sent} sent. " if sent else ""
        return _invite_form(request, actor, form, {"addresses": note + " ".join(problems[:5])}, "\n".join(left))
    return redirect(INVITATIONS, flash=Flash(text=_told(sent)))


async def _invite_all(
    platform: Platform, actor: Actor, wanted: list[Addressee], role: Role
) -> tuple[int, list[str], list[str]]:
    """How many letters go out, which addresses are left to correct, and why."""
    sent, left, problems = 0, [], []
    for each in wanted:
        try:
            invited = await identity.invite(platform, actor, email=each.email, name=each.name, roles=[role])
        except DomainError as error:
            left.append(f"{each.name} <{each.email}>" if each.name else each.email)
            problems.append(f"{each.email}: {error.message}")
            continue
        sent += invited.created
    return sent, left, problems


@page_get(INVITATIONS)
async def invitations(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, identity.SEE_INVITATIONS)
    only_open, now = request.query_params.get("view", "open") != "all", platform.clock.now()
    async with platform.db.read(actor.tenant_id) as rx:
        count = await identity.count_of_people(rx, now)
        page = await identity.invitations(
            rx, now, only_open=only_open, limit=50, cursor=request.query_params.get("cursor")
        )
    await note(platform, actor, identity.INVITATIONS_LISTED)
    view = "open" if only_open else "all"
    return show(
        request,
        "admin/invitations.html",
        title="Invitations",
        area="admin",
        crumbs=(Crumb(label="People", href=PEOPLE), Crumb(label="Invitations")),
        invitations=page.items,
        count=count,
        view=view,
        next_href=f"?view={view}&cursor={page.next_cursor}" if page.next_cursor else None,
        role_names=ROLE_NAMES,
        may_manage=may(actor, identity.MANAGE_PEOPLE),
        is_demo=platform.http.is_demo,
    )


def _told(sent: int) -> str:
    if sent == 0:
        return "Everybody on this list is here or invited already; no letter was sent."
    return "One letter is on the way." if sent == 1 else f"{sent} letters are on the way."


@page_post("/admin/invitations/{invitation_id:uuid}/resend")
async def resend(invitation_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    try:
        await identity.resend_invitation(platform, actor, identity.InvitationId(invitation_id))
    except identity.TooSoon as error:
        return redirect(INVITATIONS, flash=Flash(text=error.message))
    return redirect(INVITATIONS, flash=Flash(text="A new letter is on the way. The link in the old one is dead."))


@page_post("/admin/invitations/{invitation_id:uuid}/revoke")
async def revoke(invitation_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    await identity.revoke_invitation(platform, actor, identity.InvitationId(invitation_id))
    return redirect(INVITATIONS, flash=Flash(text="The invitation is withdrawn."))


ROUTES: tuple[Any, ...] = (invite_page, invite, invitations, resend, revoke)
