"""The two layers of isolation, each with the other switched off."""

from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import aliased

from scholr.contexts.identity.tables import MembershipRow
from scholr.kernel.actor import Role
from scholr.kernel.ids import new_id
from scholr.platform.db.database import Database
from scholr.platform.db.errors import TenantMismatch
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.db.statement import statement
from scholr.platform.runtime import Platform
from tests.support.database import TestDatabase
from tests.support.school import School

_MEMBERS = statement("select id from identity_membership where tenant_id = $1")


@pytest.fixture
async def without_policies(database: TestDatabase) -> AsyncIterator[Database]:
    """The same Database class under a superuser, whom no policy holds: only the first layer is left."""
    bare = Database(DatabaseSettings(database.admin, pool_size=1))
    yield bare
    await bare.close()


@pytest.fixture
async def theirs(other_school: School) -> UUID:
    """A membership of the other organisation."""
    learner = await other_school.person(Role.LEARNER)
    assert learner.membership_id is not None
    return learner.membership_id


async def test_policies_are_off_in_these_tests(without_policies: Database, school: School, theirs: UUID) -> None:
    """Without this the tests of the first layer would prove nothing."""
    async with without_policies.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval("select count(*) from identity_membership where id = $1", theirs) == 1


async def test_orm_reads_stay_inside_without_policies(without_policies: Database, school: School, theirs: UUID) -> None:
    async with without_policies.read(school.tenant_id) as rx:
        rows = (await rx.session.scalars(select(MembershipRow))).all()
        assert {row.tenant_id for row in rows} == {school.tenant_id}
        assert await rx.session.scalar(select(MembershipRow).where(MembershipRow.id == theirs)) is None
        other = aliased(MembershipRow)
        assert await rx.session.scalar(select(other).where(other.id == theirs)) is None
        joined = select(MembershipRow).join(other, other.id == theirs)
        assert (await rx.session.scalars(joined)).all() == []
        subquery = select(MembershipRow.id).where(MembershipRow.id == theirs).exists()
        assert await rx.session.scalar(select(subquery)) is False


async def test_orm_bulk_writes_stay_inside_without_policies(
    without_policies: Database, school: School, other_school: School, theirs: UUID
) -> None:
    async with without_policies.write(school.tenant_id) as tx:
        await tx.session.execute(update(MembershipRow).values(display_name="Taken"))
        await tx.session.execute(delete(MembershipRow).where(MembershipRow.id == theirs))
    async with without_policies.read(other_school.tenant_id) as rx:
        row = await rx.session.scalar(select(MembershipRow).where(MembershipRow.id == theirs))
    assert row is not None
    assert row.display_name != "Taken"


async def test_orm_refuses_to_add_for_another_tenant_without_policies(
    without_policies: Database, school: School, other_school: School
) -> None:
    foreign = MembershipRow(
        tenant_id=other_school.tenant_id, id=new_id(), person_id=None, email="", display_name="Spy", roles=["owner"]
    )
    with pytest.raises(TenantMismatch):
        async with without_policies.write(school.tenant_id) as tx:
            tx.session.add(foreign)


async def test_orm_refuses_to_move_a_row_without_policies(
    without_policies: Database, school: School, other_school: School
) -> None:
    with pytest.raises(TenantMismatch):
        async with without_policies.write(school.tenant_id) as tx:
            row = await tx.session.scalar(select(MembershipRow))
            assert row is not None
            row.tenant_id = other_school.tenant_id


async def test_orm_adds_nothing_without_a_tenant(without_policies: Database) -> None:
    with pytest.raises(TenantMismatch):
        async with without_policies.write(None) as tx:
            tx.session.add(MembershipRow(id=new_id(), person_id=None, email="", display_name="x", roles=["owner"]))


async def test_statements_carry_the_tenant_without_policies(
    without_policies: Database, school: School, theirs: UUID
) -> None:
    async with without_policies.read(school.tenant_id) as rx:
        assert theirs not in {row["id"] for row in await rx.fetch(_MEMBERS)}


async def test_policies_hold_statements_that_forget_the_tenant(
    platform: Platform, school: School, other_school: School, theirs: UUID
) -> None:
    """Plain SQL on the application's login: only the second layer is left."""
    async with platform.db.write(school.tenant_id) as tx:
        assert await tx.raw.fetchval("select count(*) from identity_membership where id = $1", theirs) == 0
        assert await tx.raw.execute("update identity_membership set email = 'x' where id = $1", theirs) == "UPDATE 0"
        assert await tx.raw.execute("delete from identity_membership where id = $1", theirs) == "DELETE 0"
        tenants = await tx.raw.fetch("select distinct tenant_id from identity_membership")
        assert [row["tenant_id"] for row in tenants] == [school.tenant_id]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with platform.db.write(school.tenant_id) as tx:
            await tx.raw.execute("update identity_membership set tenant_id = $1", other_school.tenant_id)


async def test_core_inserts_pass_the_hooks_and_are_held_by_policy_and_default(
    platform: Platform, school: School, other_school: School
) -> None:
    values = {"person_id": None, "email": "", "display_name": "Bulk", "roles": ["learner"]}
    async with platform.db.write(school.tenant_id) as tx:
        made = new_id()
        await tx.session.execute(insert(MembershipRow.__table__).values(id=made, **values))  # type: ignore[arg-type]  # a mapped class' Table
        row = await tx.session.scalar(select(MembershipRow).where(MembershipRow.id == made))
        assert row is not None
        assert row.tenant_id == school.tenant_id
    with pytest.raises(Exception, match="row-level security"):
        async with platform.db.write(school.tenant_id) as tx:
            foreign = {"id": new_id(), "tenant_id": other_school.tenant_id, **values}
            await tx.session.execute(insert(MembershipRow.__table__).values(**foreign))  # type: ignore[arg-type]  # as above


async def test_a_pooled_connection_forgets_the_tenant(
    database: TestDatabase, school: School, other_school: School
) -> None:
    """One connection for everybody: what one unit bound must not be there for the next."""
    single = Database(DatabaseSettings(database.app, pool_size=1))
    count = "select count(*) from identity_membership"
    setting = "select current_setting('app.tenant_id', true)"
    try:
        async with single.write(school.tenant_id) as tx:
            assert await tx.raw.fetchval(count) > 0
        async with single._pool.borrow() as lease:
            assert await lease.raw.fetchval(setting) in ("", None)
            assert await lease.raw.fetchval(count) == 0
        with pytest.raises(ZeroDivisionError):
            async with single.write(school.tenant_id):
                raise ZeroDivisionError
        async with single.read(None) as rx:
            assert await rx.raw.fetchval(count) == 0
        async with single.read(other_school.tenant_id) as rx:
            tenants = await rx.raw.fetch("select distinct tenant_id from identity_membership")
            assert [row["tenant_id"] for row in tenants] == [other_school.tenant_id]
        await single.call(statement("select count(*) from identity_membership where tenant_id = $1"), school.tenant_id)
        async with single._pool.borrow() as lease:
            assert await lease.raw.fetchval(setting) in ("", None)
    finally:
        await single.close()


async def test_a_person_is_seen_by_themselves_only(platform: Platform, school: School) -> None:
    await school.person()
    async with platform.db.read(school.tenant_id) as rx:
        people = await rx.raw.fetch("select person_id from identity_membership where person_id is not null")
        assert await rx.raw.fetchval("select count(*) from identity_person") == 0
    async with platform.db.read(None, person_id=people[0]["person_id"]) as rx:
        assert [row["id"] for row in await rx.raw.fetch("select id from identity_person")] == [people[0]["person_id"]]
