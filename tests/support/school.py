"""An organisation to test in, made through the same use cases that people reach."""

import itertools
from dataclasses import dataclass

from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.runtime import Platform

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class School:
    platform: Platform
    tenant_id: TenantId
    owner: Actor

    async def person(self, role: Role = Role.LEARNER, *, name: str | None = None) -> Actor:
        """A new member with this role, as an actor."""
        number = next(_numbers)
        added = await identity.add_member(
            self.platform,
            self.owner,
            email=f"{role}{number}.{self.tenant_id.hex[-12:]}@example.org",
            name=name or f"{role.capitalize()} {number}",
            role=role,
        )
        return Actor(ActorKind.PERSON, tenant_id=self.tenant_id, membership_id=added.id, roles=frozenset({role}))


async def open_school(platform: Platform, name: str) -> School:
    tenant_id = await identity.create_organization(platform, name=name)
    async with platform.db.read(tenant_id) as rx:
        owner_id = await identity.owner_of(rx)
    assert owner_id is not None
    return School(platform, tenant_id, _owner(tenant_id, owner_id))


def _owner(tenant_id: TenantId, owner_id: MembershipId) -> Actor:
    return Actor(ActorKind.PERSON, tenant_id=tenant_id, membership_id=owner_id, roles=frozenset({Role.OWNER}))
