"""Who is asking: called by the edge once for each request."""

from litestar.types import Scope

from scholr.contexts.auth.errors import UnknownTenant
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import TenantId, parse_id
from scholr.platform.http.context import RequestContext, header
from scholr.platform.runtime import Platform


class Authenticator:
    """Sets the request's actor from what can be proven; a request that proves nothing stays anonymous."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def __call__(self, scope: Scope, context: RequestContext) -> None:
        if self._platform.http.is_demo and (text := header(scope, b"x-tenant-id")) is not None:
            context.actor = await self._demo_owner(text)

    async def _demo_owner(self, text: str) -> Actor:
        """The demo's walkthrough: the header names the tenant, and the request acts as its owner."""
        found = parse_id(text)
        if found is None:
            raise UnknownTenant
        tenant_id = TenantId(found)
        async with self._platform.db.read(tenant_id) as rx:
            owner = await identity.owner_of(rx)
        if owner is None:
            raise UnknownTenant
        return Actor(ActorKind.PERSON, tenant_id=tenant_id, membership_id=owner, roles=frozenset({Role.OWNER}))
