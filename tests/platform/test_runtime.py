"""What a process was put together from, taken apart again."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from scholr.platform import runtime
from scholr.platform.runtime import Platform


class Held:
    """Something that a process holds open."""

    def __init__(self, error: Exception | None = None, seconds: float = 0.0) -> None:
        self._error = error
        self._seconds = seconds
        self.is_closed = False

    async def close(self) -> None:
        await asyncio.sleep(self._seconds)
        if self._error is not None:
            raise self._error
        self.is_closed = True


async def test_each_thing_is_given_back_whatever_became_of_the_others(platform: Platform) -> None:
    cache: Any = Held(ConnectionError("the cache is gone"))
    search: Any = Held(ConnectionError("the search is gone"))
    db: Any = Held()
    with pytest.raises(ConnectionError):
        await replace(platform, cache=cache, search=search, db=db).close()
    assert db.is_closed


async def test_one_that_does_not_answer_holds_the_end_up_for_a_moment_only(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "CLOSE_SECONDS", 0.05)
    cache: Any = Held(seconds=60)
    db: Any = Held()
    async with asyncio.timeout(5):
        await replace(platform, cache=cache, db=db).close()
    assert (cache.is_closed, db.is_closed) == (False, True)
