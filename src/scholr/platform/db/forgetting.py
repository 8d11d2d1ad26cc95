"""Deleting what has been kept long enough: in batches, and never what a legal hold covers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from scholr.platform.db.statement import Statement, statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Held:
    """Whose and which courses' records stay."""

    learners: Sequence[UUID] = field(default_factory=tuple)
    courses: Sequence[UUID] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Rows of one table that go. In `condition` $2 is the moment before which they were over, $3 and $4 are the held
    members and courses; it has to use all three."""

    table: str
    condition: str

    @property
    def _rows(self) -> str:
        return f"from {self.table} x where x.tenant_id = $1 and {self.condition}"

    @property
    def counting(self) -> Statement:
        return statement(f"select count(*) {self._rows}")

    @property
    def deleting(self) -> Statement:
        return statement(
            f"delete from {self.table} where tenant_id = $1 and ctid = any(array(select x.ctid {self._rows} limit $5))"
        )


async def count(rx: ReadUnit, what: Forgetting, before: datetime, held: Held) -> int:
    """How many rows would go."""
    found: int = await rx.fetch_value(what.counting, before, list(held.learners), list(held.courses))
    return found


async def forget(tx: WriteUnit, what: Forgetting, before: datetime, held: Held) -> int:
    """Delete at most one batch; returns how many rows went. Fewer than `BATCH` means that nothing is left."""
    return await tx.execute(what.deleting, before, list(held.learners), list(held.courses), BATCH)
