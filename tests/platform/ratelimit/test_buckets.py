"""The contract of buckets, in memory and shared through Valkey: what is full, what is empty, and what fills again."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from scholr.platform.ratelimit import buckets as module
from scholr.platform.ratelimit.buckets import Buckets, Claim
from scholr.platform.ratelimit.ledger import SharedBuckets
from scholr.platform.ratelimit.quotas import Quota, Scope
from scholr.platform.ratelimit.valkey import ValkeyLedger
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency


@pytest.fixture(params=["memory", "valkey"])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    if request.param == "memory":
        found = Buckets()
    else:
        ledger = ValkeyLedger(request.getfixturevalue("valkey_url"))
        found = SharedBuckets(ledger, Guard(Dependency.CACHE), interval=0.01)
    yield found
    await found.close()


def claim(rate: float = 1.0, burst: int = 10, scope: Scope = Scope.TENANT) -> Claim:
    return Claim(scope, f"{scope}:{secrets.token_hex(8)}", Quota(rate, burst))


async def test_as_much_as_the_bucket_holds_passes_and_no_more(buckets: Buckets) -> None:
    one = claim(burst=10)
    assert [bool(buckets.take([one], 1).violated) for _ in range(12)] == [False] * 10 + [True] * 2
    await buckets.settle()
    assert buckets.take([one], 1).violated == (Scope.TENANT,)


async def test_costly_requests_take_more(buckets: Buckets) -> None:
    one = claim(burst=10)
    assert not buckets.take([one], 7).violated
    assert buckets.take([one], 4).violated
    assert not buckets.take([one], 3).violated


async def test_a_bucket_fills_again_at_its_rate(buckets: Buckets) -> None:
    one = claim(rate=20, burst=10)
    while not buckets.take([one], 1).violated:
        await buckets.settle()
    refused = buckets.take([one], 2)
    assert 0 < refused.wait <= 2 / 20 + 0.01
    await asyncio.sleep(refused.wait + 0.02)
    await buckets.settle()
    assert not buckets.take([one], 2).violated


async def test_a_refusal_takes_from_none_of_the_buckets(buckets: Buckets) -> None:
    tenant, person = claim(burst=100), claim(burst=10, scope=Scope.PERSON)
    for _ in range(50):
        buckets.take([tenant, person], 1)
    await buckets.settle()
    verdict = buckets.take([tenant, person], 1)
    assert verdict.violated == (Scope.PERSON,)
    assert verdict.debts[0] == pytest.approx(10, abs=0.5), "ten passed, so ten were taken from the organisation"


async def test_buckets_do_not_know_each_other(buckets: Buckets) -> None:
    one, other = claim(burst=5), claim(burst=5)
    buckets.take([one], 5)
    await buckets.settle()
    assert buckets.take([one], 1).violated
    assert not buckets.take([other], 5).violated


async def test_memory_is_bounded_and_full_buckets_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BUCKETS", 100)
    now = 0.0
    buckets = Buckets(lambda: now)
    spender = claim(rate=1, burst=1000)
    buckets.take([spender], 1000)
    for _ in range(500):
        now += 0.5
        buckets.take([claim(rate=10, burst=10)], 1)
    assert buckets.count <= 101
    assert buckets.take([spender], 900).violated, "who owes most is remembered"
