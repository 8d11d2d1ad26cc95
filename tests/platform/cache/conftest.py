"""Stores to test against, memory and a real Valkey, and caches over them."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from scholr.platform.cache.facade import Cache
from scholr.platform.cache.loading import LoadingSettings
from scholr.platform.cache.memory import MemoryStore
from scholr.platform.cache.port import Store
from tests.platform.cache.loaders import Open
from tests.support.clock import MovableClock
from tests.support.valkey import RunningValkey, running_valkey, valkey_store


@pytest.fixture(scope="session")
def valkey() -> Iterator[RunningValkey]:
    with running_valkey() as found:
        yield found


@pytest.fixture(params=["memory", "valkey"])
async def store(request: pytest.FixtureRequest, valkey: RunningValkey) -> AsyncIterator[Store]:
    """Empty, whoever tested before."""
    if request.param == "memory":
        made: Store = MemoryStore()
    else:
        made = valkey_store(valkey, prefix=f"{secrets.token_hex(4)}:")
    yield made
    await made.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(params=["memory", "valkey"])
async def opened(request: pytest.FixtureRequest, valkey: RunningValkey, clock: MovableClock) -> AsyncIterator[Open]:
    """Opens caches as processes of one deployment do: over one Valkey, or each with its own memory."""
    prefix, caches = f"{secrets.token_hex(4)}:", []

    def make(**settings: float) -> Cache:
        shared = valkey_store(valkey, prefix=prefix) if request.param == "valkey" else None
        cache = Cache(clock, shared, LoadingSettings(**{"hold_off": 0.05, **settings}))
        caches.append(cache)
        return cache

    yield make
    for cache in caches:
        await cache.close()


@pytest.fixture
def cache(opened: Open) -> Cache:
    return opened()


@pytest.fixture
def two_processes(valkey: RunningValkey, clock: MovableClock) -> Callable[[], tuple[Cache, Cache]]:
    def make() -> tuple[Cache, Cache]:
        prefix = f"{secrets.token_hex(4)}:"
        one, two = (Cache(clock, valkey_store(valkey, prefix=prefix)) for _ in range(2))
        return one, two

    return make
