"""The answer key never reaches a learner: every learner's route and page is searched for words planted in it."""

from uuid import UUID

import httpx
import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import (
    AssessmentPolicy,
    FeedbackLevel,
    FeedbackPolicy,
    FeedbackTime,
    QuestionDraft,
)
from scholr.contexts.enrollment import facade as enrollment
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.cohorts import open_cohort
from tests.support.exams import open_exam
from tests.support.school import School

KEY = "zanzibarkey"
WHY = "zanzibarwhy"
SECRET = (
    QuestionDraft("short_text", "Which island?", 1, None, [f"{KEY} one", f"{KEY} two"], WHY),
    QuestionDraft("numeric", "How many?", 1, None, {"value": "48151.62342", "tolerance": "0.77"}, WHY),
    QuestionDraft("cloze", "It is [[1]].", 1, None, [[f"{KEY} gap"]], WHY),
    QuestionDraft("single", "Choose.", 1, ["left", "right"], ["1"], WHY),
    QuestionDraft("ordering", "Order.", 1, ["first step", "second step", "third step"], ["0", "1", "2"], WHY),
    QuestionDraft("matching", "Match.", 1, ["a", "b"], {"pairs": ["one", "two"], "distractors": ["three"]}, WHY),
)
PLANTED = (KEY, WHY, "48151.62342", "0.77")


def _policy(when: FeedbackTime, level: FeedbackLevel) -> AssessmentPolicy:
    return AssessmentPolicy(feedback=FeedbackPolicy(when, level))


async def _everything(client: httpx.AsyncClient, exam: UUID, course: UUID, attempt: str) -> dict[str, str]:
    """The text of every answer that a learner can get about the attempt."""
    paths = [
        f"/api/assessments/{exam}",
        f"/api/courses/{course}/assessments",
        f"/api/assessments/{exam}/questions",
        f"/api/assessments/{exam}/answer-keys",
        f"/api/assessments/{exam}/statistics",
        f"/api/assessments/{exam}/results",
        f"/api/attempts/{attempt}",
        f"/api/attempts/{attempt}/receipts",
        f"/api/attempts/{attempt}/result",
        f"/api/attempts/{attempt}/overrides",
        f"/learn/assessments/{exam}",
        *(f"/learn/attempts/{attempt}?q={n}" for n in range(1, len(SECRET) + 1)),
        f"/learn/attempts/{attempt}/review",
        f"/learn/attempts/{attempt}/result",
        f"/learn/attempts/{attempt}/receipt",
        f"/teach/assessments/{exam}",
        f"/teach/attempts/{attempt}",
    ]
    return {path: (await client.get(path)).text for path in paths}


def _leaks(seen: dict[str, str], planted: tuple[str, ...]) -> list[str]:
    return [f"{path}: {word}" for path, text in seen.items() for word in planted if word in text]


@pytest.mark.parametrize(
    ("when", "level", "after"),
    [
        (FeedbackTime.NEVER, FeedbackLevel.CORRECT_ANSWERS, PLANTED),
        (FeedbackTime.AFTER_SUBMIT, FeedbackLevel.SCORE, PLANTED),
        (FeedbackTime.AFTER_SUBMIT, FeedbackLevel.CORRECTNESS, PLANTED),
        (FeedbackTime.AFTER_SUBMIT, FeedbackLevel.EXPLANATIONS, (KEY, "48151.62342", "0.77")),
    ],
)
async def test_nothing_of_the_key_is_in_any_answer_to_a_learner(
    platform: Platform, school: School, when: FeedbackTime, level: FeedbackLevel, after: tuple[str, ...]
) -> None:
    exam, questions = await open_exam(school, SECRET, policy=_policy(when, level))
    learner = await account(school, Role.LEARNER)
    async with platform.db.read(school.tenant_id) as rx:
        found = await assessment.assessment(rx, exam)
    assert found is not None
    cohort = await open_cohort(school, found.course_id)
    await enrollment.enrol(platform, school.owner, cohort_id=cohort.id, learner_id=learner.membership_id)
    async with browser(platform, learner) as client:
        begun = await client.post(f"/api/assessments/{exam}/attempts", json={})
        attempt = begun.json()["id"]
        answers = {questions[0]: ["wrong"], questions[1]: ["1"], questions[3]: ["0"]}
        saved = await client.put(f"/api/attempts/{attempt}/answers", json={"answers": answers})
        while_running = await _everything(client, exam, found.course_id, attempt)
        done = await client.post(f"/api/attempts/{attempt}/submit", json={})
        afterwards = await _everything(client, exam, found.course_id, attempt)
    assert (begun.status_code, saved.status_code, done.status_code) == (201, 200, 200), begun.text
    # What a learner may see was really shown: the search had something to find.
    for path in (f"/api/attempts/{attempt}", f"/learn/attempts/{attempt}?q=1"):
        assert "Which island?" in while_running[path]
    assert "Match." in while_running[f"/learn/attempts/{attempt}?q=6"]
    assert not _leaks({**while_running, "start": begun.text, "save": saved.text, "submit": done.text}, PLANTED)
    assert not _leaks(afterwards, after)


async def test_the_seed_of_an_attempt_never_leaves(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, SECRET, policy=_policy(FeedbackTime.AFTER_SUBMIT, FeedbackLevel.CORRECT_ANSWERS))
    owner = await account(school, Role.OWNER)
    async with platform.db.read(school.tenant_id) as rx:
        found = await assessment.assessment(rx, exam)
    assert found is not None
    async with browser(platform, owner) as client:
        attempt = (await client.post(f"/api/assessments/{exam}/attempts", json={})).json()["id"]
        seen = await _everything(client, exam, found.course_id, attempt)
        done = await client.post(f"/api/attempts/{attempt}/submit", json={})
        afterwards = await _everything(client, exam, found.course_id, attempt)
    seen |= {f"{path}, done": text for path, text in afterwards.items()}
    async with platform.db.read(school.tenant_id) as rx:
        seed = await rx.raw.fetchval("select seed from assessment_attempt where id = $1", UUID(attempt))
    assert len(seed) >= 32 and done.status_code == 200
    assert not _leaks(seen, (seed,))


async def test_the_order_of_an_ordering_question_is_not_that_of_its_author(platform: Platform, school: School) -> None:
    steps = [f"step {letter}" for letter in "abcdefgh"]
    draft = QuestionDraft("ordering", "Order.", 1, steps, [str(n) for n in range(8)])
    exam, _ = await open_exam(school, [draft])
    shown = []
    for _ in range(6):
        learner = await school.person(Role.LEARNER)
        assert learner.membership_id is not None
        view = await assessment.start_attempt(
            platform, school.owner, assessment_id=exam, learner_id=learner.membership_id
        )
        taking = await assessment.taking_view(platform, learner, attempt_id=view.id)
        shown.append([option.text for option in taking.questions[0].options])
    assert sum(order == steps for order in shown) < 2
    assert len({tuple(order) for order in shown}) > 1


async def test_keys_are_shown_to_authors_only(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, SECRET)
    for role, status in ((Role.INSTRUCTOR, 200), (Role.ASSISTANT, 403), (Role.LEARNER, 403), (Role.AUDITOR, 403)):
        person = await account(school, role)
        async with browser(platform, person) as client:
            answer = await client.get(f"/api/assessments/{exam}/answer-keys")
        assert answer.status_code == status, role
        assert (KEY in answer.text) == (status == 200)
