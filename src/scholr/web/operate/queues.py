"""What waits, what failed for good, and the two buttons that let it run again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response

from scholr.kernel.errors import NotFound
from scholr.kernel.ids import parse_id
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.observability.operate import acts, replay, retry_job, troubles
from scholr.platform.observability.queries import backlog, queues
from scholr.web.forms import Form, read_form
from scholr.web.operate.gate import require_operator
from scholr.web.operate.verdict import spoken
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash

QUEUES = "/operate/queues"
OVER, STEP = timedelta(hours=3), timedelta(minutes=5)
DONE = {"job.retry": "let run again", "event.replay": "delivered again", "flag.set": "set", "flag.clear": "took away"}


@page_get(QUEUES)
async def queues_page(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Five statements: the session, queues now and over time, what failed, what operators did."""
    operator = require_operator(actor)
    return show(
        request,
        "operate/queues.html",
        title="Queues",
        area="operate",
        crumbs=(Crumb(label="Queues"),),
        backlog=await backlog(platform),
        over_time=await queues(platform, over=OVER, step=STEP),
        troubles=await troubles(platform, operator),
        acts=await acts(platform, operator),
        done=DONE,
        spoken=spoken,
    )


@page_post(f"{QUEUES}/retry")
async def retry(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    operator = require_operator(actor)
    if not await retry_job(platform, operator, _id(await read_form(request), "job")):
        return redirect(QUEUES, flash=Flash(text="That job had been let run again already."))
    return redirect(QUEUES, flash=Flash(text="The job runs again, with all its attempts."))


@page_post(f"{QUEUES}/replay")
async def replay_event(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    operator = require_operator(actor)
    form = await read_form(request)
    if not await replay(platform, operator, _id(form, "event"), form.text("consumer")):
        return redirect(QUEUES, flash=Flash(text="That event had been delivered again already."))
    return redirect(QUEUES, flash=Flash(text="The event is delivered again."))


def _id(form: Form, name: str) -> UUID:
    found = parse_id(form.text(name))
    if found is None:
        raise NotFound
    return found


ROUTES: tuple[Any, ...] = (queues_page, retry, replay_event)
