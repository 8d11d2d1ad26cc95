"""The one screen: in five seconds, whether all is well, and where not."""

from typing import Any

from litestar import Response
from litestar.params import FromPath

from scholr.kernel.errors import NotFound
from scholr.platform.http.api import page_get
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.observability.objectives import WINDOWS
from scholr.platform.observability.queries import budgets, strip
from scholr.platform.runtime import Platform
from scholr.web.localisation import viewing
from scholr.web.operate.board import SPAN, board, pools_of, tone_of, worst_pool
from scholr.web.operate.gate import require_operator
from scholr.web.operate.services import BY_KEY, SERVICES, STEP, WORDS, strips
from scholr.web.operate.verdict import LATE_EVENTS, LATE_MAIL, spoken, verdict_of
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb

OPERATE = "/operate"


@page_get(OPERATE)
async def health(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Seven statements: the session, intervals, processes, queues over time, budgets (kept for a while), queues now."""
    require_operator(actor)
    return await _shown(request, context, platform, "operate/health.html")


@page_get(f"{OPERATE}/now")
async def now(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """The part of the page that changes, for the browser that looks again."""
    require_operator(actor)
    answer = await _shown(request, context, platform, "operate/now.html")
    answer.headers["cache-control"] = "no-store"
    return answer


async def _shown(request: PageRequest, context: RequestContext, platform: Platform, template: str) -> Response[Any]:
    found = await board(platform)
    viewer = context.viewer
    with viewing(viewer.locale if viewer else "en", viewer.time_zone if viewer else "UTC", found.now):
        verdict = verdict_of(found.situation())
    return show(
        request,
        template,
        title="Health",
        area="operate",
        crumbs=(Crumb(label="Health"),),
        board=found,
        verdict=verdict,
        words=WORDS,
        tone_of=tone_of,
        pools_of=pools_of,
        worst_pool=worst_pool,
        late_events=LATE_EVENTS,
        late_mail=LATE_MAIL,
        spoken=spoken,
        budget_names={each.classes: each.name for each in SERVICES},
    )


@page_get(f"{OPERATE}/services/{{service:str}}")
async def service(
    request: PageRequest, service: FromPath[str], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """One service: its strip, its budgets with burn rates, and the last hours in figures."""
    require_operator(actor)
    found = BY_KEY.get(service)
    if found is None:
        raise NotFound
    until = platform.clock.now()
    slots = await strip(platform, intervals=SPAN, step=STEP)
    row = next(each for each in strips(slots, until) if each.service is found)
    kept = [each for each in await budgets(platform) if each.objective in found.objectives]
    return show(
        request,
        "operate/service.html",
        title=found.name,
        area="operate",
        crumbs=(Crumb(label="Health", href=OPERATE), Crumb(label=found.name)),
        service=found,
        strip=row,
        slots=[each for each in reversed(slots) if each.class_name in found.classes],
        budgets=kept,
        windows=tuple(WINDOWS),
        words=WORDS,
        tone_of=tone_of,
        spoken=spoken,
    )


ROUTES: tuple[Any, ...] = (health, now, service)
