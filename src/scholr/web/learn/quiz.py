"""Taking a quiz: introduction, one question at a time, review, hand in. Plain forms; scripts only help."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import AttemptFinished, DeadlinePassed, ExamCrowded, InvalidAnswer
from scholr.contexts.assessment.facade import AttemptStatus, IntroView, TakingView
from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.kernel.errors import Conflict, Unauthenticated
from scholr.kernel.ids import MembershipId
from scholr.kernel.text import whole_number
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.platform.runtime import Platform
from scholr.web.forms import Form, read_form
from scholr.web.learn.quiz_view import (
    INSTRUCTIONS,
    LETTERS,
    empty_sentence,
    in_words,
    points_text,
    prompt_blocks,
    saved_text,
    steps_of,
)
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb, Flash


def _own(actor: Actor) -> MembershipId:
    if actor.membership_id is None:
        raise Unauthenticated
    return actor.membership_id


async def course_crumbs(platform: Platform, actor: Actor, course_id: UUID, title: str) -> tuple[Crumb, ...]:
    async with platform.db.read(actor.tenant_id) as rx:
        course = await catalog.course(rx, course_id)
    name = course.title if course else "Course"
    return (
        Crumb(label="My courses", href="/learn/courses"),
        Crumb(label=name, href=f"/learn/courses/{course_id}"),
        Crumb(label=title),
    )


@page_get("/learn/assessments/{assessment_id:uuid}")
async def introduction(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    return await _introduction(request, actor, platform, assessment_id)


async def _introduction(
    request: PageRequest, actor: Actor, platform: Platform, assessment_id: UUID, refusal: Conflict | None = None
) -> Response[Any]:
    intro = await assessment.introduction(platform, actor, assessment_id=assessment_id)
    view = intro.assessment
    return show(
        request,
        "learn/quiz_intro.html",
        title=view.title,
        crumbs=await course_crumbs(platform, actor, view.course_id, view.title),
        status_code=200 if refusal is None else 409,
        intro=intro,
        quiz=view,
        lede=_lede(intro),
        refusal=refusal or intro.refusal,
        questions=in_words(view.question_count, "question", "questions"),
    )


def _lede(intro: IntroView) -> str:
    """What is asked, in one sentence before any figure."""
    parts = [in_words(intro.assessment.question_count, "question", "questions")]
    if intro.time_limit_seconds:
        minutes = -(-intro.time_limit_seconds // 60)
        parts.append(f"{minutes} {'minute' if minutes == 1 else 'minutes'}")
    else:
        parts.append("as much time as you like")
    allowed = intro.attempts_allowed
    attempts = "as many attempts as you need" if allowed is None else in_words(allowed, "attempt", "attempts").lower()
    return f"{parts[0]}, {parts[1]}, and {attempts}. You can change any answer until you hand it in."


@page_post("/learn/assessments/{assessment_id:uuid}/start", repeatable=True)
async def start(
    request: PageRequest, assessment_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    try:
        attempt = await assessment.start_attempt(platform, actor, assessment_id=assessment_id, learner_id=_own(actor))
    except ExamCrowded as crowded:
        return await _waiting(request, actor, platform, assessment_id, crowded)
    except Conflict as refusal:
        return await _introduction(request, actor, platform, assessment_id, refusal)
    return redirect(f"/learn/attempts/{attempt.id}")


async def _waiting(
    request: PageRequest, actor: Actor, platform: Platform, assessment_id: UUID, crowded: ExamCrowded
) -> Response[Any]:
    """The queue outside: asks again by itself, or by the person's own hand."""
    view = await assessment.access_assessment(platform, actor, assessment_id)
    answer = show(
        request,
        "learn/quiz_waiting.html",
        title=view.title,
        status_code=503,
        quiz=view,
        message=crowded.message,
        wait=crowded.retry_after or 2,
    )
    answer.headers["retry-after"] = str(crowded.retry_after or 2)
    return answer


@page_get("/learn/attempts/{attempt_id:uuid}")
async def take(
    request: PageRequest,
    attempt_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    q: FromQuery[int] = 0,
) -> Response[Any]:
    view = await assessment.taking_view(platform, actor, attempt_id=attempt_id)
    if view.attempt.status is not AttemptStatus.IN_PROGRESS:
        return redirect(f"/learn/attempts/{attempt_id}/result")
    return _question_page(request, platform, view, q)


def _question_page(
    request: PageRequest, platform: Platform, view: TakingView, wanted: int, problem: str | None = None
) -> Response[Any]:
    """The wanted question; without a wish the first empty one, so that a return goes on where it stopped."""
    steps = steps_of(view)
    first_empty = next((step.number for step in steps if not step.answered), 1)
    number = wanted if 1 <= wanted <= len(steps) else first_empty
    question = view.questions[number - 1]
    return show(
        request,
        "learn/quiz.html",
        title=f"Question {number} of {len(steps)}: {view.title}",
        status_code=200 if problem is None else 422,
        view=view,
        attempt=view.attempt,
        question=question,
        number=number,
        steps=steps_of(view, number),
        answered=sum(step.answered for step in steps),
        blocks=prompt_blocks(question.prompt),
        instruction=INSTRUCTIONS[question.type],
        points=points_text(question),
        given=view.answers.get(question.id, ()),
        letters=LETTERS,
        saved_at=saved_text(view),
        empty=empty_sentence(steps),
        now=platform.clock.now(),
        problem=problem,
    )


@page_post("/learn/attempts/{attempt_id:uuid}", repeatable=True)
async def save_and_go(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Keep the shown question's answer, then go where the pressed button leads."""
    form = await read_form(request)
    view = await assessment.taking_view(platform, actor, attempt_id=attempt_id)
    question_id, entries = form.text("question"), tuple(form.many("a"))
    number = next((n for n, each in enumerate(view.questions, start=1) if each.id == question_id), 0)
    try:
        await _save_change(platform, actor, view, question_id, entries)
    except InvalidAnswer as error:
        return _question_page(request, platform, view, number, next(iter(error.fields.values()), error.message))
    except (AttemptFinished, DeadlinePassed):
        return redirect(f"/learn/attempts/{attempt_id}/over")
    return redirect(_destination(form, view, number))


async def _save_change(
    platform: Platform, actor: Actor, view: TakingView, question_id: str, entries: tuple[str, ...]
) -> None:
    """Scripts may have saved already: the same answer again would only make another receipt."""
    given = entries if any(entry.strip() for entry in entries) else ()
    if given == view.answers.get(question_id, ()):
        return
    await assessment.save_answers(platform, actor, attempt_id=view.attempt.id, answers={question_id: list(given)})


def _destination(form: Form, view: TakingView, number: int) -> str:
    base = f"/learn/attempts/{view.attempt.id}"
    go = form.text("go")
    if go == "review":
        return f"{base}/review"
    if go == "leave":
        return f"/learn/assessments/{view.attempt.assessment_id}"
    chosen = whole_number(go, digits=4)
    wanted = number + 1 if chosen is None else chosen
    return f"{base}?q={wanted}" if 1 <= wanted <= len(view.questions) else f"{base}/review"


@page_get("/learn/attempts/{attempt_id:uuid}/review")
async def review(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """Everything at a glance before handing in."""
    view = await assessment.taking_view(platform, actor, attempt_id=attempt_id)
    if view.attempt.status is not AttemptStatus.IN_PROGRESS:
        return redirect(f"/learn/attempts/{attempt_id}/result")
    steps = steps_of(view)
    return show(
        request,
        "learn/quiz_review.html",
        title=f"Review: {view.title}",
        view=view,
        attempt=view.attempt,
        steps=steps,
        empty=empty_sentence(steps),
        empty_numbers=[str(step.number) for step in steps if not step.answered],
        saved_at=saved_text(view),
        now=platform.clock.now(),
    )


@page_post("/learn/attempts/{attempt_id:uuid}/submit", repeatable=True)
async def submit(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    form = await read_form(request)
    question_id = form.text("question")
    answers = {question_id: form.many("a")} if question_id else None
    try:
        done = await assessment.submit_attempt(platform, actor, attempt_id=attempt_id, answers=answers)
    except InvalidAnswer as error:
        view = await assessment.taking_view(platform, actor, attempt_id=attempt_id)
        number = next((n for n, each in enumerate(view.questions, start=1) if each.id == question_id), 0)
        return _question_page(request, platform, view, number, next(iter(error.fields.values()), error.message))
    late = done.status is AttemptStatus.EXPIRED
    flash = "Your time was up. What was saved in time is graded." if late else "Handed in."
    return redirect(f"/learn/attempts/{attempt_id}/receipt", flash=Flash(text=flash))


@page_get("/learn/attempts/{attempt_id:uuid}/over")
async def over(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """The time is up, or the attempt was handed in elsewhere: says so, and hands in what was saved."""
    view = await assessment.taking_view(platform, actor, attempt_id=attempt_id)
    if view.attempt.status is not AttemptStatus.IN_PROGRESS:
        return redirect(f"/learn/attempts/{attempt_id}/receipt", flash=Flash(text="This attempt is finished."))
    return show(request, "learn/quiz_over.html", title=f"Time is up: {view.title}", view=view, attempt=view.attempt)


ROUTES: tuple[Any, ...] = (introduction, start, take, save_and_go, review, submit, over)
