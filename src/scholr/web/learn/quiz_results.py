"""After a quiz: the receipt, and the result as far as the feedback policy shows it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import (
    AttemptStatus,
    FeedbackLevel,
    Outcome,
    QuestionType,
    ResultItem,
    ResultView,
    percentage_bp,
    points_number,
)
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, ThePlatform
from scholr.web.learn.quiz import course_crumbs
from scholr.web.learn.quiz_view import first_line, in_words, length_text, time_used
from scholr.web.page import PageRequest, redirect, show

MISSED = (Outcome.WRONG, Outcome.PARTIAL, Outcome.UNANSWERED)


@page_get("/learn/attempts/{attempt_id:uuid}/result")
async def result(
    request: PageRequest,
    attempt_id: FromPath[UUID],
    actor: TheActor,
    platform: ThePlatform,
    show_only: FromQuery[str] = "all",
) -> Response[Any]:
    view = await assessment.attempt_result(platform, actor, attempt_id=attempt_id)
    if view.attempt.status is AttemptStatus.IN_PROGRESS:
        return redirect(f"/learn/attempts/{attempt_id}")
    missed = [item for item in view.items if item.outcome in MISSED]
    headline, lede = _sentences(view, missed)
    return show(
        request,
        "learn/result.html",
        title=f"Result: {view.title}",
        crumbs=await course_crumbs(platform, actor, view.course_id, view.title),
        view=view,
        attempt=view.attempt,
        headline=headline,
        lede=lede,
        score=None if view.score_micro is None else points_number(view.score_micro),
        most=None if view.max_micro is None else points_number(view.max_micro),
        items=missed if show_only == "missed" else view.items,
        missed=missed,
        show_only="missed" if show_only == "missed" else "all",
        first_line=first_line,
        earned=_earned,
        lines=_answer_lines,
        used=_used(view),
    )


def _used(view: ResultView) -> str | None:
    used = time_used(view.attempt.started_at, view.attempt.finished_at, view.attempt.deadline_at)
    return None if used is None else length_text(used)


def _earned(item: ResultItem) -> str:
    earned = points_number(item.earned_micro or 0)
    return f"{earned:g} of {points_number(item.possible_micro):g}"


def _answer_lines(item: ResultItem) -> list[tuple[str, str, str]]:
    """What was answered and, where it may be said, what would have been right: (class, text, note)."""
    right = item.outcome is Outcome.CORRECT
    answer = joined(item, item.answer) or "No answer"
    lines = [("y" if right else "x", answer, "Your answer")]
    if item.correct is not None and not right:
        lines.append(("y", joined(item, item.correct), "A better answer"))
    return lines


_BETWEEN = {QuestionType.ORDERING: " → ", QuestionType.MATCHING: "; "}


def joined(item: ResultItem, texts: Sequence[str]) -> str:
    return _BETWEEN.get(item.type, ", ").join(text for text in texts if text.strip())


def _sentences(view: ResultView, missed: list[ResultItem]) -> tuple[str, str]:
    """The headline says what is the case, the lede what to do."""
    expired = view.attempt.status is AttemptStatus.EXPIRED
    kept = "Your time was up, so what was saved in time was graded. " if expired else ""
    if not view.shows_score:
        return "Your answers are in.", f"{kept}Your teacher has not released results yet. Your receipt is below."
    if not view.level.includes(FeedbackLevel.CORRECTNESS):
        return _verdict(view), f"{kept}Your teacher shows the score only."
    if not missed:
        return _verdict(view), f"{kept}Every question is right."
    return _verdict(view), f"{kept}{in_words(len(missed), 'question needs', 'questions need')} another look."


def _verdict(view: ResultView) -> str:
    if percentage_bp(view.score_micro or 0, view.max_micro or 0) == 10_000:
        return "Full marks."
    return "You passed." if view.passed else "Not there yet."


@page_get("/learn/attempts/{attempt_id:uuid}/receipt")
async def receipt(
    request: PageRequest, attempt_id: FromPath[UUID], actor: TheActor, platform: ThePlatform
) -> Response[Any]:
    """What the server kept and when, with a code for each answer that proves it."""
    view = await assessment.taking_view(platform, actor, attempt_id=attempt_id)
    numbers = {question.id: number for number, question in enumerate(view.questions, start=1)}
    attempt = view.attempt
    used = time_used(attempt.started_at, attempt.finished_at, attempt.deadline_at)
    return show(
        request,
        "learn/quiz_receipt.html",
        title=f"Receipt: {view.title}",
        crumbs=await course_crumbs(platform, actor, view.course_id, view.title),
        view=view,
        attempt=attempt,
        numbers=numbers,
        used=None if used is None else length_text(used),
        sentence=in_words(len([r for r in view.receipts if r.entries]), "answer was kept", "answers were kept"),
    )


ROUTES: tuple[Any, ...] = (result, receipt)
