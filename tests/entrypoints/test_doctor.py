"""The doctor on a real server: one without Scholr, then one with it."""

import socket
from pathlib import Path

import pytest

from scholr.entrypoints.doctor import as_table, examine
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.findings import Finding, State
from tests.support.database import TestDatabase


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def findings(data_dir: Path, database_url: str) -> dict[str, Finding]:
    environment = Environment(data_dir=data_dir, port=free_port(), database_url=database_url)
    return {finding.name: finding for finding in await examine(environment)}


async def test_a_migrated_database_is_sound(tmp_path: Path, database: TestDatabase) -> None:
    found = await findings(tmp_path, database.admin)
    for name in ("Python", "Disk", "Clock", "Documents", "Port", "Database", "Database clock", "Roles", "Schema"):
        assert found[name].state is State.OK, found[name]


async def test_an_empty_database_asks_for_a_migration(tmp_path: Path, database: TestDatabase) -> None:
    empty = database.admin.rsplit("/", 1)[0] + "/postgres"
    schema = (await findings(tmp_path, empty))["Schema"]
    assert schema.state is State.FAIL
    assert schema.remedy == "run: scholr migrate"


async def test_a_server_that_does_not_answer_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    found = await findings(tmp_path, f"postgresql://a:b@127.0.0.1:{free_port()}/c")
    assert found["Database"].state is State.FAIL
    assert "start it, or correct the address" in found["Database"].remedy


async def test_an_embedded_server_that_is_down_is_only_a_warning_and_nothing_is_made(tmp_path: Path) -> None:
    found = await findings(tmp_path / "data", "")
    assert found["Database"].state is State.WARN
    assert not (tmp_path / "data").exists()


async def test_a_port_that_another_program_has_is_a_failure(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        environment = Environment(data_dir=tmp_path, port=other.getsockname()[1])
        port = next(finding for finding in await examine(environment) if finding.name == "Port")
    assert port.state is State.FAIL
    assert "is taken by another program" in port.remedy


def test_the_table_has_a_row_for_each_finding() -> None:
    table = as_table([Finding("Disk", State.WARN, "little room", "make room"), Finding("Port", State.OK, "free")])
    assert table.row_count == 2


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SCHOLR_DATABASE_URL", "SCHOLR_DATA_DIR", "SCHOLR_PORT"):
        monkeypatch.delenv(name, raising=False)
