"""The command line, as an operator types it."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from scholr.entrypoints.cli import COMMANDS, app
from scholr.kernel.errors import DomainError, NotFound
from scholr.kernel.ids import new_id
from scholr.platform.ratelimit.plans import PlanDirectory
from scholr.platform.ratelimit.quotas import RateSettings
from scholr.platform.runtime import Platform
from tests.support.accounts import account
from tests.support.client import api_client
from tests.support.database import TestDatabase
from tests.support.school import School


def scholr(database: TestDatabase | None, data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "SCHOLR_DATA_DIR": str(data_dir)}
    if database is not None:
        variables |= {
            "SCHOLR_APP_DATABASE_URL": database.app,
            "SCHOLR_WORKER_DATABASE_URL": database.worker,
        }
    command = [sys.executable, "-m", "scholr.entrypoints.cli", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


Command = Callable[..., Awaitable[str]]


@pytest.fixture
def command(
    database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """A command in this process, which has loaded what it needs already; answers what it printed."""
    monkeypatch.setenv("SCHOLR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCHOLR_APP_DATABASE_URL", database.app)
    monkeypatch.setenv("SCHOLR_WORKER_DATABASE_URL", database.worker)

    async def run(*arguments: str) -> str:
        capsys.readouterr()
        await asyncio.to_thread(partial(app, arguments, result_action="return_value"))
        return capsys.readouterr().out.strip()

    return run


async def test_an_operator_opens_an_organisation_and_hands_out_a_token(
    platform: Platform, database: TestDatabase, tmp_path: Path, command: Command
) -> None:
    opened = scholr(
        database, tmp_path, "organization", "Harbour", "--owner-email", "o@harbour.example", "--owner-name", "Olu"
    )
    assert opened.returncode == 0, opened.stderr
    tenant = opened.stdout.strip()
    member = await command("user", tenant, "t@harbour.example", "Tess", "--role", "instructor")
    assert await command("user", tenant, "t@harbour.example", "Tess", "--role", "instructor") == member
    token = await command("token", tenant, member, "--days", "1")
    async with api_client(platform) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        made = await client.post("/api/courses", json={"title": "Knots"})
        assert made.status_code == httpx.codes.CREATED, made.text


async def test_an_operator_gives_an_organisation_a_plan(platform: Platform, school: School, command: Command) -> None:
    assert await command("plan", str(school.tenant_id), "large") == "Aldersea: large"
    directory = PlanDirectory(platform.db, RateSettings())
    await directory.look()
    assert directory.of(school.tenant_id).name == "large"
    for wrong in ((str(school.tenant_id), "golden"), (str(new_id()), "large")):
        with pytest.raises(DomainError):
            await command("plan", *wrong)


async def test_whoever_adds_an_operator_without_a_second_step_hears_of_it(
    school: School, database: TestDatabase, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOLR_DATABASE_URL", database.admin)
    someone = await account(school)
    *_, said, warned = (await command("operator", "add", someone.email)).splitlines()  # after the log's line
    await command("operator", "remove", someone.email)
    assert said == f"{someone.email} operates the deployment now"
    assert warned.startswith("Neither second step nor passkey yet")


async def test_nobody_is_recovered_who_is_not_there(command: Command) -> None:
    with pytest.raises(NotFound, match="There is no account with a password at this address"):
        await command("recover", "nobody@example.org")


async def test_nothing_failed_is_said_plainly(command: Command) -> None:
    for asked in (("jobs", "list"), ("events", "dead")):
        assert await command(*asked)


def test_a_refusal_is_one_sentence_and_an_exit_code(database: TestDatabase, tmp_path: Path) -> None:
    nowhere = scholr(None, tmp_path, "jobs", "list")
    assert nowhere.returncode == 1
    assert "make up" in nowhere.stderr
    locked_out = replace(database, worker=re.sub(r":[^:@]+@", ":wrong@", database.worker))
    outside = scholr(locked_out, tmp_path, "jobs", "list")
    assert (outside.returncode, "Traceback" in outside.stderr) == (1, False), outside.stderr
    assert outside.stderr.startswith("scholr: The database does not let this login in: password authentication failed")
    wrong = scholr(database, tmp_path, "organization", "X", "--owner-email", "nobody", "--owner-name", "N")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("scholr: ")
    assert "Traceback" not in wrong.stderr


def test_every_command_is_there_and_loaded_when_it_is_called() -> None:
    assert all(app[name].help or app[name].default_command for name in COMMANDS)
    loaded = "import sys; from scholr.entrypoints import cli; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert "scholr.entrypoints.cli" in names
    assert not [each for each in names if each.startswith(("scholr.contexts", "scholr.platform.db", "scholr.web"))]


def test_a_fleet_of_nobody_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app(["web", "--processes", "0"])
    assert ended.value.code != 0
    assert "Must be >= 1" in capsys.readouterr().err
