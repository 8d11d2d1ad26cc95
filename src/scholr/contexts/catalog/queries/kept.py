"""What of the catalogue is the same for everybody in an organisation, kept for a while; nothing here is anybody's own.

Whoever may see drafts always gets what is true now: authors see their own publishing at once, whichever process
answers. Every use case that changes what learners see announces it (`forget`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import msgspec

from scholr.contexts.catalog.errors import CourseNotFound
from scholr.contexts.catalog.policy import SEE_CATALOGUE, SEE_DRAFTS
from scholr.contexts.catalog.queries.browsing import CatalogueQuery, Facets, browse
from scholr.contexts.catalog.queries.listing import CourseLine, courses_page
from scholr.contexts.catalog.queries.paths import PathLine, published_paths
from scholr.contexts.catalog.queries.published import CourseFront, CourseInfo, require_front
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.ids import TenantId
from scholr.platform.cache.entry import Cached, just_loaded
from scholr.platform.cache.loading import Load
from scholr.platform.cache.region import Region, T
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require

TAG = "catalogue"
"""One for all of an organisation's catalogue: its pages name one another, and are few."""
FRESH, STALE, RESCUE, NOTHING = 20, 20, 3600, 5
"""In seconds. Where announcements do not arrive, a change shows after the first two together at the latest."""


@dataclass(frozen=True, slots=True)
class CatalogueShelf:
    """A page of the catalogue. `paths` are the published ones that hold a course; addresses of covers last hours."""

    courses: tuple[CourseInfo, ...]
    next_cursor: str | None
    facets: Facets
    paths: tuple[PathLine, ...]
    covers: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class CourseFace:
    """A course's own page, as far as it is the same for all who may see it."""

    front: CourseFront
    cover_url: str | None


class CourseLines(msgspec.Struct, frozen=True):
    items: tuple[CourseLine, ...]
    next_cursor: str | None


SHELVES = Region(
    name="catalog.shelves", holds=CatalogueShelf, fresh=FRESH, stale=STALE, rescue=RESCUE, most_bytes=4 * 1024 * 1024
)
FACES = Region(
    name="catalog.faces",
    holds=CourseFace,
    fresh=FRESH,
    stale=STALE,
    rescue=RESCUE,
    negative=NOTHING,
    most_bytes=4 * 1024 * 1024,
)
LINES = Region(
    name="catalog.lines", holds=CourseLines, fresh=FRESH, stale=STALE, rescue=RESCUE, most_bytes=2 * 1024 * 1024
)

# Shown when nothing can search, which may last; made ready by every search that can, so that it is there by then.
POPULAR = Region(
    name="catalog.popular", holds=CatalogueShelf, fresh=300, stale=300, rescue=24 * 3600, most_bytes=2 * 1024 * 1024
)

Popular = Callable[[], Awaitable[Sequence[UUID]]]
"""The courses that most people take up, most first; not all of them need be published still."""


async def catalogue_shelf(platform: Platform, actor: Actor, query: CatalogueQuery) -> Cached[CatalogueShelf]:
    """A page without a text to search for; paths stand on the plain first page only."""
    tenant_id = require(actor, SEE_CATALOGUE)
    key = msgspec.json.encode(query, order="deterministic").decode()
    return await _kept(platform, actor, SHELVES, key, partial(_load_shelf, platform, tenant_id, query))


async def searched_shelf(
    platform: Platform, actor: Actor, query: CatalogueQuery, ids: Sequence[UUID]
) -> Cached[CatalogueShelf]:
    """A page of what a search found; never kept, since there are as many as there are words."""
    shelf = await _load_shelf(platform, require(actor, SEE_CATALOGUE), query, ids)
    return just_loaded(SHELVES, shelf, platform.clock.now())


async def popular_shelf(platform: Platform, actor: Actor, popular: Popular) -> Cached[CatalogueShelf]:
    """What most people here take up, the same for everybody; as it was, while nobody can be asked."""
    tenant_id = require(actor, SEE_CATALOGUE)

    async def load() -> CatalogueShelf:
        shelf = await _load_shelf(platform, tenant_id, CatalogueQuery(), await popular())
        return replace(shelf, next_cursor=None)

    return await platform.cache.get(POPULAR, tenant_id, "all", load, tags=(TAG,))


async def course_face(platform: Platform, actor: Actor, course_id: UUID, *, newest: bool = False) -> Cached[CourseFace]:
    """A course in any state, for whoever decides what to show of it. Raises CourseNotFound.

    `newest` asks for what is true now, in the unit of work that is open.
    """
    tenant_id = require(actor, SEE_CATALOGUE)
    load = partial(_load_face, platform, tenant_id, course_id)
    found = await _kept(platform, actor, FACES, str(course_id), load, newest=newest)
    if found.value is None:
        raise CourseNotFound
    return found


async def visible_face(platform: Platform, actor: Actor, course_id: UUID) -> Cached[CourseFace]:
    """If the actor may see the course without a seat in it: learners see published ones. Raises CourseNotFound."""
    found = await course_face(platform, actor, course_id)
    if not (found.sure.front.course.is_published or may(actor, SEE_DRAFTS)):
        raise CourseNotFound
    return found


async def course_lines(platform: Platform, actor: Actor, *, cursor: str | None, limit: int) -> Cached[CourseLines]:
    """What `courses_page` lists for a learner; it raises the same."""

    async def load() -> CourseLines:
        page = await courses_page(platform, actor, cursor=cursor, limit=limit)
        return CourseLines(tuple(page.items), page.next_cursor)

    return await _kept(platform, actor, LINES, f"{limit} {cursor or ''}", load)


async def changed(platform: Platform, tx: WriteUnit) -> None:
    """To be called in every transaction that changes what learners see of the catalogue."""
    await platform.cache.forget(tx, TAG)


async def _kept(
    platform: Platform, actor: Actor, region: Region[T], key: str, load: Load[T], *, newest: bool = False
) -> Cached[T]:
    ask = platform.cache.get_fresh if newest or may(actor, SEE_DRAFTS) else platform.cache.get
    return await ask(region, actor.tenant_id, key, load, tags=(TAG,))


async def _load_shelf(
    platform: Platform, tenant_id: TenantId, query: CatalogueQuery, ids: Sequence[UUID] | None = None
) -> CatalogueShelf:
    async with platform.db.read(tenant_id) as rx:
        page, facets = await browse(rx, query, ids)
        paths = await published_paths(rx) if query.is_plain and ids is None else ()
        covers = await cover_urls(platform, rx, page.items)
    return CatalogueShelf(tuple(page.items), page.next_cursor, facets, paths, covers)


async def _load_face(platform: Platform, tenant_id: TenantId, course_id: UUID) -> CourseFace | None:
    async with platform.db.read(tenant_id) as rx:
        try:
            front = await require_front(rx, course_id)
        except CourseNotFound:
            return None
        covers = await cover_urls(platform, rx, [front.course])
    return CourseFace(front, covers.get(front.course.id))


async def cover_urls(platform: Platform, rx: ReadUnit, courses: Sequence[CourseInfo]) -> dict[UUID, str]:
    """By course; those without a cover of their own are left out. One statement, or none."""
    wanted = {course.id: course.cover_asset_id for course in courses if course.cover_asset_id}
    links = await media.asset_links(platform, rx, list(wanted.values())) if wanted else {}
    return {key: links[media.AssetId(asset)].url for key, asset in wanted.items() if asset in links}
