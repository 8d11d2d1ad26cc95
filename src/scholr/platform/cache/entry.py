"""How a value lies in a store: msgpack of a declared type, never anything that could run."""

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

import msgspec

from scholr.platform.cache.region import Region

T = TypeVar("T")

FORMAT = "c1"
"""Goes into every key: what another format wrote is not found."""
_JITTER = 0.1


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`payload` None says that there is nothing. Times are seconds since 1970; `tags` the versions it was loaded under.

    `digest` is of the payload: two that are equal were loaded as the same.
    """

    kept_at: float
    fresh_until: float
    stale_until: float
    gone_at: float
    tags: tuple[int, ...]
    digest: str
    payload: bytes | None


_decoder = msgspec.msgpack.Decoder(Entry)
_encoder = msgspec.msgpack.Encoder()
_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}


class Garbage(Exception):
    """The bytes are not what this program would have written."""


def make_entry(region: Region[T], value: T | None, tags: tuple[int, ...], now: float) -> Entry:
    if value is None:
        until = now + region.negative
        return Entry(now, until, until, until, tags, "", None)
    payload = _encoder.encode(value)
    fresh_until = now + region.fresh * (1 - _JITTER * random.random())
    stale_until = fresh_until + region.stale
    digest = hashlib.blake2b(payload, digest_size=12).hexdigest()
    return Entry(now, fresh_until, stale_until, max(stale_until, now + region.rescue), tags, digest, payload)


def encode_entry(entry: Entry) -> bytes:
    return _encoder.encode(entry)


def decode_entry(stored: bytes) -> Entry:
    """Raises Garbage."""
    try:
        return _decoder.decode(stored)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Garbage(str(error)) from error


def decode_value(region: Region[T], entry: Entry) -> T | None:
    """Raises Garbage."""
    if entry.payload is None:
        return None
    decoder = _decoders.get(region.holds)
    if decoder is None:
        decoder = _decoders[region.holds] = msgspec.msgpack.Decoder(region.holds)
    try:
        return cast(T, decoder.decode(entry.payload))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Garbage(str(error)) from error


@dataclass(frozen=True, slots=True)
class Cached(Generic[T]):
    """What the cache answers. `value` None: there is nothing of the kind.

    `digest` changes with the value and costs nothing: make validators of it. `is_rescued` says that the value could
    not be loaded again: it is as old as `kept_at` says.
    """

    value: T | None
    digest: str
    kept_at: datetime
    is_rescued: bool = False

    @property
    def sure(self) -> T:
        """The value, where the caller has made sure that there is one."""
        if self.value is None:
            raise ValueError("nothing is kept here")
        return self.value


def cached_of(region: Region[T], entry: Entry, *, is_rescued: bool = False) -> Cached[T]:
    """Raises Garbage."""
    return shown(entry, decode_value(region, entry), is_rescued=is_rescued)


def shown(entry: Entry, value: T | None, *, is_rescued: bool = False) -> Cached[T]:
    """With the value at hand, which need not be decoded."""
    return Cached(value, entry.digest, datetime.fromtimestamp(entry.kept_at, UTC), is_rescued)


def just_loaded(region: Region[T], value: T, now: datetime) -> Cached[T]:
    """What was loaded and is not kept, in the same words."""
    return shown(make_entry(region, value, (), now.timestamp()), value)
