"""Prerequisites have no cycle, also when two people draw at once; paths keep their order."""

import asyncio

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import CourseNotFound, InvalidPath, PathNotFound, PrerequisiteCycle
from scholr.kernel.actor import Actor, Role
from scholr.platform.runtime import Platform
from tests.support.school import School


@pytest.fixture
async def author(school: School) -> Actor:
    return await school.person(Role.INSTRUCTOR)


@pytest.fixture
async def three(platform: Platform, author: Actor) -> list[catalog.CourseId]:
    """Published courses."""
    made = [(await catalog.create_course(platform, author, title=f"Course {n}")).id for n in range(3)]
    for course_id in made:
        await catalog.publish_course(platform, author, course_id=course_id)
    return made


async def test_requirements_are_replaced_and_refuse_a_cycle(
    platform: Platform, author: Actor, three: list[catalog.CourseId]
) -> None:
    one, two, last = three
    await catalog.set_prerequisites(platform, author, course_id=two, requires=[one])
    await catalog.set_prerequisites(platform, author, course_id=last, requires=[two])
    with pytest.raises(PrerequisiteCycle):
        await catalog.set_prerequisites(platform, author, course_id=one, requires=[last])
    await catalog.set_prerequisites(platform, author, course_id=last, requires=[one])
    async with platform.db.read(author.tenant_id) as rx:
        assert [each.id for each in await catalog.prerequisites(rx, last)] == [one]


async def test_two_edges_drawn_at_once_never_close_a_cycle(
    platform: Platform, author: Actor, three: list[catalog.CourseId]
) -> None:
    one, two, _ = three
    done = await asyncio.gather(
        catalog.set_prerequisites(platform, author, course_id=one, requires=[two]),
        catalog.set_prerequisites(platform, author, course_id=two, requires=[one]),
        return_exceptions=True,
    )
    assert sum(isinstance(each, PrerequisiteCycle) for each in done) == 1


async def test_a_foreign_course_cannot_be_required(
    platform: Platform, author: Actor, other_school: School, three: list[catalog.CourseId]
) -> None:
    foreign = await catalog.create_course(platform, other_school.owner, title="Theirs")
    with pytest.raises(CourseNotFound):
        await catalog.set_prerequisites(platform, author, course_id=three[0], requires=[foreign.id])


async def test_learners_are_not_told_of_unpublished_requirements(
    platform: Platform, school: School, author: Actor, three: list[catalog.CourseId]
) -> None:
    hidden = await catalog.create_course(platform, author, title="Secret plan")
    await catalog.set_prerequisites(platform, author, course_id=three[0], requires=[hidden.id, three[1]])
    learner = await school.person(Role.LEARNER)
    async with platform.db.read(author.tenant_id) as rx:
        assert [each.id for each in await catalog.visible_prerequisites(rx, learner, three[0])] == [three[1]]
        assert len(await catalog.visible_prerequisites(rx, author, three[0])) == 2


async def test_a_path_keeps_its_order_and_is_hidden_until_published(
    platform: Platform, school: School, author: Actor, three: list[catalog.CourseId]
) -> None:
    learner = await school.person(Role.LEARNER)
    path_id = await catalog.create_path(platform, author, title="From the start")
    order = [three[2], three[0]]
    await catalog.change_path(platform, author, path_id=path_id, changes=catalog.PathChanges(course_ids=order))
    async with platform.db.read(author.tenant_id) as rx:
        with pytest.raises(PathNotFound):
            await catalog.access_path(rx, learner, path_id)
        assert await catalog.list_paths(rx, learner) == ()
    changes = catalog.PathChanges(title="From the end", published=True)
    await catalog.change_path(platform, author, path_id=path_id, changes=changes)
    await catalog.archive_course(platform, author, course_id=three[0])
    async with platform.db.read(author.tenant_id) as rx:
        path = await catalog.access_path(rx, learner, path_id)
        assert (await catalog.list_paths(rx, learner))[0].course_count == 1
        assert [each.id for each in (await catalog.access_path(rx, author, path_id)).courses] == order
    assert (path.title, [each.id for each in path.courses]) == ("From the end", [three[2]])


async def test_a_path_does_not_put_a_course_before_what_it_requires(
    platform: Platform, author: Actor, three: list[catalog.CourseId]
) -> None:
    await catalog.set_prerequisites(platform, author, course_id=three[0], requires=[three[1]])
    path_id = await catalog.create_path(platform, author, title="Wrong way round")
    with pytest.raises(InvalidPath):
        await catalog.change_path(
            platform, author, path_id=path_id, changes=catalog.PathChanges(course_ids=[three[0], three[1]])
        )
