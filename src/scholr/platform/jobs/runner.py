"""Running jobs: claim, run as the application for the job's tenant, note how it went."""

import asyncio
import random
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from scholr.kernel.actor import ActorKind
from scholr.kernel.errors import DomainError
from scholr.platform.db.database import Database
from scholr.platform.jobs import store
from scholr.platform.jobs.job import Abandon, Job, JobTakenOver, Postpone
from scholr.platform.jobs.store import ClaimedJob
from scholr.platform.module import JobDefinition
from scholr.platform.observability.trace import Facts
from scholr.platform.reason import reason_of
from scholr.platform.runtime import Platform
from scholr.platform.tenantless import PLATFORM_TENANT

log = structlog.get_logger("scholr.jobs")

_FIRST_WAIT = 10.0
_LONGEST_WAIT = 3600.0


class JobRunner:
    """Runs up to `slots` jobs at a time. `worker_db` is the worker's login; jobs themselves use the platform's."""

    def __init__(
        self,
        platform: Platform,
        worker_db: Database,
        definitions: Mapping[str, JobDefinition],
        *,
        worker_id: UUID,
        slots: int = 4,
    ) -> None:
        self._platform = platform
        self._db = worker_db
        self._definitions = definitions
        self._worker_id = worker_id
        self._slots = slots
        self._running: dict[asyncio.Task[None], ClaimedJob] = {}

    async def start_due(self) -> int:
        """Claim what fits into the free slots and start it; returns how many."""
        free = self._slots - len(self._running)
        if free <= 0:
            return 0
        async with self._db.write(None) as tx:
            names, now = list(self._definitions), self._platform.clock.now()
            jobs = await store.claim(tx, now, names, free, self._worker_id, slots=self._slots)
        for job in jobs:
            task = asyncio.create_task(self._run(job), name=f"job {job.name}")
            self._running[task] = job
            task.add_done_callback(self._ended)
        return len(jobs)

    async def wait_for_a_slot(self, seconds: float) -> None:
        """Return when a running job ends, or after `seconds`."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def wait_for_an_end_or(self, wake_up: Coroutine[Any, Any, None]) -> None:
        """Return when a running job ends or `wake_up` does: a tenant that had its share may have a slot again."""
        waiting = asyncio.ensure_future(wake_up)
        try:
            await asyncio.wait([waiting, *self._running], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()

    @property
    def is_idle(self) -> bool:
        return not self._running

    @property
    def is_full(self) -> bool:
        return len(self._running) >= self._slots

    async def run_due(self) -> int:
        """Start what is due and wait for it; returns how many ran."""
        started = await self.start_due()
        if self._running:
            await asyncio.wait(self._running)
        return started

    async def beat(self) -> None:
        """Keep our claims, take over those of killed workers, and stop what was taken from us."""
        running = dict(self._running)
        async with self._db.write(None) as tx:
            ours = await store.beat(tx, list(running.values())) if running else set()
        for task, job in running.items():
            if job.id not in ours and not task.done():
                task.cancel("the job was taken over")
        async with self._db.write(None) as tx:
            await store.take_back_abandoned(tx)

    async def stop(self, grace: float) -> None:
        """Let running jobs end within `grace` seconds; what does not is cancelled and given back.

        What cannot be given back is taken over by others when our last sign of life is old.
        """
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        for task in list(self._running):
            task.cancel("the worker stops")
        await asyncio.gather(*self._running, return_exceptions=True)
        try:
            async with self._db.write(None) as tx:
                await store.give_back(tx, self._worker_id)
        except DomainError as error:
            log.warning("the worker could not give its jobs back", reason=error.message)

    async def _run(self, job: ClaimedJob) -> None:
        definition = self._definitions[job.name]
        try:
            with self._platform.signals.tracer.part(f"job {job.name}", "consumer", None, lambda: _facts(job)):
                await self._perform(definition, job)
        except asyncio.CancelledError as error:
            if not _is_asked_to_end():
                await self._note_failure(definition, job, error)
                return
            await self._put_back(job, timedelta(), "the worker was stopped", counts=False)
            raise
        except Postpone as error:
            wait = timedelta(seconds=error.seconds)
            await self._put_back(job, wait, str(error) or None, counts=False)
        except JobTakenOver:
            log.warning("job taken over", job=job.name, id=str(job.id))
        except Exception as error:  # the boundary of foreign code: what failed is kept with the job and logged
            await self._note_failure(definition, job, error)
        else:
            async with self._db.write(None) as tx:
                await store.complete(tx, job)

    async def _perform(self, definition: JobDefinition, job: ClaimedJob) -> None:
        if job.attempt > definition.attempts:
            raise Abandon("the worker stopped while running it, on every attempt")
        payload = msgspec.json.decode(job.payload, type=definition.payload)
        tenant = None if job.tenant_id == PLATFORM_TENANT else job.tenant_id
        last = job.attempt >= definition.attempts
        context = Job(self._platform, job.id, job.name, tenant, job.attempt, last)
        async with asyncio.timeout(definition.timeout.total_seconds()):
            await definition.run(context, payload)

    async def _put_back(self, job: ClaimedJob, wait: timedelta, reason: str | None, *, counts: bool) -> None:
        due = self._platform.clock.now() + wait
        try:
            async with self._db.write(None) as tx:
                await store.wait_again(tx, job, due, reason, counts=counts)
        except asyncpg.UniqueViolationError:  # a twin was on its way, and can be seen by now: it does the work
            async with self._db.write(None) as tx:
                await store.wait_again(tx, job, due, reason, counts=counts)

    def _ended(self, task: asyncio.Task[None]) -> None:
        job = self._running.pop(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:  # others take the job over when our sign of life is old
            log.error("how a job went could not be written down", job=job.name, id=str(job.id), exc_info=error)

    async def _note_failure(self, definition: JobDefinition, job: ClaimedJob, error: BaseException) -> None:
        reason = reason_of(error)
        final = isinstance(error, Abandon | msgspec.ValidationError) or job.attempt >= definition.attempts
        log.warning("job failed", job=job.name, id=str(job.id), attempt=job.attempt, final=final, exc_info=error)
        if final:
            async with self._db.write(None) as tx:
                await store.fail(tx, job, reason)
        else:
            await self._put_back(job, backoff(job.attempt), reason, counts=True)


def _is_asked_to_end() -> bool:
    """Whether this task was cancelled from outside, and not something that the job itself waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _facts(job: ClaimedJob) -> Facts:
    return {
        "scholr.name": job.name,
        "scholr.tenant_id": str(job.tenant_id),
        "scholr.attempt": job.attempt,
        "scholr.actor_kind": ActorKind.SYSTEM.value,
    }


def backoff(attempt: int) -> timedelta:
    """10, 20, 40 … seconds up to an hour, each between half and one and a half of that."""
    longest = min(_FIRST_WAIT * 2.0 ** (attempt - 1), _LONGEST_WAIT)
    return timedelta(seconds=longest * random.uniform(0.5, 1.5))  # spread, not secrecy
