"""A context's manifest: what it hangs into the platform. Nothing happens at import time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from scholr.kernel.events import Event
from scholr.platform.audit import Look
from scholr.platform.db.unit import WriteUnit
from scholr.platform.flags.flag import Flag
from scholr.platform.jobs.job import Job
from scholr.platform.security.permissions import Permission
from scholr.platform.security.resealing import SealedColumn

Handler = Callable[[WriteUnit, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`consumer` names the effect (unique, stable: the inbox remembers it); each runs in its own transaction.

    The handler gets a unit opened for the event's tenant. Effects in it happen exactly once; it must not
    do anything outside it (a mail or a slow call is a job that it enqueues). `when` is a pure look at the fact:
    False leaves it alone, before anything is asked of the database.
    """

    consumer: str
    event: type[Event]
    handler: Handler
    when: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """`run(job, payload)`: `job.platform`, `job.tenant_id` and `job.actor` say for whom; `payload` is data only.

    A run that raises or exceeds `timeout` is repeated with backoff, `attempts` runs in all, and then shown
    as failed. A run may be repeated after its effect: see `Job.finish` where that matters.
    """

    name: str
    payload: Any
    run: Callable[[Job, Any], Awaitable[None]]
    attempts: int = 5
    timeout: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Starts about every `every`, once per deployment however many workers there are; `run(job, None)`.

    `tenants` None: one run, without a tenant. Otherwise the name of a SQL function
    `(now timestamptz) returns setof uuid`, SECURITY DEFINER and granted to scholr_worker, that names the
    organisations with work; each gets a job of its own, run as `scholr_app` for that tenant. A task whose
    last run is still waiting is not started twice.
    """

    name: str
    every: timedelta
    run: Callable[[Job, None], Awaitable[None]]
    tenants: str | None = None
    attempts: int = 3
    timeout: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Module:
    """`routes` names the Python modules whose ROUTES are served; only a process that serves loads them, since they
    bring the web framework along. `events` are the classes that this context may emit; `looks` what is noted;
    `flags` what operators may switch.

    `sealed` are the columns that hold what was encrypted with the secret keys: `scholr keys reencrypt` renews them.
    """

    name: str
    routes: Sequence[str] = ()
    events: Sequence[type[Event]] = ()
    subscriptions: Sequence[Subscription] = ()
    jobs: Sequence[JobDefinition] = ()
    periodic: Sequence[PeriodicTask] = ()
    permissions: Sequence[Permission] = field(default_factory=tuple)
    looks: Sequence[Look] = ()
    sealed: Sequence[SealedColumn] = ()
    flags: Sequence[Flag] = ()
