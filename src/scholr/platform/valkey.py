"""The shared memory of several processes: Valkey, Redis or what else speaks their protocol, by URL."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

MOST_CONNECTIONS = 16
"""As many as its policy lets through at once (`Dependency.CACHE`)."""
CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 1.0


def open_valkey(url: str) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://`; connects when it is first used.

    Its pool waits for a free connection, where the library's default raises at the hundredth. Nothing is tried
    again here: whoever calls has a policy for that.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis(connection_pool=pool)
