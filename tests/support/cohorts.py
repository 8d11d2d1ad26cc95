"""A published course and cohorts of it, made through the use cases that people reach."""

from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import CohortDraft, CohortView
from tests.support.school import School


async def open_course(school: School, title: str = "Reading Evidence") -> UUID:
    """A course with one lesson, published."""
    course = await catalog.create_course(school.platform, school.owner, title=title)
    section = await catalog.add_section(school.platform, school.owner, course_id=course.id, title="Counting")
    await catalog.add_lesson(school.platform, school.owner, section_id=section, title="What is a case?")
    await catalog.publish_course(school.platform, school.owner, course_id=course.id)
    return course.id


async def open_cohort(
    school: School, course_id: UUID | None = None, *, draft: CohortDraft | None = None, capacity: int = 10
) -> CohortView:
    """A cohort in which people enrol themselves, unless the draft says otherwise."""
    return await enrollment.create_cohort(
        school.platform,
        school.owner,
        course_id=course_id or await open_course(school),
        draft=draft or CohortDraft(capacity=capacity),
    )
