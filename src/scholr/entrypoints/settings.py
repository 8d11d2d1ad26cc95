"""What the program is put together from: one frozen value per capability, made of the environment."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scholr.entrypoints.credentials import addresses, load_credentials
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.wiring import PlatformSettings
from scholr.platform.chosen import chosen
from scholr.platform.db.settings import DatabaseSettings, ReplicaSettings
from scholr.platform.mail.local import LocalMailer
from scholr.platform.mail.port import Mailer, NoMailer
from scholr.platform.mail.smtp import SmtpMailer, SmtpSettings
from scholr.platform.observability.settings import SignalSettings
from scholr.platform.observability.trace import TraceSettings
from scholr.platform.ratelimit.quotas import RateSettings
from scholr.platform.search.port import SearchEngine
from scholr.platform.security.keys import KeyRing
from scholr.platform.storage.objects import open_store
from scholr.platform.storage.settings import StorageSettings
from scholr.platform.worker import WorkerSettings

__all__ = ["Environment", "WorkerProcess", "platform_settings", "worker_process"]

_SMTP = {"smtp": ("starttls", 587), "smtps": ("implicit", 465), "smtp+plain": ("none", 25)}


class UnknownScheme(ValueError):
    """An address in the environment begins with something that nothing here speaks."""


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """`database` is the worker's own login and reaches the server itself: LISTEN is lost behind a pooler."""

    database: DatabaseSettings
    worker: WorkerSettings
    broker_url: str


def platform_settings(environment: Environment, *, service: str = "command") -> PlatformSettings:
    """One frozen value per capability, from the environment and, in the demo, the data directory."""
    dsn = environment.app_database_url
    if not dsn:
        dsn = addresses(environment.database_url, load_credentials(environment.data_dir)).app
    files = _storage(environment)
    return PlatformSettings(
        database=DatabaseSettings(dsn, pool_size=environment.pool_size),
        http=replace(environment.http(), file_origin=files.origin),
        keys=_keys(environment),
        mailer=_mailer(environment),
        storage=open_store(files),
        rates=RateSettings(factor=environment.rate_factor, valkey_url=environment.valkey_url),
        search=_search(environment),
        valkey_url=environment.valkey_url,
        signals=_signals(environment, service),
        kill_file=kill_file(environment),
        replica=_replica(environment),
    )


def _replica(environment: Environment) -> ReplicaSettings | None:
    if not environment.replica_database_url:
        return None
    return ReplicaSettings.at(environment.replica_database_url, most_lag=environment.replica_lag)


def kill_file(environment: Environment) -> Path:
    return environment.kill_file or environment.data_dir / "killed-flags"


def _signals(environment: Environment, service: str) -> SignalSettings:
    pairs = (each.partition("=") for each in environment.otlp_headers.split(",") if each.strip())
    return SignalSettings(
        service=service,
        # A command ends before anything of it would have been sent.
        otlp_endpoint=environment.otlp_endpoint.rstrip("/") if service != "command" else "",
        otlp_headers=tuple((name.strip(), value.strip()) for name, _, value in pairs),
        metrics_token=environment.metrics_token,
        trace=TraceSettings(ratio=environment.trace_ratio),
    )


def worker_process(environment: Environment) -> WorkerProcess:
    dsn = environment.worker_database_url
    if not dsn:
        dsn = addresses(environment.database_url, load_credentials(environment.data_dir)).worker
    # A relay keeps its shard locked while handlers run, so the server must not take that for idleness.
    database = DatabaseSettings(dsn, pool_size=8, idle_timeout=300.0, application_name="scholr worker")
    return WorkerProcess(database, WorkerSettings(slots=environment.worker_slots), environment.broker_url)


def _storage(environment: Environment) -> StorageSettings:
    return StorageSettings(
        directory=environment.data_dir / "files",
        bucket=environment.storage_bucket,
        endpoint=environment.storage_endpoint,
        region=environment.storage_region,
        access_key=environment.storage_access_key,
        secret_key=environment.storage_secret_key,
        http=environment.storage_endpoint.startswith("http://"),
    )


def _search(environment: Environment) -> SearchEngine | None:
    if not environment.search_url:
        return None
    if not environment.search_url.startswith(("http://", "https://")):
        raise UnknownScheme("SCHOLR_SEARCH_URL begins with http:// or https://.")
    engine: SearchEngine = chosen("scholr.platform.search.http_engine:HttpSearchEngine")(environment.search_url)
    return engine


def _mailer(environment: Environment) -> Mailer:
    """SMTP where an address is given; the demo keeps mail beside its data; production queues it until one is."""
    if environment.smtp_url:
        return SmtpMailer(_smtp(environment))
    return LocalMailer(environment.data_dir / "mail") if environment.http().is_demo else NoMailer()


def _smtp(environment: Environment) -> SmtpSettings:
    """`smtp://user:password@host:587` upgrades to TLS, `smtps://` begins with it, `smtp+plain://` has none."""
    parts = urlsplit(environment.smtp_url)
    if parts.scheme not in _SMTP or not parts.hostname:
        raise UnknownScheme("SCHOLR_SMTP_URL begins with smtp://, smtps:// or smtp+plain:// and names a host.")
    tls, port = _SMTP[parts.scheme]
    return SmtpSettings(
        host=parts.hostname,
        port=parts.port or port,
        sender=environment.mail_sender,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
    )


def _keys(environment: Environment) -> KeyRing:
    current = environment.secret_key or load_credentials(environment.data_dir).key
    retired = [each for each in environment.retired_secret_keys.split(",") if each]
    return KeyRing(tuple(bytes.fromhex(each) for each in (current, *retired)))
