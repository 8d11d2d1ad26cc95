"""The course page: what it is about, what it holds, and where one stands in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import CourseNotFound
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, Unauthenticated
from scholr.kernel.ids import MembershipId
from scholr.platform.db.unit import ReadUnit
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.web.learn.catalogue import CATALOGUE, language_name
from scholr.web.learn.outage import as_of, unless_unavailable
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.validators import page_validator

MY_COURSES = "/learn/courses"
MOST_ASSESSMENTS = 100
BY_THE_HOUR = "%Y-%m-%dT%H"
"""How finely times that are told as "in 3 hours" are counted in a validator."""


@dataclass(frozen=True, slots=True)
class LessonLine:
    """A lesson in the contents list. `mark` is done, now, open, or locked for those who are not in the course."""

    entry: catalog.LessonEntry
    href: str | None
    mark: str


@dataclass(frozen=True, slots=True)
class SectionLines:
    number: int
    title: str
    lines: tuple[LessonLine, ...]
    minutes: int

    @property
    def done(self) -> int:
        return sum(line.mark == "done" for line in self.lines)

    @property
    def folded(self) -> bool:
        """Finished sections fold away."""
        return bool(self.lines) and self.done == len(self.lines)


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """An assessment of the course, and the score that stands; None before the first finished attempt."""

    view: assessment.AssessmentView
    score: assessment.ScoreView | None

    @property
    def href(self) -> str:
        return f"/learn/assessments/{self.view.id}"


@dataclass(frozen=True, slots=True)
class Own:
    """What the page shows of its reader: the place in the course, or the way into it."""

    enrolled: bool = False
    standing: learning.Standing | None = None
    assessments: tuple[AssessmentLine, ...] = ()
    missing: tuple[catalog.Ref, ...] = ()
    options: enrollment.EnrolOptions | None = None

    @property
    def for_validator(self) -> tuple[object, ...]:
        """All of it that is shown, in types that can be told apart by their bytes."""
        standing = self.standing
        done = (standing.progress, frozenset(standing.record.completed)) if standing else None
        return self.enrolled, done, self.assessments, self.missing, self.options


@page_get(["/catalogue/{course_id:uuid}", "/learn/courses/{course_id:uuid}"])
async def course_page(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _course_page(request, course_id, actor, platform)


async def _course_page(
    request: PageRequest, course_id: UUID, actor: Actor, platform: Platform, refusal: DomainError | None = None
) -> Response[Any]:
    require(actor, catalog.SEE_CATALOGUE)
    kept = await catalog.course_face(platform, actor, course_id, newest=refusal is not None)
    front = kept.sure.front
    own = await unless_unavailable(_own_part(platform, actor, front))
    enrolled = own is not None and own.enrolled
    if not (enrolled or front.course.is_published or may(actor, catalog.SEE_DRAFTS)):
        raise CourseNotFound
    moment = as_of(kept, own)
    validator = page_validator(
        request, kept.digest, own and own.for_validator, moment, platform.clock.now().strftime(BY_THE_HOUR)
    )
    if validator.is_current:
        return validator.unchanged()
    page = _show(request, actor, kept.sure, own or Own(), moment, refusal)
    return page if refusal else validator.on(page)


def _show(
    request: PageRequest,
    actor: Actor,
    face: catalog.CourseFace,
    own: Own,
    moment: datetime | None,
    refusal: DomainError | None,
) -> Response[Any]:
    front, course, standing = face.front, face.front.course, own.standing
    home = Crumb(label="My courses", href=MY_COURSES) if own.enrolled else Crumb(label="Catalogue", href=CATALOGUE)
    may_open = own.enrolled or may(actor, catalog.SEE_DRAFTS)
    sections = section_lines(course.id, front.outline, standing, may_open=may_open)
    return show(
        request,
        "learn/course.html",
        title=course.title,
        crumbs=(home, Crumb(label=course.title)),
        status_code=409 if refusal else 200,
        course=course,
        language=language_name(course.language),
        author=front.author_name,
        cover_url=face.cover_url,
        sections=sections,
        standing=standing,
        upcoming=_upcoming(sections, standing),
        minutes_left=catalog.minutes_of(
            sum(line.entry.seconds for section in sections for line in section.lines if line.mark != "done")
        ),
        assessments=own.assessments,
        prerequisites=front.requires,
        missing=own.missing,
        paths=front.paths,
        refusal=refusal,
        options=own.options,
        as_of=moment,
        may_edit=may(actor, catalog.EDIT_COURSES),
    )


@page_post("/learn/courses/{course_id:uuid}/enrol")
async def enrol(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """A seat in the first open cohort, or a place in its queue; the same again changes nothing."""
    try:
        done = await enrollment.enrol_by_course(
            platform, actor, course_id=course_id, learner_id=_own(actor), may_wait=True
        )
    except CourseNotFound:
        raise
    except DomainError as refusal:
        return await _course_page(request, course_id, actor, platform, refusal)
    words = {
        "active": "You are in. Begin whenever you like.",
        "pending": "Your request was sent. You will hear when it is decided.",
        "waitlisted": f"The course is full. You are number {done.position} in the queue.",
    }
    return redirect(f"{MY_COURSES}/{course_id}", flash=Flash(text=words.get(done.status, "Done.")))


async def _assessments(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> list[AssessmentLine]:
    views = (await assessment.assessments_of_course(rx, course_id, limit=MOST_ASSESSMENTS)).items
    scores = await assessment.scores_of(rx, learner_id, course_id) if views else {}
    return [AssessmentLine(view, scores.get(view.id)) for view in views]


async def _own_part(platform: Platform, actor: Actor, front: catalog.CourseFront) -> Own:
    """Those who are in a course keep it after it was archived."""
    course_id = front.course.id
    async with platform.db.read(actor.tenant_id) as rx:
        seat = await enrollment.active_enrollment(rx, actor.membership_id, course_id) if actor.membership_id else None
        if seat is not None:
            return Own(
                enrolled=True,
                standing=await learning.standing(rx, _own(actor), course_id, outline=front.outline),
                assessments=tuple(await _assessments(rx, _own(actor), course_id)),
            )
        return Own(
            missing=tuple(await enrollment.missing_prerequisites(rx, actor, front.requires)),
            options=await enrollment.enrol_options(rx, actor, course_id, platform.clock.now()),
        )


def section_lines(
    course_id: UUID, outline: catalog.Outline, standing: learning.Standing | None, *, may_open: bool
) -> list[SectionLines]:
    """The contents as a list of pages, with what is done and where one is."""
    done = standing.record.completed if standing else {}
    here = standing.progress.resume if standing and not standing.progress.complete else None

    def line(entry: catalog.LessonEntry) -> LessonLine:
        mark = "done" if entry.id in done else "now" if entry.id == here else "open" if may_open else "locked"
        href = f"{MY_COURSES}/{course_id}/lessons/{entry.id}" if standing else None
        return LessonLine(entry, href, mark)

    return [
        SectionLines(
            number,
            section.title,
            tuple(line(entry) for entry in section.lessons),
            catalog.minutes_of(sum(entry.seconds for entry in section.lessons)),
        )
        for number, section in enumerate(outline.sections, start=1)
    ]


def _upcoming(sections: list[SectionLines], standing: learning.Standing | None) -> tuple[str, LessonLine] | None:
    """The lesson to open next and its number, such as 3.2."""
    if standing is None or standing.progress.resume is None:
        return None
    for section in sections:
        for place, line in enumerate(section.lines, start=1):
            if line.entry.id == standing.progress.resume:
                return f"{section.number}.{place}", line
    return None


def _own(actor: Actor) -> MembershipId:
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id


ROUTES: tuple[Any, ...] = (course_page, enrol)
