"""Preparing a server that somebody else administers (SCHOLR_DATABASE_URL)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from scholr.platform.db.embedded import SUPERUSER, EmbeddedPostgres
from scholr.platform.db.roles import Login, RoleNameTaken, ensure_roles


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A server of its own, because roles belong to the whole server."""
    with EmbeddedPostgres(ephemeral=True) as running:
        yield running


async def a_database_of(server: EmbeddedPostgres, rights: str) -> str:
    """The address of a database whose owner has no more than `rights`."""
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(f"create role customer login {rights} password 'word'")
        await connection.execute("create database school owner customer")
    finally:
        await connection.close()
    host = server.dsn.rsplit("@", 1)[1].removesuffix(f"/{SUPERUSER}")
    return f"postgresql://customer:word@{host}/school"


def prepare(dsn: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scholr.entrypoints.prepare"],
        check=False,
        capture_output=True,
        text=True,
        env={"SCHOLR_DATABASE_URL": dsn, "SCHOLR_DATA_DIR": str(data_dir)},
    )


async def test_an_administrator_needs_no_more_than_createrole_also_the_second_time(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await a_database_of(server, "createrole")
    first, second = prepare(dsn, tmp_path), prepare(dsn, tmp_path)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
    answer = msgspec.json.decode(first.stdout)
    application = await asyncpg.connect(answer["app_database_url"])
    try:
        assert not await application.fetchval("select rolbypassrls from pg_roles where rolname = current_user")
    finally:
        await application.close()


async def test_a_database_may_be_called_scholr(server: EmbeddedPostgres, tmp_path: Path) -> None:
    """Its logins would have had the names of the groups `scholr_app` and `scholr_worker`."""
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute("create database scholr")
        done = prepare(f"{server.dsn.removesuffix(f'/{SUPERUSER}')}/scholr", tmp_path)
        assert done.returncode == 0, done.stderr
        may_sign_in = "select rolname from pg_roles where rolname like 'scholr%' and rolcanlogin order by 1"
        found = [row["rolname"] for row in await connection.fetch(may_sign_in)]
    finally:
        await connection.close()
    assert found == ["scholr_app_login", "scholr_worker_login"]
    answer = msgspec.json.decode(done.stdout)
    for url, group in ((answer["app_database_url"], "scholr_app"), (answer["worker_database_url"], "scholr_worker")):
        application = await asyncpg.connect(url)
        try:
            assert await application.fetchval("select pg_has_role(current_user, $1, 'usage')", group)
        finally:
            await application.close()


async def test_a_login_with_a_groups_name_is_refused_before_anything_is_done(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.dsn)
    try:
        with pytest.raises(RoleNameTaken, match="scholr_worker is one of Scholr's groups"):
            await ensure_roles(connection, [Login("fine", "word", "scholr_app"), Login("scholr_worker", "word", "x")])
        assert await connection.fetchval("select count(*) from pg_roles where rolname in ('fine', 'scholr_app')") == 0
    finally:
        await connection.close()


async def test_a_user_who_may_not_make_roles_is_told_what_to_do(server: EmbeddedPostgres, tmp_path: Path) -> None:
    done = prepare(await a_database_of(server, "nocreaterole"), tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "scholr: The user customer in SCHOLR_DATABASE_URL may not create roles; let it, with:"
    )
    assert len(done.stderr.splitlines()) == 1
