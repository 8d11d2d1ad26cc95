"""The one way to keep an answer: single flight, stale while somebody loads again, stale when nobody can."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from scholr.kernel.clock import Clock
from scholr.kernel.ids import TenantId
from scholr.platform.cache.announcing import (
    CHANNEL,
    Announcement,
    announce,
    announcement_of,
    read_announcement,
)
from scholr.platform.cache.entry import Cached, Garbage, cached_of, make_entry, shown
from scholr.platform.cache.figures import RegionView
from scholr.platform.cache.loading import Load, Loading, LoadingSettings, is_outage
from scholr.platform.cache.port import Store
from scholr.platform.cache.region import Region
from scholr.platform.cache.shelves import Place, Seen, Shelves
from scholr.platform.db.listen import Announcements
from scholr.platform.db.unit import WriteUnit

T = TypeVar("T")


class Cache:
    """`shared` None keeps everything in this process. A store that fails, and what lies in it, is never an error."""

    def __init__(self, clock: Clock, shared: Store | None = None, settings: LoadingSettings | None = None) -> None:
        self._shelves = Shelves(clock, shared)
        self._loading = Loading(self._shelves, settings or LoadingSettings())
        self._is_shared = shared is not None
        self._errands: set[asyncio.Task[None]] = set()

    async def get(
        self, region: Region[T], tenant_id: TenantId | None, key: str, load: Load[T], *, tags: tuple[str, ...] = ()
    ) -> Cached[T]:
        """What is kept, or else what `load` answers; None from it means that there is nothing of the kind.

        Call it with no unit of work open: the load opens its own, in a task of its own. What `load` raises comes
        through, except for an outage while something is kept that may still be shown.
        """
        place = self._shelves.place(region, tenant_id, key, tags)
        seen = await self._shelves.look(place)
        try:
            found = self._kept(place, seen, load)
            if found is not None:
                return found
            place.figures.misses += 1
            return cached_of(region, await self._loading.wait_for(self._loading.begin(place, seen, load)))
        except Garbage:
            place.figures.garbage += 1
            return await self._past_garbage(place, seen, load)
        except Exception as error:
            rescued = await self._rescued(place, error)
            if rescued is None:
                raise
            return rescued

    async def get_fresh(
        self, region: Region[T], tenant_id: TenantId | None, key: str, load: Load[T], *, tags: tuple[str, ...] = ()
    ) -> Cached[T]:
        """What `load` answers now, in the caller's own task; what is kept only when there is an outage.

        For those who have to see their own change at once, and for what may be shown only while nobody can be asked.
        """
        place = self._shelves.place(region, tenant_id, key, tags)
        # Looked at first, so that what is announced during the load counts against it.
        seen = await self._shelves.look(place) if tags else self._shelves.unseen(place)
        try:
            value = await self._loading.counted(place, load)
        except Exception as error:
            rescued = await self._rescued(place, error)
            if rescued is None:
                raise
            return rescued
        entry = make_entry(region, value, seen.versions, self._shelves.now())
        await self._shelves.keep(place, seen.store, entry)
        return shown(entry, value)

    async def forget(self, tx: WriteUnit, *tags: str) -> None:
        """Announce in a transaction that what is kept under these tags of its tenant has changed.

        When it commits, this process knows at once, and the others as soon as the database has told them.
        """
        announcement = announcement_of(tx.require_tenant(), tags)
        await announce(tx, announcement)
        tx.after_commit(partial(self.hear, announcement))

    def hear(self, announcement: Announcement) -> None:
        """One's own announcement, or another process's. Hearing it twice changes nothing."""
        self._shelves.mark_here(announcement)
        if self._is_shared:
            self._send(self._shelves.mark_shared(announcement))

    async def listen(self, dsn: str) -> None:
        """Hear, until cancelled, what other processes announce; `dsn` has to reach the server itself."""

        def heard(text: str) -> None:
            announcement = read_announcement(text)
            if announcement is not None:
                self.hear(announcement)

        await Announcements(dsn, CHANNEL, heard=heard, missed=self.doubt).run()

    def doubt(self) -> None:
        """Announcements may have been missed: what this process keeps under any tag has to be loaded again."""
        self._shelves.doubt()

    async def drop(self, tenant_id: TenantId, *tags: str) -> None:
        """As `forget`, at once and without a transaction; other processes' memories hear nothing of it."""
        announcement = announcement_of(tenant_id, tags)
        self._shelves.mark_here(announcement)
        await self._shelves.mark_shared(announcement)

    def snapshot(self) -> tuple[RegionView, ...]:
        """Every region that was asked for anything, by name."""
        return self._shelves.snapshot()

    async def close(self) -> None:
        """End what is going on; loads are cancelled."""
        await self._loading.close()
        for errand in self._errands:
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self._shelves.close()

    def _kept(self, place: Place[T], seen: Seen, load: Load[T]) -> Cached[T] | None:
        """What may be shown without waiting; None where somebody has to load first. Raises Garbage."""
        entry, now = seen.entry, self._shelves.now()
        if entry is None:
            return None
        failing = self._loading.is_held_off(place)
        if seen.is_fresh(now):
            found = cached_of(place.region, entry)
            place.figures.hits += found.value is not None
            place.figures.negative_hits += found.value is None
        elif failing and now < entry.gone_at:
            found = cached_of(place.region, entry, is_rescued=True)
            place.figures.rescues += 1
        elif seen.may_be_shown(now):
            found = cached_of(place.region, entry)
            place.figures.stale_hits += 1
            self._loading.begin(place, seen, load)
        else:
            return None
        return found

    async def _past_garbage(self, place: Place[T], seen: Seen, load: Load[T]) -> Cached[T]:
        """Loaded again, once for all who found it; what comes back as garbage is shown to its own caller only."""
        unread = replace(seen, entry=None)
        try:
            return cached_of(place.region, await self._loading.wait_for(self._loading.begin(place, unread, load)))
        except Garbage:
            loaded = await self._loading.counted(place, load)
            return shown(make_entry(place.region, loaded, (), self._shelves.now()), loaded)

    async def _rescued(self, place: Place[T], error: Exception) -> Cached[T] | None:
        """What is kept, however old within the region's `rescue`, instead of an outage; None where that is not so."""
        if not is_outage(error):
            return None
        seen = await self._shelves.look(place)
        if seen.entry is None or self._shelves.now() >= seen.entry.gone_at:
            return None
        try:
            found = cached_of(place.region, seen.entry, is_rescued=True)
        except Garbage:
            place.figures.garbage += 1
            return None
        place.figures.rescues += 1
        return found

    def _send(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do it beside the request that caused it, whose time may be over."""
        task = asyncio.create_task(errand, context=Context())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
