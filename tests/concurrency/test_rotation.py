"""docs/operations/rotate-keys.md, carried out against real processes while people use them."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pyotp
import pytest

from scholr.contexts.auth.tables import TotpRow
from scholr.entrypoints.wiring import PlatformSettings, build_platform
from scholr.platform.db.settings import DatabaseSettings
from scholr.platform.http.settings import HttpSettings, Profile
from scholr.platform.security.encryption import Vault
from scholr.platform.security.keys import KeyRing
from tests.concurrency.test_rolling import members, steady_load, until
from tests.support.accounts import Account, account, sign_in
from tests.support.database import TestDatabase
from tests.support.school import open_school
from tests.support.server import RunningServer, started_fleet, started_worker
from tests.support.vault_server import fake_vault

TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class SecretFiles:
    """The directory that SCHOLR_SECRETS_DIR names, and commands that read it."""

    def __init__(self, folder: Path, database: TestDatabase) -> None:
        folder.mkdir()
        self.variables = {"SCHOLR_SECRETS_DIR": str(folder), "SCHOLR_RATE_FACTOR": "0"}
        self._folder = folder
        self._database = database

    def hold(self, current: str, *retired: str) -> None:
        (self._folder / "scholr_secret_key").write_text(current)
        (self._folder / "scholr_retired_secret_keys").write_text(",".join(retired))

    def scholr(self, *arguments: str) -> str:
        """What a command printed, run with these secrets and the administrator's address."""
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SCHOLR_")},
            **self.variables,
            "SCHOLR_DATABASE_URL": self._database.admin,
            "SCHOLR_APP_DATABASE_URL": self._database.app,
            "SCHOLR_WORKER_DATABASE_URL": self._database.worker,
            "SCHOLR_DATA_DIR": str(self._folder),
        }
        command = [sys.executable, "-m", "scholr.entrypoints.cli", *arguments]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


async def two_people(database: TestDatabase, key: str) -> tuple[Account, Account]:
    """One with a password only, and one whose second step lies sealed under this key."""
    http = HttpSettings(Profile.DEMO, "127.0.0.1", 8080, "http://localhost:8080")
    ring = KeyRing((bytes.fromhex(key),))
    platform = build_platform(PlatformSettings(DatabaseSettings(database.app, pool_size=2), http, ring))
    try:
        school = await open_school(platform, "Aldersea")
        plain, careful = await account(school), await account(school)
        row = TotpRow(
            person_id=careful.person_id,
            secret=Vault(ring, "totp").seal(TOTP_SECRET.encode()),
            confirmed_at=datetime.now(UTC),
            created_at=datetime.now(UTC),
        )
        async with platform.db.write(None, person_id=careful.person_id) as tx:
            tx.session.add(row)
    finally:
        await platform.close()
    return plain, careful


async def roll(server: RunningServer) -> None:
    before = members(server)
    server.process.send_signal(signal.SIGHUP)
    await until(lambda: len(members(server)) == 2 and not members(server) & before, seconds=60)


def starts(log: Path) -> int:
    return log.read_text().count("worker starts")


async def begin_again(worker: "subprocess.Popen[bytes]", log: Path) -> None:
    before = starts(log)
    worker.send_signal(signal.SIGHUP)
    await until(lambda: starts(log) > before, seconds=60)
    assert worker.poll() is None, "it is the same process"


@pytest.mark.slow
async def test_the_key_is_replaced_and_nobody_notices(own_database: TestDatabase, tmp_path: Path) -> None:
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    files = SecretFiles(tmp_path / "secrets", own_database)
    files.hold(old)
    plain, careful = await two_people(own_database, old)
    log = tmp_path / "worker.log"
    with (
        started_fleet(own_database, tmp_path, variables=files.variables) as server,
        started_worker(own_database, tmp_path, variables=files.variables) as worker,
    ):
        async with (
            httpx.AsyncClient(base_url=server.url, headers={"Accept": "text/html"}) as someone,
            steady_load(server.url) as outcomes,
        ):
            assert (await sign_in(someone, plain.email)).status_code == 303
            await until(lambda: starts(log) == 1, seconds=60)

            files.hold(new, old)
            await asyncio.gather(roll(server), begin_again(worker, log))
            assert (await someone.get("/learn")).status_code == 200
            assert "1 under a retired key" in files.scholr("keys", "status")
            assert "1 sealed again" in files.scholr("keys", "reencrypt")
            assert "1 under the current key, 0 under a retired key" in files.scholr("keys", "status")

            files.hold(new)
            await asyncio.gather(roll(server), begin_again(worker, log))
            assert (await someone.get("/learn")).status_code == 200

        async with httpx.AsyncClient(base_url=server.url, headers={"Accept": "text/html"}) as client:
            first = await sign_in(client, careful.email)
            assert first.headers["location"].startswith("/sign-in/code")
            code = pyotp.TOTP(TOTP_SECRET).now()
            assert (await client.post(first.headers["location"], data={"code": code})).status_code == 303
            assert (await client.get("/learn")).status_code == 200
    assert set(outcomes) == {"200"}
    assert outcomes["200"] > 100


@pytest.mark.slow
async def test_new_secrets_in_vault_are_taken_without_a_signal(own_database: TestDatabase, tmp_path: Path) -> None:
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    plain, _careful = await two_people(own_database, old)
    log, secret_id = tmp_path / "worker.log", tmp_path / "secret-id"
    with fake_vault() as vault:
        secret_id.write_text(vault.secret_id)
        vault.versions.append({"scholr_secret_key": old})
        variables = {
            "SCHOLR_VAULT_ADDR": vault.url,
            "SCHOLR_VAULT_ROLE_ID": vault.role_id,
            "SCHOLR_VAULT_SECRET_ID_FILE": str(secret_id),
            "SCHOLR_VAULT_PATH": "secret/scholr",
            "SCHOLR_RATE_FACTOR": "0",
        }
        with (
            started_fleet(own_database, tmp_path, variables=variables) as server,
            started_worker(own_database, tmp_path, variables=variables) as worker,
        ):
            async with httpx.AsyncClient(base_url=server.url, headers={"Accept": "text/html"}) as someone:
                assert (await sign_in(someone, plain.email)).status_code == 303
                await until(lambda: starts(log) == 1, seconds=60)
                before = members(server)
                async with steady_load(server.url) as outcomes:
                    vault.versions.append({"scholr_secret_key": new, "scholr_retired_secret_keys": old})
                    await until(lambda: len(members(server)) == 2 and not members(server) & before, seconds=120)
                    await until(lambda: starts(log) == 2, seconds=60)
                assert (await someone.get("/learn")).status_code == 200
            assert worker.poll() is None
    assert set(outcomes) == {"200"}
