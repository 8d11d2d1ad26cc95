"""The web server of one process, in a process of its own: signals are for processes."""

import asyncio
import os
import signal
import sys
from pathlib import Path

PROGRAM = """
import asyncio
from types import SimpleNamespace

import uvicorn
import uvloop

from scholr.entrypoints.server import DrainingServer


async def app(scope, receive, send):
    pass


async def main():
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    edge = SimpleNamespace(load=SimpleNamespace(is_draining=False))
    server = DrainingServer(config, edge, notice=0.0, ready_fd=1)
    try:
        await server.serve()
    finally:
        await asyncio.sleep(0)
        open("given-back", "w").close()


uvloop.run(main())
"""


async def test_what_is_to_be_done_after_a_drain_is_done(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, cwd=tmp_path, env=dict(os.environ), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        code = await process.wait()
    assert (tmp_path / "given-back").exists(), "the signal was raised once more, and ended it before that"
    assert code == 0
