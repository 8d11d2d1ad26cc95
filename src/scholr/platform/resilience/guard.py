"""One dependency's policy at work."""

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from scholr.kernel.errors import DomainError, ErrorKind
from scholr.platform.observability.trace import Span
from scholr.platform.resilience.breaker import Admission, Breaker, BreakerState
from scholr.platform.resilience.bulkhead import Bulkhead, BulkheadFull
from scholr.platform.resilience.deadline import remaining, within
from scholr.platform.resilience.errors import Cause, DeadlinePassed, DependencyUnavailable
from scholr.platform.resilience.patience import Patience
from scholr.platform.resilience.policy import POLICIES, Dependency, Policy
from scholr.platform.resilience.retries import Retries

T = TypeVar("T")

Work = Callable[[], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class GuardState:
    """What operators see of one dependency in this process. Counts are since the process began."""

    dependency: str
    breaker: BreakerState
    seconds_in_state: float
    trips: int
    in_use: int
    waiting: int
    at_once: int
    calls: int
    failures: int
    timeouts: int
    refused_open: int
    refused_full: int
    retries: int
    last_error: str


def is_worth_another_try(error: Exception) -> bool:
    """A refusal and a passed deadline are the same the next moment."""
    if isinstance(error, DeadlinePassed):
        return False
    if isinstance(error, DependencyUnavailable) and error.cause in (Cause.OPEN, Cause.FULL):
        return False
    return is_failure(error) and remaining() != 0.0


def is_failure(error: BaseException) -> bool:
    """Whether an error speaks of the dependency, and not of what it was asked."""
    if isinstance(error, DomainError):
        return error.kind is ErrorKind.UNAVAILABLE
    return isinstance(error, OSError | TimeoutError | EOFError)


class Guard:
    """`call` is the only way through. `now` is a monotonic clock in seconds."""

    def __init__(
        self, dependency: Dependency, policy: Policy | None = None, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.dependency = dependency
        self.policy = policy or POLICIES[dependency]
        self.breaker = Breaker(self.policy.breaker, now)
        self._bulkhead = Bulkhead(self.policy.at_once, self.policy.waiting)
        self._retries = Retries(self.policy.retry) if self.policy.retry else None
        self._calls = self._failures = self._timeouts = self._open = self._full = 0
        self._last_error = ""

    async def call(self, work: Work[T], *, idempotent: bool = False, at_most: float | None = None) -> T:
        """The answer of `work`, within the policy (`at_most`, in seconds, may only shorten it, and the wait before it).

        `idempotent` says that asking twice does no harm; only then the policy's retries apply. Raises
        DependencyUnavailable when the dependency was not asked or did not answer in time, DeadlinePassed when the
        request's own time was over first, and whatever `work` raises.
        """
        self._calls += 1
        with Span(self.dependency.value, "client"):
            allowed = self.policy.timeout if at_most is None else min(self.policy.timeout, at_most)
            return await self._called(work, idempotent, allowed)

    async def _called(self, work: Work[T], idempotent: bool, allowed: float) -> T:
        if not (idempotent and self._retries):
            return await self._try(work, allowed)
        self._retries.pay_in()
        return await self._retries.run(lambda: self._try(work, allowed), is_worth_another_try)

    def snapshot(self) -> GuardState:
        return GuardState(
            dependency=self.dependency.value,
            breaker=self.breaker.state,
            seconds_in_state=round(self.breaker.seconds_in_state, 1),
            trips=self.breaker.trips,
            in_use=self._bulkhead.in_use,
            waiting=self._bulkhead.waiting,
            at_once=self.policy.at_once,
            calls=self._calls,
            failures=self._failures,
            timeouts=self._timeouts,
            refused_open=self._open,
            refused_full=self._full,
            retries=self._retries.spent if self._retries else 0,
            last_error=self._last_error,
        )

    async def _try(self, work: Work[T], allowed: float) -> T:
        if self.breaker.is_refusing:  # before the line: there is nothing to wait for
            raise self._refused_open()
        try:
            async with self._bulkhead.place(within(allowed)):
                return await self._ask(work, allowed)
        except BulkheadFull as error:
            self._full += 1
            raise self._unavailable(Cause.FULL) from error

    async def _ask(self, work: Work[T], allowed: float) -> T:
        admission = self.breaker.admit()
        if admission is None:  # it opened while this call stood in line
            raise self._refused_open()
        try:
            answer = await self._bounded(work, allowed)
        except BaseException as error:
            self._note(admission, error)
            raise
        self.breaker.succeeded(admission)
        return answer

    async def _bounded(self, work: Work[T], allowed: float) -> T:
        left = remaining()
        clock = Patience(within(allowed))
        try:
            async with clock:
                return await work()
        except TimeoutError as error:
            if not clock.expired():
                raise
            if left is not None and left < allowed:
                raise DeadlinePassed from error
            self._timeouts += 1
            raise self._unavailable(Cause.TIMEOUT) from error

    def _note(self, admission: Admission, error: BaseException) -> None:
        if isinstance(error, DeadlinePassed):  # it was not given the time that the policy gives it
            self.breaker.abandoned(admission)
        elif is_failure(error):
            self._failures += 1
            self._last_error = _named(error)
            self.breaker.failed(admission)
        elif isinstance(error, Exception):  # it answered, if with a no
            self.breaker.succeeded(admission)
        else:
            self.breaker.abandoned(admission)

    def _refused_open(self) -> DependencyUnavailable:
        self._open += 1
        return self._unavailable(Cause.OPEN)

    def _unavailable(self, cause: Cause) -> DependencyUnavailable:
        wait = self.breaker.retry_after if cause is Cause.OPEN else 1.0
        return DependencyUnavailable(self.dependency, cause, retry_after=max(1, math.ceil(wait)))


class Guards:
    """The guards of one process, one for each dependency, made when first asked for."""

    def __init__(self, policies: Mapping[Dependency, Policy] = POLICIES) -> None:
        self._policies = policies
        self._guards: dict[Dependency, Guard] = {}

    def __getitem__(self, dependency: Dependency) -> Guard:
        found = self._guards.get(dependency)
        if found is None:
            found = self._guards[dependency] = Guard(dependency, self._policies[dependency])
        return found

    def degraded(self) -> list[str]:
        """What is answered for by a fallback just now, by name."""
        return [each for each in sorted(self._guards) if self._guards[each].breaker.state is not BreakerState.CLOSED]

    def snapshot(self) -> list[GuardState]:
        """Those that this process has used, by name."""
        return [self._guards[each].snapshot() for each in sorted(self._guards)]


def _named(error: BaseException) -> str:
    """What went wrong without what was asked: an error's text may hold an address or a person."""
    cause = error.__cause__ or error
    kind = getattr(error, "cause", None)
    return f"{kind}: {type(cause).__name__}" if isinstance(kind, Cause) else type(cause).__name__
