"""Which variant somebody gets: the rules, put in order once, looked at in less than a microsecond."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from scholr.platform.flags.flag import Flag

WHOLE = 10_000
"""Shares are in hundredths of a percent."""


class Scope(StrEnum):
    KILL = "kill"
    TENANT = "tenant"
    COHORT = "cohort"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`subject` is the organisation, the cohort, or, of a share, its variant; "" of a kill. `tenant_id` is whose
    rule it is; None for one of the whole deployment."""

    key: str
    scope: Scope
    subject: str = ""
    variant: str = ""
    share: int = 0
    tenant_id: UUID | None = None


@dataclass(slots=True)
class Ordered:
    """A flag's rules, the strongest first: killed, cohort, tenant, share. `upto` are the shares, added up."""

    is_killed: bool = False
    cohorts: dict[UUID, str] = field(default_factory=dict)
    tenants: dict[UUID, str] = field(default_factory=dict)
    upto: list[tuple[int, str]] = field(default_factory=list)

    def variant_for(self, flag: Flag, tenant_id: UUID | None, member_id: UUID | None, cohort_id: UUID | None) -> str:
        """What a newer version of the program has been told, and this one has no variant for, is passed over."""
        if self.is_killed:
            return flag.killed
        found = self.cohorts.get(cohort_id) if cohort_id is not None else None
        if found is None and tenant_id is not None:
            found = self.tenants.get(tenant_id)
        if found is None and self.upto:
            found = self._by_share(flag.key, member_id or tenant_id)
        return found if found in flag.variants else flag.default

    def _by_share(self, key: str, subject: UUID | None) -> str | None:
        if subject is None:
            return next((variant for upto, variant in self.upto if upto >= WHOLE), None)
        place = place_of(key, subject)
        return next((variant for upto, variant in self.upto if place < upto), None)


def place_of(key: str, subject: UUID) -> int:
    """Where somebody stands, from 0 to 9,999: the same for ever for the same flag, unlike that of another flag.

    Who is in at 10 % is therefore still in at 20 %.
    """
    digest = hashlib.blake2b(subject.bytes, key=key.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") % WHOLE


def ordered(rules: Iterable[Rule]) -> Mapping[str, Ordered]:
    found: dict[str, Ordered] = {}
    for rule in sorted(rules, key=lambda each: (each.key, each.scope, each.subject)):
        flag = found.setdefault(rule.key, Ordered())
        match rule.scope:
            case Scope.KILL:
                flag.is_killed = True
            case Scope.TENANT:
                flag.tenants[UUID(rule.subject)] = rule.variant
            case Scope.COHORT:
                flag.cohorts[UUID(rule.subject)] = rule.variant
            case Scope.SHARE:
                before = flag.upto[-1][0] if flag.upto else 0
                flag.upto.append((before + rule.share, rule.variant))
    return found
