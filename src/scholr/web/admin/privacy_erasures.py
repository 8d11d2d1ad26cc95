"""Forgetting people: asked for from their page, confirmed by a second look, followed part by part, proven."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.facade import Erasure, Ground, RequestView
from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.facade import MemberView
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import DomainError, Invalid
from scholr.kernel.ids import MembershipId
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.admin.people import PEOPLE
from scholr.web.admin.privacy_holds import PRIVACY
from scholr.web.forms import errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.privacy_words import GROUNDS, PARTS, counted
from scholr.web.shell import Crumb, Flash

ERASURES = f"{PRIVACY}/erasures"
WORD = "forget"
"""What is typed to confirm."""

SHOWN = 40
_TRAIL = (Crumb(label="Privacy", href=PRIVACY), Crumb(label="Erasures", href=ERASURES))
_UNDER_WAY = ("requested", "erasing")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a member from being forgotten now; `alone`: whoever asked may not confirm it yet."""

    owner: bool = False
    held: bool = False
    alone: bool = False


@page_get(f"{PEOPLE}/{{member_id:uuid}}/erasure")
async def ask_page(
    request: PageRequest, member_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _ask_page(request, actor, platform, MembershipId(member_id))


async def _ask_page(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    member_id: MembershipId,
    *,
    ground: str = "",
    error: DomainError | None = None,
) -> Response[Any]:
    """Leads on to the erasure where one was asked for already."""
    require(actor, compliance.ERASE)
    async with platform.db.read(actor.tenant_id) as rx:
        member = await identity.require_member(rx, member_id)
        known = await compliance.erasure_of(rx, member_id)
        obstacle = await _obstacle(rx, member)
        asked = _open_of(await compliance.requests_of(rx, member_id))
    await note(platform, actor, identity.PERSON_READ, member_id, owner=member_id)
    if known is not None:
        return redirect(f"{ERASURES}/{known.id}")
    return show(
        request,
        "admin/erasure_ask.html",
        title=f"Forget {member.name}",
        area="admin",
        crumbs=(
            Crumb(label="People", href=PEOPLE),
            Crumb(label=member.name, href=f"{PEOPLE}/{member_id}"),
            Crumb(label="Forget"),
        ),
        status_code=200 if error is None else 422,
        member=member,
        obstacle=obstacle,
        asked=asked,
        grounds=[(key, label, sub) for key, (label, sub, _) in GROUNDS.items()],
        ground=ground,
        errors=errors_of(error, "ground") if error else {},
    )


async def _obstacle(rx: ReadUnit, member: MemberView, *, alone: bool = False) -> Obstacle:
    return Obstacle(Role.OWNER in member.roles, await compliance.is_held(rx, member.id), alone)


def _open_of(requests: Iterable[RequestView]) -> RequestView | None:
    """The erasure that the person has asked for and waits for."""
    wishes = [each for each in requests if each.answered_at is None and each.kind == compliance.RequestKind.ERASURE]
    return min(wishes, key=lambda each: each.due_at, default=None)


@page_post(f"{PEOPLE}/{{member_id:uuid}}/erasure")
async def ask(request: PageRequest, member_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    form, wanted = await read_form(request), MembershipId(member_id)
    ground = form.text("ground")
    try:
        asked = await compliance.request_erasure(platform, actor, member_id=wanted, ground=_ground(ground))
    except (Invalid, compliance.MemberHeld, compliance.OwnerStays) as error:
        return await _ask_page(request, actor, platform, wanted, ground=ground, error=error)
    text = (
        "Asked for. Nothing is forgotten until it is confirmed." if asked.state == "requested" else "Nothing changed."
    )
    return redirect(f"{ERASURES}/{asked.id}", flash=Flash(text=text))


def _ground(text: str) -> Ground:
    try:
        return Ground(text)
    except ValueError:
        raise Invalid("Say why.", fields={"ground": "say why they are to be forgotten"}) from None


@page_get(ERASURES)
async def erasures(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    cursor = request.query_params.get("before")
    found = await compliance.list_erasures(platform, actor, cursor=cursor, limit=SHOWN)
    names = await _names(platform, actor, found.items)
    return show(
        request,
        "admin/erasures.html",
        title="Erasures",
        area="admin",
        crumbs=(Crumb(label="Privacy", href=PRIVACY), Crumb(label="Erasures")),
        under_way=[each for each in found.items if each.state in _UNDER_WAY],
        over=[each for each in found.items if each.state not in _UNDER_WAY],
        is_first_page=not cursor,
        next_href=f"{ERASURES}?before={found.next_cursor}" if found.next_cursor else None,
        names=names,
        grounds=GROUNDS,
        may_erase=may(actor, compliance.ERASE),
    )


async def _names(platform: Platform, actor: Actor, found: Iterable[Erasure]) -> dict[UUID, str]:
    ids = {who for each in found for who in (each.member_id, each.requested_by, each.confirmed_by) if who}
    if not ids:
        return {}
    async with platform.db.read(actor.tenant_id) as rx:
        members = await identity.members(rx, [MembershipId(each) for each in ids])
    return {UUID(str(key)): member.name for key, member in members.items()}


@page_get(f"{ERASURES}/{{erasure_id:uuid}}")
async def erasure(
    request: PageRequest, erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """One that waits can be confirmed or taken back; one that was confirmed shows what was done, and proves it."""
    return await _erasure(request, actor, platform, erasure_id)


async def _erasure(
    request: PageRequest, actor: Actor, platform: Platform, erasure_id: UUID, error: DomainError | None = None
) -> Response[Any]:
    require(actor, compliance.SEE_ERASURES)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await compliance.erasure(rx, erasure_id)
    if found is None:
        raise compliance.ErasureNotFound
    if found.confirmed_at is None:
        return await _waiting(request, actor, platform, found, error)
    proof = await compliance.erasure_proof(platform, actor, erasure_id=erasure_id)
    return show(
        request,
        "admin/erasure_proof.html",
        title="An erasure",
        area="admin",
        crumbs=(*_TRAIL, Crumb(label="A former member")),
        erasure=proof.erasure,
        proof=proof,
        names=await _names(platform, actor, [found]),
        grounds=GROUNDS,
        parts=[(PARTS.get(part, part), counted(counts)) for part, counts in sorted(proof.erasure.counts.items())],
        missing=[PARTS.get(part, part) for part in proof.erasure.missing],
        rows=sum(sum(counts.values()) for counts in proof.erasure.counts.values()),
    )


async def _waiting(
    request: PageRequest, actor: Actor, platform: Platform, found: Erasure, error: DomainError | None
) -> Response[Any]:
    """Asked for and not confirmed, or taken back."""
    member_id, now = MembershipId(found.member_id), platform.clock.now()
    async with platform.db.read(actor.tenant_id) as rx:
        ids = [MembershipId(each) for each in (member_id, found.requested_by) if each]
        members = await identity.members(rx, ids)
        member = members.get(member_id)
        alone = not compliance.may_confirm(found, actor.membership_id, now)
        obstacle = await _obstacle(rx, member, alone=alone) if member else Obstacle()
        asked = _open_of(await compliance.requests_of(rx, member_id))
    await note(platform, actor, identity.PERSON_READ, member_id, owner=member_id)
    name = member.name if member else "A former member"
    return show(
        request,
        "admin/erasure_waiting.html",
        title=f"Forget {name}",
        area="admin",
        crumbs=(*_TRAIL, Crumb(label=name)),
        status_code=200 if error is None else 422,
        erasure=found,
        name=name,
        is_member=member is not None,
        asker="You" if found.requested_by == actor.membership_id else _name(members, found.requested_by),
        because=GROUNDS[found.ground][2],
        obstacle=obstacle,
        alone_from=found.requested_at + compliance.ALONE_AFTER,
        asked=asked,
        word=WORD,
        may_erase=may(actor, compliance.ERASE),
        errors=errors_of(error, "word") if error else {},
    )


def _name(members: dict[MembershipId, MemberView], who: UUID | None) -> str:
    known = members.get(MembershipId(who)) if who else None
    return known.name if known else "A former member"


@page_post(f"{ERASURES}/{{erasure_id:uuid}}/confirm")
async def confirm(
    request: PageRequest, erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    require(actor, compliance.ERASE)
    form = await read_form(request)
    try:
        _require_word(form.text("word"))
        await compliance.confirm_erasure(platform, actor, erasure_id=erasure_id)
    except compliance.ErasureOver:
        return redirect(f"{ERASURES}/{erasure_id}", flash=Flash(text="It was taken back meanwhile."))
    except (Invalid, compliance.SecondLook, compliance.MemberHeld, compliance.OwnerStays) as error:
        return await _erasure(request, actor, platform, erasure_id, error)
    return redirect(f"{ERASURES}/{erasure_id}", flash=Flash(text="It has begun, and cannot be undone."))


def _require_word(typed: str) -> None:
    if typed.casefold() != WORD:
        raise Invalid("Not confirmed.", fields={"word": f"type “{WORD}” to confirm"})


@page_post(f"{ERASURES}/{{erasure_id:uuid}}/withdraw")
async def withdraw(erasure_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    try:
        await compliance.withdraw_erasure(platform, actor, erasure_id=erasure_id)
    except compliance.ErasurePromised as error:
        return redirect(f"{ERASURES}/{erasure_id}", flash=Flash(text=error.message))
    except compliance.ErasureOver:
        return redirect(f"{ERASURES}/{erasure_id}", flash=Flash(text="Too late: it was confirmed before."))
    return redirect(f"{ERASURES}/{erasure_id}", flash=Flash(text="Taken back. Nothing was forgotten."))


ROUTES: tuple[Any, ...] = (ask_page, ask, erasures, erasure, confirm, withdraw)
