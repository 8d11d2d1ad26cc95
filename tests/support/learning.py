"""A course with lessons that somebody is in, made through the use cases that people reach."""

from dataclasses import dataclass
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import CohortDraft
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from tests.support.school import School


@dataclass(frozen=True, slots=True)
class Taught:
    """A published course; `lessons` in order, `section` holds all of them, `cohort` takes people in."""

    school: School
    course: UUID
    section: UUID
    lessons: tuple[UUID, ...]
    cohort: UUID

    @property
    def path(self) -> str:
        return f"/learn/courses/{self.course}"

    def lesson_path(self, number: int) -> str:
        """The page of a lesson, counted from 0."""
        return f"{self.path}/lessons/{self.lessons[number]}"

    async def seat(self, learner: Actor) -> None:
        assert learner.membership_id is not None
        await enrollment.enrol(
            self.school.platform, self.school.owner, cohort_id=self.cohort, learner_id=learner.membership_id
        )

    async def complete(self, learner: Actor, *numbers: int) -> learning.Standing:
        """Complete lessons as the learner; all of them when none is named. What came of the last one."""
        found = None
        for number in numbers or range(len(self.lessons)):
            found = await learning.complete_lesson(
                self.school.platform, learner, course_id=self.course, lesson_id=self.lessons[number]
            )
        assert found is not None
        return found


async def teach(
    school: School, *, lessons: int = 3, title: str = "Reading Evidence", draft: CohortDraft | None = None
) -> Taught:
    """Each lesson has a heading and a paragraph that names it."""
    platform, owner = school.platform, school.owner
    course = await catalog.create_course(platform, owner, title=title)
    section = await catalog.add_section(platform, owner, course_id=course.id, title="Counting")
    made = tuple([await write_lesson(school, section, f"Lesson {number}") for number in range(1, lessons + 1)])
    await catalog.publish_course(platform, owner, course_id=course.id)
    cohort = await enrollment.create_cohort(
        platform, owner, course_id=course.id, draft=draft or CohortDraft(capacity=100)
    )
    return Taught(school, course.id, section, made, cohort.id)


async def write_lesson(school: School, section: UUID, title: str) -> UUID:
    lesson = await catalog.add_lesson(school.platform, school.owner, section_id=catalog.SectionId(section), title=title)
    blocks = [
        {"id": "first-part", "type": "heading", "text": f"Why {title}", "level": 2},
        {"id": "the-text", "type": "rich_text", "html": f"<p>{title} begins with <em>a case</em>.</p>"},
    ]
    await catalog.save_lesson(
        school.platform, school.owner, lesson_id=lesson, changes=catalog.LessonChanges(blocks=blocks)
    )
    return lesson
