"""A worker's sign of life: there while its loop turns, old when it does not."""

import asyncio
from pathlib import Path

import pytest

from scholr.entrypoints import pulse as pulse_module
from scholr.entrypoints.probe import SILENT_SECONDS, lives
from scholr.entrypoints.pulse import pulse


def test_a_turning_loop_touches_the_file_and_a_hanging_one_grows_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alive"
    monkeypatch.setenv("SCHOLR_PULSE_FILE", str(file))
    assert not lives(0)

    async def work_until_it_appears() -> None:
        async with pulse(file):
            for _ in range(1000):
                if await asyncio.to_thread(file.exists):
                    return
                await asyncio.sleep(0.01)

    asyncio.run(work_until_it_appears())
    touched = file.stat().st_mtime
    assert lives(touched + 1)
    assert not lives(touched + SILENT_SECONDS + 1)


def test_a_worker_that_nobody_asks_touches_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with pulse(None):
            await asyncio.sleep(0)

    asyncio.run(work())
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_takes_nothing_for_a_moment_does_not_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse_module, "BEAT_SECONDS", 0.01)
    file = tmp_path / "gone" / "alive"
    async with pulse(file), asyncio.timeout(5):
        await asyncio.sleep(0.05)
        file.parent.mkdir()
        while not file.exists():  # noqa: ASYNC110 - a thread makes it, and sets no event of ours
            await asyncio.sleep(0.01)
