"""Settings out of Vault, and noticing when they are replaced. Loaded only where SCHOLR_VAULT_ADDR is set."""

import asyncio
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from scholr.entrypoints.environment import Environment
from scholr.platform.resilience.errors import DependencyUnavailable
from scholr.platform.resilience.guard import Guard
from scholr.platform.resilience.policy import Dependency
from scholr.platform.secrets.errors import SecretsRefused, SecretsUnavailable
from scholr.platform.secrets.vault import Secrets, VaultClient, VaultSettings

log = structlog.get_logger("scholr.vault")

LOOK_SECONDS = 30.0


def vault_settings(given: Mapping[str, Any]) -> VaultSettings:
    """Of the fields of `Environment`. Raises SecretsRefused."""
    return VaultSettings(
        address=str(given["vault_addr"]),
        role_id=str(given.get("vault_role_id", "")),
        secret_id_file=Path(str(given.get("vault_secret_id_file") or "")),
        path=str(given.get("vault_path", "")),
        namespace=str(given.get("vault_namespace", "")),
    )


@cache
def _client(settings: VaultSettings) -> VaultClient:
    return VaultClient(settings)


@cache
def first_secrets(settings: VaultSettings) -> Secrets:
    """What this process runs with: read once, behind the policy. Raises SecretsUnavailable, SecretsRefused."""
    guard = Guard(Dependency.SECRETS)
    # A thread of its own, because the caller may stand in a loop already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_guarded(settings, guard))).result()


async def _guarded(settings: VaultSettings, guard: Guard) -> Secrets:
    try:
        return await guard.call(lambda: asyncio.to_thread(_client(settings).read), idempotent=True)
    except DependencyUnavailable as error:
        raise SecretsUnavailable(retry_after=error.retry_after) from error


async def watch_for(environment: Environment, replaced: Callable[[], None]) -> None:
    """As `watch_secrets`, for the Vault that the environment names."""
    await watch_secrets(vault_settings(environment.model_dump()), Guard(Dependency.SECRETS), replaced)


async def watch_secrets(
    settings: VaultSettings, guard: Guard, replaced: Callable[[], None], *, every: float = LOOK_SECONDS
) -> None:
    """Look now and then, which also keeps the token alive; call `replaced` once for each newer version.

    While Vault is away or refuses, the process goes on with what it has, and says so once.
    """
    known, failing = first_secrets(settings).version, False
    while True:
        await asyncio.sleep(every * random.uniform(0.8, 1.2))  # so that not all ask at once
        try:
            found = await _guarded(settings, guard)
        except (SecretsUnavailable, SecretsRefused) as error:
            if not failing:
                log.warning("the secrets cannot be read; this process goes on with those it has", why=error.message)
            failing = True
            continue
        failing = False
        if found.version != known:
            known = found.version
            log.info("the secrets were replaced", version=known)
            replaced()
