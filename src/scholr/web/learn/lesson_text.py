"""Lessons as HTML, rendered once for each published version and kept: a version never changes.

What is kept is bounded, and belongs to one tenant and one language. Addresses of uploaded files are signed for
some hours, so that a lesson that shows any is rendered again before they run out.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from markupsafe import Markup

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import LessonNotFound
from scholr.kernel.ids import TenantId
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.web.blocks import BlockView, asset_ids, prepare_blocks
from scholr.web.localisation import viewing
from scholr.web.rendering import default_templates

MOST_KEPT = 256
FILES_LAST = timedelta(hours=1)

Key = tuple[TenantId, UUID, int, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A block as HTML; `anchor` is its id in the page."""

    block_id: str
    anchor: str
    html: Markup


@dataclass(frozen=True, slots=True)
class LessonText:
    """`headings` are those of the second level: the anchor and the words. `good_until` None: as long as the version."""

    lesson: catalog.LessonView
    outline: catalog.Outline
    pieces: tuple[Piece, ...]
    headings: tuple[tuple[str, str], ...]
    good_until: datetime | None


class LessonShelf:
    """The lessons that were opened last, at most `most` of them; one for each process."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[Key, LessonText] = OrderedDict()

    def take(self, key: Key, now: datetime) -> LessonText | None:
        found = self._kept.get(key)
        if found is None or (found.good_until is not None and now >= found.good_until):
            return None
        self._kept.move_to_end(key)
        return found

    def put(self, key: Key, text: LessonText) -> None:
        self._kept[key] = text
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


SHELF = LessonShelf()


async def lesson_text(
    platform: Platform, rx: ReadUnit, course: catalog.CourseInfo, lesson_id: UUID, locale: str, now: datetime
) -> LessonText:
    """The lesson of the course's published version; raises LessonNotFound for one that the version does not have."""
    if rx.tenant_id is None:
        raise LessonNotFound
    key = (rx.tenant_id, lesson_id, course.version, locale)
    found = SHELF.take(key, now)
    if found is None:
        found = await _read(platform, rx, lesson_id, locale, now)
        SHELF.put(key, found)
    if found.lesson.course_id != course.id:
        raise LessonNotFound
    return found


async def _read(platform: Platform, rx: ReadUnit, lesson_id: UUID, locale: str, now: datetime) -> LessonText:
    lesson = await catalog.lesson_content(rx, lesson_id)
    outline = await catalog.outline(rx, lesson.course_id)
    views = await prepare_blocks(platform, rx, lesson.blocks)
    with viewing(locale, "UTC", now):
        pieces = tuple(_piece(view) for view in views)
    return LessonText(
        lesson=lesson,
        outline=outline,
        pieces=pieces,
        headings=tuple(
            (view.anchor, view.block.text)
            for view in views
            if isinstance(view.block, catalog.Heading) and view.block.level == 2
        ),
        good_until=now + FILES_LAST if asset_ids(lesson.blocks) else None,
    )


def _piece(view: BlockView) -> Piece:
    template = default_templates().environment.get_template(f"blocks/{view.type}.html")
    html = template.render(view=view, block=view.block)
    return Piece(view.block.id, view.anchor, Markup(html))  # escaped by the template; authored HTML sanitised before
