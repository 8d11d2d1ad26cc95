"""Joining a group of a course, and leaving it: the forms of templates/enrollment/enrol_panel.html."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.enrollment import facade as enrollment
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError, ErrorKind, NotFound, Unauthenticated
from scholr.kernel.ids import MembershipId, parse_id
from scholr.platform.http.api import page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import read_form
from scholr.web.page import PageRequest, redirect
from scholr.web.shell import Flash


@page_post("/learn/courses/{course_id:uuid}/enrolment")
async def join(
    request: PageRequest, course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """A seat, a request or a place in the queue of the chosen cohort; the same again changes nothing."""
    form = await read_form(request)
    cohort_id = parse_id(form.text("cohort_id"))
    if cohort_id is None or not await _belongs(platform, actor, cohort_id, course_id):
        raise NotFound
    try:
        found = await enrollment.enrol(
            platform, actor, cohort_id=cohort_id, learner_id=_own(actor), may_wait=form.checked("waitlist")
        )
    except DomainError as refused:
        if refused.kind not in (ErrorKind.CONFLICT, ErrorKind.FORBIDDEN):
            raise
        return redirect(f"/catalogue/{course_id}", flash=Flash(text=refused.message))
    if found.status == "active":
        return redirect(f"/learn/courses/{course_id}", flash=Flash(text="You are in. Begin whenever you like."))
    told = {
        "pending": "Your request was sent. You will hear when it is decided.",
        "waitlisted": f"You are number {found.position} in the queue.",
    }
    return redirect(f"/catalogue/{course_id}", flash=Flash(text=told[found.status]))


@page_post("/learn/courses/{course_id:uuid}/withdraw")
async def leave(course_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Give back whatever the reader has in this course: a seat, a place in a queue, a request."""
    async with platform.db.read(actor.tenant_id) as rx:
        own = await enrollment.enrollments_in_course(rx, _own(actor), course_id)
    living = [each for each in own if each.status in ("active", "pending", "waitlisted")]
    if not own:
        raise NotFound
    for each in living:
        await enrollment.withdraw(platform, actor, enrollment_id=each.id)
    return redirect(f"/catalogue/{course_id}", flash=Flash(text="You have left. Your work is kept."))


async def _belongs(platform: Platform, actor: Actor, cohort_id: UUID, course_id: UUID) -> bool:
    async with platform.db.read(actor.tenant_id) as rx:
        found = await enrollment.cohort(rx, cohort_id)
    return found is not None and found.course_id == course_id


def _own(actor: Actor) -> MembershipId:
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id


ROUTES = (join, leave)
