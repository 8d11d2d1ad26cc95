"""The one table of what the program does about each system outside of it: how long, how often, how many, what then.

Read it as: no call lasts longer than `timeout`, nor longer than the request that it is part of may still last; at
most `at_once` calls run and `waiting` more may wait, `timeout` at most; a call that may be repeated is repeated as
`retry` says; after `breaker` has seen enough failures nothing is asked for a while, and then one call finds out
whether it works again; meanwhile people see what `fallback` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Dependency(StrEnum):
    """What a deployment may stand on besides its own processes."""

    DATABASE = "database"
    REPLICA = "replica"
    CACHE = "cache"
    BROKER = "broker"
    SEARCH = "search"
    KEYWORD_SEARCH = "keyword_search"
    STORAGE = "storage"
    MAIL = "mail"
    DNS = "dns"
    PAYMENTS = "payments"
    IDENTITY_PROVIDERS = "identity_providers"
    LLM = "llm"
    WEBHOOKS = "webhooks"
    SECRETS = "secrets"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential with full jitter: before try n+1 a wait from 0 to min(`longest`, `first` · 2ⁿ) seconds.

    `budget` is the share of calls that retries may add (0.1: one in ten), so that a dependency in trouble is not
    sent several times its load; `reserve` is how many retries a quiet time saves up.
    """

    attempts: int
    first: float
    longest: float
    budget: float = 0.1
    reserve: int = 10


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """Opens when `share` of at least `least` calls within `window` seconds failed; asks again after `pause` seconds."""

    least: int = 5
    share: float = 0.5
    window: float = 10.0
    pause: float = 5.0


@dataclass(frozen=True, slots=True)
class Policy:
    """`timeout` is in seconds for one try; None for `retry`: never repeated here. `fallback` is a sentence."""

    timeout: float
    at_once: int
    waiting: int
    fallback: str
    retry: RetryPolicy | None = None
    breaker: BreakerPolicy = BreakerPolicy()


POLICIES: Mapping[Dependency, Policy] = {
    # Connecting only: statements have the server's own timeout, and a use case that lost a race is repeated by
    # `platform.db.retry`, which knows that nothing was committed.
    Dependency.DATABASE: Policy(
        timeout=5.0,
        at_once=20,
        waiting=200,
        breaker=BreakerPolicy(least=3, share=0.9, window=5.0, pause=1.0),
        fallback="Pages that are kept are shown as they last were; everything else says that it cannot be reached.",
    ),
    # A whole read, of which opening it may take a second. Nobody stands in line for what the primary knows too.
    Dependency.REPLICA: Policy(
        timeout=8.0,
        at_once=6,
        waiting=0,
        breaker=BreakerPolicy(least=3, pause=5.0),
        fallback="The primary answers.",
    ),
    # Shorter than one statement that it saves: a slow cache is worse than none. At once as many as it has connections
    # (`platform/valkey.py`): who waits for one of those would be counted as not answered.
    Dependency.CACHE: Policy(
        timeout=0.25,
        at_once=16,
        waiting=256,
        breaker=BreakerPolicy(least=5, window=5.0, pause=2.0),
        fallback="Each process remembers for itself, and asks the database once for all who wait.",
    ),
    # The relay's own loop tries again; what is not published waits in the outbox.
    Dependency.BROKER: Policy(
        timeout=5.0, at_once=16, waiting=64, fallback="Events wait in the outbox, in their order."
    ),
    Dependency.SEARCH: Policy(
        timeout=0.4,
        at_once=16,
        waiting=16,
        retry=RetryPolicy(attempts=2, first=0.02, longest=0.1),
        breaker=BreakerPolicy(least=5, share=0.5, window=10.0, pause=3.0),
        fallback="PostgreSQL finds words in titles and summaries; failing that, what most people take up is shown.",
    ),
    # Inside our own database, and still a neighbour: it may take this much of the pool, however many people search.
    Dependency.KEYWORD_SEARCH: Policy(
        timeout=1.0, at_once=4, waiting=32, fallback="What most people take up is shown instead."
    ),
    # A range of a large file; obstore repeats reads by itself, within this bound.
    Dependency.STORAGE: Policy(
        timeout=30.0,
        at_once=32,
        waiting=64,
        breaker=BreakerPolicy(least=5, window=20.0, pause=5.0),
        fallback="Pages come without their pictures and files; uploads say that they cannot be taken just now.",
    ),
    # Repeated by its job, which remembers across restarts.
    Dependency.MAIL: Policy(
        timeout=30.0,
        at_once=4,
        waiting=16,
        breaker=BreakerPolicy(least=3, window=60.0, pause=15.0),
        fallback="Mail stays in its queue and leaves when the server takes it again.",
    ),
    Dependency.DNS: Policy(
        timeout=5.0,
        at_once=4,
        waiting=8,
        retry=RetryPolicy(attempts=2, first=0.1, longest=0.5),
        fallback="A domain stays unverified and can be checked again.",
    ),
    # The provider is sent an idempotency key, so that a repeated call charges once.
    Dependency.PAYMENTS: Policy(
        timeout=10.0,
        at_once=8,
        waiting=16,
        retry=RetryPolicy(attempts=3, first=0.2, longest=2.0),
        breaker=BreakerPolicy(least=5, window=30.0, pause=10.0),
        fallback="Nobody loses access; buying says to try again, and reconciliation catches up.",
    ),
    # Codes are good once, so an exchange is never repeated.
    Dependency.IDENTITY_PROVIDERS: Policy(
        timeout=5.0,
        at_once=16,
        waiting=32,
        breaker=BreakerPolicy(least=5, window=30.0, pause=10.0),
        fallback="Sign-in offers the other ways; sessions that exist go on.",
    ),
    Dependency.LLM: Policy(
        timeout=30.0,
        at_once=8,
        waiting=16,
        retry=RetryPolicy(attempts=2, first=0.5, longest=2.0),
        breaker=BreakerPolicy(least=4, window=60.0, pause=20.0),
        fallback="The tutor says that it is away and shows the passages that it would have read.",
    ),
    # Repeated by its job for days; one receiver in trouble must not hold the others up, so `outgoing.door`, which holds
    # time and places of this policy, holds no breaker.
    Dependency.WEBHOOKS: Policy(
        timeout=10.0, at_once=16, waiting=32, fallback="Deliveries wait in their queue, each receiver by itself."
    ),
    Dependency.SECRETS: Policy(
        timeout=5.0,
        at_once=2,
        waiting=8,
        retry=RetryPolicy(attempts=4, first=0.2, longest=2.0),
        fallback="The process goes on with the secrets it has until their lease ends.",
    ),
}
