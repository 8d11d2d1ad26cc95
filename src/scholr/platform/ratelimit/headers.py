"""The state of the buckets in response header fields: draft-ietf-httpapi-ratelimit-headers-11 (23 May 2026).

`RateLimit-Policy: "person";q=600;w=20` says that 600 units may be taken at once and that an empty bucket is full after
20 seconds; `RateLimit: "person";r=598;t=1` that 598 are there now and that in one second all are there again. Both are
structured fields (RFC 9651), one item for each bucket that the request takes from. In a refusal `t` is the time after
which the same request would be let through, which is what Retry-After says too (section 6 of the draft).
"""

import math
import random
from collections.abc import Sequence

from scholr.platform.ratelimit.buckets import Claim, Verdict
from scholr.platform.ratelimit.quotas import Scope

PROBLEM_TYPE = "https://iana.org/assignments/http-problem-types#quota-exceeded"

_SPREAD = 2.0
"""Seconds over which those are spread whom one full bucket refused at the same moment."""


def policy_field(claims: Sequence[Claim]) -> bytes:
    """The value of RateLimit-Policy: the same for the same client until its plan changes."""
    items = (f'"{each.scope}";q={each.quota.burst};w={max(1, math.ceil(each.quota.window))}' for each in claims)
    return ", ".join(items).encode()


def limit_field(verdict: Verdict) -> bytes:
    """The value of RateLimit."""
    items = []
    for claim, debt in zip(verdict.claims, verdict.debts, strict=True):
        quota = claim.quota
        left = int(quota.burst - debt * quota.rate + 1e-6)
        seconds = verdict.wait if claim.scope in verdict.violated else debt
        items.append(f'"{claim.scope}";r={left if left > 0 else 0};t={math.ceil(seconds)}')
    return ", ".join(items).encode()


def retry_after(verdict: Verdict) -> int:
    """Whole seconds to wait. Those who share a bucket come back one after the other, not all at once."""
    shared = Scope.TENANT in verdict.violated or Scope.ADDRESS in verdict.violated
    return max(1, math.ceil(verdict.wait + (random.uniform(0.0, _SPREAD) if shared else 0.0)))
