"""From announcing a file to seeing it, over HTTP; and every way in which that must fail."""

from datetime import timedelta

import httpx
import pytest

from scholr.contexts.media import facade as media
from scholr.kernel.actor import Role
from scholr.kernel.errors import Forbidden
from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.school import School

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


async def announce(client: httpx.AsyncClient, **fields: object) -> httpx.Response:
    body = {"filename": "map.png", "size": len(PNG), "content_type": "image/png", "alt": "A map", **fields}
    return await client.post("/api/media/uploads", json=body)


async def upload(client: httpx.AsyncClient, content: bytes = PNG, **fields: object) -> httpx.Response:
    """The state of the file after its bytes were sent."""
    announced = (await announce(client, **{"size": len(content), **fields})).json()
    await client.put(announced["upload_url"], content=content)
    return await client.get(f"/api/media/assets/{announced['asset_id']}")


async def test_a_picture_is_taken_and_shown_in_place(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        asset = (await upload(client)).json()
        assert (asset["state"], asset["content_type"], asset["size"]) == ("ready", "image/png", len(PNG))
    async with api_client(platform) as anyone:
        shown = await anyone.get(asset["url"])
    assert shown.content == PNG
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["content-disposition"].startswith("inline")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["content-length"] == str(len(PNG))


async def test_a_part_is_sent_when_a_part_is_asked_for(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        url = (await upload(client)).json()["url"]
        part = await client.get(url, headers={"range": "bytes=8-11"})
        assert (part.status_code, part.content) == (206, PNG[8:12])
        assert part.headers["content-range"] == f"bytes 8-11/{len(PNG)}"
        assert (await client.get(url, headers={"range": "bytes=9999-"})).status_code == 416


async def test_a_document_is_a_download(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        asset = (await upload(client, b"%PDF-1.7 x", filename="plän.pdf", content_type="application/pdf")).json()
        shown = await client.get(asset["url"])
    assert shown.headers["content-disposition"] == "attachment; filename*=UTF-8''pl%C3%A4n.pdf"


@pytest.mark.parametrize(
    ("content", "name"), [(b"<svg onload=alert(1)>", "a.png"), (b"<html><script>1</script>", "a.html")]
)
async def test_a_page_in_disguise_fails_and_leaves_nothing(
    platform: Platform, school: School, content: bytes, name: str
) -> None:
    async with api_client(platform, school.tenant_id) as client:
        asset = (await upload(client, content, filename=name)).json()
    assert (asset["state"], asset["failure"], asset["url"]) == ("failed", "unsupported_file", None)
    assert [page async for page in platform.storage.pages(f"tenants/{school.tenant_id}/")] == []


async def test_a_picture_announced_as_a_film_is_refused(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        asset = (await upload(client, content_type="video/mp4")).json()
    assert asset["failure"] == "unsupported_file"


async def test_more_than_was_announced_is_cut_off(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        announced = (await announce(client, size=100)).json()
        sent = await client.put(announced["upload_url"], content=PNG)
        assert (sent.status_code, sent.json()["code"]) == (429, "upload_too_large")
        state = (await client.get(f"/api/media/assets/{announced['asset_id']}")).json()["state"]
    assert state == "awaited"


async def test_an_address_cannot_be_changed_or_used_late(
    platform: Platform, school: School, clock: MovableClock
) -> None:
    async with api_client(platform, school.tenant_id) as client:
        url = (await announce(client)).json()["upload_url"]
        for wrong in (
            url.replace("most=208", "most=999999"),
            url.replace("signature=", "signature=0"),
            url.replace("expires=", "expires=9"),
            url.replace(str(school.tenant_id), str(school.owner.membership_id)),
        ):
            assert wrong != url
            assert (await client.put(wrong, content=PNG)).status_code == 404
        asset = (await upload(client)).json()
        other = asset["url"].replace("map.png", "map.html")
        assert (await client.get(other)).status_code == 404
        clock.advance(timedelta(hours=13))
        assert (await client.get(asset["url"])).status_code == 404
        assert (await client.put(url, content=PNG)).status_code == 404


async def test_a_file_that_arrived_is_not_written_again(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        announced = (await announce(client)).json()
        await client.put(announced["upload_url"], content=PNG)
        again = await client.put(announced["upload_url"], content=b"\x89PNG\r\n\x1a\nother")
        assert again.status_code == 204
        asset = (await client.post(f"/api/media/assets/{announced['asset_id']}/complete")).json()
        assert (await client.get(asset["url"])).content == PNG


async def test_nothing_is_finished_before_it_arrived(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        announced = (await announce(client)).json()
        answer = await client.post(f"/api/media/assets/{announced['asset_id']}/complete")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_not_arrived")


async def test_pictures_need_a_description_and_sizes_have_bounds(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        assert "alt" in (await announce(client, alt="")).json()["fields"]
        assert (await announce(client, alt="", decorative=True)).status_code == 201
        assert (await announce(client, size=11_000_000)).json()["code"] == "upload_too_large"


async def test_learners_upload_nothing_here_and_strangers_find_nothing(
    platform: Platform, school: School, other_school: School
) -> None:
    with pytest.raises(Forbidden):
        await media.begin_upload(platform, await school.person(Role.LEARNER), filename="a.pdf", size=1)
    async with api_client(platform, school.tenant_id) as client:
        asset = (await upload(client)).json()
    async with api_client(platform, other_school.tenant_id) as stranger:
        assert (await stranger.get(f"/api/media/assets/{asset['id']}")).status_code == 404
        assert (await stranger.patch(f"/api/media/assets/{asset['id']}", json={"alt": "x"})).status_code == 404
        assert (await stranger.post(f"/api/media/assets/{asset['id']}/complete")).status_code == 404


async def test_addresses_stay_the_same_for_hours(platform: Platform, school: School, clock: MovableClock) -> None:
    async with api_client(platform, school.tenant_id) as client:
        asset = (await upload(client)).json()
        again = (await client.get(f"/api/media/assets/{asset['id']}")).json()
        assert again["url"] == asset["url"]
        clock.advance(timedelta(hours=5, minutes=59))
        assert (await client.get(asset["url"])).status_code == 200
