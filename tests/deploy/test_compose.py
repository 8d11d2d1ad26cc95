"""compose.yaml: what one command brings up on one machine, and what nobody gets at."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.compose_secrets import make

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.server import DRAIN_SECONDS, LINGER_SECONDS
from scholr.platform.worker import WorkerSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker", "migrate")
DIGEST = re.compile(r"^docker\.io/\S+:\S+@sha256:[0-9a-f]{64}$")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert "privileged" not in service
    assert name in OURS or service["user"].split(":")[0] != "0"


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_what_others_made_is_pinned_by_digest(name: str) -> None:
    assert DIGEST.match(SERVICES[name]["image"])


def test_any_number_of_processes_can_stand_beside_each_other() -> None:
    """A name or a port on the host can be had once."""
    for name in ("web", "worker"):
        assert not {"container_name", "ports", "hostname"} & set(SERVICES[name])
    assert "dynamic a web 8080" in (ROOT / "deploy" / "compose" / "Caddyfile").read_text()


def test_only_the_proxy_and_the_mail_viewer_are_reached_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"proxy", "mail"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["data"] == {"internal": True}
    for name in ("database", "valkey"):
        assert SERVICES[name]["networks"] == ["data"]


def test_each_waits_until_what_it_needs_is_healthy() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            ends = needed == "migrate"
            assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy"), name
            assert ends or "test" in SERVICES[needed]["healthcheck"], needed
    assert set(SERVICES["web"]["depends_on"]) >= {"migrate", "valkey"}
    assert set(SERVICES["migrate"]["depends_on"]) == {"database"}


def test_a_stop_waits_longer_than_the_processes_do() -> None:
    grace = {name: float(SERVICES[name]["stop_grace_period"].rstrip("s")) for name in ("web", "worker")}
    notice = float(SERVICES["web"]["environment"]["SCHOLR_DRAIN_NOTICE"])
    assert grace["web"] > notice + LINGER_SECONDS + DRAIN_SECONDS
    assert grace["worker"] > WorkerSettings().grace


def test_settings_are_ones_that_the_program_reads() -> None:
    known = {f"SCHOLR_{name.upper()}" for name in Environment.model_fields}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= known


def test_no_password_stands_in_it_and_each_service_is_given_what_it_needs() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert not re.search(r"PASSWORD(?!_FILE)", text)
    assert SERVICES["web"]["secrets"] == ["scholr_app_database_url", "scholr_secret_key", "scholr_operator_token"]
    admins = [name for name, service in SERVICES.items() if "scholr_database_url" in service.get("secrets", [])]
    assert admins == ["migrate"]


def test_the_secrets_are_made_once_and_are_what_the_program_reads(tmp_path: Path) -> None:
    assert set(make(tmp_path)) == set(COMPOSE["secrets"])
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert make(tmp_path) == []
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == made
    (tmp_path / "scholr_database_url").unlink()
    make(tmp_path)
    assert (tmp_path / "scholr_database_url").read_text() == made["scholr_database_url"], "the same password again"
    assert all(path.stat().st_mode & 0o777 == 0o444 for path in tmp_path.iterdir())


def test_the_secrets_folder_is_its_owners_alone_and_not_gits(tmp_path: Path) -> None:
    make(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert "deploy/compose/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_program_reads_secrets_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path)
    monkeypatch.setenv("SCHOLR_SECRETS_DIR", str(tmp_path))
    found = Environment()
    assert found.secret_key == (tmp_path / "scholr_secret_key").read_text()
    assert found.app_database_url.startswith("postgresql://scholr_web:")
    monkeypatch.setenv("SCHOLR_SECRET_KEY", "from a variable")
    assert Environment().secret_key == "from a variable"
