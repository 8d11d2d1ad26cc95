"""The learner's home: continue, what is due, progress, what is new, what could be next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.contexts.media import facade as media
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import MembershipId
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.web.learn.home_view import (
    CourseState,
    Due,
    Resume,
    course_states,
    due_items,
    due_this_week,
    greeting,
    place_name,
    resume_in,
)
from scholr.web.learn.news import RECENT, NewsItem, horizon, news_items
from scholr.web.localisation import skeleton, viewing
from scholr.web.page import PageRequest, show
from scholr.web.shell import Crumb

NEXT_COURSES = 3

Links = Mapping[media.AssetId, media.AssetLink]


@dataclass(frozen=True, slots=True)
class Home:
    """`offers` are the newest courses that the learner is not in, without those that `news` tells of."""

    states: tuple[CourseState, ...]
    resume: Resume | None
    due: tuple[Due, ...]
    news: tuple[NewsItem, ...]
    offers: tuple[catalog.NewCourse, ...]
    links: Links


def own_id(actor: Actor) -> MembershipId:
    """Raises Unauthenticated where nobody in particular asks."""
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id


@page_get("/learn")
async def home(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Eight statements at most: the session, and one each for what is seen."""
    require(actor, catalog.SEE_CATALOGUE)
    now = platform.clock.now()
    async with platform.db.read(actor.tenant_id) as rx:
        found = await read_home(platform, rx, own_id(actor), now)
    viewer = context.viewer
    zone = viewer.time_zone if viewer else "UTC"
    with viewing(viewer.locale if viewer else "en", zone, now):
        today = skeleton(now, "MMMMEEEEd")
    return show(
        request,
        "learn/home.html",
        title="Home",
        crumbs=(Crumb(label=today),),
        greeting=greeting(viewer.display_name if viewer else "", now, zone),
        zone=place_name(zone),
        home=found,
        week=due_this_week(found.due, now),
        offers=found.offers,
    )


async def read_home(platform: Platform, rx: ReadUnit, learner: MembershipId, now: datetime) -> Home:
    seats = await enrollment.courses_of(rx, learner)
    if not seats:
        fresh = (await catalog.news(rx, {}, since=now - RECENT)).courses[:NEXT_COURSES]
        return Home((), None, (), (), fresh, await cover_links(platform, rx, [each.cover_asset_id for each in fresh]))
    courses = await catalog.list_courses(rx, [seat.course_id for seat in seats])
    desk = await learning.desk_of(rx, learner)
    states = course_states(seats, courses, desk, now)
    since = horizon(desk, now)
    found = await catalog.news(rx, {seat.course_id: seat.since for seat in seats}, since=since)
    news = news_items(found, states, since)
    told = {item.course_id for item in news}
    others = tuple(course for course in found.courses if course.id not in told)[:NEXT_COURSES]
    current = next((state for state in states if not state.finished), None)
    resume = resume_in(current, await catalog.outline(rx, current.course.id), now) if current else None
    due = await assessment.due_for(rx, learner, [state.course.id for state in states], now)
    covers = [course.cover_asset_id for course in others]
    links = await cover_links(platform, rx, [*covers, current.course.cover_asset_id if current else None])
    return Home(tuple(states), resume, due_items(due, states, now), news, others, links)


def offers(newest: Sequence[catalog.CourseLine], course_id: UUID) -> list[catalog.CourseLine]:
    """Some published courses beside one."""
    published = (line for line in newest if line.status is catalog.CourseStatus.PUBLISHED)
    return [line for line in published if line.id != course_id][:NEXT_COURSES]


async def cover_links(platform: Platform, rx: ReadUnit, asset_ids: Sequence[Any]) -> Links:
    """Uploaded covers, in one statement; none where no course has one."""
    wanted = [each for each in asset_ids if each is not None]
    return await media.asset_links(platform, rx, wanted) if wanted else {}


ROUTES: tuple[Any, ...] = (home,)
