"""What a process was put together from: handed to every use case as its first argument."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import structlog

from scholr.kernel.clock import Clock, SystemClock
from scholr.platform.cache.facade import Cache
from scholr.platform.db.database import Database
from scholr.platform.dns import DnsTxtLookup, TxtLookup
from scholr.platform.flags.switches import Flags
from scholr.platform.http.settings import HttpSettings
from scholr.platform.mail.port import Mailer, NoMailer
from scholr.platform.observability.signals import Signals
from scholr.platform.ratelimit.limiter import RateLimiter
from scholr.platform.resilience.guard import Guards
from scholr.platform.search.port import SearchEngine
from scholr.platform.security.keys import KeyRing
from scholr.platform.security.personal import PersonalKeys
from scholr.platform.storage.port import NoObjectStore, ObjectStore

CLOSE_SECONDS = 3.0

log = structlog.get_logger("scholr")


@dataclass(frozen=True, slots=True)
class Platform:
    """`db` runs as `scholr_app`, one tenant at a time; ports to the outside world stand beside it. Without
    `search` the database finds courses by their words."""

    db: Database
    clock: Clock
    http: HttpSettings
    keys: KeyRing
    mailer: Mailer = field(default_factory=NoMailer)
    txt: TxtLookup = field(default_factory=DnsTxtLookup)
    storage: ObjectStore = field(default_factory=NoObjectStore)
    search: SearchEngine | None = None
    guards: Guards = field(default_factory=Guards)
    limits: RateLimiter = field(default_factory=RateLimiter)
    signals: Signals = field(default_factory=Signals)
    flags: Flags = field(default_factory=Flags)
    cache: Cache = field(default_factory=lambda: Cache(SystemClock()))
    personal: PersonalKeys = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "personal", PersonalKeys(self.keys, self.clock))

    async def close(self) -> None:
        """Give back what the process holds open, each thing whatever became of the others.

        Whoever does not answer any more holds the end up for CLOSE_SECONDS at most.
        """
        try:
            async with asyncio.timeout(CLOSE_SECONDS), AsyncExitStack() as last:
                last.push_async_callback(self.db.close)
                last.push_async_callback(self.limits.buckets.close)
                if self.search is not None:
                    last.push_async_callback(self.search.close)
                last.push_async_callback(self.cache.close)
        except TimeoutError:
            log.warning("not everything could be given back in time", seconds=CLOSE_SECONDS)
