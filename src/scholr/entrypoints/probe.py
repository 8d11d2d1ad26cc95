"""Asks a process whether it is there, without an HTTP library: `python -m scholr.entrypoints.probe web|worker|ready`.

What a container engine asks: a web process by /health/live, a worker by the file that its loop touches. Neither
touches a dependency, so an outage of the database restarts nothing. `ready` is for those who wait for a web process.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

SILENT_SECONDS = 60.0
PATHS = {"web": "/health/live", "ready": "/health/ready"}


async def http_status(host: str, port: int, path: str) -> int | None:
    """The status of a GET, or None while nobody answers."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                words = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


def lives(now: float) -> bool:
    """Whether the worker of this container has touched its file lately; `now` in seconds since the epoch."""
    try:
        return now - Path(os.environ["SCHOLR_PULSE_FILE"]).stat().st_mtime < SILENT_SECONDS
    except FileNotFoundError:
        return False


def main(kind: str) -> int:
    """0 when the process of this container lives."""
    if kind == "worker":
        return 0 if lives(time.time()) else 1
    port = int(os.environ.get("SCHOLR_PORT") or 8080)
    return 0 if asyncio.run(http_status("127.0.0.1", port, PATHS[kind])) == 200 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
