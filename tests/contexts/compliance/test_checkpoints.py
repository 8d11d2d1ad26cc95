"""Signing: each hour where something is new, with a key that may be replaced, kept outside as well."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.adapters.shelves import FolderShelf, StoredShelf
from scholr.contexts.compliance.model import Fault
from scholr.contexts.compliance.service.signing import sign_checkpoint, signer_of
from scholr.contexts.compliance.service.verifying import verify
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.guarded import GuardedStore
from scholr.platform.storage.port import ObjectStore, StorageUnavailable
from tests.contexts.compliance.log import judged, signed, superuser, with_entries
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import run_periodic, worker_db
from tests.support.school import School

_NEW, _OLD = b"n" * 32, b"o" * 32


def with_keys(platform: Platform, *secrets: bytes) -> Platform:
    return replace(platform, keys=KeyRing(secrets))


async def test_the_job_signs_what_is_new_and_nothing_twice(school: School) -> None:
    last = len(await with_entries(school, 2))
    for _ in range(2):
        await run_periodic(school.platform, "compliance.checkpoint", tenant_id=school.tenant_id)
    async with school.platform.db.read(school.tenant_id) as rx:
        kept = await queries.checkpoints(rx)
    assert [each.seq for each in kept] == [last]
    shelf = StoredShelf(school.platform.storage)
    assert await shelf.numbers(school.tenant_id) == [(last, kept[0].key)]
    assert await shelf.read(school.tenant_id, last, kept[0].key) == kept[0]
    assert school.tenant_id in [each async for each in shelf.organizations()]


async def test_the_job_runs_for_those_with_something_new(school: School, other_school: School) -> None:
    await with_entries(school, 1)
    await with_entries(other_school, 1)
    await signed(other_school)
    async with (await worker_db(school.platform)).read(None) as rx:
        found = await rx.raw.fetch("select t from compliance_tenants_to_sign(now()) t")
        a_month_later = await rx.raw.fetch("select t from compliance_tenants_to_sign(now() + interval '31 days') t")
    assert school.tenant_id in {row["t"] for row in found}
    assert other_school.tenant_id not in {row["t"] for row in found}
    assert other_school.tenant_id in {row["t"] for row in a_month_later}


class TornStore(GuardedStore):
    """Is gone before something is written, or after."""

    def __init__(self, store: ObjectStore, *, keeps: bool) -> None:
        super().__init__(store, Guard(Dependency.STORAGE))
        self._keeps = keeps

    async def put(self, key: str, chunks: AsyncIterator[bytes], /) -> None:
        if self._keeps:
            await super().put(key, chunks)
        raise StorageUnavailable


@pytest.mark.parametrize("keeps", [False, True])
async def test_what_was_interrupted_at_its_file_is_ended_by_the_next_run(school: School, keeps: bool) -> None:
    first = len(await with_entries(school, 1))
    torn = replace(school.platform, storage=TornStore(school.platform.storage, keeps=keeps))
    with pytest.raises(StorageUnavailable):
        await sign_checkpoint(torn, school.tenant_id)
    assert (await judged(school.platform, school.tenant_id)).is_whole
    second = len(await with_entries(school, 1))
    assert await signed(school) == second
    shelf = StoredShelf(school.platform.storage)
    assert [seq for seq, _ in await shelf.numbers(school.tenant_id)] == [first, second]
    assert (await judged(school.platform, school.tenant_id)).is_whole


async def test_what_somebody_else_has_put_into_the_table_is_not_carried_outside(
    school: School, database: TestDatabase
) -> None:
    last = len(await with_entries(school, 1))
    async with superuser(database) as admin:
        await admin.execute(
            "insert into compliance_checkpoint (tenant_id, seq, key, hash, signed_at, signature)"
            " values ($1, $2, $3, sha256('mine'), now(), sha512('mine'))",
            school.tenant_id,
            last - 1,
            signer_of(school.platform).key,
        )
    await signed(school)
    outside = await StoredShelf(school.platform.storage).numbers(school.tenant_id)
    assert [seq for seq, _ in outside] == [last]


class SignedMeanwhile(StoredShelf):
    """While somebody looks at it, something is done and signed."""

    def __init__(self, school: School) -> None:
        super().__init__(school.platform.storage)
        self._school = school

    async def numbers(self, tenant_id: UUID) -> list[tuple[int, str]]:
        await with_entries(self._school, 1)
        await signed(self._school)
        return await super().numbers(tenant_id)


async def test_what_is_signed_while_it_is_verified_is_no_fault(school: School) -> None:
    await with_entries(school, 1)
    await signed(school)
    known = signer_of(school.platform).public
    found = await verify(school.platform.db, school.tenant_id, known, SignedMeanwhile(school))
    assert found.findings == []


async def test_two_that_sign_the_same_entry_leave_one_signature(school: School) -> None:
    await with_entries(school, 1)
    await asyncio.gather(*(sign_checkpoint(school.platform, school.tenant_id) for _ in range(3)))
    found = await judged(school.platform, school.tenant_id)
    assert (found.checkpoints, found.findings) == (1, [])


async def test_two_keys_are_valid_at_once_and_one_can_be_retired(school: School, clock: MovableClock) -> None:
    await with_entries(school, 2)
    old = with_keys(school.platform, _OLD)
    await sign_checkpoint(old, school.tenant_id)
    both = with_keys(school.platform, _NEW, _OLD)
    assert (await judged(both, school.tenant_id)).is_whole
    only_new = with_keys(school.platform, _NEW)
    found = (await judged(only_new, school.tenant_id)).findings
    assert {each.fault for each in found} == {Fault.UNSIGNED}, "nothing proves it any more"
    clock.advance(timedelta(minutes=1))
    assert await sign_checkpoint(both, school.tenant_id) is not None, "the same entry, with the new key"
    assert (await judged(only_new, school.tenant_id)).is_whole


async def test_a_retired_key_that_is_remembered_still_proves(school: School) -> None:
    await with_entries(school, 1)
    old = with_keys(school.platform, _OLD)
    await sign_checkpoint(old, school.tenant_id)
    known = (*signer_of(with_keys(school.platform, _NEW)).public, *signer_of(old).public)
    assert (await verify(school.platform.db, school.tenant_id, known, StoredShelf(school.platform.storage))).is_whole


async def test_an_auditors_own_copy_proves_as_much(school: School, tmp_path: Path) -> None:
    await with_entries(school, 2)
    at = await signed(school)
    copy = FolderShelf(tmp_path / "files" / "audit")
    known = signer_of(school.platform).public
    assert await copy.numbers(school.tenant_id) != []
    assert (await verify(school.platform.db, school.tenant_id, known, copy)).is_whole
    file = next((tmp_path / "files" / "audit" / str(school.tenant_id)).glob("*.json"))
    file.write_text(file.read_text().replace(f'"entry":{at}', f'"entry":{at - 1}'))
    found = (await verify(school.platform.db, school.tenant_id, known, copy)).findings
    assert [(each.seq, each.fault) for each in found] == [(at, Fault.UNSIGNED)]
