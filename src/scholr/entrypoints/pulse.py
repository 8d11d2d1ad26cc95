"""A worker's sign of life for whoever looks after its container: a file that its event loop touches.

The table of workers says the same to people, but asking it needs the database: a liveness probe must not.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

BEAT_SECONDS = 5.0
SILENT_SECONDS = 60.0


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
    while True:
        await asyncio.to_thread(file.touch)
        await asyncio.sleep(BEAT_SECONDS)


def lives(now: float) -> bool:
    """Whether the worker of this container has touched its file lately; `now` in seconds since the epoch."""
    try:
        return now - Path(os.environ["SCHOLR_PULSE_FILE"]).stat().st_mtime < SILENT_SECONDS
    except FileNotFoundError:
        return False
