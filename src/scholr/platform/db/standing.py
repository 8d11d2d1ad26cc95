"""How far a replica is behind its primary, and whether it may be read from at all.

The primary is asked first how far its log is flushed, the replica then how far it has replayed it. Who has replayed all
of that lacks nothing. Otherwise the age of the last transaction that was replayed, by the primary's clock, is the most
that can be missing. The age alone would not do: where nobody writes it grows though nothing is missing. Nor would what
the replica has received: where the stream is broken it has replayed all of that and knows nothing of the rest.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import asyncpg

_IDENTITY = """(select system_identifier from pg_control_system()) || '/'
       || (select oid from pg_database where datname = current_database())"""

PRIMARY = f"""
select {_IDENTITY} as identity, (pg_current_wal_flush_lsn() - '0/0')::bigint as flushed, clock_timestamp() as at
"""  # nosec B608 - one constant inside another

_REPLICA = f"""
select {_IDENTITY} as identity, pg_is_in_recovery() as is_standby,
       (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() - '0/0' end)::bigint as replayed,
       pg_last_xact_replay_timestamp() as committed_at, clock_timestamp() as at,
       (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses
"""  # nosec B608 - one constant inside another


class Standing(StrEnum):
    """What was last found out about the replica; only a fresh one is read from."""

    UNKNOWN = "unknown"
    FRESH = "fresh"
    BEHIND = "behind"
    AWAY = "away"
    NOT_A_STANDBY = "not_a_standby"
    OTHER_DATABASE = "other_database"
    UNSAFE_LOGIN = "unsafe_login"


@dataclass(frozen=True, slots=True)
class PrimaryPosition:
    """`flushed` is a place in the log, in bytes; whoever has replayed up to it knows all that was committed by `at`."""

    identity: str
    flushed: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ReplicaPosition:
    """`committed_at` is when the primary committed what was replayed last, None where that is not known. `bypasses`:
    row-level security would not hold for this login."""

    identity: str
    is_standby: bool
    replayed: int | None
    committed_at: datetime | None
    at: datetime
    bypasses: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lag` is in seconds, the most that it can be; None where nothing can be said."""

    standing: Standing
    lag: float | None = None


async def primary_position(primary: "asyncpg.Connection[Any]") -> PrimaryPosition:
    """Raises asyncpg.PostgresError on a server that is itself a standby."""
    row = await primary.fetchrow(PRIMARY)
    assert row is not None
    return PrimaryPosition(row["identity"], row["flushed"], row["at"])


async def replica_position(replica: "asyncpg.Connection[Any]") -> ReplicaPosition:
    row = await replica.fetchrow(_REPLICA)
    assert row is not None
    return ReplicaPosition(**dict(row))


def judge(primary: PrimaryPosition | None, replica: ReplicaPosition, *, most_lag: float) -> Verdict:
    """`primary` was asked before `replica`, or is None where it could not be asked: then both clocks have to agree."""
    if replica.bypasses:
        return Verdict(Standing.UNSAFE_LOGIN)
    if not replica.is_standby:
        return Verdict(Standing.NOT_A_STANDBY)
    if primary is not None and primary.identity != replica.identity:
        return Verdict(Standing.OTHER_DATABASE)
    lag = _lag(primary, replica)
    return Verdict(Standing.FRESH if lag is not None and lag <= most_lag else Standing.BEHIND, lag)


def _lag(primary: PrimaryPosition | None, replica: ReplicaPosition) -> float | None:
    if primary is not None and replica.replayed is not None and replica.replayed >= primary.flushed:
        return 0.0
    if replica.committed_at is None:
        return None
    now = primary.at if primary is not None else replica.at
    return max(0.0, (now - replica.committed_at).total_seconds())
