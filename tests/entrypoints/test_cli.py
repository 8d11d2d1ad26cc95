"""The command line, as an operator types it."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from scholr.entrypoints.cli import COMMANDS, app
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


async def test_an_operator_opens_an_organisation_and_hands_out_a_token(
    platform: Platform, database: TestDatabase, tmp_path: Path
) -> None:
    opened = scholr(
        database, tmp_path, "organization", "Harbour", "--owner-email", "o@harbour.example", "--owner-name", "Olu"
    )
    assert opened.returncode == 0, opened.stderr
    tenant = opened.stdout.strip()
    member = scholr(database, tmp_path, "user", tenant, "t@harbour.example", "Tess", "--role", "instructor")
    again = scholr(database, tmp_path, "user", tenant, "t@harbour.example", "Tess", "--role", "instructor")
    assert member.returncode == 0, member.stderr
    assert again.stdout == member.stdout
    token = scholr(database, tmp_path, "token", tenant, member.stdout.strip(), "--days", "1")
    assert token.returncode == 0, token.stderr
    async with api_client(platform) as client:
        client.headers["Authorization"] = f"Bearer {token.stdout.strip()}"
        made = await client.post("/api/courses", json={"title": "Knots"})
        assert made.status_code == httpx.codes.CREATED, made.text


async def test_an_operator_gives_an_organisation_a_plan(
    platform: Platform, school: School, database: TestDatabase, tmp_path: Path
) -> None:
    given = scholr(database, tmp_path, "plan", str(school.tenant_id), "large")
    assert (given.returncode, given.stdout) == (0, "Aldersea: large\n"), given.stderr
    directory = PlanDirectory(platform.db, RateSettings())
    await directory.look()
    assert directory.of(school.tenant_id).name == "large"
    for wrong in ((str(school.tenant_id), "golden"), (str(new_id()), "large")):
        refused = scholr(database, tmp_path, "plan", *wrong)
        assert refused.returncode == 1
        assert refused.stderr.startswith("scholr: ")


async def test_whoever_adds_an_operator_without_a_second_step_hears_of_it(
    school: School, database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOLR_DATABASE_URL", database.admin)
    someone = await account(school)
    added = scholr(database, tmp_path, "operator", "add", someone.email)
    removed = scholr(database, tmp_path, "operator", "remove", someone.email)
    assert (added.returncode, removed.returncode) == (0, 0), added.stderr + removed.stderr
    *_, said, warned = added.stdout.splitlines()  # after the log's line
    assert said == f"{someone.email} operates the deployment now"
    assert warned.startswith("Neither second step nor passkey yet")


def test_nobody_is_recovered_who_is_not_there(database: TestDatabase, tmp_path: Path) -> None:
    unknown = scholr(database, tmp_path, "recover", "nobody@example.org")
    assert (unknown.returncode, unknown.stderr) == (1, "scholr: There is no account with a password at this address.\n")


def test_nothing_failed_is_said_plainly(database: TestDatabase, tmp_path: Path) -> None:
    for command in (("jobs", "list"), ("events", "dead")):
        ended = scholr(database, tmp_path, *command)
        assert ended.returncode == 0, ended.stderr


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
