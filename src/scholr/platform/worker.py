"""The worker: relay, deliveries that wait, jobs, periodic work, housekeeping; one loop for each."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg
import structlog

from scholr.kernel.errors import DomainError
from scholr.kernel.ids import new_id
from scholr.platform import housekeeping
from scholr.platform.broker.in_process import InProcessBroker
from scholr.platform.broker.port import Broker
from scholr.platform.db.database import Database
from scholr.platform.db.listen import Wakeups
from scholr.platform.jobs import periodic
from scholr.platform.jobs.runner import JobRunner
from scholr.platform.mail.deliver import MAIL_JOB
from scholr.platform.module import JobDefinition, Module, PeriodicTask
from scholr.platform.outbox import parked
from scholr.platform.outbox.dispatch import Dispatcher
from scholr.platform.outbox.relay import Relay
from scholr.platform.runtime import Platform

log = structlog.get_logger("scholr.worker")

EVENTS, JOBS = "scholr_outbox", "scholr_job"
SILENT_AFTER = timedelta(seconds=30)

_SEEN = """
insert into platform_worker (id, host, pid, started_at, seen_at, knows_lanes)
values ($1, $2, $3, clock_timestamp(), clock_timestamp(), true)
on conflict (id) do update set seen_at = clock_timestamp()
"""
_GONE = "delete from platform_worker where id = $1"
_LAST_SEEN = "select max(seen_at) from platform_worker where seen_at > clock_timestamp() - $1::interval"


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`poll` is how often everything is looked at when nobody is woken, `beat` how often running jobs say so,
    both in seconds; `grace` is how long a stop waits for running jobs. `slots` is jobs at a time."""

    slots: int = 4
    relays: int = 2
    poll: float = 1.0
    beat: float = 5.0
    grace: float = 20.0
    retention: housekeeping.Retention = field(default_factory=housekeeping.Retention)


class Worker:
    """`db` is the worker's login; handlers and jobs run through `platform.db`, as the application."""

    def __init__(
        self,
        platform: Platform,
        db: Database,
        modules: Sequence[Module],
        *,
        broker: Broker | None = None,
        settings: WorkerSettings | None = None,
    ) -> None:
        self._platform = platform
        self._db = db
        self._settings = settings or WorkerSettings()
        self._id = new_id()
        self.dispatcher = Dispatcher(platform, db, modules)
        self._broker = broker or InProcessBroker(self.dispatcher.dispatch)
        self.tasks = _tasks(modules)
        self.jobs = JobRunner(platform, db, _definitions(modules, self.tasks), worker_id=self._id, slots=self._slots)
        self._relays = [Relay(db, self._broker) for _ in range(self._settings.relays)]
        self._wakeups = Wakeups(db.settings.dsn, (EVENTS, JOBS))

    @property
    def _slots(self) -> int:
        return self._settings.slots

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then let running jobs end, and leave everything as it should be found."""
        await self._relays[0].start()
        await self._say_alive()
        loops = [
            self._wakeups.run(),
            self._broker.consume(self.dispatcher.dispatch),
            *(self._every(EVENTS, relay.relay_batch) for relay in self._relays),
            self._every(EVENTS, self.retry_delivery),
            self._job_loop(),
            self._every(None, self.start_periodic),
            self._every(None, self._housekeep),
            self._beat_loop(),
        ]
        running = [asyncio.create_task(loop) for loop in loops]
        watch = asyncio.create_task(stop.wait())
        done, _pending = await asyncio.wait([*running, watch], return_when=asyncio.FIRST_COMPLETED)
        await self._wind_down(running, watch)
        for task in done - {watch}:
            task.result()  # a loop that ended by itself ended with a bug: let it be seen

    async def retry_delivery(self) -> int:
        """Try one parked delivery that is due; returns 1, or 0 when there was none."""
        now = self._platform.clock.now()
        async with self._db.write(None) as tx:
            delivery = await parked.take_due(tx, now)
            if delivery is None:
                return 0
            subscription = self.dispatcher.consumer(delivery.consumer)
            if subscription is None:
                error: str | None = f"no consumer is called {delivery.consumer}"
            else:
                error = await self.dispatcher.try_handle(subscription, delivery.event)
            if error is None:
                await parked.done(tx, delivery)
            else:
                await parked.again(tx, delivery, now, error)
        return 1

    async def relay_batch(self) -> int:
        return await self._relays[0].relay_batch()

    async def start_periodic(self) -> int:
        """Enqueue the periodic tasks that are due; returns 0, since looking again at once finds nothing."""
        await periodic.start_due(self._db, self.tasks, self._platform.clock.now())
        return 0

    async def _housekeep(self) -> int:
        await housekeeping.clean_if_due(self._db, self._platform.clock.now(), self._settings.retention)
        return 0

    async def _job_loop(self) -> None:
        async def start() -> int:
            if self.jobs.is_full:
                await self.jobs.wait_for_a_slot(self._settings.poll)
            started = await self.jobs.start_due()
            if started or self.jobs.is_idle:
                return started
            await self.jobs.wait_for_an_end_or(self._wakeups.wait(JOBS, self._settings.poll))
            return 1

        await self._every(JOBS, start)

    async def _beat_loop(self) -> None:
        async def beat() -> int:
            await self._say_alive()
            await self.jobs.beat()
            return 0

        await self._every(None, beat, pause=self._settings.beat)

    async def _every(
        self, channel: str | None, step: Callable[[], Awaitable[int]], *, pause: float | None = None
    ) -> None:
        """Repeat `step` while it finds work, else wait for the channel or the poll; an outage is waited out."""
        seconds = pause or self._settings.poll
        while True:
            try:
                found = await step()
            except (DomainError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("worker step failed; it is tried again", reason=f"{type(error).__name__}: {error}")
                await asyncio.sleep(seconds)
                continue
            if found:
                continue
            if channel is None:
                await asyncio.sleep(seconds)
            else:
                await self._wakeups.wait(channel, seconds)

    async def _wind_down(self, running: list[asyncio.Task[None]], watch: asyncio.Task[bool]) -> None:
        watch.cancel()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.jobs.stop(self._settings.grace)
        await self._broker.close()
        try:
            async with self._db.write(None) as tx:
                await tx.raw.execute(_GONE, self._id)
        except DomainError as error:
            log.warning("the worker could not say goodbye", reason=error.message)

    async def _say_alive(self) -> None:
        async with self._db.write(None) as tx:
            await tx.raw.execute(_SEEN, self._id, socket.gethostname(), os.getpid())


async def last_seen(worker_db: Database) -> datetime | None:
    """When a worker last gave a sign of life; None when none did within the last 30 seconds."""
    async with worker_db.read(None) as rx:
        found: datetime | None = await rx.raw.fetchval(_LAST_SEEN, SILENT_AFTER)
    return found


def _tasks(modules: Sequence[Module]) -> list[PeriodicTask]:
    return [task for module in modules for task in module.periodic]


def _definitions(modules: Sequence[Module], tasks: Sequence[PeriodicTask]) -> dict[str, JobDefinition]:
    found: dict[str, JobDefinition] = {}
    own = [job for module in modules for job in module.jobs]
    for definition in (MAIL_JOB, *own, *(periodic.job_of(task) for task in tasks)):
        if definition.name in found:
            raise ValueError(f"two jobs are called {definition.name}")
        found[definition.name] = definition
    return found
