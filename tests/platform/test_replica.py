"""Reads from a real streaming replica: near enough, or from the primary; and nobody sees the difference."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import select

from scholr.contexts.identity.tables import MembershipRow
from scholr.kernel.ids import TenantId
from scholr.platform.db.database import Database
from scholr.platform.db.embedded_process import any_free_port
from scholr.platform.db.errors import DatabaseUnreachable
from scholr.platform.db.replica import Replica, ReplicaView
from scholr.platform.db.settings import DatabaseSettings, ReplicaSettings
from scholr.platform.db.standing import Standing
from scholr.platform.db.unit import ReadUnit
from scholr.platform.mail import send_mail
from scholr.platform.resilience.breaker import BreakerState
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import POLICIES, Dependency, Policy
from tests.support.replica import Pair, until
from tests.support.school import School

PAUSE = 0.4
"""Seconds after which the breaker asks again; the policy's own would only make the tests longer."""


def _policy() -> Policy:
    policy = POLICIES[Dependency.REPLICA]
    return replace(policy, breaker=replace(policy.breaker, pause=PAUSE))


@dataclass(slots=True)
class Reader:
    """A database with a replica beside it; every read looks how far that is."""

    db: Database
    guard: Guard

    @property
    def view(self) -> ReplicaView:
        assert self.db.replica is not None
        return self.db.replica.snapshot()

    async def is_on_replica(self, tenant_id: TenantId | None = None) -> bool:
        return bool(await self.db.read_anywhere(tenant_id, _is_standby))


@asynccontextmanager
async def reader(
    pair: Pair, dsn: str = "", *, most_lag: float = 5.0, policy: Policy | None = None, primary: str = ""
) -> AsyncIterator[Reader]:
    guard = Guard(Dependency.REPLICA, policy or _policy())
    settings = ReplicaSettings.at(dsn or pair.replica_app, most_lag=most_lag)
    beside = Replica(replace(settings, measure_every=0.0), guard)
    db = Database(DatabaseSettings(primary or pair.database.app, pool_size=4), replica=beside)
    try:
        yield Reader(db, guard)
    finally:
        await db.close()


async def _is_standby(rx: ReadUnit) -> bool:
    return bool(await rx.raw.fetchval("select pg_is_in_recovery()"))


async def _letters(rx: ReadUnit) -> list[str]:
    return [row["subject"] for row in await rx.raw.fetch("select subject from platform_mail order by id")]


async def _write(db: Database, tenant_id: TenantId, subject: str) -> None:
    async with db.write(tenant_id) as tx:
        await send_mail(tx, to="a@example.org", subject=subject, text="x")


async def _is_paused(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    return bool(await connection.fetchval("select pg_get_wal_replay_pause_state() = 'paused'"))


@asynccontextmanager
async def _paused_replay(pair: Pair) -> AsyncIterator[None]:
    connection = await asyncpg.connect(pair.replica_admin)
    try:
        await connection.execute("select pg_wal_replay_pause()")
        await until(lambda: _is_paused(connection))
        yield
    finally:
        await connection.execute("select pg_wal_replay_resume()")
        await connection.close()


async def test_what_may_be_stale_is_read_from_the_replica_and_nothing_else(pair: Pair, school: School) -> None:
    await pair.catch_up()
    async with reader(pair) as it:
        assert await it.is_on_replica(school.tenant_id)
        async with it.db.read(school.tenant_id) as rx:
            assert not await _is_standby(rx)
        assert (it.view.state, it.view.reads, it.view.passed_over) == (Standing.FRESH, 1, 0)
        assert it.view.lag_seconds is not None and it.view.lag_seconds < 5.0


async def test_tenancy_holds_there_in_both_layers(pair: Pair, school: School, other_school: School) -> None:
    await pair.catch_up()

    async def seen(rx: ReadUnit) -> tuple[bool, set[object], set[object]]:
        rows = await rx.raw.fetch("select tenant_id from identity_membership")
        mapped = await rx.session.scalars(select(MembershipRow))
        return await _is_standby(rx), {row["tenant_id"] for row in rows}, {each.tenant_id for each in mapped}

    async with reader(pair) as it:
        for each in (school, other_school, school):
            own = {each.tenant_id}
            assert await it.db.read_anywhere(each.tenant_id, seen) == (True, own, own)
        assert await it.db.read_anywhere(None, seen) == (True, set(), set())


async def test_nothing_can_be_written_there(pair: Pair, school: School) -> None:
    await pair.catch_up()
    async with reader(pair) as it:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await it.db.read_anywhere(school.tenant_id, lambda rx: rx.raw.execute("delete from platform_mail"))
        assert await it.is_on_replica(school.tenant_id)


async def test_inside_an_ambient_unit_what_it_wrote_is_seen(pair: Pair, school: School) -> None:
    async with reader(pair) as it, it.db.ambient_write(school.tenant_id):
        await _write(it.db, school.tenant_id, "Just now")
        assert await it.db.read_anywhere(school.tenant_id, _letters) == ["Just now"]


async def test_a_replica_that_is_too_far_behind_is_passed_over_until_it_is_not(pair: Pair, school: School) -> None:
    await pair.catch_up()
    async with reader(pair, most_lag=0.3) as it:
        async with _paused_replay(pair):
            await _write(it.db, school.tenant_id, "Late")
            await asyncio.sleep(0.35)
            assert await it.db.read_anywhere(school.tenant_id, _letters) == ["Late"]
            view = it.view
            assert (view.state, view.behind, view.reads) == (Standing.BEHIND, 1, 0)
            assert view.lag_seconds is not None and view.lag_seconds > 0.3
        await until(it.is_on_replica)
        assert it.guard.breaker.state is BreakerState.CLOSED


async def test_what_the_replica_does_not_know_yet_is_looked_up_where_it_would_be(pair: Pair, school: School) -> None:
    await pair.catch_up()
    asked: list[bool] = []

    async def one(rx: ReadUnit) -> str:
        asked.append(await _is_standby(rx))
        [only] = await _letters(rx)
        return only

    async with reader(pair, most_lag=3600.0) as it, _paused_replay(pair):
        await _write(it.db, school.tenant_id, "Too new")
        assert await it.db.read_anywhere(school.tenant_id, _letters) == []
        assert await it.db.read_anywhere(school.tenant_id, one) == "Too new"
        assert asked == [True, False]
        with pytest.raises(ValueError, match="unpack"):
            await it.db.read_anywhere(None, one)


async def test_a_replica_that_dies_is_answered_for_and_asked_again_once_it_is_back(pair: Pair, school: School) -> None:
    await pair.catch_up()
    runs: list[bool] = []

    async def dying(rx: ReadUnit) -> list[str]:
        runs.append(await _is_standby(rx))
        if runs[-1]:
            await asyncio.to_thread(pair.replica.kill)
        return await _letters(rx)

    async with reader(pair) as it:
        await _write(it.db, school.tenant_id, "Kept")
        try:
            assert await it.db.read_anywhere(school.tenant_id, dying) == ["Kept"]
            assert runs == [True, False]
            for _ in range(5):
                assert not await it.is_on_replica(school.tenant_id)
            assert it.guard.breaker.is_refusing
            assert it.view.state is Standing.AWAY
        finally:
            await asyncio.to_thread(pair.replica.start)
        assert not await it.is_on_replica(school.tenant_id)
        await asyncio.sleep(PAUSE)
        await until(it.is_on_replica)
        assert it.guard.breaker.state is BreakerState.CLOSED


async def test_a_replica_that_hangs_costs_a_second_and_soon_nothing(pair: Pair, school: School) -> None:
    policy = _policy()
    impatient = replace(policy, timeout=0.3, breaker=replace(policy.breaker, least=2, share=0.2, pause=60.0))
    await pair.catch_up()
    runs: list[bool] = []

    async def hanging(rx: ReadUnit) -> bool:
        runs.append(await _is_standby(rx))
        if runs[-1]:
            pair.replica.hang()
        return await _is_standby(rx)

    async with reader(pair, policy=impatient) as it:
        assert await it.is_on_replica(school.tenant_id)
        try:
            began = time.monotonic()
            assert not await it.db.read_anywhere(school.tenant_id, hanging)
            assert runs == [True, False]
            assert not await it.is_on_replica(school.tenant_id)
            assert time.monotonic() - began < 1.5
            began = time.monotonic()
            assert not await it.is_on_replica(school.tenant_id)
            assert time.monotonic() - began < 0.2
        finally:
            pair.replica.go_on()


async def test_while_the_primary_is_away_what_was_replayed_lately_is_still_read(pair: Pair, school: School) -> None:
    await pair.catch_up()
    here = urlsplit(pair.database.app)
    nowhere = urlunsplit(here._replace(netloc=f"{here.netloc.rsplit(':', 1)[0]}:{any_free_port()}"))
    async with reader(pair, primary=nowhere) as it, reader(pair, primary=nowhere, most_lag=0.05) as strict:
        assert await it.is_on_replica(school.tenant_id)
        await asyncio.sleep(0.1)
        async with _paused_replay(pair):
            await asyncio.sleep(0.1)
            with pytest.raises(DatabaseUnreachable):
                await strict.is_on_replica(school.tenant_id)


async def test_more_than_it_may_read_at_once_are_read_from_the_primary(pair: Pair, school: School) -> None:
    await pair.catch_up()
    at_once = POLICIES[Dependency.REPLICA].at_once
    free, together = asyncio.Event(), asyncio.Event()
    there = 0

    async def held(rx: ReadUnit) -> bool:
        nonlocal there
        there += 1
        if there == at_once:
            together.set()
        await free.wait()
        return await _is_standby(rx)

    async with reader(pair) as it:
        tasks = [asyncio.create_task(it.db.read_anywhere(school.tenant_id, held)) for _ in range(at_once)]
        async with asyncio.timeout(5):
            await together.wait()
        assert not await it.is_on_replica(school.tenant_id)
        free.set()
        assert all(await asyncio.gather(*tasks))
        assert await it.is_on_replica(school.tenant_id)


async def test_what_is_no_replica_of_ours_is_never_read_from(pair: Pair) -> None:
    await pair.catch_up()
    there = urlsplit(pair.replica_app)
    wrong = {
        Standing.UNSAFE_LOGIN: pair.replica_admin,
        Standing.NOT_A_STANDBY: pair.database.app,
        Standing.OTHER_DATABASE: urlunsplit(there._replace(path="/postgres")),
    }
    for standing, dsn in wrong.items():
        async with reader(pair, dsn) as it:
            assert not await it.is_on_replica()
            assert it.view.state is standing
