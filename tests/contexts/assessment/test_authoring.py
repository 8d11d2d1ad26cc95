"""Making assessments: questions, banks, draws, order, settings."""

from uuid import UUID, uuid4

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import (
    AssessmentNotFound,
    BankInUse,
    BankNotFound,
    BankTooSmall,
    InvalidAssessment,
    InvalidQuestion,
    QuestionNotFound,
)
from scholr.contexts.assessment.facade import AssessmentPolicy, QuestionDraft
from scholr.contexts.catalog.errors import CourseNotFound
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden
from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.cohorts import open_course
from tests.support.exams import NEAREST, enrolled_learner, open_exam, start
from tests.support.school import School


def _statement(number: int) -> QuestionDraft:
    return QuestionDraft(type="true_false", prompt=f"Statement {number}", answer_key=True)


async def test_only_authors_make_assessments(platform: Platform, school: School, other_school: School) -> None:
    course = await open_course(school)
    for role in (Role.LEARNER, Role.ASSISTANT, Role.OBSERVER):
        with pytest.raises(Forbidden):
            await assessment.create_assessment(platform, await school.person(role), course_id=course, title="T")
    with pytest.raises(CourseNotFound):
        await assessment.create_assessment(platform, other_school.owner, course_id=course, title="T")
    instructor = await school.person(Role.INSTRUCTOR)
    assert await assessment.create_assessment(platform, instructor, course_id=course, title="T")


async def test_settings_out_of_bounds_are_named_together(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)

    def unbounded(_policy: AssessmentPolicy) -> AssessmentPolicy:
        return AssessmentPolicy(max_attempts=-1, time_limit_seconds=10**9)

    with pytest.raises(InvalidAssessment) as refused:
        await assessment.update_assessment(platform, school.owner, assessment_id=exam, settings=unbounded)
    assert set(refused.value.fields) == {"max_attempts", "time_limit_seconds"}


async def test_a_question_that_is_not_sound_is_not_kept(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, [])
    broken = QuestionDraft(type="single", prompt="", points=-1, options=["a", "b"], answer_key=["5"])
    with pytest.raises(InvalidQuestion) as refused:
        await assessment.add_question(platform, school.owner, assessment_id=exam, draft=broken)
    assert {"prompt", "points"} <= set(refused.value.fields)
    view = await assessment.access_assessment(platform, school.owner, exam)
    assert view.question_count == 0


async def test_questions_of_elsewhere_are_not_found(platform: Platform, school: School, other_school: School) -> None:
    exam, _ = await open_exam(school)
    _, (theirs, _) = await open_exam(other_school)
    bank = await assessment.create_bank(platform, school.owner, title="Bank")
    banked = await assessment.add_bank_question(platform, school.owner, bank_id=bank.id, draft=NEAREST)
    for foreign in (UUID(theirs), UUID(banked.id), uuid4()):
        with pytest.raises(QuestionNotFound):
            await assessment.change_question(
                platform, school.owner, assessment_id=exam, question_id=foreign, draft=NEAREST
            )
    own, _ = await open_exam(other_school)
    with pytest.raises(BankNotFound):
        await assessment.add_draw(platform, other_school.owner, assessment_id=own, bank_id=bank.id, count=1)


async def test_each_attempt_draws_its_own_questions_from_a_bank(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, [NEAREST])
    bank = await assessment.create_bank(platform, school.owner, title="Bank")
    pool = {
        (await assessment.add_bank_question(platform, school.owner, bank_id=bank.id, draft=_statement(n))).id
        for n in range(12)
    }
    await assessment.add_draw(platform, school.owner, assessment_id=exam, bank_id=bank.id, count=4)
    view = await assessment.access_assessment(platform, school.owner, exam)
    assert (view.question_count, view.possible_micro) == (5, 5_000_000)
    drawn = []
    for _ in range(5):
        learner = await enrolled_learner(school, exam)
        attempt = await start(platform, learner, exam)
        taking = await assessment.taking_view(platform, learner, attempt_id=attempt.id)
        ids = {question.id for question in taking.questions}
        assert len(ids) == 5 and len(ids & pool) == 4
        drawn.append(frozenset(ids))
    assert len(set(drawn)) > 1


async def test_a_change_in_a_bank_reaches_the_next_attempt_and_no_running_one(
    platform: Platform, school: School
) -> None:
    exam, _ = await open_exam(school, [])
    bank = await assessment.create_bank(platform, school.owner, title="Bank")
    question = await assessment.add_bank_question(platform, school.owner, bank_id=bank.id, draft=_statement(1))
    await assessment.add_draw(platform, school.owner, assessment_id=exam, bank_id=bank.id, count=1)
    early, later = await enrolled_learner(school, exam), await enrolled_learner(school, exam)
    first = await start(platform, early, exam)
    await assessment.change_bank_question(
        platform, school.owner, bank_id=bank.id, question_id=UUID(question.id), draft=_statement(2)
    )
    second = await start(platform, later, exam)
    prompts = [
        (await assessment.taking_view(platform, learner, attempt_id=view.id)).questions[0].prompt
        for learner, view in ((early, first), (later, second))
    ]
    assert prompts == ["Statement 1", "Statement 2"]


async def test_a_draw_that_cannot_be_filled_is_refused_at_the_start(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, [])
    bank = await assessment.create_bank(platform, school.owner, title="Bank")
    await assessment.add_bank_question(platform, school.owner, bank_id=bank.id, draft=_statement(1))
    await assessment.add_draw(platform, school.owner, assessment_id=exam, bank_id=bank.id, count=2)
    learner = await enrolled_learner(school, exam)
    with pytest.raises(BankTooSmall):
        await start(platform, learner, exam)


async def test_a_bank_is_deleted_only_when_nothing_draws_from_it(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, [])
    bank = await assessment.create_bank(platform, school.owner, title="Bank")
    await assessment.add_bank_question(platform, school.owner, bank_id=bank.id, draft=_statement(1))
    draw = await assessment.add_draw(platform, school.owner, assessment_id=exam, bank_id=bank.id, count=1)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    with pytest.raises(BankInUse):
        await assessment.delete_bank(platform, school.owner, bank_id=bank.id)
    await assessment.remove_draw(platform, school.owner, assessment_id=exam, draw_id=draw)
    await assessment.delete_bank(platform, school.owner, bank_id=bank.id)
    with pytest.raises(BankNotFound):
        await assessment.bank_questions(platform, school.owner, bank_id=bank.id)
    done = await assessment.submit_attempt(platform, learner, attempt_id=attempt.id)
    assert done.max_score == 1


async def test_entries_are_arranged_only_as_a_whole(platform: Platform, school: School) -> None:
    exam, ids = await open_exam(school, [_statement(n) for n in range(3)])
    order = [UUID(ids[place]) for place in (2, 0, 1)]
    for wrong in (order[:2], [*order, order[0]], [*order[:2], uuid4()]):
        with pytest.raises(InvalidAssessment):
            await assessment.arrange_entries(platform, school.owner, assessment_id=exam, order=wrong)
    await assessment.arrange_entries(platform, school.owner, assessment_id=exam, order=order)
    _, entries = await assessment.authored_entries(platform, school.owner, assessment_id=exam)
    assert [entry.id for entry in entries] == order


async def test_a_hidden_assessment_is_not_there_for_learners(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    await assessment.update_assessment(platform, school.owner, assessment_id=exam, hidden=True)
    with pytest.raises(AssessmentNotFound):
        await assessment.access_assessment(platform, learner, exam)
    with pytest.raises(AssessmentNotFound):
        await start(platform, learner, exam)
    view = await assessment.access_assessment(platform, school.owner, exam)
    listed = await assessment.list_assessments(platform, learner, course_id=view.course_id)
    assert listed.items == []


async def test_every_type_is_made_and_graded_over_the_api(platform: Platform, school: School) -> None:
    """The shapes that the OpenAPI description names, taken as a learner sees them."""
    learner = await school.person(Role.LEARNER)
    bodies = [
        {"type": "single", "prompt": "q", "options": ["a", "b"], "answer_key": "1"},
        {"type": "multiple", "prompt": "q", "options": ["a", "b", "c"], "answer_key": ["0", "2"]},
        {"type": "true_false", "prompt": "q", "answer_key": False},
        {"type": "short_text", "prompt": "q", "answer_key": ["Mercury"]},
        {"type": "numeric", "prompt": "q", "answer_key": [3.14, 0.01]},
        {"type": "matching", "prompt": "q", "options": ["x", "y"], "answer_key": ["1", "2"]},
        {"type": "ordering", "prompt": "q", "options": ["p", "q"], "answer_key": ["1", "0"]},
        {"type": "cloze", "prompt": "a [[1]] b [[2]]", "answer_key": [["one"], {"value": 2}]},
    ]
    right = [["1"], ["2", "0"], ["false"], "  mercury ", 3.149, ["1", "2"], ["q", "p"], ["ONE", "2.0"]]
    exam, _ = await open_exam(school, [])
    async with api_client(platform, school.tenant_id) as client:
        ids = []
        for body in bodies:
            added = await client.post(f"/api/assessments/{exam}/questions", json=body)
            assert added.status_code == 201, added.text
            ids.append(added.json()["id"])
        begun = await client.post(f"/api/assessments/{exam}/attempts", json={"learner_id": str(learner.membership_id)})
        answers = dict(zip(ids, right, strict=True))
        done = await client.post(f"/api/attempts/{begun.json()['id']}/submit", json={"answers": answers})
    assert done.json() == {"score": 8, "max_score": 8, "percentage": 100.0, "status": "submitted"}, done.text


async def test_a_bad_question_is_answered_with_its_fields(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, [])
    async with api_client(platform, school.tenant_id) as client:
        body = {"type": "single", "prompt": "q", "options": ["a", "a"], "answer_key": ["9"]}
        answer = await client.post(f"/api/assessments/{exam}/questions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_question")
    assert "options" in answer.json()["fields"]
