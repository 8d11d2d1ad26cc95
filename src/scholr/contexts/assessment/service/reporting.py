"""Results: to a learner as far as the feedback policy allows, to staff in full."""

from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.assessment.freezing import Content
from scholr.contexts.assessment.grading import Outcome, QuestionResult
from scholr.contexts.assessment.model import AttemptStatus, FeedbackLevel, Standing, visible_feedback
from scholr.contexts.assessment.policy import ATTEMPT_READ, GRADEBOOK_READ, SEE_OWN, SEE_RESULTS
from scholr.contexts.assessment.presenting import answer_texts, correct_texts
from scholr.contexts.assessment.queries import gradebook, results
from scholr.contexts.assessment.queries.answers import SavedAnswer, saved_answers
from scholr.contexts.assessment.queries.gradebook import ActivityLine, AttemptLine, LearnerLine
from scholr.contexts.assessment.queries.listing import AssessmentView
from scholr.contexts.assessment.queries.results import ItemStatistics, OverrideLine
from scholr.contexts.assessment.questions import Question, QuestionType
from scholr.contexts.assessment.repository.attempts import StoredAttempt, attempt_in
from scholr.contexts.assessment.repository.versions import load_version
from scholr.contexts.assessment.service.access import proven, sees_results
from scholr.contexts.assessment.service.reading import access_in
from scholr.contexts.assessment.service.reviewing import stored_receipt
from scholr.contexts.assessment.service.sealing import opened_answers, opened_overrides
from scholr.contexts.assessment.service.taking import view_of
from scholr.contexts.assessment.service.views import AttemptView, Receipt
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId
from scholr.kernel.pagination import Page
from scholr.platform.audit import note
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class ResultItem:
    """One question of a finished attempt. What the viewer may not know is None.

    The texts of a matching question name both partners; those of the others are as they were answered.
    """

    question_id: str
    number: int
    type: QuestionType
    prompt: str
    possible_micro: int
    answer: tuple[str, ...]
    earned_micro: int | None
    outcome: Outcome | None
    explanation: str | None
    correct: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class ResultView:
    """`level` is how much of it the viewer may see; staff see everything."""

    attempt: AttemptView
    course_id: UUID
    title: str
    level: FeedbackLevel
    score_micro: int | None
    max_micro: int | None
    passed: bool | None
    items: tuple[ResultItem, ...]
    receipts: tuple[Receipt, ...]
    overrides: tuple[OverrideLine, ...]

    @property
    def shows_score(self) -> bool:
        return self.level.includes(FeedbackLevel.SCORE)


@dataclass(frozen=True, slots=True)
class GradeRow:
    """One learner in the gradebook of an assessment."""

    learner_id: MembershipId
    name: str
    email: str
    attempts: tuple[AttemptLine, ...]
    standing: Standing | None


async def attempt_result(platform: Platform, actor: Actor, *, attempt_id: UUID) -> ResultView:
    """What came of an attempt. While it runs nothing is shown. Raises AttemptNotFound."""
    require(actor, SEE_OWN)
    async with platform.db.read(actor.tenant_id) as rx:
        attempt = proven(actor, await attempt_in(rx, attempt_id), SEE_RESULTS)
        content = await load_version(rx, attempt.version_id)
        policy, parts = await results.attempt_results(rx, attempt_id)
        answers = await opened_answers(platform, rx, attempt, await saved_answers(rx, attempt_id))
        lines = await results.overrides_of(rx, attempt_id) if sees_results(actor) else []
        overrides = await opened_overrides(platform, rx, attempt, lines)
    await note(platform, actor, ATTEMPT_READ, attempt_id, owner=attempt.learner_id)
    status = attempt.state.status
    level = visible_feedback(policy, attempt.accommodation, status, platform.clock.now())
    if sees_results(actor) and status is not AttemptStatus.IN_PROGRESS:
        level = FeedbackLevel.CORRECT_ANSWERS
    shown = level.includes(FeedbackLevel.SCORE)
    score, most = (attempt.score_micro, attempt.max_micro) if shown else (None, None)
    return ResultView(
        attempt=view_of(attempt, content),
        course_id=content.course_id,
        title=content.title,
        level=level,
        score_micro=score,
        max_micro=most,
        passed=None if score is None or most is None else score * 10_000 >= policy.pass_bp * most,
        items=_items(attempt, content, parts, answers, level),
        receipts=tuple(stored_receipt(attempt, answer) for answer in answers),
        overrides=tuple(overrides),
    )


def _items(
    attempt: StoredAttempt,
    content: Content,
    parts: tuple[QuestionResult, ...],
    answers: list[SavedAnswer],
    level: FeedbackLevel,
) -> tuple[ResultItem, ...]:
    if not level.includes(FeedbackLevel.CORRECTNESS):
        return ()
    given = {answer.question_id: answer.entries for answer in answers}
    return tuple(
        _item(content.questions[part.question_id], part, number, given.get(part.question_id, ()), attempt.seed, level)
        for number, part in enumerate(parts, start=1)
    )


def _item(
    question: Question,
    part: QuestionResult,
    number: int,
    entries: tuple[str, ...],
    seed: str,
    level: FeedbackLevel,
) -> ResultItem:
    return ResultItem(
        question_id=part.question_id,
        number=number,
        type=question.type,
        prompt=question.prompt,
        possible_micro=part.possible_micro,
        answer=_paired(question, answer_texts(question, entries, seed)),
        earned_micro=part.earned_micro,
        outcome=part.outcome,
        explanation=question.explanation if level.includes(FeedbackLevel.EXPLANATIONS) else None,
        correct=_paired(question, correct_texts(question)) if level.includes(FeedbackLevel.CORRECT_ANSWERS) else None,
    )


def _paired(question: Question, texts: tuple[str, ...]) -> tuple[str, ...]:
    if question.type is not QuestionType.MATCHING or not any(text.strip() for text in texts):
        return texts
    return tuple(f"{left}: {text or '–'}" for left, text in zip(question.options, texts, strict=False))


async def gradebook_page(
    platform: Platform, actor: Actor, *, assessment_id: UUID, after: UUID | None = None, limit: int = 50
) -> tuple[AssessmentView, Page[GradeRow]]:
    """Everybody who began, with names, in the order of their ids. Raises AssessmentNotFound."""
    require(actor, SEE_RESULTS)
    async with platform.db.read(actor.tenant_id) as rx:
        view = await access_in(rx, actor, assessment_id)
        rows = await _grade_rows(rx, view, after, limit)
    await note(platform, actor, GRADEBOOK_READ, assessment_id)
    return view, rows


async def results_overview(
    platform: Platform, actor: Actor, *, assessment_id: UUID, after: UUID | None = None, limit: int = 50
) -> tuple[AssessmentView, Page[GradeRow], list[ItemStatistics]]:
    """The gradebook and how each question did, for one page. Raises AssessmentNotFound."""
    require(actor, SEE_RESULTS)
    async with platform.db.read(actor.tenant_id) as rx:
        view = await access_in(rx, actor, assessment_id)
        rows = await _grade_rows(rx, view, after, limit)
        items = await results.item_statistics(rx, assessment_id)
    await note(platform, actor, GRADEBOOK_READ, assessment_id)
    return view, rows, items


async def _grade_rows(rx: ReadUnit, view: AssessmentView, after: UUID | None, limit: int) -> Page[GradeRow]:
    page = await gradebook.learner_lines(rx, view.id, view.policy, after=after, limit=limit)
    people = await identity.members(rx, [line.learner_id for line in page.items])
    return Page([_row(line, people.get(line.learner_id)) for line in page.items], page.next_cursor)


def _row(line: LearnerLine, person: identity.MemberView | None) -> GradeRow:
    name, email = (person.name, person.email) if person else ("", "")
    return GradeRow(line.learner_id, name, email, line.attempts, line.standing)


async def statistics(
    platform: Platform, actor: Actor, *, assessment_id: UUID
) -> tuple[AssessmentView, list[ItemStatistics]]:
    """How each question did, the hardest first; some seconds old where a replica is read from.

    Raises AssessmentNotFound.
    """
    require(actor, SEE_RESULTS)

    async def count(rx: ReadUnit) -> tuple[AssessmentView, list[ItemStatistics]]:
        view = await access_in(rx, actor, assessment_id)
        return view, await results.item_statistics(rx, assessment_id)

    return await platform.db.read_anywhere(actor.tenant_id, count)


async def override_history(platform: Platform, actor: Actor, *, attempt_id: UUID) -> list[OverrideLine]:
    """Every judgement over one attempt, oldest first, for staff. Raises AttemptNotFound."""
    require(actor, SEE_RESULTS)
    async with platform.db.read(actor.tenant_id) as rx:
        attempt = proven(actor, await attempt_in(rx, attempt_id), SEE_RESULTS)
        found = await opened_overrides(platform, rx, attempt, await results.overrides_of(rx, attempt_id))
    await note(platform, actor, ATTEMPT_READ, attempt_id, owner=attempt.learner_id)
    return found


async def activity(
    platform: Platform, actor: Actor, *, course_id: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> Page[ActivityLine]:
    """What happened in the assessments of a course, or of all, the newest first; for staff."""
    require(actor, SEE_RESULTS)
    async with platform.db.read(actor.tenant_id) as rx:
        if course_id is not None:
            await catalog.access_course(rx, actor, course_id)
        return await gradebook.activity_page(rx, course_id=course_id, before=before, limit=limit)
