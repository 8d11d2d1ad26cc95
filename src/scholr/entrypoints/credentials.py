"""The deployment's own secrets: made once, kept in the data directory where only its owner reads them."""

import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from scholr.platform.db.roles import Login

FILE = "credentials.json"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`key` signs and encrypts; the passwords belong to the two logins that Scholr makes for itself."""

    key: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    app_password: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)
    worker_password: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)


@dataclass(frozen=True, slots=True)
class DatabaseAddresses:
    """`admin` may create roles and tables; the running program uses the other two."""

    admin: str = field(repr=False)
    app: str = field(repr=False)
    worker: str = field(repr=False)
    logins: tuple[Login, ...] = field(repr=False)


def load_credentials(data_dir: Path) -> Credentials:
    """Read the file, or make it; a half-written one is impossible, since it is renamed into place."""
    path = data_dir / FILE
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    data_dir.mkdir(parents=True, exist_ok=True)
    made = Credentials()
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(asdict(made)))
    fresh.rename(path)
    return made


def addresses(admin_dsn: str, credentials: Credentials) -> DatabaseAddresses:
    """The logins of one database on a server; their names carry the database's, since roles are the server's."""
    database = urlsplit(admin_dsn).path.lstrip("/") or "postgres"
    app, worker = f"{database}_app", f"{database}_worker"
    return DatabaseAddresses(
        admin=admin_dsn,
        app=_as(admin_dsn, app, credentials.app_password),
        worker=_as(admin_dsn, worker, credentials.worker_password),
        logins=(
            Login(app, credentials.app_password, "scholr_app"),
            Login(worker, credentials.worker_password, "scholr_worker"),
        ),
    )


def _as(dsn: str, user: str, password: str) -> str:
    parts = urlsplit(dsn)
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))
