"""What the database capability needs to know; read once in `entrypoints`."""

from dataclasses import dataclass


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
