"""Writing and judging assessments in the browser without scripts."""

from uuid import UUID

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import FeedbackTime, LatePolicy, QuestionType
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.cohorts import open_course
from tests.support.exams import NEAREST, enrolled_learner, open_exam, start
from tests.support.school import School
from tests.support.statements import counted_statements

MOST = 8
FORMS: dict[str, dict[str, object]] = {
    "single": {"option": ["a", "", "b"], "right": "2"},
    "multiple": {"option": ["a", "b", "c"], "right": ["0", "2"]},
    "true_false": {"truth": "1"},
    "short_text": {"lines": "Mercury\nHermes"},
    "numeric": {"value": "3,14", "tolerance": "0.01"},
    "matching": {"option": ["x", "y", ""], "partner": ["1", "2", ""], "lines": "3"},
    "ordering": {"lines": "first\nsecond\nthird"},
    "cloze": {"prompt": "a [[1]] b [[2]]", "lines": "one | uno\n= 2 ± 0.5"},
}


@pytest.mark.parametrize("kind", list(QuestionType))
async def test_every_kind_is_written_shown_again_and_changed(
    platform: Platform, school: School, kind: QuestionType
) -> None:
    exam, _ = await open_exam(school, [])
    teacher = await account(school, Role.INSTRUCTOR)
    base = f"/teach/assessments/{exam}/questions"
    data = {"type": kind.value, "prompt": "What?", "points": "2", "explanation": "Because.", **FORMS[kind.value]}
    async with browser(platform, teacher) as client:
        assert (await client.get(f"{base}/new", params={"type": kind.value})).status_code == 200
        saved = await client.post(f"{base}/new", data=data)
        assert (saved.status_code, saved.headers["location"]) == (303, f"/teach/assessments/{exam}"), saved.text
        _, [entry] = await assessment.authored_entries(platform, school.owner, assessment_id=exam)
        shown = await client.get(f"{base}/{entry.id}")
        assert shown.status_code == 200 and "Because." in shown.text
        changed = await client.post(f"{base}/{entry.id}", data={**data, "points": "3"})
        assert changed.status_code == 303, changed.text
    _, [after] = await assessment.authored_entries(platform, school.owner, assessment_id=exam)
    assert after.question is not None and entry.question is not None
    assert (after.question.key, after.question.points_micro) == (entry.question.key, 3_000_000)


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    platform: Platform, school: School
) -> None:
    exam, _ = await open_exam(school, [])
    teacher = await account(school, Role.INSTRUCTOR)
    data = {"type": "single", "prompt": "Kept words", "points": "-4", "option": ["only this one"]}
    async with browser(platform, teacher) as client:
        answer = await client.post(f"/teach/assessments/{exam}/questions/new", data=data)
        more = await client.post(f"/teach/assessments/{exam}/questions/new", data={**data, "more": "1"})
    assert answer.status_code == 422
    for text in ("Kept words", "only this one", 'id="options-err"', 'id="points-err"'):
        assert text in answer.text
    assert more.status_code == 200
    assert more.text.count('name="option"') > answer.text.count('name="option"')


async def test_settings_are_read_in_minutes_and_in_the_teachers_zone(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    teacher = await account(school, Role.INSTRUCTOR)
    path = f"/teach/assessments/{exam}/settings"
    data = {
        "title": "Final",
        "max_attempts": "2",
        "time_limit": "22.5",
        "opens_at": "2030-01-02T03:04",
        "closes_at": "2030-02-02T03:04",
        "late_policy": "accept_late",
        "late_window": "10",
        "scoring": "average",
        "feedback_when": "after_close",
        "feedback_level": "score",
        "pass": "66.5",
        "shuffle_questions": "on",
    }
    async with browser(platform, teacher) as client:
        saved = await client.post(path, data=data)
        assert saved.status_code == 303, saved.text
        assert 'value="22.5"' in (await client.get(path)).text
        wrong = await client.post(path, data={**data, "time_limit": "soon", "closes_at": "2029-01-01T00:00"})
    view = await assessment.access_assessment(platform, school.owner, exam)
    assert (view.title, view.policy.time_limit_seconds, view.policy.pass_bp) == ("Final", 1350, 6650)
    assert view.policy.late_policy is LatePolicy.ACCEPT_LATE
    assert view.policy.feedback.when is FeedbackTime.AFTER_CLOSE
    assert view.policy.shuffle_questions and not view.policy.shuffle_options
    assert wrong.status_code == 422 and 'id="time_limit-err"' in wrong.text and 'value="soon"' in wrong.text


async def test_a_new_assessment_is_hidden_until_it_is_shown(platform: Platform, school: School) -> None:
    course = await open_course(school)
    teacher = await account(school, Role.INSTRUCTOR)
    async with browser(platform, teacher) as client:
        empty = await client.post(f"/teach/courses/{course}/assessments", data={"title": " "})
        made = await client.post(f"/teach/courses/{course}/assessments", data={"title": "Checkpoint"})
        exam = UUID(made.headers["location"].rsplit("/", 1)[1])
        hidden = await assessment.access_assessment(platform, school.owner, exam)
        await client.post(f"/teach/assessments/{exam}/visibility", data={"hidden": "no"})
    assert empty.status_code == 422
    assert hidden.hidden
    assert not (await assessment.access_assessment(platform, school.owner, exam)).hidden


async def test_entries_are_moved_and_taken_out_without_scripts(platform: Platform, school: School) -> None:
    exam, ids = await open_exam(school, [NEAREST, NEAREST, NEAREST])
    teacher = await account(school, Role.INSTRUCTOR)
    async with browser(platform, teacher) as client:
        await client.post(f"/teach/assessments/{exam}/move", data={"entry": ids[2], "to": "up"})
        await client.post(f"/teach/assessments/{exam}/move", data={"entry": ids[0], "to": "up"})
        await client.post(f"/teach/assessments/{exam}/questions/{ids[1]}/remove")
    _, entries = await assessment.authored_entries(platform, school.owner, assessment_id=exam)
    assert [str(entry.id) for entry in entries] == [ids[0], ids[2]]


async def test_extra_time_is_given_by_name_and_taken_back(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    learner, teacher = await enrolled_learner(school, exam), await account(school, Role.INSTRUCTOR)
    _, page = await assessment.gradebook_page(platform, school.owner, assessment_id=exam)
    assert page.items == []
    path = f"/teach/assessments/{exam}/accommodations"
    async with browser(platform, teacher) as client:
        nobody = await client.post(path, data={"learner": "Nobody", "extra_time_percent": "25"})
        assert (await client.post(path, data={"learner": "", "extra_time_percent": "25"})).status_code == 422
        await start(platform, learner, exam)
        _, page = await assessment.gradebook_page(platform, school.owner, assessment_id=exam)
        given = await client.post(path, data={"learner": page.items[0].name, "extra_time_percent": "25"})
        assert given.status_code == 303, given.text
        _, [view] = await assessment.list_accommodations(platform, school.owner, assessment_id=exam)
        wrong = await client.post(path, data={"learner": page.items[0].name, "extra_time_percent": "9999"})
        await client.post(f"{path}/{view.learner_id}/remove")
    assert nobody.status_code == 422 and 'id="learner-err"' in nobody.text
    assert wrong.status_code == 422 and 'id="extra_time_percent-err"' in wrong.text
    assert (view.learner_id, view.given.extra_time_percent) == (learner.membership_id, 25)
    _, left = await assessment.list_accommodations(platform, school.owner, assessment_id=exam)
    assert left == []


async def test_points_are_changed_with_a_reason(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner, teacher = await enrolled_learner(school, exam), await account(school, Role.INSTRUCTOR)
    attempt = await start(platform, learner, exam)
    await assessment.submit_attempt(platform, learner, attempt_id=attempt.id)
    path = f"/teach/attempts/{attempt.id}"
    async with browser(platform, teacher) as client:
        silent = await client.post(f"{path}/override", data={"question": nearest, "points": "1", "reason": ""})
        too_much = await client.post(f"{path}/override", data={"question": nearest, "points": "7", "reason": "kind"})
        done = await client.post(f"{path}/override", data={"question": nearest, "points": "0,5", "reason": "Unclear"})
        shown = (await client.get(path)).text
    assert (silent.status_code, too_much.status_code, done.status_code) == (422, 422, 303), done.text
    assert "Unclear" in shown and "0.5<sub>of 3</sub>" in shown


async def test_the_pages_keep_to_the_limit_of_statements(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    bank = await assessment.create_bank(platform, school.owner, title="Bank")
    await assessment.add_draw(platform, school.owner, assessment_id=exam, bank_id=bank.id, count=1)
    await assessment.add_bank_question(platform, school.owner, bank_id=bank.id, draft=NEAREST)
    for _ in range(3):
        learner = await enrolled_learner(school, exam)
        attempt = await start(platform, learner, exam)
        await assessment.submit_attempt(platform, learner, attempt_id=attempt.id)
    view = await assessment.access_assessment(platform, school.owner, exam)
    teacher = await account(school, Role.INSTRUCTOR)
    pages = [
        f"/teach/courses/{view.course_id}/assessments",
        f"/teach/assessments/{exam}",
        f"/teach/assessments/{exam}/settings",
        f"/teach/assessments/{exam}/questions/new",
        f"/teach/assessments/{exam}/accommodations",
        f"/teach/assessments/{exam}/results",
        f"/teach/attempts/{attempt.id}",
        "/teach/banks",
        f"/teach/banks/{bank.id}",
        "/teach/results",
    ]
    async with browser(platform, teacher) as client:
        for page in pages:
            with counted_statements() as sent:
                assert (await client.get(page)).status_code == 200, page
            assert len(sent) <= MOST, (page, sent)
