"""Who is asking: proven once at the edge, then passed down, never read from what the client says."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from scholr.kernel.ids import MembershipId, PersonId, TenantId


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    INSTRUCTOR = "instructor"
    ASSISTANT = "assistant"
    LEARNER = "learner"
    OBSERVER = "observer"
    AUDITOR = "auditor"


class ActorKind(StrEnum):
    ANONYMOUS = "anonymous"
    PERSON = "person"
    TOKEN = "token"
    SYSTEM = "system"


class Operating(StrEnum):
    """Whether somebody looks after the deployment. `unproven`: an operator whose session lacks the second factor."""

    NO = "no"
    UNPROVEN = "unproven"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Actor:
    """`tenant_id` and `membership_id` are None where no organisation is chosen yet.

    `scopes` None means unrestricted within the roles; a token's scopes narrow them.
    `token_id` says which API token it is. `operating` is of people in a browser only and says nothing of any tenant.
    """

    kind: ActorKind
    tenant_id: TenantId | None = None
    person_id: PersonId | None = None
    membership_id: MembershipId | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    scopes: frozenset[str] | None = None
    token_id: UUID | None = None
    operating: Operating = Operating.NO

    def has_role(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


ANONYMOUS = Actor(ActorKind.ANONYMOUS)


def system_actor(tenant_id: TenantId) -> Actor:
    """The platform itself, working for one tenant (a job, a handler)."""
    return Actor(ActorKind.SYSTEM, tenant_id=tenant_id, roles=frozenset({Role.OWNER}))
