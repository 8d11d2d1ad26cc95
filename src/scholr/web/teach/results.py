"""Results for teachers: who did how, which questions were hard, and judging single answers anew."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import AttemptRunning, InvalidGrade
from scholr.contexts.assessment.facade import ItemStatistics, Judgement, ResultView
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.identity import facade as identity
from scholr.contexts.identity.facade import MemberView
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.ratelimit.quotas import EXPENSIVE
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, read_form
from scholr.web.learn.quiz_results import joined
from scholr.web.learn.quiz_view import first_line, in_words, length_text, time_used
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash
from scholr.web.teach.assessments import crumbs_for

HARD_BP = 5_000
PAGE = 50


@page_get("/teach/results")
async def results(
    request: PageRequest, actor: TheActor, platform: ThePlatform, before: FromQuery[UUID | None] = None
) -> Response[Any]:
    """What happened in every assessment of the organisation, the newest first."""
    page = await assessment.activity(platform, actor, before=before, limit=PAGE)
    async with platform.db.read(actor.tenant_id) as rx:
        courses = await catalog.list_courses(rx, list({line.course_id for line in page.items}))
    return show(
        request,
        "teach/results.html",
        title="Results",
        area="teach",
        crumbs=(Crumb(label="Results"),),
        lines=page.items,
        courses=courses,
        next_cursor=page.next_cursor,
        headline=_running_sentence(sum(line.running for line in page.items)),
    )


def _running_sentence(running: int) -> str:
    if not running:
        return "Nobody is being tested now"
    return in_words(running, "attempt is running", "attempts are running")


@page_get("/teach/assessments/{assessment_id:uuid}/results")
async def assessment_results(
    request: PageRequest,
    assessment_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    after: FromQuery[UUID | None] = None,
) -> Response[Any]:
    view, page, items = await assessment.results_overview(
        platform, actor, assessment_id=assessment_id, after=after, limit=PAGE
    )
    link = Crumb(label=view.title, href=f"/teach/assessments/{view.id}")
    headline, lede = _sentences(page.items, items, complete=after is None and page.next_cursor is None)
    return show(
        request,
        "teach/assessment_results.html",
        title=f"Results: {view.title}",
        area="teach",
        crumbs=await crumbs_for(platform, actor, view.course_id, link, Crumb(label="Results"), title=view.course_title),
        quiz=view,
        rows=sorted(page.items, key=lambda row: row.name.casefold()),
        items=items,
        next_cursor=page.next_cursor,
        first=after is None,
        headline=headline,
        lede=lede,
        first_line=first_line,
    )


def _sentences(rows: Any, items: list[ItemStatistics], *, complete: bool) -> tuple[str, str]:
    graded = [row for row in rows if row.standing]
    hard = sum(item.facility_bp < HARD_BP for item in items)
    lede = f"{in_words(hard, 'question was', 'questions were')} answered right by fewer than half." if hard else ""
    if not rows:
        return "Nobody has begun yet", "Results appear here as soon as the first attempt is handed in."
    if not complete:
        return "Results", lede
    passed = sum(row.standing.passed for row in graded)
    if not graded:
        return f"{in_words(len(rows), 'learner is', 'learners are')} at work", lede
    if len(graded) == 1:
        return "The one learner so far " + ("passed" if passed else "did not pass"), lede
    everybody = in_words(len(graded), "learner", "learners").lower()
    if not passed:
        return f"None of {everybody} passed", lede
    return f"{in_words(passed, '', '').strip()} of {everybody} passed", lede


@page_get("/teach/assessments/{assessment_id:uuid}/results.csv", cost=EXPENSIVE)
async def results_file(assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform) -> Response[str]:
    text = await assessment.results_csv(platform, actor, assessment_id=assessment_id)
    headers = {"content-disposition": 'attachment; filename="results.csv"', "cache-control": "no-store"}
    return Response(text, headers=headers, media_type="text/csv")


@page_get("/teach/attempts/{attempt_id:uuid}")
async def attempt(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _attempt(request, actor, platform, attempt_id)


@dataclass(frozen=True, slots=True)
class Correction:
    """A judgement that was refused, to be shown again beside its question."""

    question_id: str
    points: str
    reason: str
    errors: dict[str, str]


async def _attempt(
    request: PageRequest, actor: Actor, platform: Platform, attempt_id: UUID, refused: Correction | None = None
) -> Response[Any]:
    view = await assessment.attempt_result(platform, actor, attempt_id=attempt_id)
    people = await _people(platform, actor, view)
    learner = people.get(view.attempt.learner_id)
    link = Crumb(label=view.title, href=f"/teach/assessments/{view.attempt.assessment_id}/results")
    name = learner.name if learner else "Learner"
    used = time_used(view.attempt.started_at, view.attempt.finished_at, view.attempt.deadline_at)
    return show(
        request,
        "teach/attempt.html",
        title=f"{name}: {view.title}",
        area="teach",
        crumbs=await crumbs_for(platform, actor, view.course_id, link, Crumb(label=name)),
        status_code=422 if refused else 200,
        view=view,
        attempt=view.attempt,
        name=name,
        people=people,
        refused=refused,
        points=assessment.points_number,
        first_line=first_line,
        joined=joined,
        used=None if used is None else length_text(used),
        receipts={receipt.question_id: receipt for receipt in view.receipts},
        numbers={item.question_id: item.number for item in view.items},
    )


async def _people(platform: Platform, actor: Actor, view: ResultView) -> dict[MembershipId, MemberView]:
    """The learner, and whoever changed the grade."""
    ids = {view.attempt.learner_id, *(MembershipId(line.author_id) for line in view.overrides)}
    async with platform.db.read(actor.tenant_id) as rx:
        return await identity.members(rx, list(ids))


@page_post("/teach/attempts/{attempt_id:uuid}/override")
async def override(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    try:
        await assessment.override_grade(platform, actor, attempt_id=attempt_id, judgement=_judgement(form))
    except InvalidGrade as error:
        names = {"earned": "points"}
        errors = {names.get(name, name): f"{text[:1].upper()}{text[1:]}." for name, text in error.fields.items()}
        refused = Correction(form.text("question"), form.text("points"), form.text("reason"), errors)
        return await _attempt(request, actor, platform, attempt_id, refused)
    except AttemptRunning as refusal:
        return redirect(f"/teach/attempts/{attempt_id}", flash=Flash(text=refusal.message))
    flash = Flash(text="The grade is changed, and your reason is kept with it.")
    return redirect(f"/teach/attempts/{attempt_id}", flash=flash)


def _judgement(form: Form) -> Judgement:
    try:
        points = float(form.text("points").replace(",", "."))
    except ValueError:
        points = -1
    if not 0 <= points <= 1_000:
        raise InvalidGrade(fields={"points": "must be a number of points"})
    return Judgement(form.text("question"), round(points * assessment.MICRO), form.text("reason"))


ROUTES: tuple[Any, ...] = (results, assessment_results, results_file, attempt, override)
