"""The read side of compliance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import or_, select

from scholr.contexts.compliance.model import GENESIS, Checkpoint, Entry, Erasure
from scholr.contexts.compliance.tables import EntryRow
from scholr.kernel.ids import MembershipId, TenantId
from scholr.platform.db.database import Database
from scholr.platform.db.forgetting import Held
from scholr.platform.db.statement import DefinerCall, statement
from scholr.platform.db.unit import ReadUnit

_COLUMNS = (
    "tenant_id, seq, id, happened_at, recorded_at, actor_kind, actor_id, token_id, action, subject_kind, subject_id,"
    " request_id, address, details, prev_hash, hash"
)

# In the order of the chain, by the primary key.
_AFTER = statement(
    f"select {_COLUMNS} from compliance_entry where tenant_id = $1 and seq > $2 and seq <= $3 order by seq limit $4"
)

# One row by primary key; none for an organisation in which nothing was done yet.
_HEAD = statement("select seq, hash from compliance_chain where tenant_id = $1")

# In one statement, so that what is appended meanwhile is in both or in neither; the ends of two primary keys.
_BEYOND = statement(
    "select (select max(seq) from compliance_entry where tenant_id = $1) as entries,"
    " (select seq from compliance_chain where tenant_id = $1) as head"
)

# In the order of their entries, by the primary key.
_CHECKPOINTS = statement(
    "select tenant_id, seq, hash, signed_at, key, signature from compliance_checkpoint"
    " where tenant_id = $1 and seq > $2 order by seq, key limit $3"
)

_LAST_CHECKPOINT = statement(
    "select tenant_id, seq, hash, signed_at, key, signature from compliance_checkpoint"
    " where tenant_id = $1 order by seq desc, signed_at desc limit 1"
)

ENTERING = "compliance.entry_of_"
"""How the names of those consumers begin that enter their event; the others of compliance leave no entry."""

# What such a consumer has handled has its entry under the event's id; by the inbox's primary key, which is kept for a
# month. This is what finds a tail that was cut off together with the chain's own memory of it.
_LOST = statement(f"""
select i.event_id, i.handled_at from platform_inbox i
where i.tenant_id = $1 and starts_with(i.consumer, '{ENTERING}') and not exists (
    select from compliance_entry e where e.tenant_id = $1 and e.id = i.event_id)
order by i.handled_at limit $2
""")

# The ends of two primary keys.
_STATE = statement("""
select c.seq as entries, k.seq as upto, k.signed_at as at from compliance_chain c
left join lateral (
    select s.seq, s.signed_at from compliance_checkpoint s where s.tenant_id = $1 order by s.seq desc limit 1
) k on true
where c.tenant_id = $1
""")

_CHAINS = DefinerCall("compliance_chains", 0)
_TO_TIDY = DefinerCall("compliance_tenants_to_tidy", 1)

_ERASURE_COLUMNS = """
e.id, e.member_id, e.ground, e.requested_by, e.requested_at, e.confirmed_by, e.confirmed_at, e.withdrawn_at,
e.completed_at, (select coalesce(jsonb_object_agg(p.part, p.counts), '{}')::text from compliance_erasure_part p
    where p.tenant_id = $1 and p.erasure_id = e.id) as counts
"""

# One row by primary key, and its parts.
_ERASURE = statement(f"select {_ERASURE_COLUMNS} from compliance_erasure e where e.tenant_id = $1 and e.id = $2")

# The one that was not withdrawn, by uq_compliance_erasure_member, and its parts.
_ERASURE_OF = statement(
    f"select {_ERASURE_COLUMNS} from compliance_erasure e"
    " where e.tenant_id = $1 and e.member_id = $2 and e.withdrawn_at is null"
)

# The newest first; walks the primary key backwards.
_ERASURES = statement(
    f"select {_ERASURE_COLUMNS} from compliance_erasure e"
    " where e.tenant_id = $1 and ($2::uuid is null or e.id < $2) order by e.id desc limit $3"
)

# Rows by primary key.
_CONFIRMED = statement(
    "select id from compliance_erasure where tenant_id = $1 and id = any($2::uuid[]) and confirmed_at is not null"
)

# Whether somebody's data key is gone; one row by primary key.
_KEY_GONE = statement(
    "select destroyed_at from platform_data_key where tenant_id = $1 and member_id = $2 and wrapped is null"
)


@dataclass(frozen=True, slots=True)
class Search:
    """What narrows the log; None does not. `actions` are codes, or parts before the dot; `until` is not included."""

    actor_ids: Sequence[UUID] | None = None
    actions: Sequence[str] | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def entries(rx: ReadUnit, wanted: Search, *, before: int | None, limit: int) -> list[Entry]:
    """The newest first; served by the index of whatever narrows most, or by the primary key backwards."""
    found = select(EntryRow).order_by(EntryRow.seq.desc()).limit(limit)
    if before is not None:
        found = found.where(EntryRow.seq < before)
    if wanted.actor_ids is not None:
        found = found.where(EntryRow.actor_id.in_(wanted.actor_ids))
    if wanted.actions is not None:
        areas = [EntryRow.action.startswith(f"{each}.", autoescape=True) for each in wanted.actions if "." not in each]
        found = found.where(or_(EntryRow.action.in_([each for each in wanted.actions if "." in each]), *areas))
    if wanted.subject_id is not None:
        found = found.where(EntryRow.subject_id == wanted.subject_id)
    if wanted.since is not None:
        found = found.where(EntryRow.happened_at >= wanted.since)
    if wanted.until is not None:
        found = found.where(EntryRow.happened_at < wanted.until)
    return [_entry(row) for row in (await rx.session.scalars(found)).all()]


def _entry(row: EntryRow) -> Entry:
    return Entry(
        row.tenant_id,
        row.seq,
        row.id,
        row.happened_at,
        row.recorded_at,
        row.actor_kind,
        row.actor_id,
        row.token_id,
        row.action,
        row.subject_kind,
        row.subject_id,
        row.request_id,
        row.address,
        row.details,
        row.prev_hash,
        row.hash,
    )


async def chain_from(rx: ReadUnit, after: int, upto: int, limit: int) -> list[Entry]:
    """Entries after number `after` in the order of the chain."""
    return [Entry(*row.values()) for row in await rx.fetch(_AFTER, after, upto, limit)]


async def head(rx: ReadUnit) -> tuple[int, bytes]:
    """The number and the hash of the last entry as the chain remembers them; 0 before the first."""
    row = await rx.fetch_row(_HEAD)
    return (row["seq"], row["hash"]) if row else (0, GENESIS)


async def numbers_at_the_end(rx: ReadUnit) -> tuple[int, int]:
    """The last entry's number, and the one that the chain remembers, at one moment."""
    row = await rx.fetch_row(_BEYOND)
    return (row["entries"] or 0, row["head"] or 0) if row else (0, 0)


async def checkpoints(rx: ReadUnit, *, after: int = 0, limit: int = 1_000_000) -> list[Checkpoint]:
    return [Checkpoint(*row.values()) for row in await rx.fetch(_CHECKPOINTS, after, limit)]


async def last_checkpoint(rx: ReadUnit) -> Checkpoint | None:
    row = await rx.fetch_row(_LAST_CHECKPOINT)
    return Checkpoint(*row.values()) if row else None


async def lost_entries(rx: ReadUnit, limit: int) -> list[tuple[UUID, datetime]]:
    """Events that were entered, and whose entries are not there, with when that was."""
    return [(row["event_id"], row["handled_at"]) for row in await rx.fetch(_LOST, limit)]


@dataclass(frozen=True, slots=True)
class LogState:
    """How long the log is, and up to where and when it was last signed; None before the first checkpoint."""

    entries: int
    signed_upto: int | None
    signed_at: datetime | None


async def log_state(rx: ReadUnit) -> LogState:
    row = await rx.fetch_row(_STATE)
    return LogState(row["entries"], row["upto"], row["at"]) if row else LogState(0, None, None)


async def organizations_with_a_log(worker_db: Database) -> list[TenantId]:
    """Needs the worker's login."""
    return [TenantId(row["tenant_id"]) for row in await worker_db.ask(_CHAINS)]


async def erasure(rx: ReadUnit, erasure_id: UUID) -> Erasure | None:
    row = await rx.fetch_row(_ERASURE, erasure_id)
    return _erasure(row) if row else None


async def erasure_of(rx: ReadUnit, member_id: MembershipId) -> Erasure | None:
    """The member's own, asked for or done; None where there is none, or it was withdrawn."""
    row = await rx.fetch_row(_ERASURE_OF, member_id)
    return _erasure(row) if row else None


async def erasures_before(rx: ReadUnit, before: UUID | None, limit: int) -> list[Erasure]:
    return [_erasure(row) for row in await rx.fetch(_ERASURES, before, limit)]


def _erasure(row: Record) -> Erasure:
    return Erasure(**{**row, "counts": msgspec.json.decode(row["counts"], type=dict[str, dict[str, int]])})


async def confirmed_among(rx: ReadUnit, erasure_ids: Sequence[UUID]) -> set[UUID]:
    return {row["id"] for row in await rx.fetch(_CONFIRMED, list(erasure_ids))}


async def key_destroyed_at(rx: ReadUnit, member_id: UUID) -> datetime | None:
    found: datetime | None = await rx.fetch_value(_KEY_GONE, member_id)
    return found


# By ix_compliance_entry_happened.
_COUNTS = statement(
    "select action, count(*) as many from compliance_entry where tenant_id = $1 and happened_at >= $2"
    " group by action order by action"
)


async def action_counts(rx: ReadUnit, since: datetime) -> dict[str, int]:
    """How often each action is in the organisation's log since then."""
    return {row["action"]: row["many"] for row in await rx.fetch(_COUNTS, since)}


# What is held now; an organisation has few holds. Served by their partial indexes.
_HELD = statement(
    "select array_remove(array_agg(distinct learner_id), null) as learners,"
    " array_remove(array_agg(distinct course_id) filter (where learner_id is null), null) as courses"
    " from compliance_hold where tenant_id = $1 and released_at is null"
)

_HOLDS = statement(
    "select id, learner_id, course_id, reason, placed_by, placed_at, released_at from compliance_hold"
    " where tenant_id = $1 order by released_at is not null, placed_at desc limit 200"
)

_REQUEST = "select id, learner_id, kind, wish, state, asked_at, due_at, answer, answered_at from compliance_request"
# By ix_compliance_request_learner.
_REQUESTS_OF = statement(f"{_REQUEST} where tenant_id = $1 and learner_id = $2 order by asked_at desc limit 100")
# By ix_compliance_request_open, then what was answered last.
_REQUESTS = statement(
    f"(({_REQUEST} where tenant_id = $1 and state = 'open' order by due_at limit 200)"
    f" union all ({_REQUEST} where tenant_id = $1 and answered_at is not null order by answered_at desc limit 20))"
)

_EXPORT = (
    "select id, learner_id, asked_by, whole, state, asked_at, ready_at, expires_at, size, stored_as"
    " from compliance_export"
)
# By ix_compliance_export_learner.
_EXPORTS_OF = statement(f"{_EXPORT} where tenant_id = $1 and learner_id = $2 order by asked_at desc limit 10")
_EXPORTS = statement(f"{_EXPORT} where tenant_id = $1 and not whole order by asked_at desc limit 20")
_ONE_EXPORT = statement(f"{_EXPORT} where tenant_id = $1 and id = $2")

_DAYS = statement("select kind, days from compliance_retention where tenant_id = $1")


@dataclass(frozen=True, slots=True)
class HoldView:
    id: UUID
    learner_id: UUID | None
    course_id: UUID | None
    reason: str
    placed_by: UUID | None
    placed_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestView:
    """`answered_at` None while it is open."""

    id: UUID
    learner_id: UUID
    kind: str
    wish: str
    state: str
    asked_at: datetime
    due_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportView:
    """`whole`: the person asked themself, and it holds their account too. `size` is in bytes."""

    id: UUID
    learner_id: UUID
    asked_by: UUID | None
    whole: bool
    state: str
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size: int
    stored_as: str


async def held(rx: ReadUnit) -> Held:
    """Whose and which courses' records must stay."""
    row = await rx.fetch_row(_HELD)
    return Held(row["learners"] or (), row["courses"] or ()) if row else Held()


async def holds(rx: ReadUnit) -> list[HoldView]:
    """Those that stand first; at most 200."""
    return [HoldView(*row) for row in await rx.fetch(_HOLDS)]


async def requests_of(rx: ReadUnit, learner_id: MembershipId) -> list[RequestView]:
    return [RequestView(*row) for row in await rx.fetch(_REQUESTS_OF, learner_id)]


async def requests(rx: ReadUnit) -> list[RequestView]:
    """Open ones, the one that is due first at the top, then the last twenty that were answered."""
    return [RequestView(*row) for row in await rx.fetch(_REQUESTS)]


async def exports_of(rx: ReadUnit, learner_id: MembershipId) -> list[ExportView]:
    """The newest first, at most ten."""
    return [ExportView(*row) for row in await rx.fetch(_EXPORTS_OF, learner_id)]


async def exports_by_staff(rx: ReadUnit) -> list[ExportView]:
    return [ExportView(*row) for row in await rx.fetch(_EXPORTS)]


async def one_export(rx: ReadUnit, export_id: UUID) -> ExportView | None:
    row = await rx.fetch_row(_ONE_EXPORT, export_id)
    return ExportView(*row) if row else None


async def chosen_days(rx: ReadUnit) -> dict[str, int]:
    """Where the organisation keeps a kind longer or shorter than is usual."""
    return {row["kind"]: row["days"] for row in await rx.fetch(_DAYS)}


async def organizations_to_tidy(worker_db: Database, now: datetime) -> list[TenantId]:
    """All that there are. Needs the worker's login."""
    return [TenantId(row[0]) for row in await worker_db.ask(_TO_TIDY, now)]
