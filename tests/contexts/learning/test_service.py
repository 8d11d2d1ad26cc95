"""Completions, progress and certificates on a real database."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import AssessmentPolicy
from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.learning import facade as learning
from scholr.contexts.learning import model
from scholr.contexts.learning.errors import CourseNotFound, InvalidRule, LessonNotFound
from scholr.contexts.learning.model import CourseLesson, CourseShape, Fact, LessonCompleted, ScoreRecorded
from scholr.contexts.sync.model import Batch
from scholr.contexts.sync.service import merge_batch
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.delivery import settle
from tests.support.exams import NEAREST, open_exam
from tests.support.learning import Taught, teach, write_lesson
from tests.support.school import School

_EVENTS = statement(
    "select type, payload::text as payload, occurred_at from platform_outbox where tenant_id = $1"
    " and (aggregateid = $2 or payload->>'learner_id' = $2::text)"
)
_PROGRESS = statement("select * from learning_progress where tenant_id = $1 and learner_id = $2 and course_id = $3")
_SPOIL = statement("update learning_progress set done = 0, total = 99, percent = 1 where tenant_id = $1")


def own(actor: Actor) -> MembershipId:
    assert actor.membership_id is not None
    return actor.membership_id


async def learner_in(taught: Taught) -> Actor:
    learner = await taught.school.person(Role.LEARNER)
    await taught.seat(learner)
    return learner


async def log_of(school: School, learner: Actor) -> list[tuple[str, dict[str, str], object]]:
    async with school.platform.db.read(school.tenant_id) as rx:
        rows = await rx.fetch(_EVENTS, own(learner))
    return [(row["type"], msgspec.json.decode(row["payload"]), row["occurred_at"]) for row in rows]


async def kept(school: School, learner: Actor, course: UUID) -> learning.ProgressView:
    async with school.platform.db.read(school.tenant_id) as rx:
        return (await learning.progress_of(rx, own(learner)))[course]


async def sit(platform: Platform, learner: Actor, exam: UUID, question: str, option: str) -> None:
    attempt = await assessment.start_attempt(platform, learner, assessment_id=exam, learner_id=own(learner))
    await assessment.submit_attempt(platform, learner, attempt_id=attempt.id, answers={question: [option]})


def facts_of(log: list[tuple[str, dict[str, str], object]]) -> list[Fact]:
    """What consumers of the log would know of progress."""
    facts: list[Fact] = []
    for kind, body, at in log:
        if kind == "learning.lesson_completed":
            facts.append(msgspec.convert({"lesson_id": body["lesson_id"], "at": body["completed_at"]}, LessonCompleted))
        if kind in ("assessment.attempt_submitted", "assessment.grade_overridden"):
            wanted = {"assessment_id": body["assessment_id"], "percentage_bp": body["standing_bp"], "at": at}
            facts.append(msgspec.convert(wanted, ScoreRecorded))
    return facts


@pytest.mark.parametrize("seed", [1, 5, 9, 16])
async def test_progress_equals_a_rebuild_from_the_log_in_any_order(
    platform: Platform, school: School, clock: MovableClock, seed: int
) -> None:
    """Lessons online, offline and repeated, and scores that go up and down, in an order of chance."""
    chance = random.Random(seed)
    taught = await teach(school, lessons=6)
    exam, [question] = await open_exam(
        school, [NEAREST], course_id=taught.course, policy=AssessmentPolicy(max_attempts=0)
    )
    rule = learning.CompletionRule(all_lessons=chance.random() < 0.5, min_score_bp=6000)
    await learning.set_rule(
        platform, school.owner, course_id=taught.course, rule=learning.CourseRule(rule, assessment_ids=(exam,))
    )
    learner = await learner_in(taught)
    for _ in range(16):
        clock.advance(timedelta(minutes=chance.randrange(1, 90)))
        step = chance.random()
        if step < 0.4:
            await taught.complete(learner, chance.randrange(6))
        elif step < 0.6:
            batch = Batch(frozenset(str(each) for each in chance.sample(taught.lessons, 2)))
            await merge_batch(platform, learner, learner_id=own(learner), course_id=taught.course, batch=batch)
        else:
            await sit(platform, learner, exam, question, chance.choice("01"))
        if chance.random() < 0.5:
            await settle(platform)
    await settle(platform)

    facts = facts_of(await log_of(school, learner))
    shape = CourseShape(tuple(CourseLesson(each) for each in taught.lessons), (exam,))
    stored = await kept(school, learner, taught.course)
    kept_facts = (await learning.course_standing(platform, learner, course_id=taught.course)).record
    for _ in range(5):
        chance.shuffle(facts)
        record = model.fold([*facts, *chance.choices(facts, k=3)])
        again = model.progress(shape, record, rule)
        assert (again.done, again.total) == (stored.done, stored.total)
        assert record.completed == kept_facts.completed
        assert record.scores == kept_facts.scores
        # What was complete stays so, even if a later score is lower: the fold of today's scores cannot take it back.
        assert again.complete <= (stored.completed_at is not None)
        if stored.completed_at is None:
            assert again.percent == stored.percent


async def test_spoilt_progress_is_folded_anew(platform: Platform, school: School) -> None:
    taught = await teach(school)
    learner = await learner_in(taught)
    await taught.complete(learner, 0, 1)
    before = await kept(school, learner, taught.course)
    async with platform.db.write(school.tenant_id) as tx:
        await tx.execute(_SPOIL)
    assert await learning.rebuild_progress(platform, school.owner, course_id=taught.course) == 1
    after = await kept(school, learner, taught.course)
    assert (after.done, after.total, after.percent) == (before.done, before.total, before.percent) == (2, 3, 66)


async def test_completion_survives_edits_and_a_new_version(platform: Platform, school: School) -> None:
    taught = await teach(school)
    learner = await learner_in(taught)
    await taught.complete(learner, 0, 1)
    changes = catalog.LessonChanges(title="Quite another title", blocks=[{"type": "rich_text", "html": "<p>New</p>"}])
    await catalog.save_lesson(platform, school.owner, lesson_id=catalog.LessonId(taught.lessons[0]), changes=changes)
    await catalog.remove_lesson(platform, school.owner, lesson_id=catalog.LessonId(taught.lessons[1]))
    await catalog.publish_course(platform, school.owner, course_id=catalog.CourseId(taught.course))
    await settle(platform)
    now = await kept(school, learner, taught.course)
    assert (now.done, now.total) == (1, 2), "a lesson that is gone counts for nothing, an edited one still does"


async def test_a_finished_course_stays_finished_when_it_grows(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=2)
    learner = await learner_in(taught)
    await taught.complete(learner)
    await write_lesson(school, taught.section, "Lesson 3")
    await catalog.publish_course(platform, school.owner, course_id=catalog.CourseId(taught.course))
    await settle(platform)
    now = await kept(school, learner, taught.course)
    assert (now.done, now.total, now.percent) == (2, 3, 100)
    assert now.completed_at is not None
    async with platform.db.read(school.tenant_id) as rx:
        assert len(await learning.certificates_of(rx, own(learner))) == 1


async def test_twenty_simultaneous_last_lessons_issue_one_certificate(school: School) -> None:
    taught = await teach(school, lessons=2)
    learner = await learner_in(taught)
    await taught.complete(learner, 0)
    found = await asyncio.gather(*(taught.complete(learner, 1) for _ in range(20)))
    assert all(each.progress.complete for each in found)
    assert sum(each.finished_now for each in found) == 1
    kinds = Counter(kind for kind, _, _ in await log_of(school, learner))
    assert kinds["learning.lesson_completed"] == 2
    assert kinds["learning.course_completed"] == 1
    assert kinds["learning.certificate_issued"] == 1


async def test_two_last_lessons_at_once_finish_the_course(school: School) -> None:
    """Neither may miss the other: whoever comes second sees both."""
    for _ in range(3):
        taught = await teach(school, lessons=2)
        learner = await learner_in(taught)
        found = await asyncio.gather(taught.complete(learner, 0), taught.complete(learner, 1))
        assert sum(each.finished_now for each in found) == 1


async def test_certificates_of_one_moment_have_numbers_of_their_own(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=1)
    learners = [await learner_in(taught) for _ in range(8)]
    await asyncio.gather(*(taught.complete(learner) for learner in learners))
    page = await learning.all_certificates(platform, school.owner)
    assert len({paper.number for paper in page.items}) == 8
    assert len({paper.code for paper in page.items}) == 8


async def test_a_score_is_asked_for_in_each_named_assessment(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=1)
    first, [easy] = await open_exam(school, [NEAREST], course_id=taught.course)
    second, [hard] = await open_exam(school, [NEAREST], course_id=taught.course)
    rule = learning.CourseRule(learning.CompletionRule(min_score_bp=8000), assessment_ids=(first, second))
    await learning.set_rule(platform, school.owner, course_id=taught.course, rule=rule)
    learner = await learner_in(taught)
    assert (await taught.complete(learner)).progress.missing == (learning.Criterion.MIN_SCORE,)
    await sit(platform, learner, first, easy, "1")
    await settle(platform)
    assert (await kept(school, learner, taught.course)).completed_at is None
    await sit(platform, learner, second, hard, "1")
    await settle(platform)
    assert (await kept(school, learner, taught.course)).completed_at is not None


async def test_the_score_that_counts_is_the_one_that_stands(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    """The best attempt by the assessment's own policy, not the last one."""
    taught = await teach(school, lessons=1)
    exam, [question] = await open_exam(
        school, [NEAREST], course_id=taught.course, policy=AssessmentPolicy(max_attempts=0)
    )
    rule = learning.CourseRule(learning.CompletionRule(min_score_bp=8000), assessment_ids=(exam,))
    await learning.set_rule(platform, school.owner, course_id=taught.course, rule=rule)
    learner = await learner_in(taught)
    await sit(platform, learner, exam, question, "1")
    clock.advance(timedelta(minutes=1))
    await sit(platform, learner, exam, question, "0")
    await settle(platform)
    assert (await taught.complete(learner)).progress.complete


async def test_view_time_counts_the_longest_report_of_each_sitting(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=1)
    rule = learning.CourseRule(learning.CompletionRule(all_lessons=False, min_view_seconds=100))
    await learning.set_rule(platform, school.owner, course_id=taught.course, rule=rule)
    learner, sitting, other = await learner_in(taught), uuid4(), uuid4()
    for view, seconds in ((sitting, 40), (sitting, 60), (sitting, 60), (sitting, 30), (other, 39)):
        await learning.report_view(
            platform, learner, course_id=taught.course, lesson_id=taught.lessons[0], view_id=view, seconds=seconds
        )
    assert (await kept(school, learner, taught.course)).completed_at is None, "60 and 39 are 99"
    await learning.report_view(
        platform, learner, course_id=taught.course, lesson_id=taught.lessons[0], view_id=other, seconds=40
    )
    assert (await kept(school, learner, taught.course)).completed_at is not None


async def test_a_rule_cannot_ask_for_a_score_in_nothing(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=1)
    with pytest.raises(InvalidRule):
        await learning.set_rule(
            platform,
            school.owner,
            course_id=taught.course,
            rule=learning.CourseRule(learning.CompletionRule(min_score_bp=5000)),
        )


async def test_who_has_left_or_never_was_in_completes_nothing(platform: Platform, school: School) -> None:
    taught, stranger = await teach(school), await school.person(Role.LEARNER)
    with pytest.raises(CourseNotFound):
        await taught.complete(stranger, 0)
    learner = await learner_in(taught)
    await taught.complete(learner, 0)
    async with platform.db.read(school.tenant_id) as rx:
        seat = await enrollment.active_enrollment(rx, own(learner), taught.course)
    assert seat is not None
    await enrollment.withdraw(platform, school.owner, enrollment_id=seat.id)
    with pytest.raises(CourseNotFound):
        await taught.complete(learner, 1)
    assert (await kept(school, learner, taught.course)).done == 1, "what was learned stays learned"


async def test_a_lesson_of_another_course_completes_nothing(platform: Platform, school: School) -> None:
    taught, other = await teach(school), await teach(school, title="Life Tables")
    learner = await learner_in(taught)
    with pytest.raises(LessonNotFound):
        await learning.complete_lesson(platform, learner, course_id=taught.course, lesson_id=other.lessons[0])


async def test_a_learner_cannot_act_for_another(platform: Platform, school: School) -> None:
    taught = await teach(school)
    one, other = await learner_in(taught), await learner_in(taught)
    with pytest.raises(CourseNotFound):
        await learning.complete_lesson(
            platform, one, course_id=taught.course, lesson_id=taught.lessons[0], learner_id=own(other)
        )
