"""The whole way of a file where a real S3 server takes it in and hands it out."""

import asyncio
import dataclasses

import httpx
import pytest

from scholr.contexts.media import facade as media
from scholr.contexts.media.errors import NotArrived
from scholr.platform.runtime import Platform
from scholr.platform.storage.objects import open_store
from tests.contexts.media.files import PAGE, PNG, address, announce, fetch, finish, keys, send, upload
from tests.support.client import api_client
from tests.support.object_server import ObjectServer
from tests.support.school import School


@pytest.fixture
def on_s3(platform: Platform, object_server: ObjectServer) -> Platform:
    """The platform with its files in a bucket of this test's own."""
    settings = object_server.bucket()
    http = dataclasses.replace(platform.http, file_origin=settings.origin)
    return dataclasses.replace(platform, storage=open_store(settings), http=http)


async def test_over_http_no_byte_of_a_file_passes_the_program(on_s3: Platform, school: School) -> None:
    body = {"filename": "map.png", "size": len(PNG), "content_type": "image/png", "alt": "A map"}
    async with api_client(on_s3, school.tenant_id) as client:
        announced = (await client.post("/api/media/uploads", json=body)).json()
        assert announced["upload_url"].startswith(on_s3.http.file_origin)
        async with httpx.AsyncClient() as browser:
            assert (await browser.put(announced["upload_url"], content=PNG)).status_code == 200
        asset = (await client.post(f"/api/media/assets/{announced['asset_id']}/complete")).json()
    assert (asset["state"], asset["content_type"], asset["size"]) == ("ready", "image/png", len(PNG))
    assert asset["url"].startswith(on_s3.http.file_origin)
    assert (await fetch(asset["url"])).content == PNG
    assert len(await keys(on_s3, school)) == 1, "what arrived was put away"


async def test_the_store_says_what_the_bytes_are_whatever_the_uploader_said(on_s3: Platform, school: School) -> None:
    picture = await fetch(await address(on_s3, school, await upload(on_s3, school)))
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-disposition"].startswith("inline")
    pdf = await upload(on_s3, school, b"%PDF-1.7 x", filename="plän.pdf", content_type="application/pdf")
    answer = await fetch(await address(on_s3, school, pdf), range="bytes=0-3")
    assert (answer.status_code, answer.content) == (206, b"%PDF")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''pl%C3%A4n.pdf"


async def test_sending_again_to_the_same_address_changes_nothing(on_s3: Platform, school: School) -> None:
    """The store takes it in, since the address is still good; nobody is ever shown it."""
    announced = await announce(on_s3, school)
    await send(on_s3, school, announced)
    await finish(on_s3, school, announced.asset_id)
    await send(on_s3, school, announced, PAGE)
    asset = await finish(on_s3, school, announced.asset_id)
    assert asset.is_ready
    assert (await fetch(await address(on_s3, school, asset))).content == PNG


async def test_finishing_from_two_sides_while_the_bytes_change_shows_only_what_was_judged(
    on_s3: Platform, school: School
) -> None:
    for _ in range(5):
        announced = await announce(on_s3, school)
        await send(on_s3, school, announced)
        await asyncio.gather(
            finish(on_s3, school, announced.asset_id),
            finish(on_s3, school, announced.asset_id),
            send(on_s3, school, announced, PAGE),
        )
        asset = await finish(on_s3, school, announced.asset_id)
        if asset.is_ready:
            assert (await fetch(await address(on_s3, school, asset))).content == PNG
        else:
            assert asset.failure == "unsupported_file"


async def test_a_page_in_disguise_fails_and_leaves_nothing(on_s3: Platform, school: School) -> None:
    asset = await upload(on_s3, school, PAGE)
    assert (asset.state, asset.failure) == (media.AssetState.FAILED, "unsupported_file")
    assert await keys(on_s3, school) == set()


async def test_more_than_was_announced_fails_and_leaves_nothing(on_s3: Platform, school: School) -> None:
    announced = await announce(on_s3, school, size=100)
    await send(on_s3, school, announced)
    asset = await finish(on_s3, school, announced.asset_id)
    assert (asset.state, asset.failure) == (media.AssetState.FAILED, "upload_too_large")
    assert await keys(on_s3, school) == set()


async def test_nothing_is_finished_before_it_arrived(on_s3: Platform, school: School) -> None:
    announced = await announce(on_s3, school)
    with pytest.raises(NotArrived):
        await finish(on_s3, school, announced.asset_id)


async def test_addresses_stay_the_same_so_that_browsers_keep_what_they_fetched(on_s3: Platform, school: School) -> None:
    asset = await upload(on_s3, school)
    url = await address(on_s3, school, asset)
    assert await address(on_s3, school, asset) == url
    assert "immutable" in (await fetch(url)).headers["cache-control"]


async def test_pages_may_reach_the_store_and_no_other_place(on_s3: Platform, platform: Platform) -> None:
    policies = []
    for each in (on_s3, platform):
        async with api_client(each) as client:
            header = (await client.get("/sign-in")).headers["content-security-policy"]
            policies.append(dict(part.strip().split(" ", 1) for part in header.split(";")))
    theirs, ours = policies
    assert theirs["connect-src"] == f"'self' {on_s3.http.file_origin}"
    for directive in ("img-src", "media-src"):
        assert on_s3.http.file_origin in theirs[directive]
    assert ours["connect-src"] == "'self'"


async def test_a_browser_may_send_to_the_store_from_our_pages(on_s3: Platform, school: School) -> None:
    """The bucket's rule for other origins is the operator's to set; this is what it has to answer."""
    announced = await announce(on_s3, school)
    asked = {"origin": on_s3.http.public_url, "access-control-request-method": "PUT"}
    async with httpx.AsyncClient() as browser:
        answer = await browser.options(announced.url, headers=asked)
    assert answer.headers["access-control-allow-origin"] in ("*", on_s3.http.public_url)
