"""API tokens: keys for programs, which act as the member who made them and never do more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import InvalidTokenRequest, TokenNotFound, UnknownScope
from scholr.contexts.auth.events import TokenCreated, TokenRevoked
from scholr.contexts.auth.model import TokenId
from scholr.contexts.auth.policy import MANAGE_TOKENS, OWN_TOKENS
from scholr.contexts.auth.tables import ApiTokenRow
from scholr.kernel.actor import Actor
from scholr.kernel.ids import MembershipId, new_id
from scholr.kernel.text import text_problem
from scholr.platform.db.retry import retried
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may, require
from scholr.platform.security.tokens import new_token, token_hash

PREFIX = "schlr_"
LONGEST_LIFE = timedelta(days=365)
_HINT = len(PREFIX) + 5


@dataclass(frozen=True, slots=True)
class CreatedToken:
    """`token` is shown this once and kept nowhere."""

    id: TokenId
    token: str


@retried
async def create_token(
    platform: Platform, actor: Actor, *, name: str, scopes: Iterable[str], lasts: timedelta, known: frozenset[str]
) -> CreatedToken:
    """A token for the actor's own membership, at most a year long.

    `known` are the scopes that there are. A token cannot make one that may do more than itself. Raises
    UnknownScope, InvalidTokenRequest.
    """
    require(actor, OWN_TOKENS)
    wanted = sorted(set(scopes))
    _check(actor, name, wanted, lasts, known)
    token, token_id, now = new_token(PREFIX), TokenId(new_id()), platform.clock.now()
    async with platform.db.write(actor.tenant_id) as tx:
        tx.session.add(
            ApiTokenRow(
                id=token_id,
                membership_id=_own_membership(actor),
                name=name.strip(),
                hint=token[:_HINT],
                token_hash=token_hash(token),
                scopes=wanted,
                expires_at=now + lasts,
                created_at=now,
            )
        )
        await tx.emit(
            TokenCreated(
                tenant_id=tx.require_tenant(),
                aggregate_id=token_id,
                occurred_at=now,
                membership_id=_own_membership(actor),
                scopes=tuple(wanted),
                expires_at=now + lasts,
            )
        )
    return CreatedToken(token_id, token)


def _check(actor: Actor, name: str, scopes: list[str], lasts: timedelta, known: frozenset[str]) -> None:
    if problem := text_problem(name, most=100):
        raise InvalidTokenRequest(fields={"name": problem})
    if not timedelta(0) < lasts <= LONGEST_LIFE:
        raise InvalidTokenRequest(fields={"expires_in_days": f"between 1 and {LONGEST_LIFE.days}"})
    if not scopes:
        raise InvalidTokenRequest(fields={"scopes": "choose at least one"})
    allowed = known if actor.scopes is None else known & actor.scopes
    if unknown := [scope for scope in scopes if scope not in allowed]:
        raise UnknownScope(fields={"scopes": f"there is no such scope for you: {', '.join(unknown)[:200]}"})


def _own_membership(actor: Actor) -> MembershipId:
    if actor.membership_id is None:
        raise TokenNotFound
    return actor.membership_id


@retried
async def revoke_token(platform: Platform, actor: Actor, token_id: TokenId) -> None:
    """End a token at once: one's own, or anybody's for those who manage tokens. Twice changes nothing."""
    require(actor, OWN_TOKENS)
    async with platform.db.write(actor.tenant_id) as tx:
        row = await repository.api_token(tx, token_id)
        if row is None or (row.membership_id != actor.membership_id and not may(actor, MANAGE_TOKENS)):
            raise TokenNotFound
        if row.revoked_at is not None:
            return
        row.revoked_at = platform.clock.now()
        await tx.emit(
            TokenRevoked(
                tenant_id=tx.require_tenant(),
                aggregate_id=row.id,
                occurred_at=row.revoked_at,
                membership_id=row.membership_id,
            )
        )
