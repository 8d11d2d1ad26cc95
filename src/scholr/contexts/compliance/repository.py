"""What compliance writes: the log, and what people and the law ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from scholr.contexts.compliance import queries
from scholr.contexts.compliance.model import Checkpoint, LedgerRecord
from scholr.contexts.compliance.tables import ErasureRow, HoldRow, RequestRow
from scholr.kernel.ids import MembershipId
from scholr.platform.db.forgetting import Forgetting, Held
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

# One call of the only way in; it takes the organisation's turn until the transaction ends.
_APPEND = statement("select compliance_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) /* of tenant_id */")

_KEEP_CHECKPOINT = statement(
    "insert into compliance_checkpoint (tenant_id, seq, key, hash, signed_at, signature)"
    " values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
)

# By uq_compliance_erasure_member.
_OPEN_ERASURE = statement(
    "select id from compliance_erasure where tenant_id = $1 and member_id = $2 and withdrawn_at is null"
)

# One row, made or found; whoever asks at the same moment waits for the first and gets its row.
_ASK_ERASURE = statement("""
insert into compliance_erasure (tenant_id, id, member_id, ground, requested_by, requested_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, member_id) where withdrawn_at is null do update set member_id = excluded.member_id
returning id
""")

# Touches one row by primary key; nothing when the part has reported before.
_KEEP_PART = statement(
    "insert into compliance_erasure_part (tenant_id, erasure_id, part, counts, done_at)"
    " values ($1, $2, $3, $4::jsonb, $5) on conflict do nothing"
)

# One row by primary key, made from the ledger where a restored database does not know it; a request that was open
# when the dump was made is confirmed.
_REPLAY = statement("""
insert into compliance_erasure as e (tenant_id, id, member_id, ground, requested_at, confirmed_at)
values ($1, $2, $3, $4, $5, $5)
on conflict (tenant_id, id) do update set confirmed_at = excluded.confirmed_at where e.confirmed_at is null
""")

# An open request under another id, which the dump still had, makes room.
_SET_ASIDE = statement("""
update compliance_erasure set withdrawn_at = $4
where tenant_id = $1 and member_id = $3 and id <> $2 and withdrawn_at is null and confirmed_at is null
""")

# Touches one row by primary key.
_COMPLETE = statement(
    "update compliance_erasure set completed_at = $3 where tenant_id = $1 and id = $2 and completed_at is null"
)

_FORGET_QUEUES = DefinerCall("platform_forget_member", 3)


async def erasure_row(tx: WriteUnit, erasure_id: UUID) -> ErasureRow | None:
    """Locked, so that each step is taken once; by primary key."""
    return await tx.session.scalar(select(ErasureRow).where(ErasureRow.id == erasure_id).with_for_update())


async def open_erasure(tx: WriteUnit, member_id: UUID) -> UUID | None:
    """The one that was not withdrawn."""
    found: UUID | None = await tx.fetch_value(_OPEN_ERASURE, member_id)
    return found


async def ask_erasure(
    tx: WriteUnit, erasure_id: UUID, member_id: UUID, *, ground: str, by: UUID | None, now: datetime
) -> UUID:
    """The id given, or that of the request which somebody else has made at the same moment."""
    asked: UUID = await tx.fetch_value(_ASK_ERASURE, erasure_id, member_id, ground, by, now)
    return asked


async def keep_part(tx: WriteUnit, erasure_id: UUID, part: str, counts: Mapping[str, int], now: datetime) -> bool:
    """False when it was reported before."""
    done = await tx.execute(_KEEP_PART, erasure_id, part, msgspec.json.encode(counts).decode(), now)
    return done > 0


async def keep_from_ledger(tx: WriteUnit, record: LedgerRecord) -> None:
    """Safe to repeat."""
    await tx.execute(_SET_ASIDE, record.erasure_id, record.member_id, record.confirmed_at)
    await tx.execute(_REPLAY, record.erasure_id, record.member_id, record.ground, record.confirmed_at)


async def complete(tx: WriteUnit, erasure_id: UUID, now: datetime) -> bool:
    return await tx.execute(_COMPLETE, erasure_id, now) > 0


async def forget_queues(tx: WriteUnit, member_id: UUID, address: str) -> dict[str, int]:
    """Rows of the platform's queues that named the member."""
    row = (await tx.ask(_FORGET_QUEUES, tx.require_tenant(), member_id, address))[0]
    return {"mails": row["mails"], "jobs": row["jobs"], "events": row["events"]}


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that has no place in the chain yet; see `model.Entry`."""

    id: UUID
    happened_at: datetime
    actor_kind: str
    actor_id: UUID | None
    token_id: UUID | None
    action: str
    subject_kind: str
    subject_id: UUID
    request_id: UUID | None
    address: str | None
    details: str


async def append(tx: WriteUnit, draft: Draft) -> int:
    """Put the entry at the end of the unit's organisation's chain; returns its number. The same id again: the same."""
    seq: int = await tx.fetch_value(
        _APPEND,
        draft.id,
        draft.happened_at,
        draft.actor_kind,
        draft.actor_id,
        draft.token_id,
        draft.action,
        draft.subject_kind,
        draft.subject_id,
        draft.request_id,
        draft.address,
        draft.details,
    )
    return seq


async def keep_checkpoint(tx: WriteUnit, checkpoint: Checkpoint) -> bool:
    """False when this entry was signed with this key before."""
    kept = await tx.execute(
        _KEEP_CHECKPOINT,
        checkpoint.seq,
        checkpoint.key,
        checkpoint.hash,
        checkpoint.signed_at,
        checkpoint.signature,
    )
    return kept > 0


# Placing a hold waits for forgetting that has begun, and forgetting sees every hold that was placed before it.
_HOLD_ALONE = statement(
    "select pg_advisory_xact_lock(hashtextextended('scholr.hold.' || $1::uuid::text, 0)) /* tenant_id */"
)
_HOLD_TOGETHER = statement(
    "select pg_advisory_xact_lock_shared(hashtextextended('scholr.hold.' || $1::uuid::text, 0)) /* tenant_id */"
)

# By ix_compliance_request_answered, and the organisation's few holds.
FORGET_ANSWERED = (
    Forgetting(
        "compliance_request",
        "x.answered_at < $2 and not x.learner_id = any($3::uuid[]) and $4::uuid[] is not null",
    ),
    Forgetting(
        "compliance_hold",
        "x.released_at < $2 and (x.learner_id is null or not x.learner_id = any($3::uuid[]))"
        " and (x.course_id is null or not x.course_id = any($4::uuid[]))",
    ),
)

# By ix_compliance_request_learner.
_OPEN_OF = statement(
    "select count(*) from compliance_request where tenant_id = $1 and learner_id = $2 and state = 'open'"
)

# By primary key.
_SET_DAYS = statement(
    "insert into compliance_retention (tenant_id, kind, days, changed_at, changed_by) values ($1, $2, $3, $4, $5)"
    " on conflict (tenant_id, kind) do update set days = excluded.days, changed_at = excluded.changed_at,"
    " changed_by = excluded.changed_by"
)

# One row where none was running: by uq_compliance_export_running.
_BEGIN_EXPORT = statement(
    "insert into compliance_export (tenant_id, id, learner_id, asked_by, whole, state, asked_at)"
    " values ($1, $2, $3, $4, $5, 'running', $6)"
    " on conflict (tenant_id, learner_id) where state = 'running' do nothing"
)

# By primary key; nothing where another run was first.
_END_EXPORT = statement(
    "update compliance_export set state = 'ready', ready_at = $3, expires_at = $4, size = $5, stored_as = $6"
    " where tenant_id = $1 and id = $2 and state = 'running'"
)

# By uq_compliance_export_running.
_GIVE_UP = statement(
    "update compliance_export set state = 'failed' where tenant_id = $1 and learner_id = $2 and state = 'running'"
    " and asked_at < $3"
)

# By ix_compliance_request_learner, ix_compliance_export_learner, and the organisation's few holds. The files of exports
# that are forgotten are found by their names.
# A request that was open is done with the erasure: nobody is left to answer, and nothing to correct.
_FORGET_REQUESTS = statement("""
update compliance_request set wish = case when wish = '' then '' else '[erased]' end,
    answer = case when answer = '' then '' else '[erased]' end,
    state = case when state = 'open' then 'done' else state end, answered_at = coalesce(answered_at, now())
where tenant_id = $1 and learner_id = $2
""")
_FORGET_HOLDS = statement(
    "update compliance_hold set reason = '[erased]' where tenant_id = $1 and learner_id = $2 and reason <> '[erased]'"
)
_FORGET_EXPORTS = statement("delete from compliance_export where tenant_id = $1 and learner_id = $2 returning id")

# By ix_compliance_export_expiry.
_EXPIRED = statement(
    "select id, stored_as from compliance_export where tenant_id = $1 and stored_as <> '' and expires_at < $2 limit 100"
)
_FORGET_FILE = statement(
    "update compliance_export set state = 'expired', stored_as = '' where tenant_id = $1 and id = $2"
)


async def hold_row(tx: WriteUnit, hold_id: UUID) -> HoldRow | None:
    """Locked until the transaction ends."""
    return await tx.session.scalar(select(HoldRow).where(HoldRow.id == hold_id).with_for_update())


async def hold_alone(tx: WriteUnit) -> None:
    """Nothing is forgotten in this organisation until the transaction ends."""
    await tx.fetch_value(_HOLD_ALONE)


async def held_for_now(tx: WriteUnit) -> Held:
    """What is held; nothing more can be until the transaction ends."""
    await tx.fetch_value(_HOLD_TOGETHER)
    return await queries.held(tx)


async def request_row(tx: WriteUnit, request_id: UUID) -> RequestRow | None:
    """Locked until the transaction ends."""
    return await tx.session.scalar(select(RequestRow).where(RequestRow.id == request_id).with_for_update())


async def open_requests_of(tx: WriteUnit, learner_id: MembershipId) -> int:
    count: int = await tx.fetch_value(_OPEN_OF, learner_id)
    return count


async def set_days(tx: WriteUnit, kind: str, days: int, now: datetime, by: UUID | None) -> None:
    await tx.execute(_SET_DAYS, kind, days, now, by)


async def begin_export(
    tx: WriteUnit, export_id: UUID, learner_id: UUID, *, by: UUID | None, whole: bool, now: datetime
) -> bool:
    """False when one of this person is running already."""
    return await tx.execute(_BEGIN_EXPORT, export_id, learner_id, by, whole, now) == 1


async def give_up_exports(tx: WriteUnit, learner_id: UUID, before: datetime) -> None:
    """What was begun before then and never ended is not waited for any more."""
    await tx.execute(_GIVE_UP, learner_id, before)


async def forget_rights(tx: WriteUnit, learner_id: UUID) -> tuple[dict[str, int], list[UUID]]:
    """What was asked for and answered in words; and which exports' files have to go. Safe to repeat."""
    counts = {
        "requests": await tx.execute(_FORGET_REQUESTS, learner_id),
        "holds": await tx.execute(_FORGET_HOLDS, learner_id),
    }
    exports = [row["id"] for row in await tx.fetch(_FORGET_EXPORTS, learner_id)]
    return {**counts, "exports": len(exports)}, exports


async def end_export(
    tx: WriteUnit, export_id: UUID, *, now: datetime, expires_at: datetime, size: int, stored_as: str
) -> bool:
    """False when it was ended already."""
    return await tx.execute(_END_EXPORT, export_id, now, expires_at, size, stored_as) == 1


async def expired_exports(rx: ReadUnit, now: datetime) -> list[tuple[UUID, str]]:
    """At most a hundred exports whose time is over and whose file is still there, with its key."""
    return [(row["id"], row["stored_as"]) for row in await rx.fetch(_EXPIRED, now)]


async def forget_file(tx: WriteUnit, export_id: UUID) -> None:
    await tx.execute(_FORGET_FILE, export_id)
