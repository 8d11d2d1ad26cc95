"""The weights: what a request costs, and what each plan lets an organisation and its people spend."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

READ, WRITE, EXPENSIVE = 1, 2, 10
"""Units that a request costs: one that reads, one that changes something, and one that goes through much (exports,
imports, reports)."""


class Scope(StrEnum):
    """Whose bucket it is; also the name of the policy in the RateLimit header fields."""

    TENANT = "tenant"
    PERSON = "person"
    TOKEN = "token"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Quota:
    """`rate` units a second for as long as one likes, and `burst` units at once after a rest."""

    rate: float
    burst: int

    @property
    def window(self) -> float:
        """Seconds in which an empty bucket is full again."""
        return self.burst / self.rate

    def times(self, factor: float) -> "Quota":
        return Quota(self.rate * factor, max(2 * EXPENSIVE, round(self.burst * factor)))


@dataclass(frozen=True, slots=True)
class Plan:
    """What an organisation is given. `statement_timeout` is in seconds; None is the deployment's own."""

    name: str
    tenant: Quota
    person: Quota
    token: Quota
    statement_timeout: float | None = None

    def times(self, factor: float) -> "Plan":
        return replace(
            self, tenant=self.tenant.times(factor), person=self.person.times(factor), token=self.token.times(factor)
        )


_PERSON = Quota(rate=30, burst=600)
_UNLIMITED = Quota(rate=1_000_000, burst=100_000_000)

STANDARD = Plan("standard", tenant=Quota(1_000, 20_000), person=_PERSON, token=Quota(100, 2_000))

PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("small", tenant=Quota(200, 4_000), person=_PERSON, token=Quota(30, 600), statement_timeout=5.0),
        STANDARD,
        Plan("large", tenant=Quota(4_000, 80_000), person=_PERSON, token=Quota(400, 8_000), statement_timeout=30.0),
        Plan("unlimited", tenant=_UNLIMITED, person=_UNLIMITED, token=_UNLIMITED),
    )
}
"""By name. An organisation whose plan is not named here has `standard`. docs/operations/fairness.md says how the
numbers were found."""

STRANGERS = Quota(rate=50, burst=3_000)
"""For each address from which somebody comes who has not said who they are: a class of 200 signs in at once."""


@dataclass(frozen=True, slots=True)
class RateSettings:
    """`factor` multiplies every quota, for machines that bear more or less; 0 switches the limits off.

    `refresh` is in seconds: how soon each process hears that an organisation's plan was changed. `valkey_url` names
    the memory that several processes share; empty where each counts by itself.
    """

    factor: float = 1.0
    refresh: float = 5.0
    valkey_url: str = field(default="", repr=False)
