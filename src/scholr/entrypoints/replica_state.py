"""Whether the read replica can be read from, for `scholr doctor`: by the same rule as the program."""

from typing import Any

import asyncpg

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.findings import Finding, State
from scholr.platform.db.standing import Standing, judge, primary_position, replica_position

_CONNECT_SECONDS = 5
_NAME = "Read replica"
_WRONG = {
    Standing.UNSAFE_LOGIN: (
        "its login bypasses row-level security",
        "give SCHOLR_REPLICA_DATABASE_URL the login of SCHOLR_APP_DATABASE_URL",
    ),
    Standing.NOT_A_STANDBY: (
        "it takes writes by itself: no standby, or one that was promoted",
        "make it anew from the primary, or unset SCHOLR_REPLICA_DATABASE_URL",
    ),
    Standing.OTHER_DATABASE: (
        "it holds another database than the primary",
        "correct the address in SCHOLR_REPLICA_DATABASE_URL",
    ),
}


async def examine_replica(environment: Environment, primary: "asyncpg.Connection[Any]") -> list[Finding]:
    """Nothing where none is configured. One that is away or behind is a warning: the primary answers for it."""
    if not environment.replica_database_url:
        return []
    try:
        before = await primary_position(primary)
        connection = await asyncpg.connect(environment.replica_database_url, timeout=_CONNECT_SECONDS)
        try:
            found = await replica_position(connection)
        finally:
            await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        remedy = f"bring it back ({type(error).__name__}); meanwhile the primary answers"
        return [Finding(_NAME, State.WARN, "cannot be read from", remedy)]
    verdict = judge(before, found, most_lag=environment.replica_lag)
    if verdict.standing in _WRONG:
        return [Finding(_NAME, State.FAIL, *_WRONG[verdict.standing])]
    lag = "by how much is not known" if verdict.lag is None else f"{verdict.lag:.1f} s"
    if verdict.standing is Standing.BEHIND:
        remedy = "look at its replay and its connection to the primary, which answers meanwhile"
        return [Finding(_NAME, State.WARN, f"behind: {lag} (at most {environment.replica_lag:g} s)", remedy)]
    return [Finding(_NAME, State.OK, f"a standby, {lag} behind")]
