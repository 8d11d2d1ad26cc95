"""The authors' shelf: every course with its state; begin one, copy one, put one away."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.facade import CourseStatus, ShelfLine
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.forms import errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Area, Crumb, Flash

COURSES = "/teach/courses"
SHOWN = 24


@dataclass(frozen=True, slots=True)
class ShelfView:
    """What the shelf shows, for teaching and for overseeing alike."""

    lines: list[ShelfLine]
    covers: dict[UUID, str]
    tabs: list[tuple[str, str, int]]
    current: str
    text: str
    next_href: str | None


@page_get(COURSES)
async def courses(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _courses(request, actor, platform)


async def _courses(
    request: PageRequest, actor: Actor, platform: Platform, *, title: str = "", error: Invalid | None = None
) -> Response[Any]:
    return await show_shelf(
        request,
        actor,
        platform,
        base=COURSES,
        area="teach",
        title=title,
        errors=errors_of(error, "title") if error else {},
    )


async def show_shelf(
    request: PageRequest, actor: Actor, platform: Platform, *, base: str, area: Area, **data: object
) -> Response[Any]:
    """The page of all courses; `base` is its address."""
    require(actor, catalog.SEE_DRAFTS)
    async with platform.db.read(actor.tenant_id) as rx:
        view = await shelf_view(platform, rx, request, base)
    return show(
        request,
        "teach/courses.html",
        title="Courses" if area == "teach" else "Catalogue",
        area=area,
        crumbs=(Crumb(label="Courses" if area == "teach" else "Catalogue"),),
        status_code=422 if data.get("errors") else 200,
        view=view,
        base=base,
        may_edit=may(actor, catalog.EDIT_COURSES),
        title_value=data.get("title", ""),
        errors=data.get("errors", {}),
    )


async def shelf_view(platform: Platform, rx: ReadUnit, request: PageRequest, base: str) -> ShelfView:
    sent = request.query_params
    wanted = sent.get("show", "")
    status = CourseStatus(wanted) if wanted in list(CourseStatus) else None
    text = " ".join(sent.get("q", "").replace("\0", "").split())[:200]
    page = await catalog.shelf(rx, status=status, text=text, cursor=sent.get("cursor") or None, limit=SHOWN)
    counts = await catalog.shelf_counts(rx)
    covers = [line.cover_asset_id for line in page.items if line.cover_asset_id]
    links = await media.asset_links(platform, rx, covers) if covers else {}
    kept = {"show": wanted, "q": text}
    more = urlencode({**{name: value for name, value in kept.items() if value}, "cursor": page.next_cursor or ""})
    return ShelfView(
        lines=list(page.items),
        covers={key: link.url for key, link in links.items()},
        tabs=_tabs(counts),
        current=status or "",
        text=text,
        next_href=f"{base}?{more}" if page.next_cursor else None,
    )


def _tabs(counts: dict[CourseStatus, int]) -> list[tuple[str, str, int]]:
    archived = counts.get(CourseStatus.ARCHIVED, 0)
    tabs = [
        ("", "All", sum(counts.values()) - archived),
        (CourseStatus.PUBLISHED.value, "Published", counts.get(CourseStatus.PUBLISHED, 0)),
        (CourseStatus.DRAFT.value, "Drafts", counts.get(CourseStatus.DRAFT, 0)),
        (CourseStatus.ARCHIVED.value, "Archived", archived),
    ]
    return [tab for tab in tabs if tab[2] or tab[0] == ""]


@page_post(COURSES)
async def create(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    title = (await read_form(request)).text("title")
    try:
        draft = await catalog.create_course(platform, actor, title=title)
    except Invalid as error:
        return await _courses(request, actor, platform, title=title, error=error)
    return redirect(f"{COURSES}/{draft.id}")


@page_post("/teach/courses/{course_id:uuid}/duplicate")
async def duplicate(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    copy = await catalog.duplicate_course(platform, actor, course_id=course_id)
    return redirect(f"{COURSES}/{copy.id}", flash=Flash(text=f"This is “{copy.title}”. Nobody sees it yet."))


@page_post("/teach/courses/{course_id:uuid}/archive")
async def archive(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    course = await catalog.archive_course(platform, actor, course_id=course_id)
    text = f"“{course.title}” is archived. Those who are in it keep it."
    return redirect(COURSES, flash=Flash(text=text, undo_url=f"{COURSES}/{course_id}/restore"))


@page_post("/teach/courses/{course_id:uuid}/restore")
async def restore(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    course = await catalog.restore_course(platform, actor, course_id=course_id)
    return redirect(f"{COURSES}/{course_id}", flash=Flash(text=f"“{course.title}” is back."))


ROUTES: tuple[Any, ...] = (courses, create, duplicate, archive, restore)
