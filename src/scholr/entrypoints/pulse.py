"""A worker's sign of life for whoever looks after its container: a file that its event loop touches.

The table of workers says the same to people, but asking it needs the database: a liveness probe must not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

log = structlog.get_logger("scholr.worker")

BEAT_SECONDS = 5.0


@asynccontextmanager
async def pulse(file: Path | None) -> AsyncIterator[None]:
    """Touch the file for as long as the loop turns inside this block; None is a worker that nobody asks."""
    beating = asyncio.create_task(_beat(file)) if file else None
    try:
        yield
    finally:
        if beating:
            beating.cancel()


async def _beat(file: Path) -> None:
    """A disk that takes nothing for a moment is no reason to stop trying: it would be the worker's end."""
    while True:
        try:
            await asyncio.to_thread(file.touch)
        except OSError as error:
            log.warning("no sign of life could be given", reason=error.strerror)
        await asyncio.sleep(BEAT_SECONDS)
