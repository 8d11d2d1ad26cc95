"""Who answers a search, and what is shown when nobody does."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from scholr.contexts.catalog import facade as catalog
from scholr.contexts.catalog.facade import SearchSource
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import TenantId
from scholr.platform.resilience.breaker import BreakerState
from scholr.platform.resilience.guard import Guards
from scholr.platform.resilience.policy import POLICIES, Dependency
from scholr.platform.runtime import Platform
from scholr.platform.search.http_engine import HttpSearchEngine
from scholr.platform.search.port import SearchUnavailable
from tests.contexts.catalog.courses import make_course
from tests.support.accounts import account, browser
from tests.support.school import School
from tests.support.search_engine import RunningEngine, search_engine


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    with search_engine() as running:
        yield running


@pytest.fixture
async def author(school: School) -> Actor:
    return await school.person(Role.INSTRUCTOR)


class DeadEngine:
    def __init__(self) -> None:
        self.asked = 0

    async def courses(self, _tenant_id: TenantId, _text: str, _most: int, /) -> Sequence[UUID]:
        self.asked += 1
        raise SearchUnavailable

    async def close(self) -> None:
        pass


async def published(platform: Platform, author: Actor, title: str) -> catalog.CourseId:
    course = await make_course(platform, author, title=title)
    await catalog.publish_course(platform, author, course_id=course.id)
    return course.id


@pytest.fixture
async def outside(platform: Platform, engine: RunningEngine) -> AsyncIterator[Platform]:
    """The platform with the engine, which holds nothing yet and answers at once."""
    engine.hold({})
    engine.delay(0)
    client = HttpSearchEngine(engine.url)
    yield replace(platform, search=client, guards=Guards())
    await client.close()


async def test_the_engine_answers_where_there_is_one(outside: Platform, school: School, engine: RunningEngine) -> None:
    course = UUID(int=7)
    engine.hold({str(school.tenant_id): {str(course): "Survival Analysis"}, "other": {str(UUID(int=8)): "Survival"}})

    found = await catalog.find(outside, school.tenant_id, "survival")

    assert (found.ids, found.source, found.degraded) == ([course], SearchSource.ENGINE, False)


async def test_without_an_engine_the_database_finds_words(platform: Platform, school: School, author: Actor) -> None:
    course = await published(platform, author, "Survival Analysis")

    found = await catalog.find(platform, school.tenant_id, "analysis survival")

    assert (found.ids, found.source, found.degraded) == ([course], SearchSource.KEYWORDS, False)


@pytest.mark.parametrize("delay", [2.0, float("inf")])
async def test_a_slow_engine_is_answered_for_by_the_database_in_its_time(
    outside: Platform, school: School, author: Actor, engine: RunningEngine, delay: float
) -> None:
    course = await published(outside, author, "Survival Analysis")
    engine.delay(delay)
    began = asyncio.get_running_loop().time()

    found = await catalog.find(outside, school.tenant_id, "survival")

    policy = POLICIES[Dependency.SEARCH]
    assert policy.retry is not None
    assert asyncio.get_running_loop().time() - began < policy.retry.attempts * policy.timeout + 1.0
    assert (found.ids, found.source, found.degraded) == ([course], SearchSource.KEYWORDS, True)


async def test_an_engine_that_fails_is_soon_not_asked_any_more(platform: Platform, school: School) -> None:
    dead = DeadEngine()
    outside = replace(platform, search=dead, guards=Guards())

    for _ in range(20):
        assert (await catalog.find(outside, school.tenant_id, "x")).source is SearchSource.KEYWORDS

    assert outside.guards[Dependency.SEARCH].snapshot().breaker is BreakerState.OPEN
    assert dead.asked < 10


def nothing_searches(platform: Platform) -> Platform:
    crowded = Guards({**POLICIES, Dependency.KEYWORD_SEARCH: replace(POLICIES[Dependency.KEYWORD_SEARCH], timeout=0.0)})
    return replace(platform, search=DeadEngine(), guards=crowded)


async def test_what_most_people_take_up_is_shown_when_nothing_can_search(
    platform: Platform, school: School, author: Actor
) -> None:
    await published(platform, author, "Survival Analysis")
    outside = nothing_searches(platform)

    found = await catalog.find(outside, school.tenant_id, "pottery")
    async with browser(outside, await account(school)) as client:
        page = await client.get("/catalogue?q=pottery")

    assert (found.ids, found.source, found.degraded) == ((), SearchSource.POPULAR, True)
    assert page.status_code == 200
    assert "that most people take up" in page.text


async def test_what_most_people_take_up_is_kept_for_when_the_database_is_gone(
    platform: Platform, school: School, other_school: School, author: Actor
) -> None:
    """Each organisation's own, and loaded by a search that could still be answered."""
    wanted = [await published(platform, author, "Survival Analysis")]

    async def popular() -> Sequence[UUID]:
        return wanted

    async def gone() -> Sequence[UUID]:
        raise SearchUnavailable

    learner, stranger = await school.person(Role.LEARNER), await other_school.person(Role.LEARNER)
    await catalog.popular_shelf(platform, learner, popular)
    await platform.cache.drop(school.tenant_id, "catalogue")  # what is kept may no longer be shown unasked
    kept = await catalog.popular_shelf(platform, learner, gone)

    assert kept.is_rescued
    assert [each.title for each in kept.sure.courses] == ["Survival Analysis"]
    with pytest.raises(SearchUnavailable):
        await catalog.popular_shelf(platform, stranger, gone)


async def test_a_waiting_search_holds_no_connection(outside: Platform, school: School, engine: RunningEngine) -> None:
    """The pool has five; ten people wait for an engine that hangs, and a page is served meanwhile."""
    engine.delay(float("inf"))
    waiting = [asyncio.create_task(catalog.find(outside, school.tenant_id, "x")) for _ in range(10)]
    await asyncio.sleep(0.05)

    async with asyncio.timeout(0.25), outside.db.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval("select 1") == 1

    await asyncio.gather(*waiting)


async def test_an_engine_cannot_show_what_is_not_published_or_not_ours(
    outside: Platform, school: School, other_school: School, author: Actor, engine: RunningEngine
) -> None:
    foreign_author = await other_school.person(Role.INSTRUCTOR)
    foreign = await published(outside, foreign_author, "Foreign secret")
    draft = (await make_course(outside, author, title="Draft secret")).id
    course = await published(outside, author, "Open secret")
    engine.hold({str(school.tenant_id): {str(each): "secret" for each in (foreign, draft, course)}})

    async with browser(outside, await account(school)) as client:
        page = (await client.get("/catalogue?q=secret")).text

    assert "Open secret" in page
    assert "Foreign secret" not in page
    assert "Draft secret" not in page


async def test_the_page_says_when_the_search_was_not_the_full_one(
    platform: Platform, school: School, author: Actor
) -> None:
    await published(platform, author, "Survival Analysis")
    outside = replace(platform, search=DeadEngine(), guards=Guards())

    async with browser(outside, await account(school)) as client:
        page = (await client.get("/catalogue?q=survival")).text

    assert "Survival Analysis" in page
    assert "the full search is away for a moment" in page
