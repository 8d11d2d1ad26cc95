"""Preparing a server that somebody else administers (SCHOLR_DATABASE_URL)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from scholr.platform.db.embedded import SUPERUSER, EmbeddedPostgres


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


async def test_a_user_who_may_not_make_roles_is_told_what_to_do(server: EmbeddedPostgres, tmp_path: Path) -> None:
    done = prepare(await a_database_of(server, "nocreaterole"), tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "scholr: The user customer in SCHOLR_DATABASE_URL may not create roles; let it, with:"
    )
    assert len(done.stderr.splitlines()) == 1
