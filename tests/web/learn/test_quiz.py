"""Taking a quiz in the browser without scripts: forms, redirects, and what stands on the pages."""

import re
from datetime import timedelta
from uuid import UUID

import httpx

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import AssessmentPolicy, QuestionDraft
from scholr.contexts.assessment.service.admission import door_of
from scholr.contexts.enrollment import facade as enrollment
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser
from tests.support.clock import MovableClock
from tests.support.cohorts import open_cohort
from tests.support.exams import NEAREST, PLANETS, open_exam
from tests.support.school import School
from tests.support.statements import counted_statements

MOST = 8
KINDS = (
    NEAREST,
    PLANETS,
    QuestionDraft("true_false", "The sun is a star.", 1, None, True),
    QuestionDraft("short_text", "Name the red planet.", 1, None, ["Mars"]),
    QuestionDraft("numeric", "How many planets?", 1, None, "8"),
    QuestionDraft("matching", "Match.", 1, ["Earth", "Mars"], ["Moon", "Phobos"]),
    QuestionDraft("ordering", "From the sun outwards.", 1, ["Mercury", "Venus"], ["0", "1"]),
    QuestionDraft("cloze", "Light takes [[1]] minutes.", 1, None, [["eight"]]),
)


async def _seated(school: School, exam: UUID) -> Account:
    learner = await account(school)
    async with school.platform.db.read(school.tenant_id) as rx:
        found = await assessment.assessment(rx, exam)
    assert found is not None
    cohort = await open_cohort(school, found.course_id)
    await enrollment.enrol(school.platform, school.owner, cohort_id=cohort.id, learner_id=learner.membership_id)
    return learner


async def _begin(client: httpx.AsyncClient, exam: UUID) -> str:
    begun = await client.post(f"/learn/assessments/{exam}/start")
    assert begun.status_code == 303, begun.text
    return begun.headers["location"]


def _values(page: str, text: str) -> str:
    """The value of the option that shows this text."""
    found = re.search(rf'value="([^"]+)"[^>]*>(?:<span>)?{re.escape(text)}<', page)
    assert found, text
    return found[1]


async def _answer(client: httpx.AsyncClient, path: str, number: int, texts: list[str], *, typed: bool) -> str:
    page = (await client.get(path, params={"q": number})).text
    question = re.search(r'name="question" value="([^"]+)"', page)
    assert question
    values = texts if typed else [_values(page, text) for text in texts]
    went = await client.post(path, data={"question": question[1], "a": values, "go": str(number + 1)})
    assert went.status_code == 303, went.text
    return went.headers["location"]


async def test_a_learner_takes_every_kind_of_question_with_plain_forms(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, KINDS)
    learner = await _seated(school, exam)
    answers: list[tuple[list[str], bool]] = [
        (["The Sun"], False),
        (["Mars", "Venus"], False),
        (["True"], False),
        (["mars"], True),
        (["8.0"], True),
        (["Moon", "Phobos"], False),
        (["Mercury", "Venus"], False),
        (["Eight"], True),
    ]
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        for number, (texts, typed) in enumerate(answers, start=1):
            went = await _answer(client, path, number, texts, typed=typed)
        assert went == f"{path}/review"
        review = (await client.get(went)).text
        assert "Every question has an answer" in review
        handed = await client.post(f"{path}/submit")
        assert handed.headers["location"] == f"{path}/receipt"
        receipt = (await client.get(f"{path}/receipt")).text
        assert "Eight answers were kept" in receipt
        result = (await client.get(f"{path}/result")).text
        assert "Full marks." in result
        again = await client.post(f"{path}/submit")
        assert again.status_code == 303


async def test_an_unchanged_answer_makes_no_second_receipt(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner = await _seated(school, exam)
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        for _ in range(3):
            await client.post(path, data={"question": nearest, "a": ["1"], "go": "2"})
        view = await assessment.taking_view(platform, learner.actor, attempt_id=UUID(path.rsplit("/", 1)[1]))
        assert [receipt.sequence for receipt in view.receipts] == [1]


async def test_what_is_empty_is_said_before_handing_in(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner = await _seated(school, exam)
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        await client.post(path, data={"question": nearest, "a": ["1"], "go": "review"})
        review = (await client.get(f"{path}/review")).text
        assert "One question is empty" in review and f"{path}?q=2" in review


async def test_an_answer_that_cannot_be_kept_stays_on_the_page_with_its_error(
    platform: Platform, school: School
) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner = await _seated(school, exam)
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        answer = await client.post(path, data={"question": nearest, "a": ["17"], "go": "2"})
    assert answer.status_code == 422
    assert "names an option that does not exist" in answer.text


async def test_after_the_end_the_page_says_so_and_hands_in_what_was_saved(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    exam, (nearest, planets) = await open_exam(school, policy=AssessmentPolicy(time_limit_seconds=60))
    learner = await _seated(school, exam)
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        await client.post(path, data={"question": nearest, "a": ["1"], "go": "2"})
        clock.advance(timedelta(seconds=61))
        late = await client.post(path, data={"question": planets, "a": ["0"], "go": "review"}, follow_redirects=True)
        assert late.status_code == 200, late.text
        result = (await client.get(f"{path}/result")).text
    assert "Your time was up" in result
    assert "1<sub>of 3</sub>" in result


async def test_a_second_attempt_too_many_is_refused_with_a_reason(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, policy=AssessmentPolicy(max_attempts=1))
    learner = await _seated(school, exam)
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        await client.post(f"{path}/submit")
        refused = await client.post(f"/learn/assessments/{exam}/start")
    assert refused.status_code == 409
    assert "All attempts have been used" in refused.text


async def test_a_crowd_gets_a_waiting_page_that_knocks_again(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    learner = await _seated(school, exam)
    door = door_of(platform)
    door.most_waiting, inside = 0, door.inside
    async with browser(platform, learner) as client:
        door.inside = 0
        waiting = await client.post(f"/learn/assessments/{exam}/start")
        door.inside = inside
        begun = await client.post(f"/learn/assessments/{exam}/start")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "2")
    assert 'data-island="quiz-waiting"' in waiting.text
    assert begun.status_code == 303


async def test_the_pages_of_a_quiz_keep_to_the_limit_of_statements(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner = await _seated(school, exam)
    async with browser(platform, learner) as client:
        path = await _begin(client, exam)
        for page in (f"/learn/assessments/{exam}", path, f"{path}/review"):
            with counted_statements() as sent:
                assert (await client.get(page)).status_code == 200
            assert len(sent) <= MOST, (page, sent)
        with counted_statements() as sent:
            await client.post(path, data={"question": nearest, "a": ["1"], "go": "2"})
        assert len(sent) <= MOST, sent
        await client.post(f"{path}/submit")
        for page in (f"{path}/result", f"{path}/receipt"):
            with counted_statements() as sent:
                assert (await client.get(page)).status_code == 200
            assert len(sent) <= MOST, (page, sent)
