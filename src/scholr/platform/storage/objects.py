"""Object stores through obstore: a local folder, or S3 and what speaks its language."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from scholr.kernel.errors import NotFound
from scholr.platform.storage.port import ObjectStore, StorageUnavailable, StoredObject
from scholr.platform.storage.presign import Presentation, Presigner
from scholr.platform.storage.settings import StorageSettings

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, RetryConfig, S3Config  # these exist for type checkers only

_PART_BYTES = 5 * 1024 * 1024  # the smallest part that S3 takes
_PARTS_AT_ONCE = 2
_READ_BYTES = 256 * 1024
_PAGE = 500
# Someone may be waiting for the answer; the library's own bounds are ten tries and three minutes.
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=20)}


def open_store(settings: StorageSettings) -> ObjectStore:
    """The store that the settings name; nothing is reached yet."""
    if not settings.bucket:
        return ObstoreObjects(LocalStore(prefix=settings.directory, mkdir=True, automatic_cleanup=True))
    config: S3Config = {"region": settings.region}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.access_key:
        config["access_key_id"], config["secret_access_key"] = settings.access_key, settings.secret_key
    client: ClientConfig = {"timeout": "30s", "connect_timeout": "3s", "allow_http": settings.http}
    store = S3Store(settings.bucket, config=config, client_options=client, retry_config=_RETRIES)
    return ObstoreObjects(store, _presigner(settings) if settings.access_key else None)


def _presigner(settings: StorageSettings) -> Presigner:
    return Presigner(settings.bucket_url, settings.region, settings.access_key, settings.secret_key)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise NotFound from error
    except (BaseError, OSError) as error:
        raise StorageUnavailable(retry_after=5) from error


class ObstoreObjects:
    """Works on any store that obstore opens; only those that can presign hand out addresses of their own."""

    def __init__(self, store: LocalStore | S3Store, presigner: Presigner | None = None) -> None:
        self._store = store
        self._presigner = presigner

    async def put(self, key: str, chunks: AsyncIterator[bytes], /) -> None:
        with _failures():
            await obstore.put_async(
                self._store, key, chunks, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE, use_multipart=True
            )

    async def head(self, key: str, /) -> StoredObject | None:
        try:
            with _failures():
                found = await obstore.head_async(self._store, key)
        except NotFound:
            return None
        return _stored(found)

    async def read(self, key: str, start: int = 0, end: int | None = None, /) -> AsyncIterator[bytes]:
        with _failures():
            if end is not None:
                found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            elif start:
                found = await obstore.get_async(self._store, key, options={"range": {"offset": start}})
            else:
                found = await obstore.get_async(self._store, key)

        async def chunks() -> AsyncIterator[bytes]:
            with _failures():
                async for chunk in found.stream(min_chunk_size=_READ_BYTES):
                    yield bytes(chunk)

        return chunks()

    async def copy(self, source: str, target: str, /) -> None:
        with _failures():
            await obstore.copy_async(self._store, source, target, overwrite=True)

    async def pages(self, prefix: str, /) -> AsyncIterator[Sequence[StoredObject]]:
        with _failures():
            async for page in obstore.list(self._store, prefix, chunk_size=_PAGE):
                yield [_stored(found) for found in page]

    async def delete(self, key: str, /) -> None:
        try:
            with _failures():
                await obstore.delete_async(self._store, key)
        except NotFound:
            return

    async def sign_get(self, key: str, shown: Presentation, since: datetime, lasting: timedelta, /) -> str | None:
        if self._presigner is None:
            return None
        return self._presigner.get(key, shown, since=since, lasting=lasting)

    async def sign_put(self, key: str, lasting: timedelta, /) -> str | None:
        if isinstance(self._store, LocalStore):
            return None
        with _failures():
            return await obstore.sign_async(self._store, "PUT", key, lasting)


def _stored(found: "ObjectMeta") -> StoredObject:
    return StoredObject(found["path"], found["size"], found["last_modified"])
