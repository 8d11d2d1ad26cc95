"""Noticing new secrets beside whatever a process does; nothing where no Vault is named."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from scholr.entrypoints.environment import Environment
from scholr.platform.chosen import chosen

log = structlog.get_logger("scholr.vault")


@asynccontextmanager
async def watching(environment: Environment, replaced: Callable[[], None]) -> AsyncIterator[None]:
    """Call `replaced` whenever Vault holds newer secrets than this process began with."""
    if not environment.vault_addr:
        yield
        return
    task = asyncio.create_task(chosen("scholr.entrypoints.vault:watch_for")(environment, replaced))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def tell_of_new_secrets() -> None:
    """One process alone cannot be replaced without a gap by itself; whoever runs it can."""
    log.warning("Vault holds newer secrets than this process; replace it")
