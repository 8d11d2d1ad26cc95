from collections import Counter
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholr.contexts.catalog.errors import (
    CourseArchived,
    CourseTransitionRefused,
    InvalidCourse,
    InvalidOutline,
    InvalidPath,
    LessonNotFound,
    OutlineChanged,
    PrerequisiteCycle,
    SectionNotFound,
)
from scholr.contexts.catalog.model import (
    CourseAction,
    CourseStatus,
    LessonEntry,
    Outline,
    SectionEntry,
    changes_between,
    duplicate_lesson,
    insert_lesson,
    insert_section,
    lesson_places,
    move_lesson,
    move_section,
    moved,
    moved_lessons,
    next_in_path,
    nudge_lesson,
    remove_lesson,
    remove_section,
    reorder,
    require_courses,
    require_editable,
    require_no_cycle,
    slug_of,
    transition,
    unmet,
    validate_path,
    validate_summary,
    validate_title,
    with_course,
)


def uid(number: int) -> UUID:
    return UUID(int=number)


def lesson(number: int) -> LessonEntry:
    return LessonEntry(uid(number), f"Lesson {number}", seconds=60)


def outline_of(*sections: list[int]) -> Outline:
    """Section ids start at 100."""
    return Outline(
        tuple(
            SectionEntry(uid(100 + place), f"Section {place}", tuple(lesson(number) for number in numbers))
            for place, numbers in enumerate(sections)
        )
    )


def shape(outline: Outline) -> list[list[int]]:
    return [[entry.id.int for entry in section.lessons] for section in outline.sections]


OUTLINES = st.lists(st.integers(0, 4), min_size=1, max_size=5).map(
    lambda sizes: outline_of(*(list(range(sum(sizes[:at]), sum(sizes[: at + 1]))) for at in range(len(sizes))))
)


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("draft", "publish", "published"),
        ("published", "publish", "published"),
        ("draft", "archive", "archived"),
        ("published", "archive", "archived"),
        ("archived", "archive", "archived"),
        ("archived", "restore", "draft"),
    ],
)
def test_a_course_goes_from_draft_to_published_to_archived(before: str, action: str, after: str) -> None:
    assert transition(CourseStatus(before), CourseAction(action)) == after


@pytest.mark.parametrize(("before", "action"), [("archived", "publish")])
def test_refuses_other_ways(before: str, action: str) -> None:
    with pytest.raises(CourseTransitionRefused) as refused:
        transition(CourseStatus(before), CourseAction(action))
    assert refused.value.details == {"status": before, "action": action}


@given(st.lists(st.sampled_from(CourseAction)))
def test_no_sequence_of_actions_leaves_the_states_or_changes_when_repeated(actions: list[CourseAction]) -> None:
    status = CourseStatus.DRAFT
    for action in actions:
        try:
            status = transition(status, action)
        except CourseTransitionRefused:
            continue
        assert isinstance(status, CourseStatus)
        assert transition(status, action) is status


def test_an_archived_course_is_not_edited() -> None:
    require_editable(CourseStatus.PUBLISHED)
    with pytest.raises(CourseArchived):
        require_editable(CourseStatus.ARCHIVED)


def test_titles_are_bounded_and_tidied() -> None:
    assert validate_title("  Intro  to Astrophysics ") == "Intro to Astrophysics"
    assert validate_summary("") == ""
    for bad in ("", "   ", "x" * 201, "nul\0", "two\nlines", "\ud800", 7, None):
        with pytest.raises(InvalidCourse):
            validate_title(bad)
    with pytest.raises(InvalidCourse):
        validate_summary("x" * 5_001)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Intro to Astrophysics!", "intro-to-astrophysics"),
        ("Größe & Maß", "grösse-mass"),
        ("مقدمة", "مقدمة"),
        ("?!", "course"),
    ],
)
def test_slugs_can_be_read(title: str, slug: str) -> None:
    assert slug_of(title) == slug


@given(st.text())
def test_a_slug_is_never_empty_or_long(title: str) -> None:
    assert 1 <= len(slug_of(title)) <= 80
    assert not any(char.isspace() or char in "/?#%" for char in slug_of(title))


def test_lessons_move_between_sections() -> None:
    assert shape(move_lesson(outline_of([1, 2], [3]), uid(1), uid(101), 1)) == [[2], [3, 1]]
    assert shape(move_lesson(outline_of([1, 2, 3]), uid(1), uid(100), 1)) == [[2, 1, 3]]
    assert shape(move_lesson(outline_of([1, 2, 3]), uid(1), uid(100), 99)) == [[2, 3, 1]]


def test_the_keyboard_moves_a_lesson_across_sections_and_stops_at_the_ends() -> None:
    start = outline_of([1, 2], [], [3])
    down = [start]
    for _ in range(5):
        down.append(nudge_lesson(down[-1], uid(1), 1))
    assert [shape(step) for step in down] == [
        [[1, 2], [], [3]],
        [[2, 1], [], [3]],
        [[2], [1], [3]],
        [[2], [], [1, 3]],
        [[2], [], [3, 1]],
        [[2], [], [3, 1]],
    ]
    for expected in reversed(down[:5]):
        assert expected in down
    up = down[4]
    for _ in range(4):
        up = nudge_lesson(up, uid(1), -1)
    assert shape(up) == shape(start)


def test_inserts_duplicates_and_removes() -> None:
    start = outline_of([1, 2], [3])
    assert shape(insert_lesson(start, uid(100), lesson(9), 1)) == [[1, 9, 2], [3]]
    assert shape(insert_lesson(start, uid(101), lesson(9))) == [[1, 2], [3, 9]]
    copied = duplicate_lesson(start, uid(1), uid(9), "Copy")
    assert shape(copied) == [[1, 9, 2], [3]]
    assert copied.lesson(uid(9)).title == "Copy"
    assert shape(remove_lesson(start, uid(1))) == [[2], [3]]
    assert shape(remove_section(start, uid(100))) == [[3]]
    assert shape(move_section(start, uid(101), 0)) == [[3], [1, 2]]
    assert shape(insert_section(start, SectionEntry(uid(200), "New"), 0)) == [[], [1, 2], [3]]


def test_refuses_what_is_not_there_or_there_already() -> None:
    start = outline_of([1])
    with pytest.raises(LessonNotFound):
        move_lesson(start, uid(7), uid(100), 0)
    with pytest.raises(SectionNotFound):
        move_lesson(start, uid(1), uid(7), 0)
    with pytest.raises(InvalidOutline):
        duplicate_lesson(start, uid(1), uid(1), "again")
    with pytest.raises(InvalidOutline):
        insert_section(start, SectionEntry(uid(100), "again"))


@given(OUTLINES, st.data())
def test_every_move_is_a_permutation(outline: Outline, data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(outline.sections))
    moved = move_section(outline, section.id, data.draw(st.integers(-2, 9)))
    if outline.lessons:
        chosen = data.draw(st.sampled_from(outline.lessons))
        moved = move_lesson(moved, chosen.id, section.id, data.draw(st.integers(-2, 9)))
        moved = nudge_lesson(moved, chosen.id, data.draw(st.sampled_from([-1, 1])))
    assert Counter(moved.lessons) == Counter(outline.lessons)
    assert {entry.id for entry in moved.sections} == {entry.id for entry in outline.sections}


@given(OUTLINES, st.randoms())
def test_reorder_takes_any_arrangement_of_exactly_what_is_there(outline: Outline, random: Random) -> None:
    lessons = [entry.id for entry in outline.lessons]
    random.shuffle(lessons)
    cut = random.randint(0, len(lessons))
    order: list[tuple[UUID, list[UUID]]] = [(entry.id, []) for entry in outline.sections]
    random.shuffle(order)
    order[0][1].extend(lessons[:cut])
    order[-1][1].extend(lessons[cut:])
    arranged = reorder(outline, order)
    assert [entry.id for entry in arranged.lessons] == lessons
    assert Counter(arranged.lessons) == Counter(outline.lessons)
    stale = [(section_id, [*ids, uid(999)]) for section_id, ids in order]
    doubled = [*order, (order[0][0], [])]
    repeated = [(section_id, [*ids, *lessons[:1]]) for section_id, ids in order]
    for wrong in (stale, doubled, order[1:], *([repeated] if lessons else [])):
        with pytest.raises(OutlineChanged):
            reorder(outline, wrong)


@given(OUTLINES, st.data())
def test_writing_the_moved_lessons_gives_the_new_outline(outline: Outline, data: st.DataObject) -> None:
    if not outline.lessons:
        return
    chosen = data.draw(st.sampled_from(outline.lessons))
    target = data.draw(st.sampled_from(outline.sections))
    after = move_lesson(outline, chosen.id, target.id, data.draw(st.integers(0, 5)))
    assert lesson_places(outline) | moved_lessons(outline, after) == lesson_places(after)
    assert moved_lessons(after, after) == {}


def test_says_what_learners_will_see_change() -> None:
    before = outline_of([1, 2], [3, 4])
    edited = replace(lesson(2), fingerprint="new", seconds=180)
    after = Outline(
        (
            SectionEntry(uid(100), "Section 0", (edited, lesson(1))),
            SectionEntry(uid(101), "Section 1", (lesson(3), lesson(5))),
        )
    )
    changes = changes_between(before, after)
    assert (changes.added, changes.removed, changes.edited) == (("Lesson 5",), ("Lesson 4",), ("Lesson 2",))
    assert (changes.rearranged, changes.seconds_before, changes.seconds_after) == (True, 240, 360)
    assert changes.count == 4
    assert changes_between(after, after).count == 0
    assert not changes_between(before, remove_lesson(before, uid(1))).rearranged


def test_courses_may_not_require_each_other() -> None:
    requires = {uid(1): {uid(2)}, uid(2): {uid(3)}}
    require_no_cycle(requires, uid(1), [uid(3)])
    require_no_cycle(requires, uid(4), [uid(1)])
    with pytest.raises(PrerequisiteCycle) as refused:
        require_no_cycle(requires, uid(3), [uid(4), uid(1)])
    assert refused.value.details["cycle"] == [str(uid(number)) for number in (3, 1, 2, 3)]
    with pytest.raises(PrerequisiteCycle):
        require_no_cycle({}, uid(1), [uid(1)])


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_adding_only_what_is_allowed_never_makes_a_cycle(edges: list[tuple[int, int]]) -> None:
    requires: dict[UUID, set[UUID]] = {}
    for number, wanted in edges:
        try:
            require_no_cycle(requires, uid(number), [uid(wanted)])
        except PrerequisiteCycle:
            continue
        requires.setdefault(uid(number), set()).add(uid(wanted))
    left = {course: set(needed) for course, needed in requires.items()}
    while left:
        free = [course for course, needed in left.items() if not needed & left.keys()]
        assert free, "every remaining course waits for another"
        for course in free:
            del left[course]


def test_paths_respect_prerequisites() -> None:
    requires = {uid(2): {uid(1)}}
    assert validate_path([uid(1), uid(2)], requires) == (uid(1), uid(2))
    for wrong in ([uid(2), uid(1)], [uid(1), uid(1)]):
        with pytest.raises(InvalidPath):
            validate_path(wrong, requires)
    assert validate_path([], requires) == ()
    with pytest.raises(InvalidPath):
        require_courses([])
    assert with_course([uid(2), uid(3)], uid(1), requires) == (uid(1), uid(2), uid(3))
    assert with_course([uid(2)], uid(3), requires) == with_course([uid(2), uid(3)], uid(3), requires)
    assert moved([uid(1), uid(2), uid(3)], uid(3), -1) == (uid(1), uid(3), uid(2))
    assert moved([uid(1), uid(2)], uid(2), 1) == (uid(1), uid(2))
    assert next_in_path([uid(1), uid(2)], {uid(1)}) == uid(2)
    assert next_in_path([uid(1)], {uid(1)}) is None
    assert unmet([uid(1), uid(2), uid(3)], {uid(2)}) == (uid(1), uid(3))
