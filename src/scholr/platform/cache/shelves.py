"""Where a value lies, and looking there; a shared store that fails is stood in for by this process's own memory."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from scholr.kernel.clock import Clock
from scholr.kernel.ids import TenantId
from scholr.platform.cache.announcing import Announcement
from scholr.platform.cache.entry import FORMAT, Entry, Garbage, decode_entry, encode_entry
from scholr.platform.cache.figures import Figures, RegionView, view_of
from scholr.platform.cache.flights import Flights
from scholr.platform.cache.memory import MemoryStore, Tags
from scholr.platform.cache.port import Store, StoreGone
from scholr.platform.cache.region import Region

T = TypeVar("T")

log = structlog.get_logger("scholr.cache")

_CLOCKS_APART = 5.0
"""Seconds that the clocks of two machines may differ. What was kept later than that from now was kept under a clock
that has been set back since; nobody can say how old it is."""

_MOST_UNTOLD = 10_000


@dataclass(frozen=True, slots=True)
class Place(Generic[T]):
    """Where one value lies."""

    region: Region[T]
    key: str
    tags: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found: `store` is the one that answered, `versions` those of the tags at that moment."""

    store: Store
    entry: Entry | None
    versions: tuple[int, ...]

    @property
    def is_valid(self) -> bool:
        """Whether it was loaded after the last announcement."""
        return self.entry is not None and self.entry.tags == self.versions

    def is_fresh(self, now: float) -> bool:
        return self.entry is not None and self.is_valid and now < self.entry.fresh_until

    def may_be_shown(self, now: float) -> bool:
        """Fresh, or stale while somebody loads it again."""
        return self.entry is not None and self.is_valid and now < self.entry.stale_until


@dataclass(slots=True)
class _Shelf:
    """What one region has here."""

    region: Region[Any]
    memory: MemoryStore
    figures: Figures


class Shelves:
    def __init__(self, clock: Clock, shared: Store | None) -> None:
        self._clock = clock
        self._shared = shared
        self._tags = Tags()
        self._shelves: dict[str, _Shelf] = {}
        self._questions: Flights[Seen] = Flights()
        self._untold: OrderedDict[str, str] = OrderedDict()

    def now(self) -> float:
        return self._clock.now().timestamp()

    def place(self, region: Region[T], tenant_id: TenantId | None, key: str, tags: tuple[str, ...]) -> Place[T]:
        """Raises ValueError for a key without a tenant, or with one in a global region: that is a bug."""
        if (tenant_id is None) is not region.is_global:
            raise ValueError(f"keys of {region.name} {'have no' if region.is_global else 'begin with a'} tenant")
        owner = tenant_id.hex if tenant_id else ""
        digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        address = f"{FORMAT}:{region.name}:{region.schema}:{owner}:{digest}"
        return Place(region, address, tuple(tag_key(owner, tag) for tag in tags), self._shelf(region).figures)

    def unseen(self, place: Place[Any]) -> Seen:
        """Without a look: for what is loaded anyway and stands under no tag."""
        return Seen(self._store(place.region), None, ())

    async def look(self, place: Place[Any]) -> Seen:
        """Those who look into the shared store for one thing at one moment share the question and its answer."""
        store = self._store(place.region)
        if isinstance(store, MemoryStore):
            return await self._look_into(store, place)
        # Nobody joins a question that was asked before a change that this process has heard of.
        moment = (place.key, tuple(map(self._tags.version, place.tags)))
        task, _ = self._questions.begin(moment, partial(self.look_again, place))
        return await asyncio.shield(task)

    async def look_again(self, place: Place[Any]) -> Seen:
        """With a question of its own."""
        try:
            await self._tell(place.tags)
            return await self._look_into(self._store(place.region), place)
        except StoreGone:
            place.figures.store_errors += 1
            return await self._look_into(self._shelf(place.region).memory, place)

    async def _look_into(self, store: Store, place: Place[Any]) -> Seen:
        stored, versions = await store.read(place.key, place.tags)
        if stored is None:
            return Seen(store, None, versions)
        try:
            entry = decode_entry(stored)
        except Garbage:
            place.figures.garbage += 1
            return Seen(store, None, versions)
        return Seen(store, entry if entry.kept_at <= self.now() + _CLOCKS_APART else None, versions)

    async def keep(self, place: Place[Any], store: Store, entry: Entry) -> None:
        """In the store that was looked into; when that fails by now, or the value was changed meanwhile, nowhere."""
        lasts, stored = entry.gone_at - self.now(), encode_entry(entry)
        try:
            if lasts <= 0 or len(stored) > place.region.most_bytes:
                await store.delete(place.key)  # what was there is no longer true
                return
            if place.tags and (await store.read(place.key, place.tags))[1] != entry.tags:
                return
            await store.write(place.key, stored, lasts)
        except StoreGone:
            place.figures.store_errors += 1

    def mark_here(self, announcement: Announcement) -> None:
        for tag in announcement.tags:
            key = tag_key(announcement.tenant_id, tag)
            if self._tags.mark(key, announcement.id) and self._shared is not None:
                self._untold[key] = announcement.id
                self._untold.move_to_end(key)
                if len(self._untold) > _MOST_UNTOLD:  # the oldest: what was kept before it has gone stale meanwhile
                    self._untold.popitem(last=False)

    async def mark_shared(self, announcement: Announcement) -> None:
        """What the shared store cannot be told now it is told before this process believes it again."""
        try:
            await self._tell(tuple(tag_key(announcement.tenant_id, tag) for tag in announcement.tags))
        except StoreGone as error:
            log.warning("the shared cache was not told of a change", reason=str(error))

    def doubt(self) -> None:
        self._tags.mark_all()

    def snapshot(self) -> tuple[RegionView, ...]:
        return tuple(
            view_of(
                name,
                self._store(shelf.region).name,
                shelf.figures,
                entries=shelf.memory.entries,
                size=shelf.memory.bytes,
                evictions=shelf.memory.evictions,
            )
            for name, shelf in sorted(self._shelves.items())
        )

    async def close(self) -> None:
        await self._questions.close()
        if self._shared is not None:
            await self._shared.close()

    async def _tell(self, tags: Sequence[str]) -> None:
        """Tell the shared store of changes that this process has heard of. Raises StoreGone."""
        if self._shared is None or not self._untold:
            return
        for tag in tags:
            announcement = self._untold.get(tag)
            if announcement is not None:
                await self._shared.mark(tag, announcement)
                if self._untold.get(tag) == announcement:  # and there was no other meanwhile
                    del self._untold[tag]

    def _store(self, region: Region[Any]) -> Store:
        if self._shared is None or region.stays_here:
            return self._shelf(region).memory
        return self._shared

    def _shelf(self, region: Region[Any]) -> _Shelf:
        shelf = self._shelves.get(region.name)
        if shelf is None:
            memory = MemoryStore(
                self._tags, most_entries=region.most_entries, most_bytes=region.most_bytes, now=self.now
            )
            shelf = self._shelves[region.name] = _Shelf(region, memory, Figures())
        elif shelf.region is not region:
            raise ValueError(f"two regions are called {region.name}")
        return shelf


def tag_key(owner: str, tag: str) -> str:
    return f"{FORMAT}:tag:{owner}:{tag}"
