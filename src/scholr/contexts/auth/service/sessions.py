"""Sessions: begin, move to another organisation, prove again, end."""

from dataclasses import dataclass
from datetime import timedelta

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import FactorFirst, NotAMember, PersonOnly, SessionNotFound, SignInAgain
from scholr.contexts.auth.events import OrganizationEntered, OtherSessionsEnded, SessionEnded, SignedIn
from scholr.contexts.auth.model import MAY_CHANGE_FACTORS, Proof, SessionId, is_recent, limits_of, stronger
from scholr.contexts.auth.policy import MANAGE_SESSIONS
from scholr.contexts.auth.tables import SessionRow
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Actor, ActorKind
from scholr.kernel.errors import Unauthenticated
from scholr.kernel.ids import PersonId, TenantId, new_id
from scholr.platform.db.retry import retried
from scholr.platform.db.statement import DefinerCall
from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require
from scholr.platform.security.tokens import new_token, token_hash

_FACTOR_FIRST = DefinerCall("auth_factor_first", 0)
_LONGEST_USER_AGENT = 300
# How often a visit is noted; `auth_resolve_session` counts the same minute.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Client:
    """Where a sign-in comes from, shown to the person in the list of sessions."""

    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class StartedSession:
    """`token` goes into the cookie and is kept nowhere else. `lasts` None: until the browser closes.

    `tenant_id` None: the person belongs to several organisations, or to none, and has to choose.
    """

    token: str
    session_id: SessionId
    person_id: PersonId
    tenant_id: TenantId | None
    lasts: timedelta | None


@retried
async def start_session(
    platform: Platform,
    *,
    person_id: PersonId,
    proof: Proof,
    remembered: bool,
    client: Client,
    tenant_id: TenantId | None = None,
) -> StartedSession:
    """A fresh session with a fresh token: nothing that the browser held before goes on.

    `tenant_id` is where the person wants to be; it counts only where the person is a member.
    """
    now, limits, token = platform.clock.now(), limits_of(remembered), new_token()
    async with platform.db.write(None, person_id=person_id) as tx:
        row = SessionRow(
            id=new_id(),
            person_id=person_id,
            token_hash=token_hash(token),
            current_tenant_id=await _first_place(tx, person_id, tenant_id),
            proof=proof,
            remembered=remembered,
            idle_seconds=int(limits.idle.total_seconds()),
            created_at=now,
            proven_at=now,
            last_seen_at=now,
            expires_at=now + limits.absolute,
            user_agent=client.user_agent[:_LONGEST_USER_AGENT],
            address=client.address,
        )
        tx.session.add(row)
        if row.current_tenant_id is not None:
            await repository.tell(tx, person_id, SignedIn, now, only=row.current_tenant_id, proof=proof)
    return _started(row, token)


def _started(row: SessionRow, token: str) -> StartedSession:
    lasts = limits_of(True).absolute if row.remembered else None
    tenant_id = TenantId(row.current_tenant_id) if row.current_tenant_id else None
    return StartedSession(token, SessionId(row.id), PersonId(row.person_id), tenant_id, lasts)


async def _first_place(tx: WriteUnit, person_id: PersonId, wanted: TenantId | None) -> TenantId | None:
    """The organisation that was asked for and no other; without one, the only one there is."""
    places = [place.tenant_id for place in await identity.organizations_of(tx, person_id)]
    if wanted is not None:
        return wanted if wanted in places else None
    return places[0] if len(places) == 1 else None


@retried
async def switch_organization(
    platform: Platform, actor: Actor, session_id: SessionId, tenant_id: TenantId
) -> StartedSession:
    """Move the session to another organisation of the person, under a new token.

    Raises NotAMember, also for organisations that do not exist.
    """
    person_id, token = require_person(actor), new_token()
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        if tenant_id not in [place.tenant_id for place in await identity.organizations_of(tx, person_id)]:
            raise NotAMember
        row = await own_session(tx, person_id, session_id)
        row.current_tenant_id, row.token_hash = tenant_id, token_hash(token)
        # Visits are noted once a minute for each session: the minute that began elsewhere is over, or this
        # organisation would call its member somebody who never came.
        row.last_seen_at = min(row.last_seen_at, platform.clock.now() - SEEN_EVERY)
        await repository.tell(tx, person_id, OrganizationEntered, platform.clock.now(), only=tenant_id)
    return _started(row, token)


@retried
async def rotate_session(
    platform: Platform, actor: Actor, session_id: SessionId, *, proof: Proof | None = None
) -> StartedSession:
    """Give the session a new token, after a change of what it may do. `proof` says that it was proven just now: with
    less than it was opened with it stays what it was, or operators who showed their password again would be none."""
    person_id, token = require_person(actor), new_token()
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        row = await own_session(tx, person_id, session_id)
        row.token_hash = token_hash(token)
        if proof is not None:
            row.proof, row.proven_at = stronger(Proof(row.proof), proof), platform.clock.now()
    return _started(row, token)


async def require_recent_proof(platform: Platform, actor: Actor, session_id: SessionId | None) -> Proof:
    """How the session was proven, if that was within the last quarter of an hour; raises SignInAgain otherwise."""
    if session_id is None:
        raise PersonOnly
    person_id = require_person(actor)
    async with platform.db.read(actor.tenant_id, person_id=person_id) as rx:
        row = await own_session(rx, person_id, session_id)
    if not is_recent(row.proven_at, platform.clock.now()):
        raise SignInAgain
    return Proof(row.proof)


async def require_proof_for_factors(platform: Platform, actor: Actor, session_id: SessionId | None) -> None:
    """For whoever adds or removes what proves them.

    Raises SignInAgain; and FactorFirst for a session of less than two factors, where the account has one already that
    an organisation of the person asks for, or that makes them an operator.
    """
    if await require_recent_proof(platform, actor, session_id) in MAY_CHANGE_FACTORS:
        return
    async with platform.db.read(actor.tenant_id, person_id=require_person(actor)) as rx:
        has_one_that_is_asked_for = (await rx.ask(_FACTOR_FIRST))[0][0]
    if has_one_that_is_asked_for:
        raise FactorFirst


@retried
async def end_session(platform: Platform, actor: Actor, session_id: SessionId) -> None:
    """End one of the person's own sessions; it stops with its next request. Raises SessionNotFound."""
    person_id = require_person(actor)
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        await tx.session.delete(await own_session(tx, person_id, session_id))
        await _tell_of_end(platform, tx, session_id, by_staff=False)


@retried
async def end_other_sessions(platform: Platform, actor: Actor, keep: SessionId | None) -> int:
    """End all of the person's sessions but `keep`; returns how many ended."""
    person_id = require_person(actor)
    async with platform.db.write(actor.tenant_id, person_id=person_id) as tx:
        ended = await repository.end_sessions(tx, person_id, keep=keep)
        if ended and actor.tenant_id is not None:
            now = platform.clock.now()
            await repository.tell(tx, person_id, OtherSessionsEnded, now, only=actor.tenant_id, ended=ended)
        return ended


@retried
async def end_session_in_organization(platform: Platform, actor: Actor, session_id: SessionId) -> None:
    """End somebody's session that is open in the actor's organisation. Raises SessionNotFound."""
    require(actor, MANAGE_SESSIONS)
    async with platform.db.write(actor.tenant_id) as tx:
        if not await repository.end_session_of_tenant(tx, session_id, tx.require_tenant()):
            raise SessionNotFound
        await _tell_of_end(platform, tx, session_id, by_staff=True)


async def _tell_of_end(platform: Platform, tx: WriteUnit, session_id: SessionId, *, by_staff: bool) -> None:
    """Without an organisation nobody is told: the session was nowhere yet."""
    if tx.tenant_id is not None:
        now = platform.clock.now()
        await tx.emit(SessionEnded(tenant_id=tx.tenant_id, aggregate_id=session_id, occurred_at=now, by_staff=by_staff))


async def own_session(rx: ReadUnit, person_id: PersonId, session_id: SessionId) -> SessionRow:
    """A session of this person. The unit may see others': those that are open in its organisation."""
    row = await repository.session(rx, session_id)
    if row is None or row.person_id != person_id:
        raise SessionNotFound
    return row


def require_person(actor: Actor) -> PersonId:
    """The person behind the actor; raises PersonOnly for tokens, the system and the demo's service account.

    Strangers get Unauthenticated: signing in is what they can do about it.
    """
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated
    if actor.person_id is None or actor.kind is not ActorKind.PERSON:
        raise PersonOnly
    return actor.person_id
