"""Who is asking: called by the edge once for each request, one round trip to the database."""

from dataclasses import replace

import asyncpg
from litestar.types import Scope

from scholr.contexts.auth.errors import InvalidToken, UnknownTenant
from scholr.contexts.auth.hosts import HostDirectory, logo_url
from scholr.kernel.actor import Actor, ActorKind, Role
from scholr.kernel.ids import MembershipId, PersonId, TenantId, parse_id
from scholr.platform.db.statement import DefinerCall
from scholr.platform.http.context import Brand, RequestContext, Viewer, cookie, header
from scholr.platform.http.settings import HttpSettings
from scholr.platform.runtime import Platform
from scholr.platform.security.tokens import token_hash

SCHEME = "bearer "
NO_BRAND = "#2348bd"

_SESSION = DefinerCall("auth_resolve_session", 2)
_TOKEN = DefinerCall("auth_resolve_token", 2)
_OWNER = DefinerCall("identity_owner", 1)


def session_cookie(http: HttpSettings) -> str:
    """The cookie's name. Over https the prefix makes browsers refuse it from subdomains and other paths."""
    return "__Host-scholr_session" if http.secure_cookies else "scholr_session"


class Authenticator:
    """Sets the request's actor from what can be proven; a request that proves nothing stays anonymous.

    A bearer token that proves nothing is refused instead: a program should hear at once that its token died.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._cookie = session_cookie(platform.http)
        self._hosts = HostDirectory(platform)

    async def __call__(self, scope: Scope, context: RequestContext) -> None:
        context.brand = await self._hosts.brand_of(scope)
        authorization = header(scope, b"authorization")
        if authorization is not None and authorization[: len(SCHEME)].lower() == SCHEME:
            await self._by_token(authorization[len(SCHEME) :].strip(), context)
        elif self._platform.http.is_demo and (text := header(scope, b"x-tenant-id")) is not None:
            await self._by_demo_header(text, context)
        elif token := cookie(scope, self._cookie):
            await self._by_session(token, context)
        if context.brand is not None and context.actor.tenant_id not in (None, context.brand.tenant_id):
            _leave_tenant(context, context.brand)

    async def _by_session(self, token: str, context: RequestContext) -> None:
        rows = await self._platform.db.ask(_SESSION, token_hash(token), self._platform.clock.now())
        if not rows:
            return
        row = rows[0]
        context.session_id = str(row["session_id"])
        context.actor = _person(row)
        context.viewer = Viewer(
            display_name=row["display_name"] or row["person_name"] or row["email"],
            organization_name=row["organization_name"] or "Scholr",
            email=row["email"],
            brand_colour=row["brand_colour"] or NO_BRAND,
            logo_url=logo_url(row["logo_digest"]),
            locale=row["locale"],
            time_zone=row["time_zone"],
            theme=row["theme"],
            organizations=row["organizations"],
        )

    async def _by_token(self, token: str, context: RequestContext) -> None:
        rows = await self._platform.db.ask(_TOKEN, token_hash(token), self._platform.clock.now())
        if not rows:
            raise InvalidToken
        row = rows[0]
        context.actor = Actor(
            ActorKind.TOKEN,
            tenant_id=TenantId(row["tenant_id"]),
            person_id=PersonId(row["person_id"]) if row["person_id"] else None,
            membership_id=MembershipId(row["membership_id"]),
            roles=_roles(row),
            scopes=frozenset(row["scopes"]),
            token_id=row["token_id"],
        )
        context.viewer = _viewer_in_tenant(row)

    async def _by_demo_header(self, text: str, context: RequestContext) -> None:
        """The demo's walkthrough: the header names the tenant, and the request acts as its owner."""
        tenant_id = parse_id(text)
        rows = await self._platform.db.ask(_OWNER, tenant_id) if tenant_id else []
        if not rows:
            raise UnknownTenant
        context.actor = Actor(
            ActorKind.PERSON,
            tenant_id=TenantId(tenant_id) if tenant_id else None,
            membership_id=MembershipId(rows[0]["membership_id"]),
            roles=frozenset({Role.OWNER}),
        )
        context.viewer = _viewer_in_tenant(rows[0])


def _person(row: "asyncpg.Record") -> Actor:
    """Without a tenant until the person has chosen one, and again once the membership was suspended."""
    person_id = PersonId(row["person_id"])
    if row["tenant_id"] is None:
        return Actor(ActorKind.PERSON, person_id=person_id)
    return Actor(
        ActorKind.PERSON,
        tenant_id=TenantId(row["tenant_id"]),
        person_id=person_id,
        membership_id=MembershipId(row["membership_id"]),
        roles=_roles(row),
    )


def _leave_tenant(context: RequestContext, brand: Brand) -> None:
    """A host of one organisation never shows another one; a token of another one proves nothing here."""
    actor = context.actor
    if actor.kind is ActorKind.TOKEN:
        raise InvalidToken
    context.actor = Actor(actor.kind, person_id=actor.person_id)
    if context.viewer is not None:
        context.viewer = replace(
            context.viewer, organization_name=brand.name, brand_colour=brand.colour, logo_url=brand.logo_url
        )


def _roles(row: "asyncpg.Record") -> frozenset[Role]:
    return frozenset(Role(role) for role in row["roles"])


def _viewer_in_tenant(row: "asyncpg.Record") -> Viewer:
    return Viewer(
        display_name=row["display_name"],
        organization_name=row["organization_name"],
        brand_colour=row["brand_colour"],
        logo_url=logo_url(row["logo_digest"]),
        locale=row["locale"],
        time_zone=row["time_zone"],
    )
