"""Stores to test against: memory and a real Valkey."""

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from scholr.platform.cache.memory import MemoryStore
from scholr.platform.cache.port import Store
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
