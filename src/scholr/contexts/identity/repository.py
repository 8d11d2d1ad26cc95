"""Loads and saves of identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from scholr.contexts.identity.errors import DomainTaken, OrganizationNotFound, PersonNotFound
from scholr.contexts.identity.events import MemberAdded, MemberSuspended
from scholr.contexts.identity.model import ACTIVE, DomainId, GroupId, InvitationId
from scholr.contexts.identity.tables import (
    DomainRow,
    GroupMemberRow,
    GroupRow,
    InvitationRow,
    LogoRow,
    MembershipRow,
    OrganizationRow,
    PersonRow,
)
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId, PersonId, TenantId, new_id
from scholr.platform.db.database import Database
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

_FIND_OR_CREATE = DefinerCall("identity_find_or_create_person", 3)
_VERIFY_EMAIL = DefinerCall("identity_verify_email", 3)

# One row by uq_identity_group_name: the new one, or the one that has the name. Concurrent callers agree.
_FIND_OR_CREATE_GROUP = statement("""
with added as (
    insert into identity_group (tenant_id, id, name, description) values ($1, $2, $3, $4)
    on conflict (tenant_id, lower(name)) do nothing returning id
)
select id, true as created from added
union all
select id, false from identity_group where tenant_id = $1 and lower(name) = lower($3) limit 1
""")

# By primary key; who is in the group already stays.
_ADD_GROUP_MEMBERS = statement("""
insert into identity_group_member (tenant_id, group_id, membership_id)
select $1, $2, wanted from unnest($3::uuid[]) as wanted on conflict do nothing
""")


# One row per distinct person, keyed by the address that was asked for; `fresh` where the membership was made here.
# Who is a member already is locked and stays as they are.
_ADD_MEMBERS = statement("""
with wanted as (
    select * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[])
        as w (id, email, name, role, fresh_person)
), found as (
    select distinct on (p.id) w.*, p.id as person_id from wanted w
    cross join lateral identity_find_or_create_person(w.email, w.name, w.fresh_person) p
    order by p.id, w.id
), added as (
    insert into identity_membership as m (tenant_id, id, person_id, email, display_name, roles)
    select $1, f.id, f.person_id, f.email, f.name, array[f.role] from found f order by f.person_id
    on conflict (tenant_id, person_id) do update set display_name = m.display_name
    returning m.id, m.person_id, m.email, m.display_name, m.roles, m.xmax = 0 as fresh
)
select f.email as asked, a.* from added a join found f using (person_id)
""")

# By primary key; owners keep their access.
_SUSPEND_MEMBERS = statement("""
update identity_membership set status = 'suspended', updated_at = $3
where tenant_id = $1 and id = any($2) and status = 'active' and not 'owner' = any(roles) returning id
""")

# Touches one row by primary key.
_SHUT_OUT = statement(
    "update identity_membership set status = 'suspended' where tenant_id = $1 and id = $2 and status = 'active'"
)

# Letters to the member's address, or accepted by the member; the organisation's invitations are few.
_FORGET_INVITATIONS = statement("""
delete from identity_invitation i where i.tenant_id = $1 and (i.accepted_by = $2 or lower(i.email) = (
    select lower(m.email) from identity_membership m where m.tenant_id = $1 and m.id = $2))
""")

# Served by ix_identity_group_member_membership.
_LEAVE_GROUPS = statement("delete from identity_group_member where tenant_id = $1 and membership_id = $2")

_FORGET_PERSON = DefinerCall("identity_forget_person", 2)


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody to be made a member under a given id; `email` in its normal form."""

    id: MembershipId
    email: str
    name: str
    role: Role = Role.LEARNER


@dataclass(frozen=True, slots=True)
class FoundPerson:
    id: PersonId
    name: str
    created: bool


async def find_or_create_person(tx: WriteUnit, email: str, name: str = "") -> FoundPerson:
    """The one person with this address; concurrent callers get the same id, and the first name stays."""
    row = (await tx.ask(_FIND_OR_CREATE, email, name, new_id()))[0]
    return FoundPerson(PersonId(row["id"]), row["name"], row["created"])


async def verify_email(db: Database, person_id: PersonId, email: str, now: datetime) -> None:
    await db.ask(_VERIFY_EMAIL, person_id, email, now)


async def update_preferences(tx: WriteUnit, person_id: PersonId, changes: Mapping[str, str | None]) -> None:
    """Write the person's own row; the unit was opened for that person."""
    row = await tx.session.get(PersonRow, person_id)
    if row is None:
        raise PersonNotFound
    for name, value in changes.items():
        setattr(row, name, value)


async def add_members(tx: WriteUnit, people: Sequence[NewMember], now: datetime) -> "dict[str, asyncpg.Record]":
    """Find or create every person and membership in one statement; rows by the address that was asked for."""
    # In one order, so that two imports of the same people wait for each other instead of deadlocking.
    given = sorted(people, key=lambda each: each.email)
    rows = await tx.fetch(
        _ADD_MEMBERS,
        [each.id for each in given],
        [each.email for each in given],
        [each.name for each in given],
        [each.role.value for each in given],
        [new_id() for _ in given],
    )
    tenant_id = tx.require_tenant()
    await tx.emit(
        *(
            MemberAdded(tenant_id=tenant_id, aggregate_id=row["id"], occurred_at=now, roles=tuple(row["roles"]))
            for row in rows
            if row["fresh"]
        )
    )
    return {row["asked"]: row for row in rows}


async def suspend_members(tx: WriteUnit, membership_ids: Sequence[MembershipId], now: datetime) -> int:
    """Returns how many were active until now."""
    rows = await tx.fetch(_SUSPEND_MEMBERS, list(membership_ids), now)
    tenant_id = tx.require_tenant()
    await tx.emit(*(MemberSuspended(tenant_id=tenant_id, aggregate_id=row["id"], occurred_at=now) for row in rows))
    return len(rows)


def add_organization(tx: WriteUnit, tenant_id: TenantId, name: str) -> None:
    tx.session.add(OrganizationRow(tenant_id=tenant_id, name=name))


async def require_organization(rx: ReadUnit) -> OrganizationRow:
    row: OrganizationRow | None = await rx.session.scalar(select(OrganizationRow))
    if row is None:
        raise OrganizationNotFound
    return row


async def remove_logo(tx: WriteUnit) -> None:
    await tx.session.execute(delete(LogoRow))


async def membership_of_person(rx: ReadUnit, person_id: PersonId) -> MembershipRow | None:
    """Served by uq_identity_membership_person."""
    return await rx.session.scalar(select(MembershipRow).where(MembershipRow.person_id == person_id))


async def membership(rx: ReadUnit, membership_id: MembershipId, *, lock: bool = False) -> MembershipRow | None:
    wanted = select(MembershipRow).where(MembershipRow.id == membership_id)
    return await rx.session.scalar(wanted.with_for_update() if lock else wanted)


async def active_member_with_email(rx: ReadUnit, email: str) -> bool:
    """Served by ix_identity_membership_email."""
    wanted = select(MembershipRow.id).where(func.lower(MembershipRow.email) == email, MembershipRow.status == ACTIVE)
    return await rx.session.scalar(wanted.limit(1)) is not None


async def lock_owners(tx: WriteUnit) -> list[MembershipId]:
    """The active owners who are people, locked in order of their ids."""
    wanted = (
        select(MembershipRow.id)
        .where(
            MembershipRow.roles.contains([Role.OWNER.value]),
            MembershipRow.status == ACTIVE,
            MembershipRow.person_id.is_not(None),
        )
        .order_by(MembershipRow.id)
        .with_for_update()
    )
    return [MembershipId(found) for found in (await tx.session.scalars(wanted)).all()]


async def count_people(rx: ReadUnit, membership_ids: Sequence[MembershipId]) -> int:
    """How many of the ids are people here; by primary key."""
    wanted = select(func.count()).where(MembershipRow.id.in_(membership_ids), MembershipRow.person_id.is_not(None))
    return await rx.session.scalar(wanted) or 0


async def open_invitation(rx: ReadUnit, email: str) -> InvitationRow | None:
    """Served by uq_identity_invitation_open."""
    wanted = select(InvitationRow).where(
        InvitationRow.email == email, InvitationRow.accepted_at.is_(None), InvitationRow.revoked_at.is_(None)
    )
    return await rx.session.scalar(wanted)


async def close_expired_invitation(tx: WriteUnit, email: str, now: datetime) -> None:
    """An open one that nobody can use any more makes room for a new one."""
    await tx.session.execute(
        update(InvitationRow)
        .where(
            InvitationRow.email == email,
            InvitationRow.accepted_at.is_(None),
            InvitationRow.revoked_at.is_(None),
            InvitationRow.expires_at <= now,
        )
        .values(revoked_at=now)
    )


async def invitation(tx: WriteUnit, invitation_id: InvitationId) -> InvitationRow | None:
    """Locked, so that it is accepted once."""
    wanted = select(InvitationRow).where(InvitationRow.id == invitation_id).with_for_update()
    return await tx.session.scalar(wanted)


async def group(rx: ReadUnit, group_id: GroupId) -> GroupRow | None:
    return await rx.session.scalar(select(GroupRow).where(GroupRow.id == group_id))


async def group_named(rx: ReadUnit, name: str) -> GroupRow | None:
    """Served by uq_identity_group_name."""
    return await rx.session.scalar(select(GroupRow).where(func.lower(GroupRow.name) == func.lower(name)))


async def find_or_create_group(tx: WriteUnit, fresh_id: UUID, name: str, description: str) -> tuple[UUID, bool]:
    row = await tx.fetch_row(_FIND_OR_CREATE_GROUP, fresh_id, name, description)
    if row is None:  # another transaction added it after this statement began: now it can be seen
        row = await tx.fetch_row(_FIND_OR_CREATE_GROUP, fresh_id, name, description)
    if row is None:
        raise OrganizationNotFound
    return row["id"], row["created"]


async def add_group_members(tx: WriteUnit, group_id: GroupId, membership_ids: Sequence[MembershipId]) -> int:
    return await tx.execute(_ADD_GROUP_MEMBERS, group_id, list(membership_ids))


async def remove_group_members(tx: WriteUnit, group_id: GroupId, membership_ids: Sequence[MembershipId]) -> int:
    gone = delete(GroupMemberRow).where(
        GroupMemberRow.group_id == group_id, GroupMemberRow.membership_id.in_(membership_ids)
    )
    return len((await tx.session.scalars(gone.returning(GroupMemberRow.membership_id))).all())


async def domain(rx: ReadUnit, domain_id: DomainId) -> DomainRow | None:
    return await rx.session.scalar(select(DomainRow).where(DomainRow.id == domain_id))


async def mark_verified(tx: WriteUnit, row: DomainRow, now: datetime) -> None:
    """Make the host this organisation's; raises DomainTaken when another has proven it before."""
    row.verified_at = now
    try:
        await tx.session.flush()
    except IntegrityError as error:
        if "uq_identity_domain_host" not in str(error):
            raise
        raise DomainTaken from error


async def domain_of_host(rx: ReadUnit, host: str) -> DomainRow | None:
    """This organisation's claim; served by uq_identity_domain_tenant."""
    return await rx.session.scalar(select(DomainRow).where(DomainRow.host == host))


async def shut_out(tx: WriteUnit, membership_id: UUID) -> int:
    return await tx.execute(_SHUT_OUT, membership_id)


async def forget_member(tx: WriteUnit, membership_id: UUID) -> dict[str, int]:
    """The row stays, so that what points to it does; it says "Former member". Safe to repeat."""
    invitations = await tx.execute(_FORGET_INVITATIONS, membership_id)
    groups = await tx.execute(_LEAVE_GROUPS, membership_id)
    accounts = (await tx.ask(_FORGET_PERSON, tx.require_tenant(), membership_id))[0][0]
    return {"memberships": 1, "invitations": invitations, "groups": groups, "accounts": accounts}


# By primary key.
_SET_DIRECTORY = statement(
    "insert into identity_directory (tenant_id, fields, changed_at, changed_by) values ($1, $2, $3, $4)"
    " on conflict (tenant_id) do update set fields = excluded.fields, changed_at = excluded.changed_at,"
    " changed_by = excluded.changed_by"
)


async def set_directory(tx: WriteUnit, fields: Sequence[str], now: datetime, by: UUID | None) -> None:
    """What the organisation counts as directory information."""
    await tx.execute(_SET_DIRECTORY, list(fields), now, by)
