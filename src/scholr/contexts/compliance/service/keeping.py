"""How long what is kept, and forgetting it in time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scholr.contexts.compliance import queries, repository
from scholr.contexts.compliance.errors import InvalidPeriod
from scholr.contexts.compliance.events import RetentionApplied, RetentionChanged
from scholr.contexts.compliance.policy import MANAGE_PRIVACY, SEE_PRIVACY
from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor
from scholr.kernel.ids import TenantId
from scholr.platform.db.forgetting import Forgetting, counts, forget
from scholr.platform.db.retry import retried
from scholr.platform.db.unit import ReadUnit
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import require


@dataclass(frozen=True, slots=True)
class Period:
    """Days after which a kind goes; 0: never. An organisation may choose within `least` and `most`."""

    kind: str
    title: str
    days: int
    least: int
    most: int

    @property
    def is_ours(self) -> bool:
        """Whether the organisation decides, and the daily tidying forgets; the others end by themselves."""
        return self.most > self.least


PERIODS = (
    Period("imports", "Lists of people that staff has sent, after they were carried out or left", 90, 30, 365),
    Period("views", "How long somebody had a lesson open, after they were last in the course", 730, 365, 3650),
    Period("notes", "Notes of former members, after they were shut out", 180, 30, 3650),
    Period("invitations", "Invitations, after they were accepted, revoked or expired", 90, 30, 365),
    Period("requests", "Privacy requests and released holds, after the answer", 1095, 365, 3650),
    Period("exports", "Files with everything about a person, after they were made", 7, 7, 7),
    Period("mail", "Letters, after they were sent", 30, 30, 30),
    Period("events", "Events, after everybody concerned has them", 7, 7, 7),
    Period("answers", "First answers to requests that may be sent twice", 1, 1, 1),
    Period("sessions", "Sessions and links that work once: until they end", 30, 30, 30),
    Period("audit log", "The audit log: networks instead of machines, ids instead of names", 0, 0, 0),
)
CHOSEN = {period.kind: period for period in PERIODS if period.is_ours}


@dataclass(frozen=True, slots=True)
class Keeping:
    """One kind in one organisation: `days` that hold, and how many records would go now."""

    period: Period
    days: int
    due: int


async def keeping_of(platform: Platform, actor: Actor) -> list[Keeping]:
    """What would be forgotten if it were done now; nothing is."""
    tenant_id = require(actor, SEE_PRIVACY)
    return await dry_run(platform, tenant_id)


async def dry_run(platform: Platform, tenant_id: TenantId) -> list[Keeping]:
    """Four statements."""
    now = platform.clock.now()
    async with platform.db.read(tenant_id) as rx:
        days, held = await queries.chosen_days(rx), await queries.held(rx)
        wanted: list[tuple[str, Forgetting, datetime]] = []
        for period in CHOSEN.values():
            before = now - timedelta(days=days.get(period.kind, period.days))
            wanted += [(period.kind, each, before) for each in await _what_goes(rx, period.kind, before)]
        found = await counts(rx, [(each, before) for _, each, before in wanted], held)
    due = Counter[str]()
    for (kind, _, _), number in zip(wanted, found, strict=True):
        due[kind] += number
    return [Keeping(period, days.get(period.kind, period.days), due[period.kind]) for period in CHOSEN.values()]


async def _what_goes(rx: ReadUnit, kind: str, before: datetime) -> Sequence[Forgetting]:
    match kind:
        case "imports":
            return (enrollment.FORGET_IMPORTS,)
        case "views":
            return (learning.FORGET_VIEWS,)
        case "notes":
            former = await identity.former_members(rx, before)
            return (learning.notes_of(former),) if former else ()
        case "invitations":
            return (identity.FORGET_INVITATIONS,)
        case _:
            return repository.FORGET_ANSWERED


@retried
async def set_period(platform: Platform, actor: Actor, *, kind: str, days: int) -> None:
    """Keep a kind for so many days from now on. Raises InvalidPeriod outside of what may be chosen."""
    tenant_id, now = require(actor, MANAGE_PRIVACY), platform.clock.now()
    period = CHOSEN.get(kind)
    if period is None:
        raise InvalidPeriod(fields={"kind": "nobody decides how long this is kept"})
    if not period.least <= days <= period.most:
        raise InvalidPeriod(fields={"days": f"between {period.least} and {period.most} days"})
    async with platform.db.write(tenant_id) as tx:
        before = (await queries.chosen_days(tx)).get(kind, period.days)
        if before == days:
            return
        await repository.set_days(tx, kind, days, now, actor.membership_id)
        await tx.emit(
            RetentionChanged(
                tenant_id=tenant_id, aggregate_id=tenant_id, occurred_at=now, kind=kind, days=days, before=before
            )
        )


async def apply_period(platform: Platform, tenant_id: TenantId, kind: str) -> int:
    """Forget one batch of what is over, in one transaction with its entry in the log; returns how many went.

    Holds are read in the same transaction: one that was placed before it began is kept. Less than a batch: all done.
    """
    period, now = CHOSEN[kind], platform.clock.now()
    async with platform.db.write(tenant_id) as tx:
        days = (await queries.chosen_days(tx)).get(kind, period.days)
        before, held = now - timedelta(days=days), await repository.held_for_now(tx)
        gone = 0
        for each in await _what_goes(tx, kind, before):
            gone += await forget(tx, each, before, held)
        if gone:
            await tx.emit(
                RetentionApplied(
                    tenant_id=tenant_id, aggregate_id=tenant_id, occurred_at=now, kind=kind, days=days, forgotten=gone
                )
            )
    return gone


async def apply_all(platform: Platform, tenant_id: TenantId, kind: str) -> int:
    """Forget everything of a kind that is over; returns how many records went."""
    forgotten = 0
    while gone := await apply_period(platform, tenant_id, kind):
        forgotten += gone
    return forgotten
