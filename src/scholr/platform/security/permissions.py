"""The one place where a permission is checked. Contexts declare theirs in `policy.py`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.errors import Forbidden, Unauthenticated
from scholr.kernel.ids import TenantId


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may do one thing: `name` is `context.verb`; `scope` is what an API token must carry for it."""

    name: str
    roles: frozenset[Role]
    scope: str


class PermissionRefused(Forbidden):
    """What `require` raises: the edge enters it in the audit log."""

    def __init__(self, permission: Permission, details: Mapping[str, object]) -> None:
        super().__init__(details=details)
        self.permission = permission


class MissingScope(PermissionRefused):
    code = "missing_scope"
    message = "This token was not given the scope for that."


def may(actor: Actor, permission: Permission) -> bool:
    """Whether the actor's roles and, for a token, its scopes allow it. Ownership is the caller's to check."""
    if actor.tenant_id is None or not actor.has_role(*permission.roles):
        return False
    return actor.scopes is None or permission.scope in actor.scopes


def require(actor: Actor, permission: Permission) -> TenantId:
    """The organisation in which the actor may; raises Unauthenticated, PermissionRefused or MissingScope."""
    if actor.kind is ActorKind.ANONYMOUS or actor.tenant_id is None:
        raise Unauthenticated
    if not actor.has_role(*permission.roles):
        raise PermissionRefused(permission, {"permission": permission.name})
    if actor.scopes is not None and permission.scope not in actor.scopes:
        raise MissingScope(permission, {"scope": permission.scope})
    return actor.tenant_id


def scopes_of(permissions: Iterable[Permission], actor: Actor) -> frozenset[str]:
    """The scopes that would allow this actor anything: what a token of theirs may be given."""
    return frozenset(permission.scope for permission in permissions if actor.has_role(*permission.roles))
