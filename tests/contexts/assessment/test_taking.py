"""Starting, saving and handing in: exactly once, in time, and never on other questions than one began with."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import (
    AssessmentClosed,
    AssessmentEmpty,
    AssessmentNotFound,
    AttemptFinished,
    AttemptNotFound,
    AttemptsExhausted,
    DeadlinePassed,
    InvalidAnswer,
)
from scholr.contexts.assessment.facade import Accommodation, AssessmentPolicy, LatePolicy
from scholr.contexts.assessment.grading import grade_attempt
from scholr.contexts.assessment.repository.attempts import stored_attempt
from scholr.contexts.assessment.repository.authoring import assessment_row
from scholr.contexts.assessment.repository.versions import version_content
from scholr.contexts.assessment.service.finishing import expire_attempt
from scholr.contexts.enrollment.errors import NotEnrolled
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.platform.runtime import Platform
from tests.support.clock import MovableClock
from tests.support.delivery import run_periodic
from tests.support.exams import NEAREST, enrolled_learner, open_exam, start
from tests.support.school import School

TEN_MINUTES = AssessmentPolicy(time_limit_seconds=600, max_attempts=1)


async def _events(school: School, attempt_id: UUID) -> Counter[str]:
    async with school.platform.db.read(school.tenant_id) as rx:
        rows = await rx.raw.fetch("select type from platform_outbox where aggregateid = $1", attempt_id)
    return Counter(row["type"] for row in rows)


async def test_two_hundred_simultaneous_starts_make_one_attempt(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    started = await asyncio.gather(*(start(platform, learner, exam) for _ in range(200)))
    assert {view.id for view in started} == {started[0].id}
    assert sum(view.created for view in started) == 1
    assert await _events(school, started[0].id) == {"assessment.attempt_started": 1}


async def test_a_hundred_simultaneous_submits_make_one_grade_and_one_event(platform: Platform, school: School) -> None:
    exam, (nearest, planets) = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"], planets: ["0"]})
    # Each of them brings another answer: whichever is first decides, and all the others hear of that one.
    shown = await asyncio.gather(
        *(
            assessment.submit_attempt(platform, learner, attempt_id=attempt.id, answers={planets: [str(n % 3)]})
            for n in range(100)
        )
    )
    assert len(set(shown)) == 1
    assert (await _events(school, attempt.id))["assessment.attempt_submitted"] == 1
    assert shown[0].max_micro == 3_000_000


async def test_the_stored_grade_is_that_of_the_stored_answers_whatever_races(
    platform: Platform, school: School
) -> None:
    exam, (nearest, planets) = await open_exam(school)
    for _ in range(5):
        learner = await enrolled_learner(school, exam)
        attempt = await start(platform, learner, exam)
        saves = [
            assessment.save_answers(
                platform, learner, attempt_id=attempt.id, answers={nearest: [str(n % 2)], planets: [str(n % 3)]}
            )
            for n in range(12)
        ]
        submits = [assessment.submit_attempt(platform, learner, attempt_id=attempt.id) for _ in range(4)]
        done = await asyncio.gather(*saves[:6], *submits, *saves[6:], return_exceptions=True)
        assert all(not isinstance(each, BaseException) or isinstance(each, AttemptFinished) for each in done)
        stored = await stored_attempt(platform, school.tenant_id, attempt.id, answers=True)
        assert stored is not None
        content = await version_content(platform, school.tenant_id, stored.version_id)
        again = grade_attempt([content.questions[key] for key in stored.question_ids], stored.answers, stored.seed)
        assert (stored.score_micro, stored.max_micro) == (again.score_micro, again.max_micro)


async def test_simultaneous_autosaves_merge_by_question_and_the_highest_sequence_stands(
    platform: Platform, school: School
) -> None:
    exam, questions = await open_exam(school, [NEAREST] * 10)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    saved = await asyncio.gather(
        *(
            assessment.save_answers(
                platform, learner, attempt_id=attempt.id, answers={questions[n % 10]: [str(n // 10 % 2)]}
            )
            for n in range(60)
        )
    )
    receipts = [receipt for batch in saved for receipt in batch.receipts]
    assert sorted(receipt.sequence for receipt in receipts) == list(range(1, 61))
    view = await assessment.taking_view(platform, learner, attempt_id=attempt.id)
    latest = {key: max((r for r in receipts if r.question_id == key), key=lambda r: r.sequence) for key in questions}
    assert {r.question_id: r for r in view.receipts} == latest


async def test_a_submit_and_the_sweep_race_to_one_result(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    exam, (nearest, _) = await open_exam(school, policy=TEN_MINUTES)
    for _ in range(6):
        learner = await enrolled_learner(school, exam)
        attempt = await start(platform, learner, exam)
        await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"]})
        clock.advance(timedelta(seconds=601))
        sweep = asyncio.ensure_future(expire_attempt(platform, school.tenant_id, attempt.id))
        shown = await asyncio.gather(
            *(assessment.submit_attempt(platform, learner, attempt_id=attempt.id) for _ in range(3))
        )
        await sweep
        assert {(view.status, view.score_micro) for view in shown} == {("expired", 1_000_000)}
        assert (await _events(school, attempt.id))["assessment.attempt_submitted"] == 1


async def test_the_sweep_grades_what_was_saved_though_the_learner_never_returns(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    exam, (nearest, planets) = await open_exam(school, policy=TEN_MINUTES)
    gone, late, present = [await enrolled_learner(school, exam) for _ in range(3)]
    left = [await start(platform, learner, exam) for learner in (gone, late)]
    await assessment.save_answers(platform, gone, attempt_id=left[0].id, answers={nearest: ["1"]})
    clock.advance(timedelta(minutes=9))
    running = await start(platform, present, exam)
    clock.advance(timedelta(minutes=2))
    await run_periodic(platform, "assessment.sweep")
    results = [await assessment.attempt_result(platform, school.owner, attempt_id=view.id) for view in left]
    assert [(r.attempt.status, r.score_micro) for r in results] == [("expired", 1_000_000), ("expired", 0)]
    assert [item.outcome for item in results[0].items] == ["correct", "unanswered"]
    assert (await _events(school, left[0].id))["assessment.attempt_submitted"] == 1
    await assessment.save_answers(platform, present, attempt_id=running.id, answers={planets: ["0", "2"]})
    await run_periodic(platform, "assessment.sweep")
    assert (await start(platform, present, exam)).status == "in_progress"


async def test_a_late_submission_is_graded_on_what_was_saved_and_marked_expired(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    exam, (nearest, planets) = await open_exam(school, policy=TEN_MINUTES)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"]})
    clock.advance(timedelta(seconds=601))
    with pytest.raises(DeadlinePassed):
        await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={planets: ["0", "2"]})
    shown = await assessment.submit_attempt(
        platform, learner, attempt_id=attempt.id, answers={planets: ["0", "2"], "no such": ["x"]}
    )
    assert (shown.status, shown.score, shown.max_score, shown.percentage) == ("expired", 1, 3, 33.33)


async def test_a_late_policy_may_count_late_answers_with_a_penalty(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    policy = AssessmentPolicy(
        time_limit_seconds=600,
        late_policy=LatePolicy.ACCEPT_LATE_WITH_PENALTY,
        late_penalty_percent=50,
        late_window_seconds=300,
    )
    exam, (nearest, planets) = await open_exam(school, policy=policy)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"]})
    clock.advance(timedelta(seconds=700))
    await run_periodic(platform, "assessment.sweep")
    shown = await assessment.submit_attempt(
        platform, learner, attempt_id=attempt.id, answers={nearest: ["0"], planets: ["0", "2"]}
    )
    # The right answer in time keeps its point; the late one earns half of two.
    assert (shown.status, shown.score) == ("expired", 2)


async def test_attempts_end_when_they_are_used_up(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school, policy=AssessmentPolicy(max_attempts=2))
    learner = await enrolled_learner(school, exam)
    for number in (1, 2):
        attempt = await start(platform, learner, exam)
        assert (attempt.attempt_no, attempt.created) == (number, True)
        assert (await start(platform, learner, exam)).id == attempt.id
        await assessment.submit_attempt(platform, learner, attempt_id=attempt.id)
    with pytest.raises(AttemptsExhausted):
        await start(platform, learner, exam)


async def test_an_overdue_attempt_is_graded_before_the_next_one_begins(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    exam, _ = await open_exam(school, policy=AssessmentPolicy(max_attempts=2, time_limit_seconds=60))
    learner = await enrolled_learner(school, exam)
    first = await start(platform, learner, exam)
    clock.advance(timedelta(minutes=2))
    second = await start(platform, learner, exam)
    assert (second.attempt_no, second.created) == (2, True)
    result = await assessment.attempt_result(platform, learner, attempt_id=first.id)
    assert result.attempt.status == "expired"


async def test_extra_time_given_during_an_attempt_counts_at_once(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    exam, (nearest, _) = await open_exam(school, policy=TEN_MINUTES)
    learner = await enrolled_learner(school, exam)
    assert learner.membership_id is not None
    attempt = await start(platform, learner, exam)
    await assessment.set_accommodation(
        platform,
        school.owner,
        assessment_id=exam,
        learner_id=learner.membership_id,
        given=Accommodation(extra_time_percent=50, extra_attempts=1),
    )
    clock.advance(timedelta(minutes=12))
    await run_periodic(platform, "assessment.sweep")
    saved = await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"]})
    assert len(saved.receipts) == 1
    resumed = await start(platform, learner, exam)
    assert resumed.deadline_at == attempt.started_at + timedelta(minutes=15)
    clock.advance(timedelta(minutes=4))
    await run_periodic(platform, "assessment.sweep")
    again = await start(platform, learner, exam)
    assert (again.attempt_no, again.created) == (2, True)
    # Taken back, the second attempt's time ends with everybody's.
    await assessment.clear_accommodation(platform, school.owner, assessment_id=exam, learner_id=learner.membership_id)
    assert (await start(platform, learner, exam)).deadline_at == again.started_at + timedelta(minutes=10)


async def test_an_edit_changes_no_attempt_that_runs(platform: Platform, school: School) -> None:
    exam, (nearest, planets) = await open_exam(school)
    early, later = await enrolled_learner(school, exam), await enrolled_learner(school, exam)
    first = await start(platform, early, exam)
    flipped = assessment.QuestionDraft(
        type="single", prompt="Which is farthest?", points=5, options=["Sirius", "The Sun"], answer_key=["0"]
    )
    await assessment.change_question(
        platform, school.owner, assessment_id=exam, question_id=UUID(nearest), draft=flipped
    )
    await assessment.remove_question(platform, school.owner, assessment_id=exam, question_id=UUID(planets))
    second = await start(platform, later, exam)
    early_view = await assessment.taking_view(platform, early, attempt_id=first.id)
    later_view = await assessment.taking_view(platform, later, attempt_id=second.id)
    assert sorted(q.prompt for q in early_view.questions) == ["Which are planets?", "Which star is nearest?"]
    assert [q.prompt for q in later_view.questions] == ["Which is farthest?"]
    for learner, attempt in ((early, first), (later, second)):
        await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"]})
    shown = [
        await assessment.submit_attempt(platform, learner, attempt_id=attempt.id)
        for learner, attempt in ((early, first), (later, second))
    ]
    assert [(view.score, view.max_score) for view in shown] == [(1, 3), (0, 5)]


async def test_an_edit_does_not_wait_for_attempts_nor_attempts_for_an_edit(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner, newcomer = await enrolled_learner(school, exam), await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    async with platform.db.write(school.tenant_id) as tx:  # an edit that is still open
        (await assessment_row(tx, exam, lock=True)).revision += 1
        await tx.session.flush()
        async with asyncio.timeout(5):
            await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: ["1"]})
            await start(platform, newcomer, exam)
            await assessment.submit_attempt(platform, learner, attempt_id=attempt.id)


async def test_answers_to_other_questions_or_in_a_wrong_shape_are_refused_together(
    platform: Platform, school: School
) -> None:
    exam, (nearest, planets) = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    stranger = str(uuid4())
    with pytest.raises(InvalidAnswer) as refused:
        await assessment.save_answers(
            platform, learner, attempt_id=attempt.id, answers={stranger: ["1"], nearest: ["7"], planets: ["0"]}
        )
    assert set(refused.value.fields) == {stranger, nearest}
    assert (await assessment.taking_view(platform, learner, attempt_id=attempt.id)).receipts == ()


async def test_nobody_else_sees_or_touches_an_attempt(platform: Platform, school: School, other_school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner, classmate = await enrolled_learner(school, exam), await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    for actor in (classmate, other_school.owner):
        with pytest.raises(AttemptNotFound):
            await assessment.taking_view(platform, actor, attempt_id=attempt.id)
        with pytest.raises(AttemptNotFound):
            await assessment.save_answers(platform, actor, attempt_id=attempt.id, answers={nearest: ["1"]})
        with pytest.raises(AttemptNotFound):
            await assessment.submit_attempt(platform, actor, attempt_id=attempt.id)
        with pytest.raises(AttemptNotFound):
            await assessment.attempt_result(platform, actor, attempt_id=attempt.id)
    with pytest.raises(AssessmentNotFound):
        await assessment.start_attempt(platform, classmate, assessment_id=exam, learner_id=_membership(learner))


def _membership(actor: Actor) -> MembershipId:
    assert actor.membership_id is not None
    return actor.membership_id


async def test_a_learner_without_a_seat_may_not_begin_but_staff_may_begin_for_any_member(
    platform: Platform, school: School
) -> None:
    exam, _ = await open_exam(school)
    outsider = await school.person(Role.LEARNER)
    with pytest.raises(NotEnrolled):
        await start(platform, outsider, exam)
    view = await assessment.start_attempt(platform, school.owner, assessment_id=exam, learner_id=_membership(outsider))
    assert view.learner_id == outsider.membership_id


async def test_an_empty_or_closed_assessment_cannot_be_begun(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    empty, _ = await open_exam(school, [])
    closing = AssessmentPolicy(closes_at=clock.now() + timedelta(hours=1))
    closed, _ = await open_exam(school, policy=closing)
    first, second = await enrolled_learner(school, empty), await enrolled_learner(school, closed)
    with pytest.raises(AssessmentEmpty):
        await start(platform, first, empty)
    clock.advance(timedelta(hours=2))
    with pytest.raises(AssessmentClosed):
        await start(platform, second, closed)


async def test_receipts_prove_themselves_also_after_a_newer_answer(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    attempt = await start(platform, learner, exam)
    saved = [
        await assessment.save_answers(platform, learner, attempt_id=attempt.id, answers={nearest: [choice]})
        for choice in ("0", "1")
    ]
    [old], [new] = saved[0].receipts, saved[1].receipts
    check = [
        await assessment.verify_receipt(platform, school.owner, attempt_id=attempt.id, shown=receipt)
        for receipt in (old, new, assessment.Receipt(nearest, 1, old.saved_at, ("1",), old.code))
    ]
    assert [(verdict.valid, verdict.standing) for verdict in check] == [(True, False), (True, True), (False, False)]
