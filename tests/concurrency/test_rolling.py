"""Web processes that are replaced, and killed, while people use them."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.database import TestDatabase
from tests.support.server import RunningServer, started_fleet

CLIENTS = 8


@asynccontextmanager
async def steady_load(url: str) -> AsyncIterator[Counter[str]]:
    """Counts what clients with kept connections were answered, by status or by the name of what went wrong."""
    outcomes: Counter[str] = Counter()
    running = True

    async def ask(client: httpx.AsyncClient) -> None:
        while running:
            try:
                outcomes[str((await client.get("/sign-in")).status_code)] += 1
            except httpx.TransportError as error:
                outcomes[type(error).__name__] += 1

    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        asking = [asyncio.create_task(ask(client)) for _ in range(CLIENTS)]
        try:
            yield outcomes
        finally:
            running = False
            await asyncio.gather(*asking)


def members(server: RunningServer) -> set[int]:
    return {child.pid for child in psutil.Process(server.process.pid).children()}


def connections(server: RunningServer) -> int:
    """How many of ours the server's machine has taken: accepted by a process, or about to be."""
    port = httpx.URL(server.url).port
    ours = psutil.Process().net_connections("tcp")
    return sum(each.status == psutil.CONN_ESTABLISHED and each.raddr.port == port for each in ours)


async def until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        for _ in range(int(seconds / 0.05)):
            if happened():
                return
            await asyncio.sleep(0.05)
    raise AssertionError("it did not happen in time")


async def test_no_request_is_lost_while_both_processes_are_replaced(own_database: TestDatabase, tmp_path: Path) -> None:
    with started_fleet(own_database, tmp_path) as server:
        before = members(server)
        async with steady_load(server.url) as outcomes:
            await asyncio.sleep(0.5)
            server.process.send_signal(signal.SIGHUP)
            await until(lambda: len(members(server)) == 2 and not members(server) & before)
            await asyncio.sleep(0.5)

    assert len(before) == 2
    assert set(outcomes) == {"200"}
    assert outcomes["200"] > 50


@pytest.mark.slow
async def test_a_killed_process_is_started_again_while_the_other_one_serves(
    own_database: TestDatabase, tmp_path: Path
) -> None:
    with started_fleet(own_database, tmp_path) as server:
        victim, *_others = before = members(server)
        os.kill(victim, signal.SIGKILL)

        async with steady_load(server.url) as outcomes:
            await until(lambda: len(members(server)) == 2 and members(server) != before)

    assert set(outcomes) == {"200"}


async def test_a_stop_ends_every_process_and_answers_everybody_who_was_connected(
    own_database: TestDatabase, tmp_path: Path
) -> None:
    with started_fleet(own_database, tmp_path) as server:
        processes = members(server)
        async with httpx.AsyncClient(base_url=server.url) as client:
            begun = [asyncio.create_task(client.get("/sign-in")) for _ in range(80)]
            await until(lambda: connections(server) == len(begun))
            server.process.terminate()
            answers = await asyncio.gather(*begun)
        await until(lambda: server.process.poll() is not None)

    assert Counter(answer.status_code for answer in answers) == {200: 80}
    assert not any(psutil.pid_exists(pid) for pid in processes)


async def test_a_stop_in_the_middle_of_a_roll_ends_the_one_that_is_just_starting(
    own_database: TestDatabase, tmp_path: Path
) -> None:
    with started_fleet(own_database, tmp_path) as server:
        server.process.send_signal(signal.SIGHUP)
        await until(lambda: len(members(server)) == 3)
        processes = members(server)
        async with httpx.AsyncClient(base_url=server.url) as client:
            begun = [asyncio.create_task(client.get("/sign-in")) for _ in range(10)]
            await until(lambda: connections(server) == len(begun))
            server.process.terminate()
            answers = await asyncio.gather(*begun)
        code = await asyncio.to_thread(server.process.wait, 30)
        left = [pid for pid in processes if psutil.pid_exists(pid)]

    assert {answer.status_code for answer in answers} == {200}
    assert (code, left) == (0, [])
    assert "did not come up" not in (tmp_path / "cli.log").read_text()
