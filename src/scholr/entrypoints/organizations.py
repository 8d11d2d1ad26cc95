"""`scholr organization`, `plan`, `user`, `token` and `recover`: organisations and people, from the command line."""

import asyncio
from datetime import timedelta
from uuid import UUID

from rich.console import Console

from scholr.contexts.auth import facade as auth
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import the_platform, the_workers_database
from scholr.entrypoints.wiring import live_modules
from scholr.kernel.actor import Actor, ActorKind, Role, system_actor
from scholr.kernel.errors import NotFound
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.database import Database
from scholr.platform.ratelimit.plans import set_plan

out = Console(highlight=False)


def organization(name: str, *, owner_email: str, owner_name: str) -> None:
    """Open an organisation whose owner sets a password by the link that is mailed; prints its id."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            tenant_id = await identity.create_organization(platform, name=name)
            await identity.add_member(
                platform, system_actor(tenant_id), email=owner_email, name=owner_name, role=Role.OWNER
            )
            await auth.request_reset(platform, email=owner_email, client=auth.Client(user_agent="scholr"))
            out.print(str(tenant_id))

    asyncio.run(run())


def plan(tenant: UUID, name: str) -> None:
    """Give an organisation a plan: small, standard, large or unlimited. Every process hears of it within seconds."""

    async def run() -> None:
        async with the_platform(Environment()) as platform, platform.db.read(TenantId(tenant)) as rx:
            found = await identity.require_organization(rx)
        async with the_workers_database(Environment()) as database, database.write(None) as tx:
            await set_plan(tx, TenantId(tenant), name)
        out.print(f"{found.name}: {name}")

    asyncio.run(run())


def user(tenant: UUID, email: str, name: str, *, role: Role = Role.LEARNER) -> None:
    """Make somebody a member of an organisation; the same address again changes nothing. Prints the member's id."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            actor = system_actor(TenantId(tenant))
            out.print(str((await identity.add_member(platform, actor, email=email, name=name, role=role)).id))

    asyncio.run(run())


def token(
    tenant: UUID, member: UUID, *, name: str = "command line", days: int = 30, scopes: list[str] | None = None
) -> None:
    """An API token of a member, shown this once; without scopes it may do what the member may."""

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            actor = await _member(platform.db, TenantId(tenant), MembershipId(member))
            known = frozenset(p.scope for module in live_modules() for p in module.permissions)
            made = await auth.create_token(
                platform, actor, name=name, scopes=scopes or sorted(known), lasts=timedelta(days=days), known=known
            )
            out.print(made.token)

    asyncio.run(run())


def recover(email: str) -> None:
    """Take second step, recovery codes and passkeys off an account whose owner has lost them. The password stays.

    Make sure beforehand who asks. Every session ends, the owner gets a letter, and each of their organisations'
    audit logs an entry.
    """

    async def run() -> None:
        async with the_platform(Environment()) as platform:
            if not await auth.remove_factors(platform, email=email):
                raise NotFound("There is no account with a password at this address.")
        out.print("Signing in with the password is enough now, where no organisation asks for more.")

    asyncio.run(run())


async def _member(database: Database, tenant_id: TenantId, member_id: MembershipId) -> Actor:
    async with database.read(tenant_id) as rx:
        found = await identity.require_member(rx, member_id)
    return Actor(ActorKind.PERSON, tenant_id=tenant_id, membership_id=member_id, roles=found.roles)
