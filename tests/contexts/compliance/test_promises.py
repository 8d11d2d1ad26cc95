"""The record of an erasure outside the database: never of one that was taken back, nor of somebody who is held."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from scholr.contexts.compliance import facade as compliance
from scholr.contexts.compliance.adapters.ledger import Ledger
from scholr.contexts.compliance.errors import ErasureOver, ErasurePromised
from scholr.contexts.compliance.facade import Erasure, Ground, LedgerForged
from scholr.entrypoints.safety import UnsafeConfiguration, refuse_forgotten
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from scholr.platform.storage.guarded import GuardedStore
from scholr.platform.storage.port import NoObjectStore, ObjectStore, StorageUnavailable
from tests.support.school import School


class SlowStore(GuardedStore):
    """Keeps what it is given, and says so only when it is let."""

    def __init__(self, store: ObjectStore, guard: Guard) -> None:
        super().__init__(store, guard)
        self.kept, self.let = asyncio.Event(), asyncio.Event()

    async def put(self, key: str, chunks: AsyncIterator[bytes], /) -> None:
        await super().put(key, chunks)
        self.kept.set()
        await self.let.wait()


class LosingStore(GuardedStore):
    """Keeps what it is given, and its answer is lost."""

    async def put(self, key: str, chunks: AsyncIterator[bytes], /) -> None:
        await super().put(key, chunks)
        raise StorageUnavailable


async def asked_for(school: School) -> tuple[Erasure, Actor]:
    """A request, and the administrator who may confirm it."""
    learner, admin = await school.person(), await school.person(Role.ADMIN)
    assert learner.membership_id is not None
    found = await compliance.request_erasure(
        school.platform, school.owner, member_id=learner.membership_id, ground=Ground.OBJECTION
    )
    return found, admin


async def state_of(school: School, erasure_id: UUID) -> str:
    async with school.platform.db.read(school.tenant_id) as rx:
        found = await compliance.erasure(rx, erasure_id)
    assert found is not None
    return found.state


async def promised(platform: Platform, erasure_id: UUID) -> bool:
    return erasure_id in {each async for _, each in Ledger(platform.storage).names()}


async def test_nobody_takes_back_what_is_being_confirmed(school: School) -> None:
    asked, admin = await asked_for(school)
    store = SlowStore(school.platform.storage, Guard(Dependency.STORAGE))
    confirming = asyncio.create_task(
        compliance.confirm_erasure(replace(school.platform, storage=store), admin, erasure_id=asked.id)
    )
    await store.kept.wait()
    withdrawing = asyncio.create_task(compliance.withdraw_erasure(school.platform, school.owner, erasure_id=asked.id))
    await asyncio.wait({withdrawing}, timeout=0.2)
    store.let.set()
    found = await asyncio.gather(confirming, withdrawing, return_exceptions=True)
    assert await state_of(school, asked.id) == "erasing", found
    assert isinstance(found[1], ErasureOver)


async def test_a_hold_waits_for_what_is_being_confirmed(school: School) -> None:
    asked, admin = await asked_for(school)
    store = SlowStore(school.platform.storage, Guard(Dependency.STORAGE))
    confirming = asyncio.create_task(
        compliance.confirm_erasure(replace(school.platform, storage=store), admin, erasure_id=asked.id)
    )
    await store.kept.wait()
    member = MembershipId(asked.member_id)
    holding = asyncio.create_task(
        compliance.place_hold(school.platform, school.owner, learner_id=member, course_id=None, reason="A complaint")
    )
    done, _ = await asyncio.wait({holding}, timeout=0.2)
    assert not done
    store.let.set()
    assert (await confirming).state == "erasing"
    await holding


async def test_what_was_promised_and_not_done_is_confirmed_again_and_not_taken_back(school: School) -> None:
    asked, admin = await asked_for(school)
    broken = replace(school.platform, storage=LosingStore(school.platform.storage, Guard(Dependency.STORAGE)))
    with pytest.raises(StorageUnavailable):
        await compliance.confirm_erasure(broken, admin, erasure_id=asked.id)
    assert await state_of(school, asked.id) == "requested"
    with pytest.raises(ErasurePromised):
        await compliance.withdraw_erasure(school.platform, school.owner, erasure_id=asked.id)
    assert (await compliance.confirm_erasure(school.platform, admin, erasure_id=asked.id)).state == "erasing"


async def test_what_cannot_be_confirmed_is_not_promised(school: School) -> None:
    asked, _ = await asked_for(school)
    with pytest.raises(compliance.SecondLook):
        await compliance.confirm_erasure(school.platform, school.owner, erasure_id=asked.id)
    assert not await promised(school.platform, asked.id)
    assert (await compliance.withdraw_erasure(school.platform, school.owner, erasure_id=asked.id)).state == "withdrawn"


async def test_two_administrators_who_ask_at_once_have_asked_once(school: School) -> None:
    learner = await school.person()
    staff = [school.owner, *[await school.person(Role.ADMIN) for _ in range(3)]]
    assert learner.membership_id is not None
    found = await asyncio.gather(
        *(
            compliance.request_erasure(school.platform, each, member_id=learner.membership_id, ground=Ground.OBJECTION)
            for each in staff
        )
    )
    assert len({each.id for each in found}) == 1


async def test_a_record_that_nobody_can_read_keeps_the_processes_from_starting_in_a_sentence(school: School) -> None:
    asked, _ = await asked_for(school)

    async def torn() -> AsyncIterator[bytes]:
        yield b'{"organization": '

    await school.platform.storage.put(f"erasures/{school.tenant_id}/{asked.id}.json", torn())
    with pytest.raises(UnsafeConfiguration, match="1 erased people"):
        await refuse_forgotten(school.platform)
    with pytest.raises(LedgerForged, match=str(asked.id)):
        await compliance.replay(school.platform, live_modules())


async def test_a_proof_is_shown_while_the_store_is_away_and_says_what_could_not_be_looked_at(school: School) -> None:
    asked, admin = await asked_for(school)
    await compliance.confirm_erasure(school.platform, admin, erasure_id=asked.id)
    away = replace(school.platform, storage=NoObjectStore())
    proof = await compliance.erasure_proof(away, admin, erasure_id=asked.id)
    assert (proof.erasure.state, proof.ledger) == ("erasing", None)
    assert (await compliance.erasure_proof(school.platform, admin, erasure_id=asked.id)).ledger is True
