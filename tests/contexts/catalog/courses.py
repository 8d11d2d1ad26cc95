"""A course to test with, made through the use cases."""

from dataclasses import dataclass, field
from uuid import UUID

from scholr.contexts.catalog import facade as catalog
from scholr.kernel.actor import Actor
from scholr.platform.db.statement import statement
from scholr.platform.runtime import Platform

_EVENTS = statement("select count(*) from platform_outbox where tenant_id = $1 and aggregateid = $2 and type = $3")


def paragraph(text: str, block_id: str | None = None) -> dict[str, str]:
    block = {"type": "rich_text", "html": f"<p>{text}</p>"}
    return {**block, "id": block_id} if block_id else block


@dataclass(frozen=True, slots=True)
class Course:
    platform: Platform
    author: Actor
    id: catalog.CourseId
    sections: list[catalog.SectionId] = field(default_factory=list)
    lessons: dict[str, catalog.LessonId] = field(default_factory=dict)

    def lesson(self, title: str) -> catalog.LessonId:
        return self.lessons[title]

    def lesson_ids(self, *titles: str) -> tuple[catalog.LessonId, ...]:
        return tuple(self.lessons[title] for title in titles)

    async def write(
        self, title: str, text: str, *, expected: int | None = None, block_id: str | None = None
    ) -> catalog.LessonDraft:
        """Save one paragraph as the lesson's only block."""
        changes = catalog.LessonChanges(blocks=[paragraph(text, block_id)])
        return await catalog.save_lesson(
            self.platform, self.author, lesson_id=self.lesson(title), changes=changes, expected=expected
        )

    async def events(self, event_type: str, aggregate_id: UUID | None = None) -> int:
        async with self.platform.db.read(self.author.tenant_id) as rx:
            return int(await rx.fetch_value(_EVENTS, aggregate_id or self.id, event_type))


async def make_course(platform: Platform, author: Actor, *, title: str = "Reading Evidence") -> Course:
    """Two sections; the first holds the lessons a and b, the second c."""
    draft = await catalog.create_course(platform, author, title=title)
    made = Course(platform, author, draft.id)
    for name, lessons in (("One", "ab"), ("Two", "c")):
        section = await catalog.add_section(platform, author, course_id=draft.id, title=name)
        made.sections.append(section)
        for lesson in lessons:
            made.lessons[lesson] = await catalog.add_lesson(platform, author, section_id=section, title=lesson)
    return made
