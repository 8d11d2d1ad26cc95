"""Lists of courses: the catalogue that learners browse, and the authors' shelf."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from scholr.contexts.catalog.model import CourseId, CourseStatus, minutes_of
from scholr.contexts.catalog.policy import SEE_CATALOGUE, SEE_DRAFTS
from scholr.contexts.catalog.queries.searching import like_literal
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid, Unauthenticated
from scholr.kernel.ids import parse_id
from scholr.kernel.pagination import DEFAULT_LIMIT, Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


class CourseLine(msgspec.Struct, frozen=True, gc=False):
    """A course in a list. Authors see the draft's words, learners the published ones. `version` 0: never published.

    A struct, since a page makes up to 200 of them: a frozen dataclass takes four times as long to make.
    """

    id: CourseId
    title: str
    status: CourseStatus
    summary: str
    subject: str
    language: str
    version: int
    lesson_count: int
    seconds: int
    cover_asset_id: UUID | None
    updated_at: datetime

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """A course on the authors' shelf, as its draft stands. `edited` says that learners do not see all of it yet."""

    id: CourseId
    title: str
    status: CourseStatus
    version: int
    author_id: UUID
    cover_asset_id: UUID | None
    lesson_count: int
    seconds: int
    updated_at: datetime
    edited: bool

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)


# The newest courses of one state, or of all but the archived ones, by the primary key backward; the lessons of each by
# ix_catalog_lesson_course.
_SHELF = statement(
    "select c.id, c.title, c.status, c.latest_version as version, c.author_id, c.cover_asset_id, d.n as lesson_count,"
    " d.seconds, greatest(c.updated_at, d.at) as updated_at,"
    " coalesce(greatest(c.updated_at, d.at) > c.published_at, false) as edited"
    " from catalog_course c cross join lateral ("
    " select count(*) as n, coalesce(sum(l.seconds), 0) as seconds, max(l.updated_at) as at from catalog_lesson l"
    " join catalog_section s on s.tenant_id = l.tenant_id and s.id = l.section_id and s.removed_at is null"
    " where l.tenant_id = c.tenant_id and l.course_id = c.id and l.removed_at is null) d"
    " where c.tenant_id = $1 and ($2::text is null and c.status <> 'archived' or c.status = $2)"
    " and ($3 = '' or c.title ilike $3) and ($4::uuid is null or c.id < $4) order by c.id desc limit $5"
)

# Three rows at most: reads the tenant's courses once.
_SHELF_COUNTS = statement("select status, count(*) as n from catalog_course where tenant_id = $1 group by status")

# A whole transaction in one round trip: newest first, from a cursor on. The function binds the tenant, then reads
# ix_catalog_course_published (learners) or the primary key (authors) backward, and each version by its key.
_PAGE = statement(
    f"select {', '.join(CourseLine.__struct_fields__)} from catalog_list_courses($1 /* tenant_id */, $2, $3, $4)"
)
_STATUSES = {each.value: each for each in CourseStatus}  # calling an enum takes four times as long


async def courses_page(platform: Platform, actor: Actor, *, cursor: str | None, limit: int) -> Page[CourseLine]:
    """The tenant's courses, newest first: published ones to learners, all to those who may see drafts."""
    require(actor, SEE_CATALOGUE)
    check_limit(limit)
    if actor.tenant_id is None:
        raise Unauthenticated
    rows = await platform.db.call(_PAGE, actor.tenant_id, not may(actor, SEE_DRAFTS), _cursor(cursor), limit + 1)
    return page_of([_line(row) for row in rows], limit, lambda line: str(line.id))


async def shelf(
    rx: ReadUnit, *, status: CourseStatus | None, text: str = "", cursor: str | None = None, limit: int = DEFAULT_LIMIT
) -> Page[ShelfLine]:
    """Courses for their authors, newest first; `status` None shows drafts and published ones."""
    pattern = f"%{like_literal(text)}%" if text else ""
    rows = await rx.fetch(_SHELF, status, pattern, _cursor(cursor), limit + 1)
    lines = [
        ShelfLine(
            id=row["id"],
            title=row["title"],
            status=CourseStatus(row["status"]),
            version=row["version"],
            author_id=row["author_id"],
            cover_asset_id=row["cover_asset_id"],
            lesson_count=row["lesson_count"],
            seconds=row["seconds"],
            updated_at=row["updated_at"],
            edited=row["edited"],
        )
        for row in rows
    ]
    return page_of(lines, limit, lambda line: str(line.id))


async def shelf_counts(rx: ReadUnit) -> dict[CourseStatus, int]:
    """How many courses there are in each state; a state without any is missing."""
    return {CourseStatus(row["status"]): row["n"] for row in await rx.fetch(_SHELF_COUNTS)}


def _cursor(text: str | None) -> UUID | None:
    if text is None:
        return None
    found = parse_id(text)
    if found is None:
        raise Invalid("The cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    return found


def _line(row: asyncpg.Record) -> CourseLine:
    course_id, title, status, *others = row
    return CourseLine(course_id, title, _STATUSES[status], *others)
