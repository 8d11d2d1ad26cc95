"""How entries come in: from events, with their origin, in order, without gaps, and never to be changed."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from scholr.contexts.auth import facade as auth
from scholr.contexts.compliance import repository
from scholr.contexts.compliance.model import GENESIS, Entry, encoded, hashed
from scholr.contexts.compliance.repository import Draft
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role
from scholr.kernel.ids import MembershipId, new_id
from scholr.platform.audit import Look, note
from scholr.platform.outbox.origin import Origin, originating, shortened
from tests.contexts.compliance.log import actions_of, entries_of, judged, signed, superuser, with_entries
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.database import TestDatabase
from tests.support.delivery import settle, worker_db
from tests.support.school import School

CABINET = Look("identity.person_read", "membership")
FILE = Look("enrollment.roster_exported", "cohort", every_time=True)


def made() -> Draft:
    return Draft(
        id=new_id(),
        happened_at=datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC),
        actor_kind="person",
        actor_id=new_id(),
        token_id=None,
        action="identity.member_renamed",
        subject_kind="membership",
        subject_id=new_id(),
        request_id=None,
        address=None,
        details='{"größe":"ß"}',
    )


def member_of(actor: Actor) -> MembershipId:
    assert actor.membership_id is not None
    return actor.membership_id


def last_of(entries: list[Entry], action: str) -> Entry:
    """Entries of different things have no order among each other beyond that of their recording."""
    return [entry for entry in entries if entry.action == action][-1]


async def test_what_is_hashed_is_the_same_in_the_database_and_here(school: School, database: TestDatabase) -> None:
    entries = await with_entries(school, 2)
    async with superuser(database) as admin:
        rows = await admin.fetch(
            "select compliance_encode(e) as written from compliance_entry e where tenant_id = $1 order by seq",
            school.tenant_id,
        )
    assert [row["written"] for row in rows] == [encoded(entry) for entry in entries]
    assert entries[0].prev_hash == GENESIS
    assert all(hashed(entry) == entry.hash for entry in entries)


async def test_an_entry_says_who_did_it_from_where_and_in_which_request(school: School) -> None:
    person = await school.person()
    request_id = new_id()
    origin = Origin("person", school.owner.membership_id, None, request_id, "203.0.113.0/24", school.tenant_id)
    with originating(origin):
        await identity.change_roles(school.platform, school.owner, member_of(person), {Role.INSTRUCTOR, Role.ASSISTANT})
    await settle(school.platform)
    entry = last_of(await entries_of(school), "identity.member_roles_changed")
    assert entry.subject_id == person.membership_id
    assert (entry.actor_kind, entry.actor_id) == ("person", school.owner.membership_id)
    assert (entry.request_id, entry.address) == (request_id, "203.0.113.0/24")
    assert entry.details == '{"before":["learner"],"roles":["assistant","instructor"]}'


async def test_another_organisation_is_not_told_who_it_was_here(school: School, other_school: School) -> None:
    origin = Origin("person", school.owner.membership_id, None, None, "", school.tenant_id)
    with originating(origin):
        await other_school.person()
    await settle(school.platform)
    entry = last_of(await entries_of(other_school), "identity.member_added")
    assert (entry.actor_kind, entry.actor_id) == ("person", None)


async def test_a_request_leaves_its_id_and_its_network(school: School) -> None:
    async with api_client(school.platform, school.tenant_id) as client:
        answer = await client.get("/api/users")
    await settle(school.platform)
    entry = last_of(await entries_of(school), "identity.people_listed")
    assert str(entry.request_id) == answer.headers["x-request-id"]
    assert entry.address == "127.0.0.0/24"


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("testclient", ""), ("", "")],
)
def test_addresses_are_shortened_to_their_network(address: str, network: str) -> None:
    assert shortened(address) == network


async def test_a_look_is_entered_once_an_hour_and_a_file_every_time(school: School, clock: MovableClock) -> None:
    owner, person, cohort = school.owner, await school.person(), new_id()
    for _ in range(3):
        await note(school.platform, owner, CABINET, person.membership_id, owner=person.membership_id)
        await note(school.platform, owner, FILE, cohort)
    clock.advance(timedelta(hours=1))
    await note(school.platform, owner, CABINET, person.membership_id)
    await settle(school.platform)
    actions = await actions_of(school)
    assert actions.count(CABINET.action) == 2
    assert actions.count(FILE.action) == 3


async def test_ones_own_record_is_nobodys_business(school: School) -> None:
    person = await school.person()
    await note(school.platform, person, CABINET, person.membership_id, owner=person.membership_id)
    await settle(school.platform)
    assert CABINET.action not in await actions_of(school)


async def test_a_record_is_not_shown_where_the_look_cannot_be_noted(school: School, database: TestDatabase) -> None:
    async with superuser(database) as admin:
        await admin.execute(
            "alter function platform_note(uuid, uuid, text, text, uuid, jsonb, timestamptz, text, jsonb)"
            " rename to platform_note_gone"
        )
        try:
            async with api_client(school.platform, school.tenant_id) as client:
                answer = await client.get("/api/users")
        finally:
            await admin.execute(
                "alter function platform_note_gone(uuid, uuid, text, text, uuid, jsonb, timestamptz, text, jsonb)"
                " rename to platform_note"
            )
    assert answer.status_code == 500
    assert "@" not in answer.text


async def test_numbers_have_no_gaps_when_many_append_at_once(school: School) -> None:
    before = len(await entries_of(school))

    async def append_some() -> None:
        for _ in range(5):
            async with school.platform.db.write(school.tenant_id) as tx:
                await repository.append(tx, made())

    await asyncio.gather(*(append_some() for _ in range(4)))
    with pytest.raises(RuntimeError):
        async with school.platform.db.write(school.tenant_id) as tx:
            await repository.append(tx, made())
            raise RuntimeError
    assert [entry.seq for entry in await entries_of(school)] == list(range(1, before + 21))
    assert (await judged(school.platform, school.tenant_id)).is_whole


async def test_what_is_appended_again_keeps_its_number(school: School) -> None:
    again = made()
    async with school.platform.db.write(school.tenant_id) as tx:
        first = await repository.append(tx, again)
        assert await repository.append(tx, again) == first


async def test_nobody_appends_to_the_chain_of_another_organisation(school: School, database: TestDatabase) -> None:
    connection = await asyncpg.connect(database.app)
    try:
        await connection.execute("select set_config('app.tenant_id', $1, false)", str(school.tenant_id))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "select compliance_append($1, $1, now(), 'person', null, null, 'a.b', 'c', $1, null, null, '{}')",
                new_id(),
            )
    finally:
        await connection.close()


async def test_nobody_changes_what_was_written(school: School, database: TestDatabase) -> None:
    """The owner of the tables is refused as well, and so is a superuser who does not switch the triggers off."""
    await with_entries(school, 1)
    await signed(school)
    for who in (database.app, database.worker, database.admin):
        connection = await asyncpg.connect(who)
        await connection.execute("select set_config('app.tenant_id', $1, false)", str(school.tenant_id))
        for table in ("compliance_entry", "compliance_chain", "compliance_checkpoint"):
            for sql in (f"update {table} set seq = seq", f"delete from {table}", f"truncate {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(sql)
        await connection.close()


async def test_an_event_from_before_origins_is_entered_as_the_programs(school: School) -> None:
    member_id = new_id()
    async with (await worker_db(school.platform)).write(None) as tx:
        await tx.raw.execute(
            "insert into platform_outbox (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at)"
            " values ($1, 'membership', $2, 'identity.member_roles_changed', '{\"roles\": [\"admin\"]}', $3, now())",
            new_id(),
            member_id,
            school.tenant_id,
        )
    await settle(school.platform)
    entry = last_of(await entries_of(school), "identity.member_roles_changed")
    assert (entry.actor_kind, entry.actor_id, entry.subject_id) == ("system", None, member_id)
    assert entry.details == '{"before":[],"roles":["admin"]}'


async def test_signing_in_is_told_where_it_happens_and_a_failure_wherever_the_account_belongs(
    school: School, other_school: School
) -> None:
    email, password = f"a{school.tenant_id.hex}@example.org", "four lamps on a quay"
    for each in (school, other_school):
        await auth.add_member_with_password(
            each.platform, each.owner, email=email, name="Ana", password=password, role=Role.LEARNER
        )
    client = auth.Client(address="203.0.113.9")
    with pytest.raises(auth.WrongCredentials):
        await auth.sign_in(school.platform, email=email, password="no", remembered=False, client=client)
    await auth.sign_in(
        school.platform, email=email, password=password, remembered=False, client=client, tenant_id=school.tenant_id
    )
    await settle(school.platform)
    here, there = await entries_of(school), await entries_of(other_school)
    failed, inside = last_of(here, "auth.sign_in_failed"), last_of(here, "auth.signed_in")
    assert inside.actor_id == inside.subject_id
    assert (failed.actor_kind, failed.actor_id) == ("anonymous", None)
    assert "auth.signed_in" not in {each.action for each in there}
    told = last_of(there, "auth.sign_in_failed")
    assert told.subject_id != failed.subject_id, "each organisation knows the person by another id"
