"""What the command palette lists: where one was, courses, people, and things to do."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import litestar
import msgspec

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor, Role
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.security.permissions import may, require
from scholr.web.page import PageRequest, areas_of, may_open

MOST_COURSES = 6
MOST_PEOPLE = 5
LONGEST_QUERY = 100
SHORTEST_SEARCH = 2


class PaletteItem(msgspec.Struct, frozen=True):
    group: str
    title: str
    href: str
    icon: str
    sub: str = ""


# area or role that it needs; title; address; icon; further words it is found by
_ACTIONS: tuple[tuple[str, str, str, str, str], ...] = (
    ("learn", "Home", "/learn", "house", "start continue"),
    ("learn", "Catalogue", "/catalogue", "library", "courses find browse"),
    ("learn", "My courses", "/learn/courses", "book-open", "progress"),
    ("learn", "Certificates", "/learn/certificates", "award", "pdf diploma"),
    ("learn", "Notes", "/learn/notes", "notebook-pen", "written"),
    ("teach", "Courses I teach", "/teach/courses", "book-text", "write author new"),
    ("teach", "Learning paths", "/teach/paths", "list-ordered", "order courses sequence"),
    ("teach", "Cohorts", "/teach/cohorts", "users", "roster seats behind"),
    ("teach", "Results", "/teach/results", "chart-column", "grades scores"),
    ("admin", "People", "/admin/people", "users", "members roles"),
    ("admin", "Invite people", "/admin/people/invite", "user-plus", "mail add"),
    ("admin", "Import people", "/admin/import", "upload", "csv"),
    ("admin", "Reports", "/admin/reports", "chart-column", "figures completion"),
    ("admin", "Certificates issued", "/admin/reports/certificates", "award", "revoke"),
    ("admin", "Branding", "/admin/branding", "palette", "colour logo"),
    ("account", "Profile and language", "/account", "user", "name time zone"),
    ("account", "Security", "/account/security", "shield-check", "password second step passkey"),
    ("admin", "Privacy", "/admin/privacy", "eye-off", "requests holds retention gdpr ferpa"),
    ("account", "Privacy", "/account/privacy", "eye-off", "data export consent gdpr"),
    ("account", "Sessions", "/account/sessions", "monitor", "devices sign out"),
)


@litestar.get("/palette", include_in_schema=False)
async def palette(request: PageRequest, actor: TheActor, platform: ThePlatform) -> list[PaletteItem]:
    """Five statements at most, beside the session's; the fifth is the note that people were looked for."""
    tenant_id = require(actor, catalog.SEE_CATALOGUE)
    query = " ".join(request.query_params.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
    found: Sequence[UUID] = ()
    people: list[PaletteItem] = []
    if len(query) >= SHORTEST_SEARCH:
        found = (await catalog.find(platform, tenant_id, query, most=MOST_COURSES)).ids
    async with platform.db.read(actor.tenant_id) as rx:
        items = [*await _courses(rx, actor, query, found)]
        if len(query) >= SHORTEST_SEARCH and may(actor, identity.SEE_PEOPLE) and actor.has_role(*_PEOPLE_PAGE):
            people = await _people(rx, query)
    if people:
        await note(platform, actor, identity.PEOPLE_LISTED)
    return [*items, *people, *_actions(actor, query)]


_PEOPLE_PAGE = (Role.OWNER, Role.ADMIN, Role.AUDITOR)


async def _courses(rx: ReadUnit, actor: Actor, query: str, found: Sequence[UUID]) -> list[PaletteItem]:
    learner = actor.membership_id
    mine = [seat.course_id for seat in await enrollment.courses_of(rx, learner)] if learner else []
    desk = await learning.desk_of(rx, learner) if learner and len(query) < SHORTEST_SEARCH else []
    courses = await catalog.list_courses(rx, [*mine, *found])
    own = [courses[catalog.CourseId(key)] for key in mine if catalog.CourseId(key) in courses]
    others = [courses[key] for key in map(catalog.CourseId, found) if key in courses and key not in mine]
    items = list(_continue(desk, courses)) if not query else []
    items += [_course("My courses", course, "/learn/courses") for course in own if _matches(query, course.title)]
    return items[: MOST_COURSES + 1] + [_course("Catalogue", course, "/catalogue") for course in others]


def _continue(
    desk: Sequence[learning.DeskLine], courses: dict[catalog.CourseId, catalog.CourseInfo]
) -> Iterator[PaletteItem]:
    for line in desk:
        progress = line.progress
        course = courses.get(catalog.CourseId(progress.course_id))
        if course and progress.completed_at is None:
            href = f"/learn/courses/{course.id}/continue"
            sub = f"{progress.done} of {progress.total} lessons"
            yield PaletteItem("Continue", f"Go on with {course.title}", href, "book-open", sub)
            return


def _course(group: str, course: catalog.CourseInfo, base: str) -> PaletteItem:
    return PaletteItem(group, course.title, f"{base}/{course.id}", "library", course.subject)


async def _people(rx: ReadUnit, query: str) -> list[PaletteItem]:
    page = await identity.people(rx, identity.PeopleFilter(text=query), limit=MOST_PEOPLE)
    return [PaletteItem("People", each.name, f"/admin/people/{each.id}", "user", each.email) for each in page.items]


def _actions(actor: Actor, query: str) -> list[PaletteItem]:
    areas = areas_of(actor)
    return [
        PaletteItem("Go to", title, href, icon)
        for area, title, href, icon, words in _ACTIONS
        if area in areas and may_open(actor, href) and _matches(query, f"{title} {words}")
    ]


def _matches(query: str, text: str) -> bool:
    """Every word begins a word of the text."""
    words = text.casefold().split()
    return all(any(word.startswith(part) for word in words) for part in query.casefold().split())


ROUTES: tuple[Any, ...] = (palette,)
