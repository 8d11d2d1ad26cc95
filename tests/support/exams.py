"""Assessments with questions, made through the use cases that people reach."""

from collections.abc import Sequence
from uuid import UUID

from scholr.contexts.assessment import facade as assessment
from scholr.contexts.assessment.facade import AssessmentPolicy, AttemptView, QuestionDraft
from scholr.contexts.enrollment import facade as enrollment
from scholr.kernel.actor import Actor, Role
from scholr.platform.runtime import Platform
from tests.support.cohorts import open_cohort, open_course
from tests.support.school import School

NEAREST = QuestionDraft(
    type="single", prompt="Which star is nearest?", points=1, options=["Sirius", "The Sun"], answer_key=["1"]
)
PLANETS = QuestionDraft(
    type="multiple", prompt="Which are planets?", points=2, options=["Mars", "Ceres", "Venus"], answer_key=["0", "2"]
)


async def open_exam(
    school: School,
    drafts: Sequence[QuestionDraft] = (NEAREST, PLANETS),
    *,
    policy: AssessmentPolicy | None = None,
    course_id: UUID | None = None,
) -> tuple[UUID, list[str]]:
    """An assessment of a published course, and the ids of its questions in order."""
    course_id = course_id or await open_course(school)
    exam = await assessment.create_assessment(
        school.platform, school.owner, course_id=course_id, title="Checkpoint", policy=policy
    )
    added = [
        await assessment.add_question(school.platform, school.owner, assessment_id=exam, draft=draft)
        for draft in drafts
    ]
    return exam, [question.id for question in added]


async def enrolled_learner(school: School, assessment_id: UUID) -> Actor:
    """A learner with a seat in the assessment's course."""
    async with school.platform.db.read(school.tenant_id) as rx:
        found = await assessment.assessment(rx, assessment_id)
    assert found is not None
    cohort = await open_cohort(school, found.course_id)
    learner = await school.person(Role.LEARNER)
    assert learner.membership_id is not None
    await enrollment.enrol(school.platform, school.owner, cohort_id=cohort.id, learner_id=learner.membership_id)
    return learner


async def start(platform: Platform, learner: Actor, assessment_id: UUID) -> AttemptView:
    assert learner.membership_id is not None
    return await assessment.start_attempt(
        platform, learner, assessment_id=assessment_id, learner_id=learner.membership_id
    )
