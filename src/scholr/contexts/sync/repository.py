"""Loads and saves of sync."""

from uuid import UUID

from asyncpg import Record as Row

from scholr.contexts.sync.model import EMPTY, Position, SyncState
from scholr.kernel.ids import MembershipId
from scholr.platform.db.statement import statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

_COLUMNS = "completed, position_lesson, position_at, ahead_lesson, ahead_at"

# One row by primary key.
_LOAD = statement(f"select {_COLUMNS} from sync_state where tenant_id = $1 and learner_id = $2 and course_id = $3")

# One row by primary key, made when missing and locked: two devices at once merge one after the other.
_LOCK = statement(
    "insert into sync_state as s (tenant_id, learner_id, course_id, completed) values ($1, $2, $3, '{}')"
    f" on conflict (tenant_id, learner_id, course_id) do update set completed = s.completed returning {_COLUMNS}"
)

# One row by primary key, which the caller has locked.
_SAVE = statement(
    "update sync_state set completed = $4, position_lesson = $5, position_at = $6, ahead_lesson = $7, ahead_at = $8"
    " where tenant_id = $1 and learner_id = $2 and course_id = $3"
)


async def load(rx: ReadUnit, learner_id: MembershipId, course_id: UUID) -> SyncState:
    row = await rx.fetch_row(_LOAD, learner_id, course_id)
    return _state(row) if row else EMPTY


async def lock(tx: WriteUnit, learner_id: MembershipId, course_id: UUID) -> SyncState:
    row = await tx.fetch_row(_LOCK, learner_id, course_id)
    assert row is not None  # the statement returns the row in either case
    return _state(row)


async def save(tx: WriteUnit, learner_id: MembershipId, course_id: UUID, state: SyncState) -> None:
    position, ahead = state.position, state.ahead
    await tx.execute(
        _SAVE,
        learner_id,
        course_id,
        sorted(state.completed),
        position.lesson if position else None,
        position.at if position else None,
        ahead.lesson if ahead else None,
        ahead.at if ahead else None,
    )


def _state(row: Row) -> SyncState:
    return SyncState(
        completed=frozenset(row["completed"]),
        position=Position(row["position_at"], row["position_lesson"]) if row["position_at"] else None,
        ahead=Position(row["ahead_at"], row["ahead_lesson"]) if row["ahead_at"] else None,
    )
