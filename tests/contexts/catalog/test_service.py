"""Courses, their outline and their publishing, through the use cases."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import (
    CourseArchived,
    CourseChanged,
    CourseNotFound,
    LessonChanged,
    LessonNotFound,
    OutlineChanged,
)
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden
from scholr.platform.db.statement import statement
from scholr.platform.runtime import Platform
from tests.contexts.catalog.courses import Course, make_course, paragraph
from tests.support.clock import MovableClock
from tests.support.school import School


@pytest.fixture
async def course(platform: Platform, school: School) -> Course:
    """Two sections; the first holds the lessons a and b, the second c."""
    return await make_course(platform, await school.person(Role.INSTRUCTOR))


async def test_what_is_published_is_what_learners_get(platform: Platform, school: School, course: Course) -> None:
    await course.write("a", "Hello")
    done = await catalog.publish_course(platform, course.author, course_id=course.id)
    assert (done.version, done.created) == (1, True)
    async with platform.db.read(school.tenant_id) as rx:
        outline = await catalog.outline(rx, course.id)
        lesson = await catalog.lesson_content(rx, course.lesson("a"))
        assert await catalog.lesson_ids(rx, course.id) == course.lesson_ids("a", "b", "c")
    assert [[entry.title for entry in section.lessons] for section in outline.sections] == [["a", "b"], ["c"]]
    assert [catalog.block_text(block) for block in lesson.blocks] == ["Hello"]
    assert (lesson.version, lesson.course_id, lesson.minutes) == (1, course.id, 1)


async def test_publishing_the_same_draft_again_makes_no_version(platform: Platform, course: Course) -> None:
    first = await catalog.publish_course(platform, course.author, course_id=course.id)
    again = await catalog.publish_course(platform, course.author, course_id=course.id)
    assert (first.version, again.version, again.created) == (1, 1, False)


async def test_many_who_publish_at_once_make_one_version_and_one_event(platform: Platform, course: Course) -> None:
    done = await asyncio.gather(
        *(catalog.publish_course(platform, course.author, course_id=course.id) for _ in range(12))
    )
    assert {each.version for each in done} == {1}
    assert sum(each.created for each in done) == 1
    assert await course.events("catalog.course_published") == 1


async def test_an_edit_waits_for_publishing_and_lesson_ids_stay(
    platform: Platform, school: School, course: Course
) -> None:
    await course.write("a", "First")
    await catalog.publish_course(platform, course.author, course_id=course.id)
    await course.write("a", "Second")
    async with platform.db.read(school.tenant_id) as rx:
        shown = await catalog.lesson_content(rx, course.lesson("a"))
        before = await catalog.lesson_ids(rx, course.id)
        pending = await catalog.pending_changes(rx, await catalog.require_draft(rx, course.id))
    assert catalog.blocks_text(shown.blocks) == "First"
    assert (pending.count, pending.outline.edited) == (1, ("a",))
    assert (await catalog.publish_course(platform, course.author, course_id=course.id)).version == 2
    async with platform.db.read(school.tenant_id) as rx:
        shown = await catalog.lesson_content(rx, course.lesson("a"))
        assert await catalog.lesson_ids(rx, course.id) == before
    assert (catalog.blocks_text(shown.blocks), shown.version) == ("Second", 2)


async def test_a_draft_is_nothing_to_learners(platform: Platform, school: School, course: Course) -> None:
    learner = await school.person(Role.LEARNER)
    async with platform.db.read(school.tenant_id) as rx:
        with pytest.raises(CourseNotFound):
            await catalog.access_course(rx, learner, course.id)
        with pytest.raises(LessonNotFound):
            await catalog.lesson_content(rx, course.lesson("a"))
        assert (await catalog.outline(rx, course.id)).sections == ()
    assert (await catalog.courses_page(platform, learner, cursor=None, limit=10)).items == []
    assert len((await catalog.courses_page(platform, course.author, cursor=None, limit=10)).items) == 1


async def test_learners_may_not_write(platform: Platform, school: School, course: Course) -> None:
    learner = await school.person(Role.LEARNER)
    with pytest.raises(Forbidden):
        await catalog.create_course(platform, learner, title="Mine")
    with pytest.raises(Forbidden):
        await catalog.publish_course(platform, learner, course_id=course.id)


async def test_an_archived_course_leaves_the_catalogue_and_comes_back_published(
    platform: Platform, school: School, course: Course
) -> None:
    learner = await school.person(Role.LEARNER)
    await catalog.publish_course(platform, course.author, course_id=course.id)
    for _ in range(2):
        archived = await catalog.archive_course(platform, course.author, course_id=course.id)
    assert archived.status is catalog.CourseStatus.ARCHIVED
    assert (await catalog.courses_page(platform, learner, cursor=None, limit=10)).items == []
    with pytest.raises(CourseArchived):
        await course.write("a", "Too late")
    async with platform.db.read(school.tenant_id) as rx:
        assert len(await catalog.lesson_ids(rx, course.id)) == 3
    restored = await catalog.restore_course(platform, course.author, course_id=course.id)
    assert restored.status is catalog.CourseStatus.PUBLISHED
    assert await course.events("catalog.course_archived") == 1


async def test_a_course_that_was_never_published_comes_back_as_a_draft(platform: Platform, course: Course) -> None:
    await catalog.archive_course(platform, course.author, course_id=course.id)
    restored = await catalog.restore_course(platform, course.author, course_id=course.id)
    assert restored.status is catalog.CourseStatus.DRAFT


async def test_a_copy_has_the_content_under_ids_of_its_own(platform: Platform, school: School, course: Course) -> None:
    await course.write("b", "Copied")
    copy = await catalog.duplicate_course(platform, course.author, course_id=course.id)
    async with platform.db.read(school.tenant_id) as rx:
        outline = await catalog.draft_outline(rx, copy.id)
        lesson = await catalog.require_lesson_draft(rx, outline.lessons[1].id)
    assert [entry.title for entry in outline.lessons] == ["a", "b", "c"]
    assert not {entry.id for entry in outline.lessons} & set(course.lessons.values())
    assert catalog.blocks_text(lesson.blocks) == "Copied"
    assert copy.status is catalog.CourseStatus.DRAFT


async def test_an_order_has_to_be_a_permutation(platform: Platform, school: School, course: Course) -> None:
    a, b, c = course.lesson_ids("a", "b", "c")
    one, two = course.sections
    after = await catalog.arrange(platform, course.author, course_id=course.id, order=[(two, [c, a]), (one, [b])])
    assert [entry.title for entry in after.lessons] == ["c", "a", "b"]
    async with platform.db.read(school.tenant_id) as rx:
        assert await catalog.draft_outline(rx, course.id) == after
    for wrong in ([(two, [c, a])], [(one, [a, b]), (two, [c, c])], [(one, [a]), (two, [c])]):
        with pytest.raises(OutlineChanged):
            await catalog.arrange(platform, course.author, course_id=course.id, order=wrong)


async def test_lessons_move_by_single_steps_past_a_sections_edge(
    platform: Platform, school: School, course: Course
) -> None:
    await catalog.nudge_lesson(platform, course.author, lesson_id=course.lesson("b"), step=1)
    await catalog.nudge_section(platform, course.author, section_id=course.sections[1], step=-1)
    async with platform.db.read(school.tenant_id) as rx:
        outline = await catalog.draft_outline(rx, course.id)
    assert [[entry.title for entry in section.lessons] for section in outline.sections] == [["b", "c"], ["a"]]


async def test_concurrent_additions_are_all_kept_in_distinct_places(
    platform: Platform, school: School, course: Course
) -> None:
    section = course.sections[0]
    await asyncio.gather(
        *(catalog.add_lesson(platform, course.author, section_id=section, title=f"n{n}") for n in range(8))
    )
    async with platform.db.read(school.tenant_id) as rx:
        outline = await catalog.draft_outline(rx, course.id)
    assert len(outline.section(section).lessons) == 10


async def test_a_removed_section_comes_back_with_what_went_with_it(
    platform: Platform, school: School, course: Course
) -> None:
    await catalog.remove_lesson(platform, course.author, lesson_id=course.lesson("a"))
    for _ in range(2):
        await catalog.remove_section(platform, course.author, section_id=course.sections[0])
    async with platform.db.read(school.tenant_id) as rx:
        assert [entry.title for entry in (await catalog.draft_outline(rx, course.id)).lessons] == ["c"]
    await catalog.restore_section(platform, course.author, section_id=course.sections[0])
    async with platform.db.read(school.tenant_id) as rx:
        assert [entry.title for entry in (await catalog.draft_outline(rx, course.id)).lessons] == ["b", "c"]
    await catalog.restore_lesson(platform, course.author, lesson_id=course.lesson("a"))
    async with platform.db.read(school.tenant_id) as rx:
        assert [entry.title for entry in (await catalog.draft_outline(rx, course.id)).lessons] == ["a", "b", "c"]


async def test_a_removed_lesson_stays_published_until_the_next_publishing(
    platform: Platform, school: School, course: Course
) -> None:
    await catalog.publish_course(platform, course.author, course_id=course.id)
    await catalog.remove_lesson(platform, course.author, lesson_id=course.lesson("c"))
    async with platform.db.read(school.tenant_id) as rx:
        await catalog.lesson_content(rx, course.lesson("c"))
    await catalog.publish_course(platform, course.author, course_id=course.id)
    async with platform.db.read(school.tenant_id) as rx:
        with pytest.raises(LessonNotFound):
            await catalog.lesson_content(rx, course.lesson("c"))


async def test_who_saves_over_a_newer_lesson_is_given_that_state(course: Course) -> None:
    saved = await course.write("a", "Mine", expected=1)
    with pytest.raises(LessonChanged) as refused:
        await course.write("a", "Yours", expected=1)
    current = refused.value.details["current"]
    assert isinstance(current, dict)
    assert current["version"] == saved.version
    assert current["blocks"][0]["html"] == "<p>Mine</p>"
    assert (await course.write("a", "Yours", expected=saved.version)).version == saved.version + 1


async def test_saving_the_same_again_changes_nothing(course: Course) -> None:
    first = await course.write("a", "Once", block_id="p1")
    again = await course.write("a", "Once", block_id="p1")
    assert first.version == again.version


async def test_who_describes_over_a_newer_course_is_told(platform: Platform, course: Course) -> None:
    changes = catalog.CourseChanges(title="New", outcomes=("Do this", ""), subject="Statistics", language="pt-BR")
    async with platform.db.read(course.author.tenant_id) as rx:
        seen = (await catalog.require_draft(rx, course.id)).revision
    draft = await catalog.update_course(platform, course.author, course_id=course.id, changes=changes, expected=seen)
    assert (draft.title, draft.outcomes, draft.subject, draft.language) == ("New", ("Do this",), "Statistics", "pt-BR")
    with pytest.raises(CourseChanged):
        await catalog.update_course(platform, course.author, course_id=course.id, changes=changes, expected=seen)


async def test_an_earlier_state_of_a_lesson_can_be_taken_back(
    platform: Platform, school: School, course: Course
) -> None:
    await course.write("a", "First")
    other = await school.person(Role.INSTRUCTOR)
    await catalog.save_lesson(
        platform, other, lesson_id=course.lesson("a"), changes=catalog.LessonChanges(blocks=[paragraph("Second")])
    )
    async with platform.db.read(school.tenant_id) as rx:
        history = await catalog.lesson_history(rx, course.lesson("a"))
    assert [line.saved_by for line in history] == [other.membership_id, course.author.membership_id]
    restored = await catalog.restore_revision(
        platform, course.author, lesson_id=course.lesson("a"), revision_id=history[1].id
    )
    assert catalog.blocks_text(restored.blocks) == "First"
    async with platform.db.read(school.tenant_id) as rx:
        assert len(await catalog.lesson_history(rx, course.lesson("a"))) == 3


async def test_nothing_of_another_school_is_found(platform: Platform, other_school: School, course: Course) -> None:
    await catalog.publish_course(platform, course.author, course_id=course.id)
    stranger = other_school.owner
    async with platform.db.read(other_school.tenant_id) as rx:
        assert await catalog.course(rx, course.id) is None
        assert await catalog.list_courses(rx, [course.id]) == {}
        with pytest.raises(LessonNotFound):
            await catalog.lesson_content(rx, course.lesson("a"))
    with pytest.raises(CourseNotFound):
        await catalog.publish_course(platform, stranger, course_id=course.id)
    with pytest.raises(LessonNotFound):
        await catalog.save_lesson(
            platform, stranger, lesson_id=course.lesson("a"), changes=catalog.LessonChanges(title="Mine")
        )


async def test_a_version_can_be_neither_changed_nor_deleted_by_the_application(
    platform: Platform, school: School, course: Course
) -> None:
    await catalog.publish_course(platform, course.author, course_id=course.id)
    for sql in (
        "update catalog_version set title = 'x' where tenant_id = $1",
        "delete from catalog_version where tenant_id = $1",
        "update catalog_version_lesson set title = 'x' where tenant_id = $1",
        "delete from catalog_version_lesson where tenant_id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with platform.db.write(school.tenant_id) as tx:
                await tx.execute(statement(sql))


async def test_saves_of_one_author_within_minutes_are_one_state(
    platform: Platform, school: School, course: Course, clock: MovableClock
) -> None:
    for text in ("One", "Two", "Three"):
        await course.write("a", text)
    clock.advance(timedelta(minutes=6))
    await course.write("a", "Four")
    changes = catalog.LessonChanges(blocks=[paragraph("Five")], own_state=True)
    await catalog.save_lesson(platform, course.author, lesson_id=course.lesson("a"), changes=changes)
    async with platform.db.read(school.tenant_id) as rx:
        history = await catalog.lesson_history(rx, course.lesson("a"))
        texts = [
            catalog.blocks_text((await catalog.lesson_revision(rx, course.lesson("a"), line.id))[1]) for line in history
        ]
    assert texts == ["Five", "Four", "Three"]
