"""The ledger of shared buckets in Valkey or Redis: one number for each, which ends by itself once it owes nothing."""

from collections.abc import Sequence

from redis.exceptions import RedisError

from scholr.platform.valkey import open_valkey

_PREFIX = "scholr:rate:"

# Kept is the microsecond at which a bucket is full again, by the server's own clock: no two processes need to agree
# on the time. `%.0f` because Lua would write such a number as 1.7e+15.
_ADD = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local owed = {}
for i, key in ipairs(KEYS) do
    local full_at = tonumber(redis.call('GET', key) or 0) or 0
    if full_at < now then full_at = now end
    full_at = math.min(full_at + ARGV[i], now + ARGV[#KEYS + i])
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000) + 1)
    owed[i] = full_at - now
end
return owed
"""


class ValkeyLedger:
    def __init__(self, url: str) -> None:
        self._client = open_valkey(url)
        self._add = self._client.register_script(_ADD)

    async def add(self, keys: Sequence[str], taken: Sequence[int], most: Sequence[int]) -> Sequence[int]:
        try:
            owed: list[int] = await self._add(keys=[_PREFIX + key for key in keys], args=[*taken, *most])
        except RedisError as error:
            raise ConnectionError("the shared buckets") from error
        return owed

    async def close(self) -> None:
        await self._client.aclose(close_connection_pool=True)
