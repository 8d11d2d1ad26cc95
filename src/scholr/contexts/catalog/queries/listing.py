"""Lists of courses: the catalogue that learners browse, and the authors' shelf."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from scholr.contexts.catalog.model import CourseId, CourseStatus, minutes_of
from scholr.contexts.catalog.policy import SEE_CATALOGUE, SEE_DRAFTS
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Invalid, Unauthenticated
from scholr.kernel.ids import parse_id
from scholr.kernel.pagination import Page, check_limit, page_of
from scholr.platform.db.statement import statement
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course in a list. Authors see the draft's words, learners the published ones. `version` 0: never published."""

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


# A whole transaction in one round trip: newest first, from a cursor on. The function binds the tenant, then reads
# ix_catalog_course_published (learners) or the primary key (authors) backward, and each version by its key.
_PAGE = statement("select * from catalog_list_courses($1 /* tenant_id */, $2, $3, $4)")


async def courses_page(platform: Platform, actor: Actor, *, cursor: str | None, limit: int) -> Page[CourseLine]:
    """The tenant's courses, newest first: published ones to learners, all to those who may see drafts."""
    require(actor, SEE_CATALOGUE)
    check_limit(limit)
    if actor.tenant_id is None:
        raise Unauthenticated
    rows = await platform.db.call(_PAGE, actor.tenant_id, not may(actor, SEE_DRAFTS), _cursor(cursor), limit + 1)
    return page_of([_line(row) for row in rows], limit, lambda line: str(line.id))


def _cursor(text: str | None) -> UUID | None:
    if text is None:
        return None
    found = parse_id(text)
    if found is None:
        raise Invalid("The cursor is not one of ours.", fields={"cursor": "take it from next_cursor"})
    return found


def _line(row: asyncpg.Record) -> CourseLine:
    return CourseLine(
        id=row["id"],
        title=row["title"],
        status=CourseStatus(row["status"]),
        summary=row["summary"],
        subject=row["subject"],
        language=row["language"],
        version=row["version"],
        lesson_count=row["lesson_count"],
        seconds=row["seconds"],
        cover_asset_id=row["cover_asset_id"],
        updated_at=row["updated_at"],
    )
