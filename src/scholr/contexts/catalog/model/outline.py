"""The order of what a course holds: putting in, moving, comparing."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from scholr.contexts.catalog.errors import InvalidOutline, LessonNotFound, OutlineChanged, SectionNotFound

T = TypeVar("T")

MAX_SECTIONS = 200
MAX_LESSONS = 1_000


def minutes_of(seconds: int) -> int:
    """Whole minutes, rounded up, as a reader thinks of them; 0 only for nothing."""
    return -(-seconds // 60)


@dataclass(frozen=True, slots=True)
class LessonEntry:
    """A lesson in an outline. `fingerprint` changes with the lesson's content; `seconds` is its length.

    `kind` says what it is chiefly made of: reading, video or quiz.
    """

    id: UUID
    title: str
    required: bool = True
    seconds: int = 0
    fingerprint: str = ""
    kind: str = "reading"

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)


@dataclass(frozen=True, slots=True)
class SectionEntry:
    id: UUID
    title: str
    lessons: tuple[LessonEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """Sections in order, lessons in order within them: the order *is* the position."""

    sections: tuple[SectionEntry, ...] = ()

    @property
    def lessons(self) -> tuple[LessonEntry, ...]:
        return tuple(lesson for section in self.sections for lesson in section.lessons)

    @property
    def seconds(self) -> int:
        return sum(lesson.seconds for lesson in self.lessons)

    @property
    def minutes(self) -> int:
        return minutes_of(self.seconds)

    def section_of(self, lesson_id: UUID) -> SectionEntry:
        """Raises LessonNotFound."""
        for section in self.sections:
            if any(lesson.id == lesson_id for lesson in section.lessons):
                return section
        raise LessonNotFound

    def lesson(self, lesson_id: UUID) -> LessonEntry:
        """Raises LessonNotFound."""
        return next(lesson for lesson in self.section_of(lesson_id).lessons if lesson.id == lesson_id)

    def section(self, section_id: UUID) -> SectionEntry:
        """Raises SectionNotFound."""
        found = next((section for section in self.sections if section.id == section_id), None)
        if found is None:
            raise SectionNotFound
        return found


def insert_section(outline: Outline, section: SectionEntry, index: int | None = None) -> Outline:
    """At `index` (clamped to what is there), or at the end. Raises InvalidOutline when full or repeated."""
    if len(outline.sections) >= MAX_SECTIONS:
        raise InvalidOutline(fields={"sections": f"must be at most {MAX_SECTIONS}"})
    if any(present.id == section.id for present in outline.sections):
        raise InvalidOutline(fields={"id": "is already in the outline"})
    return Outline(_inserted(outline.sections, section, index))


def insert_lesson(outline: Outline, section_id: UUID, lesson: LessonEntry, index: int | None = None) -> Outline:
    """At `index` within the section, or at its end. Raises SectionNotFound or InvalidOutline."""
    if len(outline.lessons) >= MAX_LESSONS:
        raise InvalidOutline(fields={"lessons": f"must be at most {MAX_LESSONS}"})
    if any(present.id == lesson.id for present in outline.lessons):
        raise InvalidOutline(fields={"id": "is already in the outline"})
    section = outline.section(section_id)
    return _with_lessons(outline, section_id, _inserted(section.lessons, lesson, index))


def _inserted(items: tuple[T, ...], item: T, index: int | None) -> tuple[T, ...]:
    at = len(items) if index is None else max(0, min(index, len(items)))
    return (*items[:at], item, *items[at:])


def _with_lessons(outline: Outline, section_id: UUID, lessons: tuple[LessonEntry, ...]) -> Outline:
    return Outline(
        tuple(
            replace(section, lessons=lessons) if section.id == section_id else section for section in outline.sections
        )
    )


def remove_lesson(outline: Outline, lesson_id: UUID) -> Outline:
    """Raises LessonNotFound."""
    section = outline.section_of(lesson_id)
    return _with_lessons(outline, section.id, tuple(entry for entry in section.lessons if entry.id != lesson_id))


def remove_section(outline: Outline, section_id: UUID) -> Outline:
    """Takes its lessons out with it. Raises SectionNotFound."""
    gone = outline.section(section_id)
    return Outline(tuple(section for section in outline.sections if section is not gone))


def move_section(outline: Outline, section_id: UUID, index: int) -> Outline:
    """`index` counts among the other sections. Raises SectionNotFound."""
    moved = outline.section(section_id)
    return Outline(_inserted(remove_section(outline, section_id).sections, moved, index))


def move_lesson(outline: Outline, lesson_id: UUID, section_id: UUID, index: int) -> Outline:
    """To any section; `index` counts among that section's other lessons. Raises Lesson- or SectionNotFound."""
    lesson = outline.lesson(lesson_id)
    outline.section(section_id)
    without = remove_lesson(outline, lesson_id)
    return _with_lessons(without, section_id, _inserted(without.section(section_id).lessons, lesson, index))


def nudge_lesson(outline: Outline, lesson_id: UUID, step: int) -> Outline:
    """One place up (-1) or down (+1), as by the keyboard; past a section's edge into the next section.

    At the edge of the outline nothing changes. Raises LessonNotFound.
    """
    section = outline.section_of(lesson_id)
    place = [lesson.id for lesson in section.lessons].index(lesson_id) + step
    if 0 <= place < len(section.lessons):
        return move_lesson(outline, lesson_id, section.id, place)
    neighbour = outline.sections.index(section) + step
    if not 0 <= neighbour < len(outline.sections):
        return outline
    target = outline.sections[neighbour]
    return move_lesson(outline, lesson_id, target.id, 0 if step > 0 else len(target.lessons))


def duplicate_lesson(outline: Outline, lesson_id: UUID, new_id: UUID, title: str) -> Outline:
    """The copy stands right after the original. Raises LessonNotFound or InvalidOutline."""
    section = outline.section_of(lesson_id)
    place = [lesson.id for lesson in section.lessons].index(lesson_id) + 1
    copy = replace(outline.lesson(lesson_id), id=new_id, title=title)
    return insert_lesson(outline, section.id, copy, place)


def reorder(outline: Outline, order: Sequence[tuple[UUID, Sequence[UUID]]]) -> Outline:
    """Arrange everything as listed: sections, each with its lessons.

    The list must hold exactly what the outline holds, else OutlineChanged: nothing is ever lost or
    doubled by an order that was made from an older outline.
    """
    lessons = {lesson.id: lesson for lesson in outline.lessons}
    sections = {section.id: section for section in outline.sections}
    listed = [lesson_id for _, lesson_ids in order for lesson_id in lesson_ids]
    if sorted(listed) != sorted(lessons) or sorted(section_id for section_id, _ in order) != sorted(sections):
        raise OutlineChanged
    return Outline(
        tuple(
            replace(sections[section_id], lessons=tuple(lessons[lesson_id] for lesson_id in lesson_ids))
            for section_id, lesson_ids in order
        )
    )


def order_of_sections(outline: Outline, section_ids: Sequence[UUID]) -> list[tuple[UUID, list[UUID]]]:
    """An order for `reorder` that moves whole sections; an unknown section stays unknown to it."""
    inside = {section.id: [lesson.id for lesson in section.lessons] for section in outline.sections}
    return [(section_id, inside.get(section_id, [])) for section_id in section_ids]


def order_of_lessons(
    outline: Outline, section_id: UUID, lesson_ids: Sequence[UUID]
) -> list[tuple[UUID, Sequence[UUID]]]:
    """An order for `reorder` that changes one section only."""
    return [
        (section.id, lesson_ids if section.id == section_id else [lesson.id for lesson in section.lessons])
        for section in outline.sections
    ]


def lesson_places(outline: Outline) -> dict[UUID, tuple[UUID, int]]:
    """For each lesson its section and its position there, from 0 and without holes."""
    return {
        lesson.id: (section.id, position)
        for section in outline.sections
        for position, lesson in enumerate(section.lessons)
    }


def moved_lessons(before: Outline, after: Outline) -> dict[UUID, tuple[UUID, int]]:
    """The places in `after` that have to be written because they are new or differ from `before`."""
    known = lesson_places(before)
    return {lesson_id: place for lesson_id, place in lesson_places(after).items() if known.get(lesson_id) != place}


@dataclass(frozen=True, slots=True)
class OutlineChanges:
    """What learners will see change; titles in the order of the outline that holds them.

    `sections` names those that are new, renamed or gone.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]
    rearranged: bool
    seconds_before: int
    seconds_after: int
    sections: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.added) + len(self.removed) + len(self.edited) + len(self.sections) + self.rearranged


def changes_between(before: Outline, after: Outline) -> OutlineChanges:
    """Compare the published outline with the draft; `rearranged` looks only at what both hold."""
    old, new = ({lesson.id: lesson for lesson in outline.lessons} for outline in (before, after))
    return OutlineChanges(
        added=tuple(lesson.title for lesson in after.lessons if lesson.id not in old),
        removed=tuple(lesson.title for lesson in before.lessons if lesson.id not in new),
        edited=tuple(lesson.title for lesson in after.lessons if lesson.id in old and _differs(old[lesson.id], lesson)),
        rearranged=_common_order(before, new.keys()) != _common_order(after, old.keys()),
        seconds_before=before.seconds,
        seconds_after=after.seconds,
        sections=_changed_sections(before, after),
    )


def _changed_sections(before: Outline, after: Outline) -> tuple[str, ...]:
    old, new = ({section.id: section.title for section in outline.sections} for outline in (before, after))
    gone = [title for key, title in old.items() if key not in new]
    return (*(title for key, title in new.items() if old.get(key) != title), *gone)


def _differs(one: LessonEntry, other: LessonEntry) -> bool:
    return (one.title, one.fingerprint, one.required) != (other.title, other.fingerprint, other.required)


def _common_order(outline: Outline, common: AbstractSet[UUID]) -> list[tuple[UUID, UUID]]:
    return [
        (section.id, lesson.id) for section in outline.sections for lesson in section.lessons if lesson.id in common
    ]
