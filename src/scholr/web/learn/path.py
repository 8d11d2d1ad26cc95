"""A learning path: its courses in order, how far the reader is, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.security.permissions import may, require
from scholr.web.learn.catalogue import CATALOGUE, cover_url
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb

PATHS = "/catalogue/paths"


@dataclass(frozen=True, slots=True)
class Step:
    """A course of the path. `missing` are the titles that the reader would have to finish before enrolling."""

    course: catalog.CourseInfo
    cover_url: str | None
    enrolled: bool
    progress: learning.ProgressView | None
    missing: tuple[str, ...]

    @property
    def finished(self) -> bool:
        return self.progress is not None and self.progress.completed_at is not None

    @property
    def begun(self) -> bool:
        return self.enrolled and self.progress is not None and self.progress.done > 0

    @property
    def href(self) -> str:
        return f"/learn/courses/{self.course.id}" if self.enrolled else f"{CATALOGUE}/{self.course.id}"

    @property
    def go_href(self) -> str:
        """Straight to the lesson for those who are in the course, else to its page."""
        return f"{self.href}/continue" if self.enrolled and self.course.lesson_count else self.href


@dataclass(frozen=True, slots=True)
class Journey:
    """The path as one reader has it; `upcoming` is None at its end."""

    steps: tuple[Step, ...]
    upcoming: Step | None

    @property
    def done(self) -> int:
        return sum(step.finished for step in self.steps)

    @property
    def minutes(self) -> int:
        return catalog.minutes_of(sum(step.course.seconds for step in self.steps))

    @property
    def minutes_left(self) -> int:
        """By the share of lessons that is still to do in each course."""
        left = (
            step.course.seconds * (100 - (step.progress.percent if step.progress else 0)) // 100
            for step in self.steps
            if not step.finished
        )
        return catalog.minutes_of(sum(left))


@page_get("/catalogue/paths/{path_id:uuid}")
async def path_page(
    request: PageRequest, path_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Six statements with the session's."""
    require(actor, catalog.SEE_CATALOGUE)
    async with platform.db.read(actor.tenant_id) as rx:
        found = await catalog.access_path(rx, actor, path_id)
        progress, mine = await _own(rx, actor)
        covers = [course.cover_asset_id for course in found.courses if course.cover_asset_id]
        links = await media.asset_links(platform, rx, covers) if covers else {}
    return show(
        request,
        "learn/path.html",
        title=found.title,
        crumbs=(Crumb(label="Catalogue", href=CATALOGUE), Crumb(label=found.title)),
        path=found,
        journey=journey(found, progress, mine, links),
        may_edit=may(actor, catalog.EDIT_COURSES),
    )


async def _own(rx: ReadUnit, actor: Actor) -> tuple[Mapping[UUID, learning.ProgressView], frozenset[UUID]]:
    """How far the reader is in each course, and which courses they are in."""
    if actor.membership_id is None:
        return {}, frozenset()
    seats = await enrollment.courses_of(rx, actor.membership_id)
    return await learning.progress_of(rx, actor.membership_id), frozenset(seat.course_id for seat in seats)


def journey(
    path: catalog.PathView,
    progress: Mapping[UUID, learning.ProgressView],
    mine: frozenset[UUID],
    links: Mapping[media.AssetId, media.AssetLink],
) -> Journey:
    """Where the reader is on the path; the next step is the first course that is not finished."""
    done = {key for key, view in progress.items() if view.completed_at is not None}
    steps = [
        Step(
            course,
            cover_url(course, links),
            course.id in mine,
            progress.get(course.id),
            tuple(each.title for each in path.requires[course.id] if each.id not in done),
        )
        for course in path.courses
    ]
    ahead = catalog.next_in_path([step.course.id for step in steps], done)
    return Journey(tuple(steps), next((step for step in steps if step.course.id == ahead), None))


ROUTES: tuple[Any, ...] = (path_page,)
