"""The one lease of a deployment, where the store that gives it does not answer for a moment."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import timedelta

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.port import StoreGone
from scholr.platform.cache.region import Region
from scholr.platform.cache.valkey import ValkeyStore
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency
from scholr.platform.valkey import open_valkey
from tests.support.clock import MovableClock
from tests.support.valkey import RunningValkey

TENANT = TenantId(new_id())
NUMBERS: Region[int] = Region(name="lease.numbers", holds=int, fresh=10, stale=10, rescue=100)


class WithoutLeases(ValkeyStore):
    """Reads and writes; whoever asks for a lease hears nothing."""

    asked = 0
    is_silent = True

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        self.asked += 1
        if self.is_silent:
            raise StoreGone("no answer")
        return await super().lease(key, holder, seconds)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("did not come about within five seconds")


async def test_what_may_still_be_shown_is_not_loaded_without_the_lease(
    valkey: RunningValkey, clock: MovableClock
) -> None:
    """Or else each process of the deployment would load it in the same busy moment."""
    store = WithoutLeases(open_valkey(valkey.url), Guard(Dependency.CACHE), prefix=f"{secrets.token_hex(4)}:")
    cache, loads = Cache(clock, store), 0

    async def load() -> int:
        nonlocal loads
        loads += 1
        return loads

    try:
        assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1, "nothing is there: loaded without a lease"
        clock.advance(timedelta(seconds=11))
        asked = store.asked
        assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
        await until(lambda: store.asked > asked)
        assert (await cache.get(NUMBERS, TENANT, "k", load)).value == 1
        assert loads == 1
        store.is_silent = False
        await cache.get(NUMBERS, TENANT, "k", load)
        await until(lambda: loads == 2)
    finally:
        await cache.close()
