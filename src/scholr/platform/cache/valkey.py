"""Bytes in a Valkey or Redis that the processes of a deployment share. Its size is bounded there (`maxmemory`)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from scholr.kernel.errors import Unavailable
from scholr.platform.cache.port import StoreGone
from scholr.platform.resilience.guard import Guard

TAG_LASTS = 7 * 24 * 3600
"""Far longer than any value: a version that was forgotten earlier could come back."""
ANNOUNCEMENT_LASTS = 300

# Versions are the server's microseconds, so that one that was forgotten or evicted is never given twice.
_MARK = """
if not redis.call('set', KEYS[2], '1', 'nx', 'ex', ARGV[2]) then return 0 end
local clock = redis.call('time')
local now = clock[1] * 1000000 + clock[2]
local last = tonumber(redis.call('get', KEYS[1]) or '0')
if now <= last then now = last + 1 end
redis.call('set', KEYS[1], string.format('%.0f', now), 'ex', ARGV[1])
return 1
"""
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class ValkeyStore:
    """`prefix` keeps deployments apart that share one server; `guard` says how long and how often it is asked."""

    name = "valkey"

    def __init__(self, client: Redis, guard: Guard, *, prefix: str = "scholr:") -> None:
        self._client = client
        self._guard = guard
        self._prefix = prefix

    async def read(self, key: str, tags: Sequence[str]) -> tuple[bytes | None, tuple[int, ...]]:
        keys = [self._key(each) for each in (key, *tags)]
        found = await self._answer(lambda: self._client.mget(keys))
        return found[0], tuple(_version(each) for each in found[1:])

    async def write(self, key: str, value: bytes, seconds: float) -> None:
        if seconds > 0:
            await self._answer(lambda: self._client.set(self._key(key), value, px=_milliseconds(seconds)))

    async def delete(self, key: str) -> None:
        await self._answer(lambda: self._client.delete(self._key(key)))

    async def mark(self, tag: str, announcement: str) -> None:
        keys = (self._key(tag), self._key(f"heard:{announcement}:{tag}"))
        await self._answer(lambda: self._client.eval(_MARK, 2, *keys, TAG_LASTS, ANNOUNCEMENT_LASTS))

    async def lease(self, key: str, holder: str, seconds: float) -> bool:
        return bool(
            await self._answer(lambda: self._client.set(self._key(key), holder, nx=True, px=_milliseconds(seconds)))
        )

    async def release(self, key: str, holder: str) -> None:
        await self._answer(lambda: self._client.eval(_RELEASE, 1, self._key(key), holder))

    async def close(self) -> None:
        await self._client.aclose(close_connection_pool=True)

    def _key(self, key: str) -> str:
        return self._prefix + key

    async def _answer(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async def asked() -> Any:
            try:
                return await ask()
            except RedisError as error:
                raise StoreGone(type(error).__name__) from error

        try:
            return await self._guard.call(asked)
        except (Unavailable, OSError) as error:
            raise StoreGone(str(error)) from error


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _version(found: bytes | None) -> int:
    """0 for what was never marked, and for what is no number."""
    return int(found) if found and found.isdigit() else 0
