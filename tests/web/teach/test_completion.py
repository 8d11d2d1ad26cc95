"""Saying what completes a course, in a form."""

from typing import Any

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.learning import teach
from tests.support.school import School


async def test_a_teacher_asks_for_a_score_a_time_and_an_end(platform: Platform, school: School) -> None:
    teacher, taught = await account(school, Role.INSTRUCTOR), await teach(school)
    exam = await assessment.create_assessment(platform, school.owner, course_id=taught.course, title="Checkpoint")
    path = f"/teach/courses/{taught.course}/completion"
    sent: dict[str, Any] = {
        "all_lessons": "on",
        "scores": "on",
        "min_score": "80",
        "assessments": [str(exam)],
        "time": "on",
        "view_minutes": "45",
        "certificate": "on",
        "expires": "on",
        "valid_months": "24",
    }
    async with browser(platform, teacher) as client:
        assert "Checkpoint" in (await client.get(path)).text
        assert (await client.post(path, data=sent)).status_code == 303
        page = (await client.get(path)).text
    assert 'value="80"' in page
    rule = await learning.rule_of(platform, teacher.actor, course_id=taught.course)
    assert rule == learning.CourseRule(
        learning.CompletionRule(all_lessons=True, min_score_bp=8000, min_view_seconds=2700), True, 24, (exam,)
    )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"all_lessons": "on", "scores": "on", "min_score": "70"}, "at least one, where there is a minimum score"),
        ({"all_lessons": "on", "scores": "on", "min_score": "seventy"}, "a whole number above 0"),
        ({"time": "on", "view_minutes": "0"}, "a whole number above 0"),
        ({"all_lessons": "on", "expires": "on", "valid_months": "500"}, "between 1 and 120"),
        ({"certificate": "on"}, "must be set where nothing else is asked for"),
    ],
)
async def test_what_cannot_be_meant_is_refused_beside_the_field(
    platform: Platform, school: School, sent: dict[str, str], said: str
) -> None:
    teacher, taught = await account(school, Role.INSTRUCTOR), await teach(school, lessons=1)
    async with browser(platform, teacher) as client:
        answer = await client.post(f"/teach/courses/{taught.course}/completion", data=sent)
    assert answer.status_code == 422
    assert said in answer.text


async def test_learners_and_strangers_set_no_rules(platform: Platform, school: School, other_school: School) -> None:
    taught = await teach(school, lessons=1)
    path = f"/teach/courses/{taught.course}/completion"
    async with browser(platform, await account(school)) as client:
        assert (await client.get(path)).status_code in (403, 404)
        assert (await client.post(path, data={"all_lessons": "on"})).status_code == 403
    async with browser(platform, await account(other_school, Role.ADMIN)) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path, data={"all_lessons": "on"})).status_code == 404
