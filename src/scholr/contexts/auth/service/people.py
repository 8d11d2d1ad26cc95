"""Accounts that are made with a password, without a letter: by an operator, and by the demo's seed."""

from dataclasses import dataclass

from scholr.contexts.auth.service.passwords import set_password
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, Role, system_actor
from scholr.kernel.ids import MembershipId, PersonId, TenantId
from scholr.platform.runtime import Platform


@dataclass(frozen=True, slots=True)
class OpenedOrganization:
    tenant_id: TenantId
    owner_id: MembershipId


async def open_organization(
    platform: Platform, *, name: str, owner_email: str, owner_name: str, password: str
) -> OpenedOrganization:
    """A new organisation with a person as its owner. Raises WeakPassword, InvalidEmail, InvalidName."""
    tenant_id = await identity.create_organization(platform, name=name)
    owner_id = await add_member_with_password(
        platform, system_actor(tenant_id), email=owner_email, name=owner_name, password=password, role=Role.OWNER
    )
    return OpenedOrganization(tenant_id, owner_id)


async def add_member_with_password(
    platform: Platform, actor: Actor, *, email: str, name: str, password: str, role: Role = Role.LEARNER
) -> MembershipId:
    """A member who can sign in at once; the same address again changes the password only."""
    await create_person_with_password(platform, email=email, name=name, password=password)
    added = await identity.add_member(platform, actor, email=email, name=name, role=role)
    return added.id


async def create_person_with_password(platform: Platform, *, email: str, name: str, password: str) -> PersonId:
    """The person with this address, with this password. For operators: it asks for no proof. Raises WeakPassword."""
    person = await identity.find_or_create_person(platform, email=email, name=name)
    await set_password(platform, person.id, password, personal=(email,))
    return person.id
