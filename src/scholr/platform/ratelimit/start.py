"""The limits of a process, as its settings want them."""

from scholr.platform.chosen import chosen
from scholr.platform.db.database import Database
from scholr.platform.ratelimit.buckets import Buckets
from scholr.platform.ratelimit.ledger import SharedBuckets
from scholr.platform.ratelimit.limiter import RateLimiter
from scholr.platform.ratelimit.plans import PlanDirectory
from scholr.platform.ratelimit.quotas import RateSettings
from scholr.platform.resilience.guard import Guards
from scholr.platform.resilience.policy import Dependency


def start_limits(settings: RateSettings, db: Database, guards: Guards) -> RateLimiter:
    plans = PlanDirectory(db, settings) if settings.factor > 0 else None
    return RateLimiter(settings, plans=plans, buckets=_buckets(settings, guards))


def _buckets(settings: RateSettings, guards: Guards) -> Buckets:
    if not settings.valkey_url:
        return Buckets()
    ledger = chosen("scholr.platform.ratelimit.valkey:ValkeyLedger")(settings.valkey_url)
    return SharedBuckets(ledger, guards[Dependency.CACHE])
