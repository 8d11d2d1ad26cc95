"""How the organisation looks, and where it is reached."""

import dataclasses
import struct
import zlib
from datetime import timedelta

import pytest

from scholr.kernel.actor import Role
from scholr.platform.dns import FixedTxtLookup
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser, in_production, sign_in
from tests.support.clock import MovableClock
from tests.support.school import School

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(width: int = 1, height: int = 1) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    )


async def test_the_colour_is_everybodys_with_the_next_page(platform: Platform, school: School) -> None:
    learner = await account(school)
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        sent = {"name": "Aldersea College", "brand_colour": "#117755", "locale": "en", "time_zone": "Europe/Lisbon"}
        assert (await client.post("/admin/branding", data=sent)).status_code == 303
        page = (await client.get("/admin/branding")).text
        assert page.count(": 1") >= 4, "the contrast of every pair is shown beside the setting"
    async with browser(platform, learner) as client:
        page = (await client.get("/account")).text
    assert "--tenant:#117755" in page
    assert "Aldersea College" in page
    assert 'data-time-zone="Europe/Lisbon"' in page, "for whoever has not chosen one"


@pytest.mark.parametrize("colour", ["red", "#12345", "#12345g", "url(x)", "#fff}body{display:none"])
async def test_only_colours_are_colours(platform: Platform, school: School, colour: str) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        sent = {"name": "Aldersea", "brand_colour": colour, "locale": "en", "time_zone": "UTC"}
        answer = await client.post("/admin/branding", data=sent)
    assert answer.status_code == 422
    assert "#2348bd" in answer.text


async def test_a_logo_is_shown_to_the_organisation_only(
    platform: Platform, school: School, other_school: School
) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        assert (await client.post("/admin/branding/logo", files={"logo": ("x.png", png())})).status_code == 303
        page = (await client.get("/admin/branding")).text
        path = page.split('src="/logo/', 1)[1].split('"', 1)[0]
        shown = await client.get(f"/logo/{path}")
        assert (shown.content, shown.headers["content-type"]) == (png(), "image/png")
        assert shown.headers["x-content-type-options"] == "nosniff"
        async with browser(platform, await account(other_school)) as stranger:
            assert (await stranger.get(f"/logo/{path}")).status_code == 404
        await client.post("/admin/branding/logo/remove")
        assert (await client.get(f"/logo/{path}")).status_code == 404


@pytest.mark.parametrize(
    "content", [SVG, b"", b"GIF89a", png(5000, 1), png() + b"x" * (512 * 1024), b"\x89PNG\r\n\x1a\n"]
)
async def test_what_is_no_small_picture_is_no_logo(platform: Platform, school: School, content: bytes) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        answer = await client.post("/admin/branding/logo", files={"logo": ("logo.png", content, "image/png")})
        assert answer.status_code == 422, answer.text
        assert "/logo/" not in (await client.get("/account")).text


def production_with(platform: Platform, records: dict[str, list[str]]) -> Platform:
    return dataclasses.replace(in_production(platform), txt=FixedTxtLookup(records))


async def claim(platform: Platform, school: School, host: str) -> tuple[str, str, str]:
    """Claim a host as an administrator: the domain's id, and the record that proves it."""
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        answer = await client.post("/api/domains", json={"host": host})
        again = await client.post("/api/domains", json={"host": host.upper()})
    assert (answer.status_code, again.status_code) == (201, 200), answer.text
    assert answer.json() == again.json()
    return answer.json()["id"], answer.json()["txt_name"], answer.json()["txt_value"]


async def test_a_proven_host_leads_to_its_organisation_and_no_other(
    platform: Platform, school: School, other_school: School, clock: MovableClock
) -> None:
    host = f"learn-{school.tenant_id.hex[-8:]}.example.org"
    domain_id, name, value = await claim(platform, school, host)
    assert name == f"_scholr.{host}"
    production = production_with(platform, {name: ["v=spf1", value]})
    both = await account(school)
    await account(other_school, email=both.email)
    async with browser(production) as client:
        assert "Aldersea" not in (await client.get(f"https://{host}/sign-in")).text, "a claim is worth nothing"
    admin = await account(school, Role.ADMIN)
    async with browser(production, admin) as client:
        assert (await client.post(f"/api/domains/{domain_id}/verify")).json()["verified_at"] is not None
    clock.advance(timedelta(minutes=1))
    async with browser(production) as client:
        page = await client.get(f"https://{host}/sign-in")
        assert "Aldersea" in page.text
        data = {"email": both.email, "password": both.password}
        answer = await client.post(f"https://{host}/sign-in", data=data)
        assert answer.headers["location"] == "/", "no choice to make: the host has made it"
        foreign = await client.post(f"https://{host}/switch", data={"organization": str(other_school.tenant_id)})
        assert foreign.status_code == 303
        assert (await client.get(f"https://{host}/")).headers["location"] == "/switch", "not here"


async def test_what_the_dns_does_not_say_is_not_proven(platform: Platform, school: School) -> None:
    host = f"unproven-{school.tenant_id.hex[-8:]}.example.org"
    domain_id, name, _value = await claim(platform, school, host)
    production = production_with(platform, {name: ["scholr-verification=somebody-else"]})
    async with browser(production, await account(school, Role.ADMIN)) as client:
        answer = await client.post(f"/api/domains/{domain_id}/verify")
        assert (answer.status_code, answer.json()["code"]) == (409, "domain_not_proven")
        assert answer.json()["found"] == ["scholr-verification=somebody-else"]
        shown = await client.post(f"/admin/domain/{domain_id}/verify")
        assert "Not proven yet" in shown.text


async def test_a_host_belongs_to_one_organisation(platform: Platform, school: School, other_school: School) -> None:
    host = f"shared-{school.tenant_id.hex[-8:]}.example.org"
    mine, name, value = await claim(platform, school, host)
    theirs, same_name, their_value = await claim(platform, other_school, host)
    assert name == same_name
    production = production_with(platform, {name: [value, their_value]})
    async with browser(production, await account(school, Role.ADMIN)) as client:
        assert (await client.post(f"/api/domains/{mine}/verify")).status_code == 200
    async with browser(production, await account(other_school, Role.ADMIN)) as client:
        answer = await client.post(f"/api/domains/{theirs}/verify")
        assert (answer.status_code, answer.json()["code"]) == (409, "domain_taken")
        assert (await client.post(f"/api/domains/{mine}/verify")).status_code == 404
        assert (await client.delete(f"/api/domains/{mine}")).status_code == 404


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "nodots", "a..b.org", "-a.example.org", "x" * 64 + ".org", "scholr.example", "[::1]"],
)
async def test_names_that_cannot_be_claimed(platform: Platform, school: School, host: str) -> None:
    async with browser(in_production(platform), await account(school, Role.ADMIN)) as client:
        answer = await client.post("/api/domains", json={"host": host})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_host")


async def test_signing_in_at_a_host_needs_membership_there(
    platform: Platform, school: School, other_school: School
) -> None:
    host = f"members-{school.tenant_id.hex[-8:]}.example.org"
    domain_id, name, value = await claim(platform, school, host)
    production = production_with(platform, {name: [value]})
    async with browser(production, await account(school, Role.ADMIN)) as client:
        await client.post(f"/api/domains/{domain_id}/verify")
    stranger = await account(other_school)
    async with browser(production) as client:
        client.base_url = f"https://{host}"
        await sign_in(client, stranger.email)
        assert (await client.get("/")).headers["location"] == "/switch"
        assert "Brackwater" not in (await client.get("/switch")).text
