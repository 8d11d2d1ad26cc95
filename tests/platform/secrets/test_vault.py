"""Secrets out of Vault: sign-in, renewal, what ends, and what happens while it is away."""

import asyncio
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from scholr.entrypoints.environment import Environment
from scholr.entrypoints.vault import first_secrets, watch_secrets
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import POLICIES, Dependency, RetryPolicy
from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable
from scholr.platform.secrets.vault import VaultClient, VaultSettings
from tests.support.vault_server import FakeVault, fake_vault

LOGIN, RENEW, READ = "POST /v1/auth/approle/login", "POST /v1/auth/token/renew-self", "GET /v1/secret/data/scholr"


class Watch:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with fake_vault() as found:
        found.versions.append({"scholr_secret_key": "a" * 64})
        yield found


@pytest.fixture
def settings(vault: FakeVault, tmp_path: Path) -> VaultSettings:
    file = tmp_path / "secret-id"
    file.write_text(f"{vault.secret_id}\n")
    return VaultSettings(vault.url, vault.role_id, file, "secret/scholr")


def test_a_role_reads_its_secret(vault: FakeVault, settings: VaultSettings) -> None:
    client = VaultClient(settings)
    found = client.read()
    assert (found.values, found.version) == ({"scholr_secret_key": "a" * 64}, 1)
    client.read()
    assert vault.asked == [LOGIN, READ, READ], "it stays signed in"


def test_the_token_is_renewed_before_it_ends(vault: FakeVault, settings: VaultSettings) -> None:
    watch = Watch()
    client = VaultClient(settings, now=watch)
    client.read()
    watch.seconds += 0.6 * vault.ttl
    client.read()
    assert vault.asked == [LOGIN, READ, RENEW, READ]


def test_a_token_that_may_not_live_longer_is_replaced(vault: FakeVault, settings: VaultSettings) -> None:
    vault.renewable = False
    watch = Watch()
    client = VaultClient(settings, now=watch)
    client.read()
    watch.seconds += 0.6 * vault.ttl
    client.read()
    assert vault.asked == [LOGIN, READ, LOGIN, READ]


def test_a_token_that_was_revoked_is_replaced(vault: FakeVault, settings: VaultSettings) -> None:
    client = VaultClient(settings)
    client.read()
    vault.tokens.clear()
    assert client.read().version == 1
    assert vault.asked == [LOGIN, READ, READ, LOGIN, READ]


def test_the_secret_id_can_be_replaced_while_it_runs(vault: FakeVault, settings: VaultSettings) -> None:
    client = VaultClient(settings)
    client.read()
    vault.secret_id = "the next one"
    settings.secret_id_file.write_text("the next one")
    vault.tokens.clear()
    assert client.read().version == 1


def test_what_it_refuses_is_said_in_a_sentence_without_a_secret(vault: FakeVault, settings: VaultSettings) -> None:
    wrong = dataclasses.replace(settings, role_id="another role")
    with pytest.raises(SecretsRefused, match="SCHOLR_VAULT_ROLE_ID") as refused:
        VaultClient(wrong).read()
    assert "another role" not in refused.value.message
    with pytest.raises(SecretsRefused, match=r"does not let it read"):
        VaultClient(dataclasses.replace(settings, path="secret/other")).read()
    vault.versions.append(None)
    with pytest.raises(SecretsRefused, match="no secret at secret/scholr"):
        VaultClient(settings).read()
    with pytest.raises(SecretsRefused, match="SECRET_ID_FILE"):
        VaultClient(dataclasses.replace(settings, secret_id_file=Path("/nowhere"))).read()
    assert "another role" not in repr(wrong)


@pytest.mark.parametrize("address", ["http://vault.example:8200", "ftp://localhost", "vault:8200"])
def test_secrets_do_not_cross_a_network_in_the_clear(address: str, tmp_path: Path) -> None:
    with pytest.raises(SecretsRefused, match="https://"):
        VaultSettings(address, "role", tmp_path, "secret/scholr")


def test_a_sealed_a_broken_and_an_absent_one_are_worth_another_try(vault: FakeVault, settings: VaultSettings) -> None:
    for state in ("sealed", "broken"):
        setattr(vault, state, True)
        with pytest.raises(SecretsUnavailable):
            VaultClient(settings).read()
        setattr(vault, state, False)
    with pytest.raises(SecretsUnavailable):
        VaultClient(dataclasses.replace(settings, address="http://127.0.0.1:1")).read()


@pytest.mark.parametrize("said", ["Welcome to the proxy", ["sign in"], {}, {"auth": {}}, {"data": {"data": {}}}])
def test_what_does_not_speak_as_vault_does_is_worth_another_try(
    settings: VaultSettings, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    """A proxy's own page with a friendly status, before it signs in and after."""
    client = VaultClient(settings)
    client.read()
    monkeypatch.setattr(FakeVault, "answer", lambda *_: (200, said))
    for each in (client, VaultClient(settings)):
        with pytest.raises(SecretsUnavailable):
            each.read()
    monkeypatch.undo()
    assert client.read().version == 1


def test_a_file_that_holds_no_text_is_said_in_a_sentence(settings: VaultSettings) -> None:
    settings.secret_id_file.write_bytes(b"\xff\xfe")
    with pytest.raises(SecretsRefused, match="cannot be read"):
        VaultClient(settings).read()


@pytest.fixture
def in_environment(
    vault: FakeVault, settings: VaultSettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    first_secrets.cache_clear()
    monkeypatch.setenv("SCHOLR_VAULT_ADDR", vault.url)
    monkeypatch.setenv("SCHOLR_VAULT_ROLE_ID", vault.role_id)
    monkeypatch.setenv("SCHOLR_VAULT_SECRET_ID_FILE", str(settings.secret_id_file))
    monkeypatch.setenv("SCHOLR_VAULT_PATH", "secret/scholr")
    yield monkeypatch
    first_secrets.cache_clear()


@pytest.mark.usefixtures("in_environment")
def test_settings_come_out_of_vault_once_for_each_process(vault: FakeVault) -> None:
    vault.versions[0] = {"SCHOLR_SECRET_KEY": "b" * 64, "scholr_smtp_url": "smtp://x", "of_somebody_else": "1"}
    assert (Environment().secret_key, Environment().smtp_url) == ("b" * 64, "smtp://x")
    assert vault.asked == [LOGIN, READ]


def test_a_variable_wins_over_a_file_and_a_file_over_vault(
    vault: FakeVault, in_environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vault.versions[0] = {f"scholr_{name}": "vault" for name in ("secret_key", "smtp_url", "operator_token")}
    (tmp_path / "scholr_smtp_url").write_text("file")
    (tmp_path / "scholr_operator_token").write_text("file")
    in_environment.setenv("SCHOLR_SECRETS_DIR", str(tmp_path))
    in_environment.setenv("SCHOLR_OPERATOR_TOKEN", "variable")
    found = Environment()
    assert (found.secret_key, found.smtp_url, found.operator_token) == ("vault", "file", "variable")


@pytest.mark.usefixtures("in_environment")
def test_a_process_does_not_start_without_its_secrets(vault: FakeVault) -> None:
    vault.secret_id = "another"
    with pytest.raises(SecretsRefused):
        Environment()


async def test_a_new_version_is_noticed_once_and_an_outage_is_outlived(
    vault: FakeVault, settings: VaultSettings
) -> None:
    first_secrets.cache_clear()
    quick = dataclasses.replace(POLICIES[Dependency.SECRETS], retry=RetryPolicy(attempts=1, first=0.01, longest=0.01))
    seen: list[int] = []
    noticed = asyncio.Event()

    def replaced() -> None:
        seen.append(1)
        noticed.set()

    watching = asyncio.create_task(watch_secrets(settings, Guard(Dependency.SECRETS, quick), replaced, every=0.02))
    try:
        await asyncio.sleep(0.15)
        assert seen == []
        vault.sealed = True
        await asyncio.sleep(0.1)
        vault.versions.append({"scholr_secret_key": "c" * 64})
        vault.sealed = False
        await asyncio.wait_for(noticed.wait(), 10)  # the breaker has its pause
        await asyncio.sleep(0.2)
        assert seen == [1]
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        first_secrets.cache_clear()
