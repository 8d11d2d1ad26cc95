"""What is kept of the catalogue: true within its time, at once for authors, for both of two processes, per tenant."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.errors import CourseNotFound
from scholr.contexts.catalog.queries import kept
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import new_id
from scholr.platform.cache.facade import Cache
from scholr.platform.runtime import Platform
from tests.contexts.catalog.courses import make_course
from tests.support.clock import MovableClock
from tests.support.school import School
from tests.support.statements import counted_statements

WITHIN_SECONDS = 2.0
PLAIN = catalog.CatalogueQuery()


async def published(platform: Platform, author: Actor, title: str) -> catalog.CourseId:
    course = await make_course(platform, author, title=title)
    await catalog.publish_course(platform, author, course_id=course.id)
    return course.id


async def titles(platform: Platform, actor: Actor) -> list[str]:
    return [each.title for each in (await catalog.catalogue_shelf(platform, actor, PLAIN)).sure.courses]


@pytest.fixture
async def author(school: School) -> Actor:
    return await school.person(Role.INSTRUCTOR)


@pytest.fixture
async def learner(school: School) -> Actor:
    return await school.person()


@asynccontextmanager
async def another_process(platform: Platform, clock: MovableClock) -> AsyncIterator[Platform]:
    """The same database, a memory of its own, and an ear."""
    other = Platform(
        db=type(platform.db)(platform.db.settings),
        clock=clock,
        http=platform.http,
        keys=platform.keys,
        storage=platform.storage,
        cache=Cache(clock),
    )
    hearing = asyncio.create_task(other.cache.listen(platform.db.settings.dsn))
    await asyncio.sleep(0.3)
    try:
        yield other
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await other.close()


async def until(happens: Callable[[], Awaitable[bool]], seconds: float) -> float:
    begun = time.monotonic()
    while not await happens():
        assert time.monotonic() - begun < seconds
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def test_a_second_learner_asks_the_database_nothing(platform: Platform, school: School, author: Actor) -> None:
    await published(platform, author, "Survival Analysis")
    one, two = await school.person(), await school.person()
    assert await titles(platform, one) == ["Survival Analysis"]
    with counted_statements() as sent:
        assert await titles(platform, two) == ["Survival Analysis"]
    assert sent == []


async def test_learners_of_this_process_see_what_was_published_at_once(
    platform: Platform, author: Actor, learner: Actor
) -> None:
    first = await published(platform, author, "Survival Analysis")
    assert await titles(platform, learner) == ["Survival Analysis"]
    await published(platform, author, "Maps for Health")
    assert await titles(platform, learner) == ["Maps for Health", "Survival Analysis"]
    await catalog.archive_course(platform, author, course_id=first)
    assert await titles(platform, learner) == ["Maps for Health"]
    with pytest.raises(CourseNotFound):
        await kept.visible_face(platform, learner, first)
    await catalog.restore_course(platform, author, course_id=first)
    assert (await kept.visible_face(platform, learner, first)).sure.front.course.is_published


async def test_another_process_hears_of_it_without_a_shared_store(
    platform: Platform, author: Actor, learner: Actor, clock: MovableClock
) -> None:
    """The clock stands still: nothing here expires by itself."""
    await published(platform, author, "Survival Analysis")
    async with another_process(platform, clock) as other:
        assert await titles(other, learner) == ["Survival Analysis"]
        await published(platform, author, "Maps for Health")

        async def seen() -> bool:
            return await titles(other, learner) == ["Maps for Health", "Survival Analysis"]

        await until(seen, WITHIN_SECONDS)
        assert await seen()


async def test_a_process_that_does_not_hear_is_right_again_after_the_stated_time(
    platform: Platform, author: Actor, learner: Actor, clock: MovableClock
) -> None:
    await published(platform, author, "Survival Analysis")
    deaf = Platform(platform.db, clock, platform.http, platform.keys, storage=platform.storage, cache=Cache(clock))
    await titles(deaf, learner)
    await published(platform, author, "Maps for Health")
    clock.advance(timedelta(seconds=kept.FRESH + kept.STALE + 0.1))
    assert await titles(deaf, learner) == ["Maps for Health", "Survival Analysis"]


async def test_what_was_said_while_nobody_listened_is_loaded_again(
    platform: Platform, author: Actor, learner: Actor, clock: MovableClock
) -> None:
    await published(platform, author, "Survival Analysis")
    deaf = Platform(platform.db, clock, platform.http, platform.keys, storage=platform.storage, cache=Cache(clock))
    assert await titles(deaf, learner) == ["Survival Analysis"]
    await published(platform, author, "Maps for Health")
    assert await titles(deaf, learner) == ["Survival Analysis"]
    hearing = asyncio.create_task(deaf.cache.listen(platform.db.settings.dsn))

    async def seen() -> bool:
        return len(await titles(deaf, learner)) == 2

    await until(seen, WITHIN_SECONDS)
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)


async def test_an_author_sees_it_at_once_even_where_nobody_has_heard(
    platform: Platform, author: Actor, learner: Actor, clock: MovableClock
) -> None:
    await published(platform, author, "Survival Analysis")
    deaf = Platform(platform.db, clock, platform.http, platform.keys, storage=platform.storage, cache=Cache(clock))
    await titles(deaf, learner)
    course = await published(platform, author, "Maps for Health")
    assert await titles(deaf, author) == ["Maps for Health", "Survival Analysis"]
    await catalog.update_course(platform, author, course_id=course, changes=catalog.CourseChanges(title="Maps"))
    await catalog.publish_course(platform, author, course_id=course)
    assert (await catalog.course_face(deaf, author, course)).sure.front.course.title == "Maps"


async def test_what_was_rolled_back_is_not_announced(platform: Platform, author: Actor, learner: Actor) -> None:
    await published(platform, author, "Survival Analysis")
    await titles(platform, learner)
    with pytest.raises(ZeroDivisionError):
        async with platform.db.write(author.tenant_id) as tx:
            await kept.changed(platform, tx)
            raise ZeroDivisionError
    with counted_statements() as sent:
        await titles(platform, learner)
    assert sent == []


async def test_paths_and_what_comes_before_are_as_new_as_courses(
    platform: Platform, author: Actor, learner: Actor
) -> None:
    first, then = await published(platform, author, "First"), await published(platform, author, "Then")
    assert (await catalog.course_face(platform, learner, then)).sure.front.requires == ()
    await catalog.set_prerequisites(platform, author, course_id=then, requires=[first])
    assert [each.title for each in (await catalog.course_face(platform, learner, then)).sure.front.requires] == [
        "First"
    ]
    await catalog.catalogue_shelf(platform, learner, PLAIN)
    path = await catalog.create_path(platform, author, title="All of it")
    await catalog.add_to_path(platform, author, path_id=path, course_id=first)
    await catalog.change_path(platform, author, path_id=path, changes=catalog.PathChanges(published=True))
    shelf = (await catalog.catalogue_shelf(platform, learner, PLAIN)).sure
    assert [(each.title, each.course_count) for each in shelf.paths] == [("All of it", 1)]
    await catalog.add_to_path(platform, author, path_id=path, course_id=then)
    assert (await catalog.catalogue_shelf(platform, learner, PLAIN)).sure.paths[0].course_count == 2


async def test_one_organisation_never_sees_what_another_has_kept(
    platform: Platform, school: School, other_school: School
) -> None:
    mine, theirs = await school.person(Role.INSTRUCTOR), await other_school.person(Role.INSTRUCTOR)
    course = await published(platform, mine, "Ours")
    await published(platform, theirs, "Theirs")
    here, there = await school.person(), await other_school.person()
    assert (await titles(platform, here), await titles(platform, there)) == (["Ours"], ["Theirs"])
    await catalog.course_face(platform, here, course)
    with pytest.raises(CourseNotFound):
        await catalog.course_face(platform, there, course)


async def test_a_course_that_is_not_there_is_asked_for_once(platform: Platform, learner: Actor) -> None:
    nothing = catalog.CourseId(new_id())
    with pytest.raises(CourseNotFound):
        await catalog.course_face(platform, learner, nothing)
    with counted_statements() as sent, pytest.raises(CourseNotFound):
        await catalog.course_face(platform, learner, nothing)
    assert sent == []
