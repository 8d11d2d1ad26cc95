"""Several web processes behind one socket; how they are replaced under load is `tests/concurrency/test_rolling.py`."""

import os
import socket

import pytest

from scholr.entrypoints.preflight import StartError
from scholr.entrypoints.web import Fleet


async def test_a_process_that_the_system_refuses_is_a_start_that_failed() -> None:
    """Anything else would end the task that replaces processes, and nobody would hear of it."""
    variables = {**os.environ, "MORE_THAN_A_PROGRAM_IS_GIVEN": "x" * 200_000}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fleet = Fleet(listener, variables, 1)
        with pytest.raises(StartError, match="Argument list too long"):
            await fleet.start()
        await fleet.stop()
    assert fleet.process_ids == []
