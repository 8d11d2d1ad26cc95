"""Addresses that a real S3 server hands objects out and takes them in at, and those that it must refuse."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from scholr.platform.storage.objects import open_store
from scholr.platform.storage.port import ObjectStore, StorageUnavailable
from scholr.platform.storage.presign import Presentation, Presigner
from scholr.platform.storage.settings import StorageSettings
from tests.platform.storage.test_contract import pieces, whole
from tests.support.object_server import ObjectServer

HOUR = timedelta(hours=1)
PICTURE = Presentation("image/png", "inline; filename*=UTF-8''caf%C3%A9%20%26%20co.png", "private, max-age=60")


@pytest.fixture
def settings(object_server: ObjectServer) -> StorageSettings:
    return object_server.bucket()


@pytest.fixture
def store(settings: StorageSettings) -> ObjectStore:
    return open_store(settings)


async def signed_get(store: ObjectStore, key: str, *, since: datetime | None = None, lasting: timedelta = HOUR) -> str:
    url = await store.sign_get(key, PICTURE, since or datetime.now(UTC), lasting)
    assert url is not None
    return url


async def signed_put(store: ObjectStore, key: str, lasting: timedelta = HOUR) -> str:
    url = await store.sign_put(key, lasting)
    assert url is not None
    return url


async def status(url: str, method: str = "GET", content: bytes = b"") -> int:
    async with httpx.AsyncClient() as client:
        return (await client.request(method, url, content=content)).status_code


async def test_what_is_sent_to_a_signed_address_is_there(store: ObjectStore) -> None:
    url = await signed_put(store, "tenants/t/incoming")
    assert await status(url, "PUT", b"hello") == 200
    assert await whole(store, "tenants/t/incoming") == b"hello"


async def test_the_store_answers_as_we_say_and_not_as_the_uploader_said(store: ObjectStore) -> None:
    url = await signed_put(store, "a b/ü")
    async with httpx.AsyncClient() as client:
        sent = await client.put(url, content=b"<script>", headers={"content-type": "text/html"})
        assert sent.status_code == 200
        answer = await client.get(await signed_get(store, "a b/ü"))
        part = await client.get(await signed_get(store, "a b/ü"), headers={"range": "bytes=1-6"})
    assert answer.content == b"<script>"
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == PICTURE.disposition
    assert answer.headers["cache-control"] == PICTURE.cache_control
    assert (part.status_code, part.content) == (206, b"script")


async def test_no_part_of_a_signed_address_can_be_changed(store: ObjectStore) -> None:
    await store.put("a", pieces(b"1"))
    await store.put("b", pieces(b"2"))
    url = await signed_get(store, "a")
    assert await status(url) == 200
    for was, becomes in (
        ("/a?", "/b?"),
        ("image%2Fpng", "text%2Fhtml"),
        ("inline", "attachment"),
        ("X-Amz-Expires=3600", "X-Amz-Expires=86400"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ):
        assert was in url
        assert await status(url.replace(was, becomes)) == 403, was
    for method in ("PUT", "DELETE"):
        assert await status(url, method, b"changed") == 403
    assert await whole(store, "a") == b"1"


async def test_an_address_for_one_object_takes_in_no_other(store: ObjectStore) -> None:
    url = await signed_put(store, "a")
    assert await status(url.replace("/a?", "/b?"), "PUT", b"x") == 403
    assert await store.head("b") is None


async def test_an_address_ends(store: ObjectStore) -> None:
    await store.put("a", pieces(b"1"))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert await status(await signed_get(store, "a", since=yesterday)) == 403
    assert await status(await signed_get(store, "a", since=yesterday, lasting=timedelta(days=2))) == 200


async def test_addresses_of_the_same_time_are_the_same(store: ObjectStore) -> None:
    now = datetime.now(UTC)
    assert await signed_get(store, "a", since=now) == await signed_get(store, "a", since=now)


async def test_a_wrong_key_is_refused_as_unavailable(settings: StorageSettings) -> None:
    store = open_store(dataclasses.replace(settings, secret_key="b" * 40))
    with pytest.raises(StorageUnavailable):
        await store.put("a", pieces(b"1"))
    with pytest.raises(StorageUnavailable):
        await store.head("a")


async def test_without_keys_of_our_own_no_download_is_signed(tmp_path: Path) -> None:
    """The machine's role could sign, but not say what the store answers with; then the program hands out itself."""
    store = open_store(StorageSettings(tmp_path, bucket="school"))
    assert await store.sign_get("a", PICTURE, datetime.now(UTC), HOUR) is None


def test_the_signature_is_amazons() -> None:
    """Amazon's own example (API reference, "Authenticating Requests: Using Query Parameters")."""
    presigner = Presigner(
        "https://examplebucket.s3.amazonaws.com",
        "us-east-1",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    url = presigner.sign("test.txt", {}, since=datetime(2013, 5, 24, tzinfo=UTC), lasting=timedelta(days=1))
    assert url.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [("", "https://s3.eu-west-1.amazonaws.com"), ("http://127.0.0.1:9/below", "http://127.0.0.1:9")],
)
def test_the_origin_is_where_browsers_reach_the_bucket(tmp_path: Path, endpoint: str, origin: str) -> None:
    assert StorageSettings(tmp_path, bucket="school", endpoint=endpoint, region="eu-west-1").origin == origin
    assert StorageSettings(tmp_path, endpoint=endpoint).origin == ""
