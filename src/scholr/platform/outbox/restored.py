"""After a logical restore: transaction numbers are a cluster's own, and those in the tables are another cluster's.

Everything kept is published once more then, and the inbox lets no effect happen twice.
"""

from typing import Any, Protocol

import structlog

log = structlog.get_logger("scholr.outbox")

# A cursor that has seen transactions which this cluster has not had yet.
_FORGET_OTHER_CLUSTER = """
update platform_outbox_shard set done = '1:1:', upto = null, position = 0
where pg_snapshot_xmax(coalesce(upto, done)) > pg_snapshot_xmax(pg_current_snapshot())
"""
# Whoever had a lane is back in the line, which begins anew; a lane's snapshots are never newer than its shard's.
_FORGET_LANES = """
delete from platform_outbox_lane where shard in (
    select shard from platform_outbox_shard where done::text = '1:1:' and upto is null)
"""
_ADOPT_ROWS = """
update platform_outbox set xid = pg_current_xact_id() where xid >= pg_snapshot_xmax(pg_current_snapshot())
"""


class Executes(Protocol):
    async def execute(self, query: str, /) -> Any: ...


async def heal_after_restore(connection: Executes) -> bool:
    """Inside a transaction that may write as `scholr_worker`. Does nothing, and says so, in the cluster of the rows.

    Only possible until this cluster has had as many transactions as the other: what is written before is told apart
    by nothing but its number. So it is done by whatever comes first, preparing the database or a worker.
    """
    if await connection.execute(_FORGET_OTHER_CLUSTER) == "UPDATE 0":
        return False
    log.warning("the database was restored into another cluster; events are published again")
    await connection.execute(_FORGET_LANES)
    await connection.execute(_ADOPT_ROWS)
    return True
