"""Where the pieces are put together: which contexts live, and what they stand on."""

from dataclasses import dataclass, field
from pathlib import Path

from scholr.contexts.assessment import module as assessment
from scholr.contexts.auth import module as auth
from scholr.contexts.catalog import module as catalog
from scholr.contexts.compliance import module as compliance
from scholr.contexts.enrollment import module as enrollment
from scholr.contexts.identity import module as identity
from scholr.contexts.learning import module as learning
from scholr.contexts.media import module as media
from scholr.contexts.sync import module as sync
from scholr.kernel.clock import Clock, SystemClock
from scholr.platform.cache.facade import Cache
from scholr.platform.cache.port import Store
from scholr.platform.chosen import chosen
from scholr.platform.db.database import Database
from scholr.platform.db.replica import Replica
from scholr.platform.db.settings import DatabaseSettings, ReplicaSettings
from scholr.platform.dns import DnsTxtLookup, GuardedTxtLookup
from scholr.platform.flags.flag import Flag
from scholr.platform.flags.switches import Flags
from scholr.platform.http.settings import HttpSettings
from scholr.platform.mail.port import Mailer, NoMailer
from scholr.platform.module import Module
from scholr.platform.observability.settings import SignalSettings, build_signals
from scholr.platform.ratelimit.quotas import RateSettings
from scholr.platform.ratelimit.start import start_limits
from scholr.platform.resilience.guard import Guards
from scholr.platform.resilience.policy import Dependency
from scholr.platform.runtime import Platform
from scholr.platform.search.port import SearchEngine
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.guarded import GuardedStore
from scholr.platform.storage.port import NoObjectStore, ObjectStore


def live_modules() -> list[Module]:
    """Every context that this deployment runs, lowest first."""
    contexts = (identity, auth, media, catalog, enrollment, learning, assessment, sync, compliance)
    return [context.module() for context in contexts]


def live_flags() -> list[Flag]:
    """Every flag that operators may switch in this deployment."""
    return [flag for module in live_modules() for flag in module.flags]


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """One frozen value per capability; what a process is put together from."""

    database: DatabaseSettings
    http: HttpSettings
    keys: KeyRing
    mailer: Mailer = field(default_factory=NoMailer)
    storage: ObjectStore = field(default_factory=NoObjectStore)
    rates: RateSettings = field(default_factory=RateSettings)
    search: SearchEngine | None = None
    valkey_url: str = ""
    signals: SignalSettings = field(default_factory=SignalSettings)
    kill_file: Path | None = None
    replica: ReplicaSettings | None = None


def build_platform(settings: PlatformSettings, *, clock: Clock | None = None) -> Platform:
    guards, clock = Guards(), clock or SystemClock()
    replica = Replica(settings.replica, guards[Dependency.REPLICA]) if settings.replica else None
    database = Database(settings.database, guards[Dependency.DATABASE], replica=replica)
    platform = Platform(
        db=database,
        clock=clock,
        http=settings.http,
        keys=settings.keys,
        mailer=settings.mailer,
        txt=GuardedTxtLookup(DnsTxtLookup(), guards[Dependency.DNS]),
        storage=GuardedStore(settings.storage, guards[Dependency.STORAGE]),
        search=settings.search,
        guards=guards,
        limits=start_limits(settings.rates, database, guards),
        signals=build_signals(settings.signals),
        cache=Cache(clock, _shared_store(settings.valkey_url, guards)),
        flags=Flags(database, settings.kill_file, live_flags()),
    )
    watch_capabilities(platform)
    return platform


def watch_capabilities(platform: Platform) -> None:
    """What operators see of each capability: one line for each, its snapshot under its name."""
    platform.signals.watch("pool", platform.db.pool)
    if platform.db.replica is not None:
        platform.signals.watch("replica", platform.db.replica.snapshot)
    platform.signals.watch("dependencies", platform.guards.snapshot)
    platform.signals.watch("limits", platform.limits.snapshot)
    platform.signals.watch("cache", platform.cache.snapshot)
    platform.signals.watch("flags", platform.flags.snapshot)


def _shared_store(url: str, guards: Guards) -> Store | None:
    if not url:
        return None
    client = chosen("scholr.platform.valkey:open_valkey")(url)
    store: Store = chosen("scholr.platform.cache.valkey:ValkeyStore")(client, guards[Dependency.CACHE])
    return store
