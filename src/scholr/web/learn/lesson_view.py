"""What the lesson page shows beside the text: outline, neighbours, notes in their places."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.learning import facade as learning
from scholr.web.learn.lesson_text import LessonText


@dataclass(frozen=True, slots=True)
class OutlineLine:
    entry: catalog.LessonEntry
    href: str
    done: bool
    here: bool


@dataclass(frozen=True, slots=True)
class OutlineModule:
    """A section of the outline; only the one that holds the lesson shows its lines."""

    number: int
    title: str
    href: str
    done: int
    total: int
    lines: tuple[OutlineLine, ...]


@dataclass(frozen=True, slots=True)
class NotedPiece:
    """A piece of the text with the learner's notes beside it."""

    html: Markup
    anchor: str
    notes: tuple[learning.NoteView, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    entry: catalog.LessonEntry
    number: str
    href: str


@dataclass(frozen=True, slots=True)
class LessonPage:
    """`onward` is where completing leads: the lesson after this one, or the first that is still open."""

    number: str
    module: OutlineModule
    modules: tuple[OutlineModule, ...]
    pieces: tuple[NotedPiece, ...]
    loose_notes: tuple[learning.NoteView, ...]
    previous: Neighbour | None
    next: Neighbour | None
    onward: Neighbour | None
    done: bool


def lesson_page(text: LessonText, room: learning.LessonRoom, base: str) -> LessonPage:
    """`base` is the course's address."""
    outline, here = text.outline, text.lesson.id
    order = [lesson.id for lesson in outline.lessons]
    at = order.index(here)
    modules = tuple(
        _module(number, section, room, here, base) for number, section in enumerate(outline.sections, start=1)
    )
    module = next(each for each in modules if each.lines)
    pieces, loose = place_notes(text, room.notes)
    return LessonPage(
        number=_number(outline, here),
        module=module,
        modules=tuple(each for each in modules if each.total),
        pieces=pieces,
        loose_notes=loose,
        previous=_neighbour(outline, order[at - 1], base) if at else None,
        next=_neighbour(outline, order[at + 1], base) if at + 1 < len(order) else None,
        onward=_neighbour(outline, after(order, here, room.completed), base),
        done=here in room.completed,
    )


def after(order: Sequence[UUID], here: UUID, completed: frozenset[UUID]) -> UUID | None:
    """Where to go on once `here` is done: the next lesson, or else the first one left out; None when all is done."""
    at = order.index(here)
    if at + 1 < len(order):
        return order[at + 1]
    return next((each for each in order if each not in completed and each != here), None)


def place_notes(
    text: LessonText, notes: Sequence[learning.NoteView]
) -> tuple[tuple[NotedPiece, ...], tuple[learning.NoteView, ...]]:
    """Each note beside its block; those whose block is gone, or that are about the whole lesson, come after."""
    by_block: dict[str, list[learning.NoteView]] = {}
    for note in notes:
        by_block.setdefault(note.block_id, []).append(note)
    pieces = tuple(
        NotedPiece(piece.html, piece.anchor, tuple(by_block.pop(piece.block_id, ()))) for piece in text.pieces
    )
    return pieces, tuple(note for left in by_block.values() for note in left)


def _module(
    number: int, section: catalog.SectionEntry, room: learning.LessonRoom, here: UUID, base: str
) -> OutlineModule:
    current = any(lesson.id == here for lesson in section.lessons)
    lines = tuple(
        OutlineLine(lesson, f"{base}/lessons/{lesson.id}", lesson.id in room.completed, lesson.id == here)
        for lesson in (section.lessons if current else ())
    )
    return OutlineModule(
        number=number,
        title=section.title,
        href=f"{base}/lessons/{section.lessons[0].id}" if section.lessons else base,
        done=sum(lesson.id in room.completed for lesson in section.lessons),
        total=len(section.lessons),
        lines=lines,
    )


def _number(outline: catalog.Outline, lesson_id: UUID) -> str:
    section = outline.section_of(lesson_id)
    place = next(at for at, lesson in enumerate(section.lessons, start=1) if lesson.id == lesson_id)
    return f"{outline.sections.index(section) + 1}.{place}"


def _neighbour(outline: catalog.Outline, lesson_id: UUID | None, base: str) -> Neighbour | None:
    if lesson_id is None:
        return None
    return Neighbour(outline.lesson(lesson_id), _number(outline, lesson_id), f"{base}/lessons/{lesson_id}")
