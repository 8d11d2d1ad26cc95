"""After a change nobody is shown what was before it, except in an outage."""

import asyncio

from scholr.platform.cache.facade import Cache
from scholr.platform.db.errors import DatabaseUnreachable
from tests.platform.cache.loaders import NUMBERS, OTHER, TENANT, Counter


async def test_a_tag_reaches_every_value_under_it_in_its_tenant_only(cache: Cache) -> None:
    load, other = Counter(), Counter()
    for key in ("a", "b"):
        await cache.get(NUMBERS, TENANT, key, load, tags=("t",))
    await cache.get(NUMBERS, TENANT, "c", load, tags=("another",))
    await cache.get(NUMBERS, OTHER, "a", other, tags=("t",))
    await cache.drop(TENANT, "t")
    assert [(await cache.get(NUMBERS, TENANT, key, load, tags=("t",))).value for key in ("a", "b")] == [4, 5]
    assert (await cache.get(NUMBERS, TENANT, "c", load, tags=("another",))).value == 3
    assert (await cache.get(NUMBERS, OTHER, "a", other, tags=("t",))).value == 1


async def test_a_load_that_began_before_the_change_is_neither_joined_nor_kept(cache: Cache) -> None:
    early, late = Counter(slow=0.2), Counter()
    late.calls = 10
    before = asyncio.create_task(cache.get(NUMBERS, TENANT, "k", early, tags=("t",)))
    await asyncio.sleep(0.05)
    await cache.drop(TENANT, "t")
    after = asyncio.create_task(cache.get(NUMBERS, TENANT, "k", late, tags=("t",)))
    assert (await before).value == 1
    assert (await after).value == 11
    assert (await cache.get(NUMBERS, TENANT, "k", late, tags=("t",))).value == 11


async def test_what_was_changed_is_shown_again_only_during_an_outage(cache: Cache) -> None:
    load = Counter()
    await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))
    await cache.drop(TENANT, "t")
    load.error = DatabaseUnreachable()
    found = await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))
    assert (found.value, found.is_rescued) == (1, True)


async def test_whoever_needs_the_newest_always_loads_and_the_others_get_it_too(cache: Cache) -> None:
    load = Counter()
    assert (await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == 1
    assert (await cache.get_fresh(NUMBERS, TENANT, "k", load, tags=("t",))).value == 2
    assert (await cache.get(NUMBERS, TENANT, "k", load, tags=("t",))).value == 2
    load.error = DatabaseUnreachable()
    assert (await cache.get_fresh(NUMBERS, TENANT, "k", load, tags=("t",))).is_rescued
