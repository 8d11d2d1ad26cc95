"""The door: `/` leads everybody to where they belong."""

from typing import Any

from litestar import Response

from scholr.kernel.actor import Actor, ActorKind
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.http.respond import SECOND_STEP
from scholr.web.page import PageRequest, areas_of, redirect, show
from scholr.web.shell import AREAS


def home_of(actor: Actor) -> str:
    """Where a person begins: the most that their roles open, or the choice of an organisation."""
    if actor.tenant_id is None:
        return "/switch"
    areas = areas_of(actor)
    return AREAS[next((area for area in ("admin", "teach") if area in areas), "learn")].href


@page_get("/", public=True)
async def welcome(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    if context.is_held:
        return redirect(SECOND_STEP)
    if actor.kind is not ActorKind.ANONYMOUS:
        return redirect(home_of(actor))
    return show(request, "public/welcome.html", title="Welcome", is_demo=platform.http.is_demo)


ROUTES: tuple[Any, ...] = (welcome,)
