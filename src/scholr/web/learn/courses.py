"""My courses: what one is in, with how far one is; and the page that says a course is finished."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.contexts.learning.errors import CourseNotFound
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.security.permissions import require
from scholr.web.learn.home import cover_links, offers, own_id
from scholr.web.learn.home_view import course_states, lesson_ticks
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb

MY_COURSES = "/learn/courses"
LOOKED_AT = 24
"""So many of the newest courses are looked through for some to offer."""


@page_get(MY_COURSES)
async def my_courses(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    require(actor, catalog.SEE_CATALOGUE)
    now = platform.clock.now()
    async with platform.db.read(actor.tenant_id) as rx:
        seats = await enrollment.courses_of(rx, own_id(actor))
        courses = await catalog.list_courses(rx, [seat.course_id for seat in seats])
        desk = await learning.desk_of(rx, own_id(actor)) if seats else []
        states = course_states(seats, courses, desk, now)
        links = await cover_links(platform, rx, [state.course.cover_asset_id for state in states])
    return show(
        request,
        "learn/courses.html",
        title="My courses",
        crumbs=(Crumb(label="My courses"),),
        current=[state for state in states if not state.finished],
        finished=[state for state in states if state.finished],
        links=links,
    )


@page_get(f"{MY_COURSES}/{{course_id:uuid}}/continue")
async def go_on(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """To the lesson where one left, or the next that is open; to the course's page while it has no lessons."""
    found = await learning.course_standing(platform, actor, course_id=course_id)
    lesson = found.progress.resume
    return redirect(f"{MY_COURSES}/{course_id}/lessons/{lesson}" if lesson else f"{MY_COURSES}/{course_id}")


@page_get(f"{MY_COURSES}/{{course_id:uuid}}/finished")
async def finished(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Well done and the certificate; or, before that, what the completion rule still asks for."""
    require(actor, catalog.SEE_CATALOGUE)
    learner = own_id(actor)
    newest = (await catalog.courses_page(platform, actor, cursor=None, limit=LOOKED_AT)).items
    async with platform.db.read(actor.tenant_id) as rx:
        if await enrollment.active_enrollment(rx, learner, course_id) is None:
            raise CourseNotFound
        course = await catalog.require_course(rx, course_id)
        standing = await learning.standing(rx, learner, course_id)
        paper = await learning.certificate_for(rx, learner, course_id)
        asked = await assessment.assessments(rx, standing.rule.assessment_ids) if standing.rule.assessment_ids else {}
        scores = await assessment.scores_of(rx, learner, course_id) if asked else {}
    done = standing.progress.complete
    return show(
        request,
        "learn/finished.html",
        title="Finished" if done else "Nearly finished",
        crumbs=(
            Crumb(label="My courses", href=MY_COURSES),
            Crumb(label=course.title, href=f"{MY_COURSES}/{course_id}"),
            Crumb(label="Finished" if done else "What is left"),
        ),
        course=course,
        standing=standing,
        ticks=lesson_ticks(standing.outline, frozenset(standing.record.completed), standing.progress.next),
        paper=paper,
        asked=[(each, scores.get(each.id)) for each in asked.values()],
        view_minutes=standing.record.view_seconds // 60,
        offers=offers(newest, course_id),
    )


ROUTES: tuple[Any, ...] = (my_courses, go_on, finished)
