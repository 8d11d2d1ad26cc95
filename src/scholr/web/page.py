"""From a request to a page: the one place where the shell around a page is filled in."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from scholr.contexts.auth import facade as auth
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor, Operating, Role
from scholr.platform.http.context import Brand, RequestContext, cookie, request_context
from scholr.platform.http.idempotency import FLASH_COOKIE
from scholr.platform.security.permissions import Permission, may
from scholr.web.rendering import render
from scholr.web.shell import Area, Crumb, Flash, Organisation, Page, Theme, Viewer, places_for

PageRequest = Request[Any, Any, Any]

WORKER = "/sw.js"
_MAX_FLASH = 1500
_TEACHING = (Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT)
# What a place of the rail or the palette asks for; others ask for nothing beyond their area.
_NEEDS: Mapping[str, Permission] = {
    "/admin/import": enrollment.IMPORT_PEOPLE,
    "/admin/people/invite": identity.MANAGE_PEOPLE,
    "/admin/reports": learning.SEE_REPORTS,
    "/admin/branding": identity.SEE_DOMAINS,
    "/admin/security": auth.SEE_SESSIONS,
    "/admin/audit": compliance.SEE_LOG,
    "/admin/privacy": compliance.SEE_PRIVACY,
}
_ADMINISTERING = (Role.OWNER, Role.ADMIN, Role.AUDITOR)


def show(
    request: PageRequest,
    template: str,
    *,
    title: str,
    area: Area = "learn",
    crumbs: Sequence[Crumb] = (),
    status_code: int = 200,
    **data: object,
) -> Response[str]:
    """Render `template` inside the shell of `area`, with the flash message that the last answer left."""
    context = request_context(request.scope)
    flashes = _waiting_flashes(request)
    path = request.url.path
    page = page_for(context, path, title=title, area=area, crumbs=tuple(crumbs), flashes=flashes)
    response = Response(render(template, page=page, **data), media_type="text/html", status_code=status_code)
    response.headers["cache-control"] = "private, no-cache"
    if flashes:
        response.delete_cookie(FLASH_COOKIE)
    return response


def redirect(path: str, *, flash: Flash | None = None) -> Redirect:
    """303 to a path of this site after a form was taken; `flash` shows as a toast on the next page."""
    if not is_local(path):
        raise ValueError("a redirect stays on this site")
    answer = Redirect(path, status_code=303)
    if flash is not None:
        answer.cookies.append(
            Cookie(FLASH_COOKIE, value=_pack(flash), max_age=60, httponly=True, samesite="strict", path="/")
        )
    return answer


def is_local(path: str) -> bool:
    """Whether a path stays on this site; browsers read `//host` and `/\\host` as another one."""
    return path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path


def may_open(actor: Actor, place: str) -> bool:
    """Whether a place of the rail or the palette would answer the actor with its page."""
    needed = _NEEDS.get(place)
    return needed is None or may(actor, needed)


def areas_of(actor: Actor) -> tuple[Area, ...]:
    """The areas that the actor's roles open, in the order of the switcher."""
    found: list[Area] = ["learn"]
    if actor.has_role(*_TEACHING):
        found.append("teach")
    if actor.has_role(*_ADMINISTERING):
        found.append("admin")
    if actor.operating is not Operating.NO:
        found = [*(found if actor.tenant_id else ()), "operate"]
    return (*found, "account")


def page_for(
    context: RequestContext,
    path: str,
    *,
    title: str,
    area: Area = "learn",
    crumbs: tuple[Crumb, ...] = (),
    flashes: tuple[Flash, ...] = (),
) -> Page:
    """The shell for whoever asks: nameless for people who are not signed in."""
    viewer, worker = context.viewer, WORKER if context.offline_page else ""
    if viewer is None:
        return Page(
            title=title,
            organisation=_at_the_door(context.brand),
            locale=context.brand.locale if context.brand else "en",
            time_zone=context.brand.time_zone if context.brand else "UTC",
            csp_nonce=context.nonce,
            flashes=flashes,
            now=context.received_at,
            worker=worker,
        )
    return Page(
        title=title,
        organisation=Organisation(name=viewer.organization_name, colour=viewer.brand_colour, logo_url=viewer.logo_url),
        viewer=Viewer(name=viewer.display_name, role_line=_role_line(context.actor), areas=areas_of(context.actor)),
        area=area,
        places=tuple(place for place in places_for(area, path) if may_open(context.actor, place.href)),
        crumbs=crumbs,
        theme=cast(Theme, viewer.theme),
        locale=viewer.locale,
        time_zone=viewer.time_zone,
        form_key=context.request_id,
        csp_nonce=context.nonce,
        flashes=flashes,
        now=context.received_at,
        worker=worker,
    )


def _at_the_door(brand: Brand | None) -> Organisation:
    """Whose name stands over the door for people who are not signed in."""
    if brand is None:
        return Organisation(name="Scholr")
    return Organisation(name=brand.name, colour=brand.colour, logo_url=brand.logo_url)


def _role_line(actor: Actor) -> str:
    if actor.tenant_id is None and actor.operating is not Operating.NO:
        return "Operator"
    order = list(Role)
    return ", ".join(role.capitalize() for role in sorted(actor.roles, key=order.index))


def _pack(flash: Flash) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([flash.text, flash.undo_url])).decode()


def _waiting_flashes(request: PageRequest) -> tuple[Flash, ...]:
    """What the cookie holds; one that was tampered with shows nothing."""
    packed = cookie(request.scope, FLASH_COOKIE)
    if not packed or len(packed) > _MAX_FLASH:
        return ()
    try:
        text, undo_url = msgspec.json.decode(base64.urlsafe_b64decode(packed), type=tuple[str, str | None])
    except (ValueError, msgspec.DecodeError):
        return ()
    if undo_url is not None and not is_local(undo_url):
        return ()
    return (Flash(text=text, undo_url=undo_url),)
