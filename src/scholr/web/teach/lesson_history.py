"""A lesson's earlier states: look at one, take it back."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.identity import facade as identity
from scholr.kernel.ids import MembershipId
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.security.permissions import may, require
from scholr.web.blocks import prepare_blocks
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash


@page_get(["/teach/lessons/{lesson_id:uuid}/history", "/teach/lessons/{lesson_id:uuid}/history/{revision_id:uuid}"])
async def history(
    request: PageRequest,
    lesson_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    revision_id: FromPath[UUID | None] = None,
) -> Response[Any]:
    """The states at the side, the chosen one (at first the newest) as learners would see it."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        lesson = await catalog.require_lesson_draft(rx, lesson_id)
        lines = await catalog.lesson_history(rx, lesson_id)
        shown = revision_id or (lines[0].id if lines else None)
        title, blocks = await catalog.lesson_revision(rx, lesson_id, shown) if shown else (lesson.title, lesson.blocks)
        views = await prepare_blocks(platform, rx, blocks)
        people = await identity.members(rx, [MembershipId(key) for key in sorted({line.saved_by for line in lines})])
    return show(
        request,
        "teach/lesson_history.html",
        title=f"History of {lesson.title}",
        area="teach",
        crumbs=(Crumb(label=lesson.title, href=f"/teach/lessons/{lesson_id}"), Crumb(label="History")),
        lesson=lesson,
        lines=lines,
        names={key: person.name for key, person in people.items()},
        shown=shown,
        is_current=bool(lines) and shown == lines[0].id,
        shown_title=title,
        blocks=views,
        may_edit=may(actor, catalog.EDIT_COURSES),
    )


@page_post("/teach/lessons/{lesson_id:uuid}/history/{revision_id:uuid}/restore")
async def restore(
    lesson_id: FromPath[UUID], revision_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    await catalog.restore_revision(platform, actor, lesson_id=lesson_id, revision_id=revision_id)
    text = "The lesson is as it was then. What it held before stays in the history."
    return redirect(f"/teach/lessons/{lesson_id}", flash=Flash(text=text))


ROUTES: tuple[Any, ...] = (history, restore)
