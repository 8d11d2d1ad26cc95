"""What single learners are given in an assessment: extra time, attempts, a later end."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import InvalidAccommodation, LearnerNotFound
from scholr.contexts.assessment.facade import Accommodation
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.facade import MemberView
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, read_form
from scholr.web.learn.quiz_view import in_words
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.assessments import crumbs_for, zone_of
from scholr.web.teach.assessments_settings import read_local

FIELDS = ("learner", "extra_time_percent", "extra_minutes", "extra_attempts", "closes_at", "note")
_SENTENCES = {
    "extra_time_percent": "Between 0 and 400.",
    "extra_minutes": "A number of minutes, or empty.",
    "extra_attempts": "A number, or empty.",
    "closes_at": "A date and a time, or empty.",
    "note": "At most 500 characters.",
    "learner": "Choose somebody of this course.",
}


@page_get("/teach/assessments/{assessment_id:uuid}/accommodations")
async def accommodations(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _page(request, actor, platform, assessment_id, {}, {})


async def _page(
    request: PageRequest,
    actor: Actor,
    platform: Platform,
    assessment_id: UUID,
    values: dict[str, str],
    errors: dict[str, str],
) -> Response[Any]:
    view, given = await assessment.list_accommodations(platform, actor, assessment_id=assessment_id)
    people = await _learners(platform, actor, view.course_id)
    link = Crumb(label=view.title, href=f"/teach/assessments/{view.id}")
    return show(
        request,
        "teach/accommodations.html",
        title=f"Accommodations: {view.title}",
        area="teach",
        crumbs=await crumbs_for(
            platform, actor, view.course_id, link, Crumb(label="Accommodations"), title=view.course_title
        ),
        status_code=422 if errors else 200,
        quiz=view,
        given=given,
        people=people,
        values=values,
        errors=errors,
        headline=_headline(len(given)),
        zone=str(zone_of(request)),
    )


def _headline(given: int) -> str:
    return f"{in_words(given, 'learner has', 'learners have')} something extra" if given else "Everybody has the same"


async def _learners(platform: Platform, actor: Actor, course_id: UUID) -> list[MemberView]:
    """Those with a seat in the course, by name."""
    async with platform.db.read(actor.tenant_id) as rx:
        found = await identity.members(rx, await enrollment.learner_ids(rx, course_id=course_id))
    return sorted(found.values(), key=lambda person: person.name.casefold())


@page_post("/teach/assessments/{assessment_id:uuid}/accommodations")
async def give(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    values = {name: form.text(name) for name in FIELDS}
    try:
        view = await assessment.access_assessment(platform, actor, assessment_id)
        learner = _chosen(await _learners(platform, actor, view.course_id), values["learner"])
        await assessment.set_accommodation(
            platform,
            actor,
            assessment_id=assessment_id,
            learner_id=learner.id,
            given=_read(form, zone_of(request)),
            note=values["note"],
        )
    except InvalidAccommodation as error:
        names = ["extra_minutes" if name == "extra_time_seconds" else name for name in error.fields]
        errors = {name: _SENTENCES.get(name, error.message) for name in names}
        return await _page(request, actor, platform, assessment_id, values, errors)
    except LearnerNotFound:
        errors = {"learner": _SENTENCES["learner"]}
        return await _page(request, actor, platform, assessment_id, values, errors)
    text = f"Saved for {learner.name}. It counts at once, also in an attempt that runs."
    return redirect(f"/teach/assessments/{assessment_id}/accommodations", flash=Flash(text=text))


def _chosen(people: list[MemberView], text: str) -> MemberView:
    """Whoever has this e-mail or, where only one does, this name."""
    wanted = text.casefold()
    found = [each for each in people if wanted and each.email.casefold() == wanted]
    found = found or [each for each in people if each.name.casefold() == wanted]
    if len(found) != 1:
        raise LearnerNotFound
    return found[0]


def _read(form: Form, zone: ZoneInfo) -> Accommodation:
    wrong: dict[str, str] = {}

    def count(name: str) -> int:
        number = whole_number(form.text(name) or "0", digits=7)
        if number is None:
            wrong[name] = _SENTENCES[name]
        return number or 0

    percent, minutes, attempts = count("extra_time_percent"), count("extra_minutes"), count("extra_attempts")
    closes_at = None
    try:
        closes_at = read_local(form.text("closes_at"), zone)
    except ValueError:
        wrong["closes_at"] = _SENTENCES["closes_at"]
    if wrong:
        raise InvalidAccommodation(fields=wrong)
    return Accommodation(
        extra_time_percent=percent, extra_time_seconds=minutes * 60, extra_attempts=attempts, closes_at=closes_at
    )


@page_post("/teach/assessments/{assessment_id:uuid}/accommodations/{learner_id:uuid}/remove")
async def take_back(
    assessment_id: FromPath[UUID], learner_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    await assessment.clear_accommodation(
        platform, actor, assessment_id=assessment_id, learner_id=MembershipId(learner_id)
    )
    text = "Taken back: the common rules hold again."
    return redirect(f"/teach/assessments/{assessment_id}/accommodations", flash=Flash(text=text))


ROUTES: tuple[Any, ...] = (accommodations, give, take_back)
