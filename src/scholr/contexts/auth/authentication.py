"""Who is asking: called by the edge once for each request, one round trip to the database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import asyncpg
from litestar.types import Scope

from scholr.contexts.auth.errors import InvalidToken, UnknownTenant
from scholr.contexts.auth.hosts import HostDirectory, logo_url
from scholr.contexts.auth.model import TWO_FACTORS, AskedOf, Proof, is_enough
from scholr.kernel.actor import Actor, ActorKind, Operating, Role
from scholr.kernel.errors import DomainError
from scholr.kernel.ids import MembershipId, PersonId, TenantId, parse_id
from scholr.platform.cache.last_known import LastKnown
from scholr.platform.cache.region import Region
from scholr.platform.db.statement import DefinerCall
from scholr.platform.http.context import Brand, RequestContext, Viewer, cookie, header
from scholr.platform.http.settings import HttpSettings
from scholr.platform.runtime import Platform
from scholr.platform.security.tokens import token_hash

SCHEME = "bearer "
NO_BRAND = "#2348bd"
REMEMBERED = timedelta(minutes=2)
"""How long after its last proof a session or a token may read what is kept, while the database cannot be asked."""

_SESSION = DefinerCall("auth_resolve_visitor", 2)
_TOKEN = DefinerCall("auth_resolve_token", 2)
_OWNER = DefinerCall("identity_owner", 1)


def session_cookie(http: HttpSettings) -> str:
    """The cookie's name. Over https the prefix makes browsers refuse it from subdomains and other paths."""
    return "__Host-scholr_session" if http.secure_cookies else "scholr_session"


@dataclass(frozen=True, slots=True)
class Proven:
    """Who somebody is, as the database said it. `is_held`: the organisation asks for more than the session showed, so
    that the person has their own account and nothing else."""

    actor: Actor
    viewer: Viewer
    session_id: str | None = None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a request shows of itself, and how the database is asked about it. `refusal` None: it goes on as nobody."""

    kind: str
    key: str
    call: DefinerCall
    arguments: tuple[object, ...]
    read: "Callable[[asyncpg.Record], Proven]"
    refusal: DomainError | None


# Of one process only, by the hash of what was shown, and never shown while the database answers.
PROVEN = Region(
    name="auth.proven",
    holds=Proven,
    fresh=0,
    rescue=REMEMBERED.total_seconds(),
    is_global=True,
    stays_here=True,
    most_entries=5000,
    most_bytes=4 * 1024 * 1024,
)


class Authenticator:
    """Sets the request's actor from what can be proven; a request that proves nothing stays anonymous.

    A bearer token that proves nothing is refused instead: a program should hear at once that its token died.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._cookie = session_cookie(platform.http)
        self._hosts = HostDirectory(platform)
        self._kept: LastKnown[asyncpg.Record, Proven] = LastKnown(platform.cache, PROVEN)

    async def __call__(self, scope: Scope, context: RequestContext) -> None:
        context.brand = await self._hosts.brand_of(scope)
        proof = self._proof(scope)
        if proof is not None:
            found = await self._proven(scope, proof)
            if found is not None:
                context.actor, context.viewer, context.session_id = found.actor, found.viewer, found.session_id
                context.is_held = found.is_held
            elif proof.refusal is not None:
                raise proof.refusal
        if context.brand is not None and context.actor.tenant_id not in (None, context.brand.tenant_id):
            _leave_tenant(context, context.brand)

    def _proof(self, scope: Scope) -> _Proof | None:
        """What the request shows; nothing else of it is looked at."""
        authorization = header(scope, b"authorization")
        if authorization is not None and authorization[: len(SCHEME)].lower() == SCHEME:
            hashed = token_hash(authorization[len(SCHEME) :].strip())
            return _Proof("token", hashed.hex(), _TOKEN, (hashed,), _by_token, InvalidToken())
        if self._platform.http.is_demo and (text := header(scope, b"x-tenant-id")) is not None:
            tenant_id = parse_id(text)
            if tenant_id is None:
                raise UnknownTenant
            return _Proof("owner", tenant_id.hex, _OWNER, (tenant_id,), _owner_of(tenant_id), UnknownTenant())
        if token := cookie(scope, self._cookie):
            hashed = token_hash(token)
            return _Proof("session", hashed.hex(), _SESSION, (hashed,), _by_session(self._platform.http.is_demo), None)
        return None

    async def _proven(self, scope: Scope, proof: _Proof) -> Proven | None:
        """Asked of the database each time, so that what was revoked ends with the next request.

        Who was proven within the last two minutes may go on reading while the database cannot be asked: what is kept
        of the catalogue is shown, and everything else of theirs needs the database anyway.
        """

        async def ask() -> "asyncpg.Record | None":
            now = () if proof.call is _OWNER else (self._platform.clock.now(),)
            rows = await self._platform.db.ask(proof.call, *proof.arguments, *now)
            return rows[0] if rows else None

        if scope.get("method") not in ("GET", "HEAD"):
            row = await ask()
            return proof.read(row) if row is not None else None
        return await self._kept.ask(f"{proof.kind} {proof.key}", ask, proof.read)


def _by_session(is_demo: bool) -> "Callable[[asyncpg.Record], Proven]":
    """Outside of the demo only a session that two factors opened operates the deployment."""

    def read(row: "asyncpg.Record") -> Proven:
        viewer = Viewer(
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
        person, is_held = _person(row)
        return Proven(replace(person, operating=_operating(row, is_demo)), viewer, str(row["session_id"]), is_held)

    return read


def _operating(row: "asyncpg.Record", is_demo: bool) -> Operating:
    if not row["is_operator"]:
        return Operating.NO
    return Operating.YES if is_demo or Proof(row["proof"]) in TWO_FACTORS else Operating.UNPROVEN


def _by_token(row: "asyncpg.Record") -> Proven:
    actor = Actor(
        ActorKind.TOKEN,
        tenant_id=TenantId(row["tenant_id"]),
        person_id=PersonId(row["person_id"]) if row["person_id"] else None,
        membership_id=MembershipId(row["membership_id"]),
        roles=_roles(row),
        scopes=frozenset(row["scopes"]),
        token_id=row["token_id"],
    )
    return Proven(actor, _viewer_in_tenant(row))


def _owner_of(tenant_id: UUID) -> "Callable[[asyncpg.Record], Proven]":
    """The demo's walkthrough: the header names the tenant, and the request acts as its owner."""

    def read(row: "asyncpg.Record") -> Proven:
        actor = Actor(
            ActorKind.PERSON,
            tenant_id=TenantId(tenant_id),
            membership_id=MembershipId(row["membership_id"]),
            roles=frozenset({Role.OWNER}),
        )
        return Proven(actor, _viewer_in_tenant(row))

    return read


def _person(row: "asyncpg.Record") -> tuple[Actor, bool]:
    """Without a tenant until the person has chosen one, and again once the membership was suspended; and while the
    session has shown less than the organisation asks, which is the second answer."""
    person_id = PersonId(row["person_id"])
    if row["tenant_id"] is None:
        return Actor(ActorKind.PERSON, person_id=person_id), False
    roles = _roles(row)
    if not is_enough(Proof(row["proof"]), AskedOf(row["second_step"]), roles):
        return Actor(ActorKind.PERSON, person_id=person_id), True
    actor = Actor(
        ActorKind.PERSON,
        tenant_id=TenantId(row["tenant_id"]),
        person_id=person_id,
        membership_id=MembershipId(row["membership_id"]),
        roles=roles,
    )
    return actor, False


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
