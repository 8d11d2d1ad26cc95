"""What the pages that are opened most ask of the database."""

from datetime import timedelta

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.enrollment.facade import CohortDraft
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.learning import teach
from tests.support.school import School
from tests.support.statements import counted_statements

MOST = 8


async def test_a_lesson_needs_few_statements_and_fewer_the_second_time(platform: Platform, school: School) -> None:
    taught, learner = await teach(school), await account(school)
    await taught.seat(learner.actor)
    await learning.add_note(platform, learner.actor, course_id=taught.course, lesson_id=taught.lessons[0], text="x")
    async with browser(platform, learner) as client:
        with counted_statements() as first:
            assert (await client.get(taught.lesson_path(0))).status_code == 200
        with counted_statements() as again:
            assert (await client.get(taught.lesson_path(0))).status_code == 200
    assert len(first) <= MOST, first
    assert len(again) <= 4, again


async def test_the_other_pages_of_the_learner_keep_to_the_limit(platform: Platform, school: School) -> None:
    ends = platform.clock.now() + timedelta(days=3)
    taught, learner = await teach(school, draft=CohortDraft(capacity=5, ends_at=ends)), await account(school)
    finished = await teach(school, title="Lab Safety")
    await teach(school, title="Maps for Health")
    for each in (taught, finished):
        await each.seat(learner.actor)
    await finished.complete(learner.actor)
    await assessment.create_assessment(platform, school.owner, course_id=taught.course, title="Checkpoint")
    pages = ("/learn", "/learn/courses", "/learn/certificates", "/learn/notes", f"{finished.path}/finished")
    async with browser(platform, learner) as client:
        for path in pages:
            with counted_statements() as sent:
                assert (await client.get(path)).status_code == 200
            assert len(sent) <= MOST, (path, sent)


async def test_the_palette_answers_in_five_statements_beside_the_session(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    taught = await teach(school)
    await taught.seat(admin.actor)
    async with browser(platform, admin) as client:
        for query in ("", "reading", "acc"):
            with counted_statements() as sent:
                assert (await client.get("/palette", params={"q": query})).status_code == 200
            assert len(sent) <= 6, (query, sent)  # the sixth notes that people were looked for


async def test_reports_and_rules_keep_to_the_limit(platform: Platform, school: School) -> None:
    admin, taught = await account(school, Role.ADMIN), await teach(school)
    async with browser(platform, admin) as client:
        for path in ("/admin/reports", "/admin/reports/certificates", f"/teach/courses/{taught.course}/completion"):
            with counted_statements() as sent:
                assert (await client.get(path)).status_code == 200
            assert len(sent) <= MOST, (path, sent)
