"""What comes before what: prerequisites between courses, and learning paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.catalog import model, repository
from scholr.contexts.catalog.errors import CourseNotFound, PathChanged, PathPublished
from scholr.contexts.catalog.model import CourseStatus, PathId
from scholr.contexts.catalog.policy import EDIT_COURSES
from scholr.contexts.catalog.queries import kept
from scholr.contexts.catalog.tables import PathCourseRow, PathRow, PrerequisiteRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True, kw_only=True)
class PathChanges:
    """None leaves a field as it is. `course_ids` replaces the courses, in this order.

    Of a published path learners see the published courses.
    """

    title: str | None = None
    summary: str | None = None
    course_ids: Sequence[UUID] | None = None
    published: bool | None = None


@retried
async def set_prerequisites(
    platform: Platform, actor: Actor, *, course_id: UUID, requires: Sequence[UUID]
) -> tuple[UUID, ...]:
    """Replace what has to be finished before this course; takes effect at once.

    Raises PrerequisiteCycle. One writer at a time in a tenant, since two edges can close a cycle together.
    """
    require(actor, EDIT_COURSES)
    wanted = set(requires)
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.hold_prerequisites(tx)
        course = await repository.lock_course(tx, course_id)
        model.require_editable(CourseStatus(course.status))
        await _require_courses(tx, wanted)
        rows = await repository.prerequisite_rows(tx)
        others = {row for row in rows if row.course_id != course_id}
        model.require_no_cycle(_graph(others), course_id, wanted)
        mine = {row.requires_id: row for row in rows if row.course_id == course_id}
        for key in wanted - mine.keys():
            tx.session.add(PrerequisiteRow(course_id=course_id, requires_id=key))
        for key in mine.keys() - wanted:
            await tx.session.delete(mine[key])
        await kept.changed(platform, tx)
        return tuple(sorted(wanted))


@retried
async def create_path(platform: Platform, actor: Actor, *, title: str, summary: str = "") -> PathId:
    """A new, empty, unpublished path."""
    require(actor, EDIT_COURSES)
    row = PathRow(id=new_id(), title=model.validate_title(title), summary=model.validate_summary(summary))
    async with platform.db.write(actor.tenant_id) as tx:
        tx.session.add(row)
    return PathId(row.id)


@retried
async def change_path(platform: Platform, actor: Actor, *, path_id: UUID, changes: PathChanges) -> None:
    """All of it or nothing. A course comes after those of the path that it requires, else InvalidPath."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_path(tx, path_id)
        row.title = row.title if changes.title is None else model.validate_title(changes.title)
        row.summary = row.summary if changes.summary is None else model.validate_summary(changes.summary)
        if changes.published is not None:
            row.status = CourseStatus.PUBLISHED if changes.published else CourseStatus.DRAFT
        order = await _order(tx, path_id) if changes.course_ids is None else changes.course_ids
        if row.status == CourseStatus.PUBLISHED:
            model.require_courses(order)
        if changes.course_ids is not None:
            await _require_courses(tx, set(order))
            await _put_courses(tx, path_id, order, await _requirements(tx))
        await kept.changed(platform, tx)


@retried
async def delete_path(platform: Platform, actor: Actor, *, path_id: UUID) -> None:
    """For good; its courses stay what they are. Raises PathPublished while learners see it."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_path(tx, path_id)
        if row.status == CourseStatus.PUBLISHED:
            raise PathPublished
        await tx.session.delete(row)


@retried
async def add_to_path(
    platform: Platform, actor: Actor, *, path_id: UUID, course_id: UUID, place: int | None = None
) -> None:
    """At `place` (from 0), else at the end or before what requires it; a course that is there stays where it is."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.lock_path(tx, path_id)
        await _require_courses(tx, {course_id})
        graph = await _requirements(tx)
        order = model.with_course(await _order(tx, path_id), course_id, graph, place)
        await _put_courses(tx, path_id, order, graph)
        await kept.changed(platform, tx)


@retried
async def remove_from_path(platform: Platform, actor: Actor, *, path_id: UUID, course_id: UUID) -> None:
    """Raises CourseNotFound where it is not there; the last course of a published path stays: InvalidPath."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.lock_path(tx, path_id)
        before = await _order(tx, path_id)
        if course_id not in before:
            raise CourseNotFound
        order = [each for each in before if each != course_id]
        if row.status == CourseStatus.PUBLISHED:
            model.require_courses(order)
        await _put_courses(tx, path_id, order, await _requirements(tx))
        await kept.changed(platform, tx)


@retried
async def move_in_path(platform: Platform, actor: Actor, *, path_id: UUID, course_id: UUID, step: int) -> None:
    """`step` places down the path, up where it is negative. Raises CourseNotFound, InvalidPath."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.lock_path(tx, path_id)
        order = await _order(tx, path_id)
        if course_id not in order:
            raise CourseNotFound
        await _put_courses(tx, path_id, model.moved(order, course_id, step), await _requirements(tx))


@retried
async def arrange_path(platform: Platform, actor: Actor, *, path_id: UUID, course_ids: Sequence[UUID]) -> None:
    """The same courses in another order. Raises PathChanged where they are not the same, InvalidPath."""
    require(actor, EDIT_COURSES)
    async with platform.db.write(actor.tenant_id) as tx:
        await repository.lock_path(tx, path_id)
        if sorted(course_ids) != sorted(await _order(tx, path_id)):
            raise PathChanged
        await _put_courses(tx, path_id, course_ids, await _requirements(tx))


async def _order(tx: WriteUnit, path_id: UUID) -> tuple[UUID, ...]:
    rows = await repository.path_rows(tx, path_id)
    return tuple(row.course_id for row in sorted(rows, key=lambda row: row.position))


async def _requirements(tx: WriteUnit) -> dict[UUID, set[UUID]]:
    return _graph(await repository.prerequisite_rows(tx))


async def _put_courses(
    tx: WriteUnit, path_id: UUID, course_ids: Sequence[UUID], requires: dict[UUID, set[UUID]]
) -> None:
    ordered = model.validate_path(course_ids, requires)
    present = {row.course_id: row for row in await repository.path_rows(tx, path_id)}
    for key in present.keys() - set(ordered):
        await tx.session.delete(present[key])
    for position, key in enumerate(ordered):
        if key in present:
            present[key].position = position
        else:
            tx.session.add(PathCourseRow(path_id=path_id, course_id=key, position=position))


async def _require_courses(tx: WriteUnit, course_ids: set[UUID]) -> None:
    if await repository.existing_courses(tx, sorted(course_ids)) != course_ids:
        raise CourseNotFound


def _graph(rows: set[PrerequisiteRow] | Sequence[PrerequisiteRow]) -> dict[UUID, set[UUID]]:
    graph: dict[UUID, set[UUID]] = {}
    for row in rows:
        graph.setdefault(row.course_id, set()).add(row.requires_id)
    return graph
