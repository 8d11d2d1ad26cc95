"""The deployment's own secrets: made once, kept in the data directory where only its owner reads them."""

import hashlib
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import msgspec

from scholr.platform.db.roles import GROUPS, LONGEST_NAME, Login

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
    database = unquote(urlsplit(admin_dsn).path.lstrip("/")) or "postgres"
    app, worker = login_name(database, "app"), login_name(database, "worker")
    return DatabaseAddresses(
        admin=admin_dsn,
        app=_as(admin_dsn, app, credentials.app_password),
        worker=_as(admin_dsn, worker, credentials.worker_password),
        logins=(
            Login(app, credentials.app_password, "scholr_app"),
            Login(worker, credentials.worker_password, "scholr_worker"),
        ),
    )


def declared_addresses(admin_dsn: str, *, app: str, worker: str) -> DatabaseAddresses:
    """The addresses that a deployment was given. Its logins are made as those say; one without a password (a
    certificate, a socket) was made by somebody else, and is left alone."""
    logins = ((app, "scholr_app"), (worker, "scholr_worker"))
    return DatabaseAddresses(
        admin=admin_dsn,
        app=app,
        worker=worker,
        logins=tuple(
            Login(unquote(parts.username), unquote(parts.password), group)
            for parts, group in ((urlsplit(dsn), group) for dsn, group in logins)
            if parts.username and parts.password
        ),
    )


def login_name(database: str, kind: Literal["app", "worker"]) -> str:
    """One for each database of a server, and never a group's: `scholr_app` would be both for a database `scholr`.

    PostgreSQL cuts names after 63 bytes, which would make two long ones the same; those get a digest instead.
    """
    name = f"{database}_{kind}"
    if name in GROUPS:
        return f"{name}_login"
    if len(name.encode()) > LONGEST_NAME:
        return f"scholr_{hashlib.sha256(database.encode()).hexdigest()[:16]}_{kind}"
    return name


def _as(dsn: str, user: str, password: str) -> str:
    parts = urlsplit(dsn)
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))
