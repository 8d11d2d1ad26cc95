"""Deleting what has been kept long enough: in batches, and never what a legal hold covers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from scholr.platform.db.statement import Statement, statement
from scholr.platform.db.unit import ReadUnit, WriteUnit

BATCH = 1000
_PLACE = re.compile(r"\$\d+")


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

    def counting(self, before: str) -> str:
        """The number of rows as an expression; `before` is the parameter with the moment, $2 and $3 what is held."""
        places = {"$2": before, "$3": "$2", "$4": "$3"}
        return f"(select count(*) {_PLACE.sub(lambda found: places.get(found[0], found[0]), self._rows)})"

    @property
    def deleting(self) -> Statement:
        return statement(
            f"delete from {self.table} where tenant_id = $1 and ctid = any(array(select x.ctid {self._rows} limit $5))"
        )


async def counts(rx: ReadUnit, wanted: Sequence[tuple[Forgetting, datetime]], held: Held) -> list[int]:
    """How many rows of each would go that were over before its moment; one statement."""
    if not wanted:
        return []
    first = 4
    parts = [what.counting(f"${first + number}") for number, (what, _) in enumerate(wanted)]
    asked = statement(f"select array[{', '.join(parts)}] as found /* tenant_id = $1 */")
    moments = [before for _, before in wanted]
    return list(await rx.fetch_value(asked, list(held.learners), list(held.courses), *moments))


async def forget(tx: WriteUnit, what: Forgetting, before: datetime, held: Held) -> int:
    """Delete at most one batch; returns how many rows went. Fewer than `BATCH` means that nothing is left."""
    return await tx.execute(what.deleting, before, list(held.learners), list(held.courses), BATCH)
