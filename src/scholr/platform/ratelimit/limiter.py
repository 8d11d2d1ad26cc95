"""Whose buckets a request takes from, and whether they have enough."""

import hashlib
import ipaddress
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scholr.kernel.actor import Actor, ActorKind
from scholr.platform.ratelimit.buckets import Buckets, Claim, Verdict
from scholr.platform.ratelimit.headers import policy_field
from scholr.platform.ratelimit.plans import PlanDirectory
from scholr.platform.ratelimit.quotas import STANDARD, STRANGERS, Plan, RateSettings, Scope

MOST_CREDENTIALS = 20_000
KNOWN_SECONDS = 5.0
"""For how long a credential is taken for what it was proven to be, for the one purpose of refusing it early."""

_NOBODY = (ActorKind.ANONYMOUS, None, None)
_Identity = tuple[ActorKind, object, object]


@dataclass(slots=True)
class Client:
    """A credential's buckets. `policy` is what its answers say in RateLimit-Policy."""

    identity: _Identity
    plan: Plan
    claims: Sequence[Claim]
    policy: bytes
    proven_at: float


@dataclass(frozen=True, slots=True)
class LimiterState:
    """Counts since the process began. `shared` is empty where each process counts by itself."""

    is_on: bool
    checked: int
    refused: Mapping[str, int]
    refused_early: int
    buckets: int
    plan_failures: int
    shared: Mapping[str, int]


class RateLimiter:
    """One for each process. `plans` None gives everybody the standard plan."""

    def __init__(
        self,
        settings: RateSettings | None = None,
        *,
        plans: PlanDirectory | None = None,
        buckets: Buckets | None = None,
    ) -> None:
        self.settings = settings or RateSettings()
        self.buckets = buckets if buckets is not None else Buckets()
        self._plans = plans
        factor = self.settings.factor or 1.0
        self._standard = plans.standard if plans else STANDARD.times(factor)
        self._strangers = STRANGERS.times(factor)
        self._clients: dict[bytes, Client] = {}
        self._checked = self._early = 0
        self._refused: Counter[str] = Counter()

    @property
    def is_on(self) -> bool:
        return self.settings.factor > 0

    def known(self, credential: bytes) -> Client | None:
        """Whom this credential belonged to within the last seconds; None when it has to be proven (again)."""
        found = self._clients.get(credential)
        return found if found is not None and time.monotonic() - found.proven_at < KNOWN_SECONDS else None

    def stranger(self, address: str) -> Client:
        claims = (Claim(Scope.ADDRESS, f"address:{network_of(address)}", self._strangers),)
        return Client(_NOBODY, self._standard, claims, policy_field(claims), 0.0)

    def proven(self, credential: bytes, actor: Actor, address: str) -> Client:
        """The buckets of whoever this credential has just been proven to be."""
        if actor.kind is ActorKind.ANONYMOUS:
            return self.stranger(address)
        identity, now = (actor.kind, actor.tenant_id, actor.membership_id or actor.person_id), time.monotonic()
        plan = self._plans.of(actor.tenant_id) if self._plans and actor.tenant_id else self._standard
        found = self._clients.get(credential)
        if found is None or found.identity != identity or found.plan is not plan:
            claims = _claims(actor, plan, credential)
            found = Client(identity, plan, claims, policy_field(claims), now)
            self._remember(credential, found)
        found.proven_at = now
        return found

    def take(self, client: Client, cost: int, *, early: bool = False) -> Verdict:
        """Take from all of the client's buckets or from none."""
        self._checked += 1
        verdict = self.buckets.take(client.claims, cost)
        if verdict.violated:
            self._refused.update(scope.value for scope in verdict.violated)
            self._early += early
        return verdict

    def snapshot(self) -> LimiterState:
        return LimiterState(
            is_on=self.is_on,
            checked=self._checked,
            refused=dict(self._refused),
            refused_early=self._early,
            buckets=self.buckets.count,
            plan_failures=self._plans.failures if self._plans else 0,
            shared=self.buckets.shared_state(),
        )

    def _remember(self, credential: bytes, client: Client) -> None:
        if len(self._clients) >= MOST_CREDENTIALS:
            for oldest in list(self._clients)[: MOST_CREDENTIALS // 10]:
                del self._clients[oldest]
        self._clients[credential] = client


def credential_of(*parts: bytes) -> bytes:
    """What a client proves itself with, as a digest: the secret itself is not kept."""
    return hashlib.blake2b(b"\0".join(parts), digest_size=16, person=b"scholr.rate").digest()


def network_of(address: str) -> str:
    """An IPv4 address, or the /64 that one IPv6 customer has all addresses of."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def _claims(actor: Actor, plan: Plan, credential: bytes) -> tuple[Claim, ...]:
    """The demo's header stands for a whole organisation and for no person, so it has no person's bucket."""
    found = []
    if actor.tenant_id is not None:
        found.append(Claim(Scope.TENANT, f"tenant:{actor.tenant_id}", plan.tenant))
    if actor.kind is ActorKind.TOKEN:
        found.append(Claim(Scope.TOKEN, f"token:{credential.hex()}", plan.token))
    elif actor.person_id is not None:
        found.append(Claim(Scope.PERSON, f"person:{actor.membership_id or actor.person_id}", plan.person))
    return tuple(found)
