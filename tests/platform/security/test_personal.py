"""Words under a data key: who can open them, and when nobody can any more."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from scholr.kernel.ids import TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.runtime import Platform
from scholr.platform.security.encryption import Undecryptable
from scholr.platform.security.keys import KeyRing
from scholr.platform.security.personal import ERASED, SECONDS_KEPT, PersonalKey, PersonalKeys, is_sealed
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import worker_db
from tests.support.school import School
from tests.support.statements import counted_statements

SAID = "Grandmother's house by the sea"


def key_of(raw: bytes | None = b"k" * 32) -> PersonalKey:
    return PersonalKey(new_id(), new_id(), raw)


def test_what_was_sealed_opens_in_its_place_only() -> None:
    own = key_of()
    sealed = own.seal("note/1", SAID)
    assert is_sealed(sealed)
    assert SAID not in sealed
    assert own.open("note/1", sealed) == SAID
    assert own.seal("note/1", SAID) != sealed
    for other, place in (
        (own, "note/2"),
        (replace(own, member_id=new_id()), "note/1"),
        (replace(own, tenant_id=new_id()), "note/1"),
    ):
        with pytest.raises(Undecryptable):
            other.open(place, sealed)
    with pytest.raises(Undecryptable):
        own.open("note/1", sealed[:-4] + "AAA=")


def test_nothing_stays_nothing_and_older_rows_open() -> None:
    own = key_of()
    assert own.seal("note", "") == ""
    assert own.open("note", "written before words were sealed") == "written before words were sealed"


def test_json_is_opened_where_its_texts_stand() -> None:
    own = key_of()
    kept = {"q1": [own.seal("t.c", SAID), "", "2"], "n": 3}
    assert own.open_all("t.c", kept) == {"q1": [SAID, "", "2"], "n": 3}


def test_who_chooses_a_text_that_looks_sealed_still_gets_a_file() -> None:
    own = key_of()
    chosen = own.seal("t.other", SAID)
    assert own.open_all("t.name", {"name": chosen, "said": "\u241esealed.1:AAAA"}) == {
        "name": chosen,
        "said": "\u241esealed.1:AAAA",
    }


def test_without_the_key_everything_is_erased_and_nothing_new_is_kept() -> None:
    own = key_of()
    gone = PersonalKey(own.tenant_id, own.member_id, None)
    assert gone.open("note", own.seal("note", SAID)) == ERASED
    assert gone.seal("note", SAID) == ERASED


def test_a_key_says_nothing_of_itself() -> None:
    assert "kkkk" not in repr(key_of())


async def test_all_processes_use_one_key_and_lose_it_in_time(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    member = new_id()
    elsewhere = PersonalKeys(platform.keys, clock)
    async with platform.db.write(school.tenant_id) as tx:
        sealed = (await platform.personal.for_writing(tx, member)).seal("note", SAID)
    async with platform.db.read(school.tenant_id) as rx:
        assert (await elsewhere.for_reading(rx, [(member, sealed)]))[member].open("note", sealed) == SAID
    async with platform.db.write(school.tenant_id) as tx:
        assert await platform.personal.destroy(tx, member)
    async with platform.db.read(school.tenant_id) as rx:
        assert (await platform.personal.for_reading(rx, [(member, sealed)]))[member].open("note", sealed) == ERASED
    clock.advance(timedelta(seconds=SECONDS_KEPT + 1))
    async with platform.db.read(school.tenant_id) as rx:
        assert (await elsewhere.for_reading(rx, [(member, sealed)]))[member].open("note", sealed) == ERASED
    again = await elsewhere.of_member(platform.db, school.tenant_id, member)
    assert again.seal("note", SAID) == ERASED


async def test_a_clock_that_is_put_back_makes_nothing_remembered_longer(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    member, elsewhere = new_id(), PersonalKeys(platform.keys, clock)
    sealed = (await elsewhere.of_member(platform.db, school.tenant_id, member)).seal("note", SAID)
    async with platform.db.write(school.tenant_id) as tx:
        await platform.personal.destroy(tx, member)
    clock.advance(-timedelta(hours=1))
    async with platform.db.read(school.tenant_id) as rx:
        assert (await elsewhere.for_reading(rx, [(member, sealed)]))[member].open("note", sealed) == ERASED


async def test_a_key_of_a_transaction_that_failed_is_not_remembered(platform: Platform, school: School) -> None:
    member = new_id()
    with pytest.raises(ZeroDivisionError):
        async with platform.db.write(school.tenant_id) as tx:
            lost = (await platform.personal.for_writing(tx, member)).seal("note", SAID)
            raise ZeroDivisionError
    found = await platform.personal.of_member(platform.db, school.tenant_id, member)
    assert found.open("note", found.seal("note", SAID)) == SAID
    with pytest.raises(Undecryptable):
        found.open("note", lost)


async def test_a_remembered_key_costs_no_statement(platform: Platform, school: School) -> None:
    member = new_id()
    own = await platform.personal.of_member(platform.db, school.tenant_id, member)
    sealed = own.seal("note", SAID)
    with counted_statements() as sent:
        await platform.personal.of_member(platform.db, school.tenant_id, member)
        await platform.personal.for_reading_in(platform.db, school.tenant_id, [(member, sealed), (new_id(), "plain")])
    assert list(sent) == []


async def test_a_secret_is_replaced_without_losing_a_word(own_database: TestDatabase, clock: MovableClock) -> None:
    old, fresh = secrets.token_bytes(32), secrets.token_bytes(32)
    before, both, after = (PersonalKeys(KeyRing(ring), clock) for ring in ((old,), (fresh, old), (fresh,)))
    tenant_id, member = TenantId(new_id()), new_id()
    db, worker = (Database(DatabaseSettings(dsn, pool_size=1)) for dsn in (own_database.app, own_database.worker))
    try:
        sealed = (await before.of_member(db, tenant_id, member)).seal("note", SAID)
        with pytest.raises(Undecryptable):
            await after.of_member(db, tenant_id, member)
        assert (await both.of_member(db, tenant_id, member)).open("note", sealed) == SAID
        assert await both.rewrap(worker) == 1
        assert await both.rewrap(worker) == 0
        assert (await after.of_member(db, tenant_id, member)).open("note", sealed) == SAID
    finally:
        await db.close()
        await worker.close()


async def test_keys_under_a_secret_that_is_lost_do_not_keep_the_others_from_being_sealed_again(
    own_database: TestDatabase, clock: MovableClock
) -> None:
    lost, old, fresh = (secrets.token_bytes(32) for _ in range(3))
    tenant_id, both = TenantId(new_id()), PersonalKeys(KeyRing((fresh, old)), clock)
    db, worker = (Database(DatabaseSettings(dsn, pool_size=1)) for dsn in (own_database.app, own_database.worker))
    try:
        for secret in (lost, lost, old, lost, old):
            await PersonalKeys(KeyRing((secret,)), clock).of_member(db, tenant_id, new_id())
        assert await both.rewrap(worker, at_once=1) == 2
        assert await both.wrapped_under(worker) == (2, 0, 3)
    finally:
        await db.close()
        await worker.close()


async def test_a_destroyed_key_does_not_come_back(platform: Platform, school: School) -> None:
    member = new_id()
    await platform.personal.of_member(platform.db, school.tenant_id, member)
    async with platform.db.write(school.tenant_id) as tx:
        assert await platform.personal.destroy(tx, member)
    worker = await worker_db(platform)
    with pytest.raises(Exception, match="does not come back"):
        async with worker.write(None) as tx:
            await tx.raw.execute(
                "update platform_data_key set wrapped = 'x', destroyed_at = null where member_id = $1", member
            )
