"""A context's manifest: what it hangs into the platform. Nothing happens at import time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from scholr.kernel.events import Event
from scholr.platform.db.unit import WriteUnit
from scholr.platform.security.permissions import Permission

Handler = Callable[[WriteUnit, Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`consumer` names the effect (unique, stable: the inbox remembers it); each runs in its own transaction."""

    consumer: str
    event: type[Event]
    handler: Handler


@dataclass(frozen=True, slots=True)
class JobDefinition:
    """`run` receives the platform and the payload; it is retried with backoff up to `attempts` runs."""

    name: str
    payload: type
    run: Callable[[Any, Any], Awaitable[None]]
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Runs about every `every`, once per deployment, with the platform as its argument."""

    name: str
    every: timedelta
    run: Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Module:
    """`routes` are Litestar handlers; `events` are the classes that this context may emit."""

    name: str
    routes: Sequence[Any] = ()
    events: Sequence[type[Event]] = ()
    subscriptions: Sequence[Subscription] = ()
    jobs: Sequence[JobDefinition] = ()
    periodic: Sequence[PeriodicTask] = ()
    permissions: Sequence[Permission] = field(default_factory=tuple)
