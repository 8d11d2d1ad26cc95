"""Prerequisites and learning paths, as learners and authors see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.catalog.errors import PathNotFound
from scholr.contexts.catalog.model import CourseId, CourseStatus, PathId
from scholr.contexts.catalog.policy import SEE_DRAFTS
from scholr.contexts.catalog.queries.published import (
    COURSE_COLUMNS,
    COURSE_TABLES,
    REQUIRES_COLUMN,
    CourseInfo,
    Ref,
    course_of,
    refs_of,
)
from scholr.kernel.actor import Actor
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit
from scholr.platform.security.permissions import may

PATHS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class PathView:
    """A learning path; `courses` in order, only those that the reader may see.

    `requires` names, by course, the published courses that have to be finished before it.
    """

    id: PathId
    title: str
    summary: str
    is_published: bool
    courses: tuple[CourseInfo, ...]
    requires: Mapping[CourseId, tuple[Ref, ...]]


@dataclass(frozen=True, slots=True)
class PathLine:
    """A path in a list; `course_count` counts published courses, `held` all of them."""

    id: PathId
    title: str
    summary: str
    is_published: bool
    course_count: int
    held: int


# The edges that leave one course, by the primary key's prefix.
_REQUIRES = statement(
    f"select {COURSE_COLUMNS} from {COURSE_TABLES}"
    " join catalog_prerequisite p on p.tenant_id = c.tenant_id and p.requires_id = c.id"
    " where p.tenant_id = $1 and p.course_id = $2 order by c.id"
)

# One row by primary key.
_PATH = statement("select id, title, summary, status from catalog_path where tenant_id = $1 and id = $2")

# The courses of one path, by the primary key's prefix.
_PATH_COURSES = statement(
    f"select {COURSE_COLUMNS}, {REQUIRES_COLUMN} from {COURSE_TABLES}"
    " join catalog_path_course p on p.tenant_id = c.tenant_id and p.course_id = c.id"
    " where p.tenant_id = $1 and p.path_id = $2 order by p.position"
)

# The tenant's paths, newest first; a hundred at most, each with a count over its few courses.
_PATHS = statement(
    "select p.id, p.title, p.summary, p.status, n.course_count, n.held from catalog_path p cross join lateral ("
    " select count(*) filter (where c.status = 'published') as course_count, count(*) as held"
    " from catalog_path_course pc join catalog_course c on c.tenant_id = pc.tenant_id and c.id = pc.course_id"
    " where pc.tenant_id = p.tenant_id and pc.path_id = p.id) n"
    " where p.tenant_id = $1 and (p.status = 'published' or $2)"
    f" order by p.id desc limit {PATHS_SHOWN}"
)


async def prerequisites(rx: ReadUnit, course_id: UUID) -> tuple[CourseInfo, ...]:
    """The courses that have to be finished first, in any state."""
    return tuple(course_of(row) for row in await rx.fetch(_REQUIRES, course_id))


async def visible_prerequisites(rx: ReadUnit, actor: Actor, course_id: UUID) -> tuple[CourseInfo, ...]:
    """As `prerequisites`, without what the actor may not see."""
    drafts_too = may(actor, SEE_DRAFTS)
    return tuple(each for each in await prerequisites(rx, course_id) if drafts_too or each.is_published)


async def list_paths(rx: ReadUnit, actor: Actor) -> tuple[PathLine, ...]:
    """Published paths to learners, all to those who may see drafts; newest first."""
    rows = await rx.fetch(_PATHS, may(actor, SEE_DRAFTS))
    return tuple(
        PathLine(r["id"], r["title"], r["summary"], _published(r["status"]), r["course_count"], r["held"]) for r in rows
    )


async def published_paths(rx: ReadUnit) -> tuple[PathLine, ...]:
    """What learners see on the catalogue's first page: published paths that hold a course; newest first."""
    rows = await rx.fetch(_PATHS, False)
    return tuple(
        PathLine(r["id"], r["title"], r["summary"], True, r["course_count"], r["held"])
        for r in rows
        if r["course_count"]
    )


async def access_path(rx: ReadUnit, actor: Actor, path_id: UUID) -> PathView:
    """Raises PathNotFound for a path that the actor may not see."""
    drafts_too = may(actor, SEE_DRAFTS)
    row = await rx.fetch_row(_PATH, path_id)
    if row is None or not (drafts_too or _published(row["status"])):
        raise PathNotFound
    held = [(course_of(each), refs_of(each["requires"])) for each in await rx.fetch(_PATH_COURSES, path_id)]
    shown = [(course, refs) for course, refs in held if drafts_too or course.is_published]
    return PathView(
        row["id"],
        row["title"],
        row["summary"],
        _published(row["status"]),
        tuple(course for course, _ in shown),
        {course.id: refs for course, refs in shown},
    )


def _published(status: str) -> bool:
    return CourseStatus(status) is CourseStatus.PUBLISHED
