"""Results, standings, statistics, judgements and their record."""

import csv
import io
from uuid import UUID

import pytest

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.errors import AttemptRunning, InvalidGrade, QuestionNotFound
from scholr.contexts.assessment.facade import AssessmentPolicy, Judgement, ScoringPolicy
from scholr.kernel.actor import Actor, Role
from scholr.kernel.errors import Forbidden
from scholr.kernel.ids import MembershipId
from scholr.platform.runtime import Platform
from tests.support.exams import enrolled_learner, open_exam, start
from tests.support.school import School


async def _take(platform: Platform, learner: Actor, exam: UUID, answers: dict[str, object]) -> UUID:
    attempt = await start(platform, learner, exam)
    await assessment.submit_attempt(platform, learner, attempt_id=attempt.id, answers=answers)
    return attempt.id


def _id(actor: Actor) -> MembershipId:
    assert actor.membership_id is not None
    return actor.membership_id


@pytest.mark.parametrize(
    ("scoring", "stands"),
    [
        (ScoringPolicy.HIGHEST, 100.0),
        (ScoringPolicy.LATEST, 33.33),
        (ScoringPolicy.FIRST, 0.0),
        (ScoringPolicy.AVERAGE, 44.44),
    ],
)
async def test_the_score_that_stands_follows_the_scoring_policy(
    platform: Platform, school: School, scoring: ScoringPolicy, stands: float
) -> None:
    exam, (nearest, planets) = await open_exam(school, policy=AssessmentPolicy(scoring=scoring))
    learner = await enrolled_learner(school, exam)
    for answers in ({}, {nearest: ["1"], planets: ["0", "2"]}, {nearest: ["1"]}):
        await _take(platform, learner, exam, dict(answers))
    async with platform.db.read(school.tenant_id) as rx:
        best = await assessment.best_score(rx, _id(learner), exam)
        found = await assessment.assessment(rx, exam)
        assert found is not None
        of_course = await assessment.scores_of(rx, _id(learner), found.course_id)
        events = await rx.raw.fetch(
            "select payload->>'standing_bp' as standing from platform_outbox"
            " where type = 'assessment.attempt_submitted' and tenant_id = $1 order by occurred_at, seq",
            school.tenant_id,
        )
    assert best is not None and (best.percentage, best.attempts) == (stands, 3)
    assert of_course == {exam: best}
    # Whoever hears of the last attempt hears what stands, without asking back.
    assert int(events[-1]["standing"]) == best.percentage_bp


async def test_a_judgement_changes_the_grade_and_leaves_a_record(platform: Platform, school: School) -> None:
    exam, (nearest, planets) = await open_exam(school)
    learner, teacher = await enrolled_learner(school, exam), await school.person(Role.ASSISTANT)
    attempt = await _take(platform, learner, exam, {nearest: ["0"], planets: ["0"]})
    judged = Judgement(nearest, 500_000, " The book was unclear. ")
    for _ in range(2):  # the second time changes nothing
        grade = await assessment.override_grade(platform, teacher, attempt_id=attempt, judgement=judged)
    assert (grade.score_micro, grade.max_micro) == (1_500_000, 3_000_000)
    result = await assessment.attempt_result(platform, school.owner, attempt_id=attempt)
    assert result.score_micro == 1_500_000
    [line] = result.overrides
    assert (line.previous_micro, line.earned_micro, line.reason, line.author_id) == (
        0,
        500_000,
        "The book was unclear.",
        teacher.membership_id,
    )
    async with platform.db.read(school.tenant_id) as rx:
        told = await rx.raw.fetchval(
            "select payload from platform_outbox where aggregateid = $1 and type = 'assessment.grade_overridden'",
            attempt,
        )
    assert "The book was unclear." not in str(told)  # sealed under the key of the learner: it speaks of them


async def test_the_record_of_judgements_cannot_be_changed_by_the_application(
    platform: Platform, school: School
) -> None:
    async with platform.db.read(school.tenant_id) as rx:
        for table in ("assessment_override", "assessment_version"):
            for privilege in ("update", "delete"):
                assert not await rx.raw.fetchval("select has_table_privilege($1, $2)", table, privilege)


async def test_a_judgement_needs_a_reason_a_finished_attempt_and_points_that_can_be_had(
    platform: Platform, school: School
) -> None:
    exam, (nearest, _) = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    running = await start(platform, learner, exam)
    with pytest.raises(AttemptRunning):
        await assessment.override_grade(
            platform, school.owner, attempt_id=running.id, judgement=Judgement(nearest, 0, "early")
        )
    await assessment.submit_attempt(platform, learner, attempt_id=running.id)
    wrong = [
        (Judgement(nearest, 1_000_001, "too much"), InvalidGrade),
        (Judgement(nearest, 1, "  "), InvalidGrade),
        (Judgement(str(exam), 1, "of nothing"), QuestionNotFound),
    ]
    for judgement, refusal in wrong:
        with pytest.raises(refusal):
            await assessment.override_grade(platform, school.owner, attempt_id=running.id, judgement=judgement)
    with pytest.raises(Forbidden):
        await assessment.override_grade(
            platform, learner, attempt_id=running.id, judgement=Judgement(nearest, 1_000_000, "I deserve it")
        )


async def test_statistics_tell_the_hard_questions_and_the_tempting_wrong_option(
    platform: Platform, school: School
) -> None:
    exam, (nearest, planets) = await open_exam(school)
    for nearest_answer, planet_answer in (("0", ["0"]), ("0", ["0", "1"]), ("1", ["0", "2"]), ("0", [])):
        learner = await enrolled_learner(school, exam)
        await _take(platform, learner, exam, {nearest: [nearest_answer], planets: planet_answer})
    _, [hardest, other] = await assessment.statistics(platform, school.owner, assessment_id=exam)
    assert (hardest.question.id, hardest.correct, hardest.seen, hardest.facility_bp) == (nearest, 1, 4, 2_500)
    assert (hardest.wrong_option, hardest.wrong_count) == ("Sirius", 3)
    assert (other.question.id, other.answered, other.correct, other.facility_bp) == (planets, 3, 1, 3_750)
    assert (other.wrong_option, other.wrong_count) == ("Ceres", 1)


async def test_the_gradebook_pages_by_learner_and_exports_without_formulas(platform: Platform, school: School) -> None:
    exam, (nearest, _) = await open_exam(school)
    for name in ("=HYPERLINK(1)", "Beda", "Cora"):
        learner = await school.person(Role.LEARNER, name=name)
        view = await assessment.start_attempt(platform, school.owner, assessment_id=exam, learner_id=_id(learner))
        await assessment.submit_attempt(platform, school.owner, attempt_id=view.id, answers={nearest: ["1"]})
    seen: list[str] = []
    after: UUID | None = None
    while True:
        _, page = await assessment.gradebook_page(platform, school.owner, assessment_id=exam, after=after, limit=2)
        seen += [row.name for row in page.items]
        if page.next_cursor is None:
            break
        after = UUID(page.next_cursor)
    assert sorted(seen) == ["=HYPERLINK(1)", "Beda", "Cora"]
    rows = list(csv.DictReader(io.StringIO(await assessment.results_csv(platform, school.owner, assessment_id=exam))))
    assert sorted(row["name"] for row in rows) == ["'=HYPERLINK(1)", "Beda", "Cora"]
    assert {(row["score"], row["max_score"], row["percentage"]) for row in rows} == {("1", "3", "33.33")}


async def test_results_are_for_staff(platform: Platform, school: School) -> None:
    exam, _ = await open_exam(school)
    learner = await enrolled_learner(school, exam)
    with pytest.raises(Forbidden):
        await assessment.gradebook_page(platform, learner, assessment_id=exam)
    with pytest.raises(Forbidden):
        await assessment.statistics(platform, learner, assessment_id=exam)
    with pytest.raises(Forbidden):
        await assessment.list_accommodations(platform, learner, assessment_id=exam)
