"""What the database capability needs to know; read once in `entrypoints`."""

from dataclasses import dataclass
from typing import Self

from scholr.platform.resilience.policy import POLICIES, Dependency


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """One login's view of the database.

    `dsn` is a PostgreSQL URI (`postgresql://user:password@host:port/name`). `pool_size` is the number
    of connections that one process keeps; `pool_timeout` (seconds) is how long a request waits for one
    before it is told that the service is busy. `statement_timeout` and `idle_timeout` are seconds and
    are enforced by the server.
    """

    dsn: str
    pool_size: int = 10
    pool_timeout: float = 5.0
    statement_timeout: float = 15.0
    idle_timeout: float = 30.0
    application_name: str = "scholr"


@dataclass(frozen=True, slots=True)
class ReplicaSettings:
    """A streaming replica of the same server, under the same login.

    It is read from while it is at most `most_lag` seconds behind, which is looked at every `measure_every` seconds
    while anybody reads.
    """

    database: DatabaseSettings
    most_lag: float = 5.0
    measure_every: float = 1.0

    @classmethod
    def at(cls, dsn: str, *, most_lag: float) -> Self:
        """With more connections than the policy lets be read at once, so that organisations do not wait in turn; what
        takes longer than the policy's timeout ends on the server too."""
        policy = POLICIES[Dependency.REPLICA]
        return cls(
            DatabaseSettings(
                dsn,
                pool_size=policy.at_once + policy.at_once // 2,
                pool_timeout=1.0,
                statement_timeout=policy.timeout,
            ),
            most_lag=most_lag,
        )
