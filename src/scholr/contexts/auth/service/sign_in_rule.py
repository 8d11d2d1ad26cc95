"""What an organisation asks of those who sign in, beyond a password."""

from collections.abc import Mapping
from dataclasses import dataclass

from scholr.contexts.auth import repository
from scholr.contexts.auth.errors import ProveYourselfFirst, UnknownAnswer
from scholr.contexts.auth.events import SignInRuleChanged
from scholr.contexts.auth.model import AskedOf, SessionId, is_enough
from scholr.contexts.auth.policy import MANAGE_SIGN_IN, SEE_SESSIONS
from scholr.contexts.auth.service.sessions import require_recent_proof
from scholr.kernel.actor import Actor
from scholr.platform.db.retry import retried
from scholr.platform.db.statement import DefinerCall
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require

_PROTECTION = DefinerCall("auth_protection", 0)


@dataclass(frozen=True, slots=True)
class Share:
    """Of how many people how many have a passkey or a second step, and how many a password alone lets in."""

    people: int = 0
    protected: int = 0
    by_password: int = 0


@dataclass(frozen=True, slots=True)
class SignInRule:
    asked_of: AskedOf
    staff: Share
    others: Share


def asked_of(text: str) -> AskedOf:
    """Raises UnknownAnswer."""
    try:
        return AskedOf(text)
    except ValueError:
        raise UnknownAnswer(fields={"second_step": UnknownAnswer.message}) from None


async def sign_in_rule(platform: Platform, actor: Actor) -> SignInRule:
    """The organisation's rule, and how many could follow it today."""
    tenant_id = require(actor, SEE_SESSIONS)
    async with platform.db.read(tenant_id) as rx:
        today = await second_step_asked_of(rx)
        shares: Mapping[bool, Share] = {
            row["is_staff"]: Share(row["people"], row["protected"], row["by_password"])
            for row in await rx.ask(_PROTECTION)
        }
    return SignInRule(today, shares.get(True, Share()), shares.get(False, Share()))


async def second_step_asked_of(rx: ReadUnit) -> AskedOf:
    """The rule as it stands: of nobody until the organisation decides."""
    row = await repository.sign_in_rule(rx)
    return AskedOf(row.second_step) if row is not None else AskedOf.NOBODY


@retried
async def ask_second_step(platform: Platform, actor: Actor, session_id: SessionId | None, wanted: AskedOf) -> None:
    """Ask a second step of these people from their next request on.

    Raises SignInAgain, PersonOnly, and ProveYourselfFirst where the rule would shut out whoever makes it.
    """
    tenant_id = require(actor, MANAGE_SIGN_IN)
    if not is_enough(await require_recent_proof(platform, actor, session_id), wanted, actor.roles):
        raise ProveYourselfFirst
    async with platform.db.write(tenant_id) as tx:
        before = await second_step_asked_of(tx)
        if before is wanted:
            return
        await repository.put_sign_in_rule(tx, wanted)
        await tx.emit(
            SignInRuleChanged(
                tenant_id=tenant_id,
                aggregate_id=tenant_id,
                occurred_at=platform.clock.now(),
                second_step=wanted,
                before=before,
            )
        )
