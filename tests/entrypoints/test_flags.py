"""`scholr flags` as an operator types it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from scholr.contexts.media.policy import UPLOADS
from scholr.entrypoints import flags as command
from scholr.kernel.errors import DomainError
from scholr.kernel.ids import new_id
from scholr.platform.flags.switches import Flags
from scholr.platform.runtime import Platform
from tests.entrypoints.test_cli import scholr
from tests.support.database import TestDatabase
from tests.support.school import School


@pytest.fixture
def typed(database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands that are called here find the tests' database."""
    monkeypatch.setenv("SCHOLR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCHOLR_APP_DATABASE_URL", database.app)
    monkeypatch.setenv("SCHOLR_WORKER_DATABASE_URL", database.worker)
    return tmp_path


@pytest.mark.usefixtures("typed")
async def test_a_capability_is_switched_off_for_one_and_on_again(
    platform: Platform, school: School, other_school: School, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant = str(school.tenant_id)
    await asyncio.to_thread(command.set_rule, UPLOADS.key, "off", organization=school.tenant_id, why="a drill")
    await platform.flags.look()
    assert not platform.flags.is_on(UPLOADS, tenant_id=school.tenant_id)
    assert platform.flags.is_on(UPLOADS, tenant_id=other_school.tenant_id)
    await asyncio.to_thread(command.list_flags)
    await asyncio.to_thread(command.show_history, days=1)
    await asyncio.to_thread(command.clear, UPLOADS.key, organization=school.tenant_id)
    await platform.flags.look()
    assert platform.flags.is_on(UPLOADS, tenant_id=school.tenant_id)
    told = capsys.readouterr().out
    assert told.startswith(f"{UPLOADS.key}: off for {tenant}, heard within 5 s")
    assert f"  off for {tenant}" in told
    assert "a drill" in told
    assert told.strip().endswith(f"{UPLOADS.key}: taken away, heard within 5 s")


async def test_a_kill_without_a_database(tmp_path: Path, typed: Path) -> None:
    killed = scholr(None, tmp_path, "flags", "kill", UPLOADS.key, "--here")
    assert (killed.returncode, killed.stdout) == (0, f"{UPLOADS.key}: killed, heard within 5 s\n"), killed.stderr
    flags = Flags(None, typed / "killed-flags")
    await flags.look()
    assert not flags.is_on(UPLOADS)
    await asyncio.to_thread(command.clear, UPLOADS.key, here=True)
    await flags.look()
    assert flags.is_on(UPLOADS)


@pytest.mark.usefixtures("platform", "typed")
@pytest.mark.parametrize(
    ("key", "variant", "whom"),
    [
        ("no.such", "off", {"percent": 10.0}),
        (UPLOADS.key, "purple", {"percent": 10.0}),
        (UPLOADS.key, "off", {}),
        (UPLOADS.key, "off", {"percent": 100.5}),
        (UPLOADS.key, "off", {"cohort": new_id()}),
        (UPLOADS.key, "off", {"organization": new_id()}),
    ],
)
async def test_what_makes_no_sense_is_refused(key: str, variant: str, whom: dict[str, Any]) -> None:
    with pytest.raises(DomainError):
        await asyncio.to_thread(command.set_rule, key, variant, **whom)


@pytest.mark.usefixtures("typed")
async def test_a_cohort_is_one_of_the_organisation_that_is_named(school: School) -> None:
    with pytest.raises(DomainError, match="no such cohort"):
        await asyncio.to_thread(command.set_rule, UPLOADS.key, "off", organization=school.tenant_id, cohort=new_id())
