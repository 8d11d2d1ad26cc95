"""Smaller doors that stay shut: what docs/security/asvs.md names and no other test holds."""

import dataclasses
import io
import json
import logging

import httpx
import pytest
import structlog

from scholr.entrypoints.environment import Environment
from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import PASSWORD, account, browser, in_production
from tests.support.endpoints import surface_of
from tests.support.populated import LiveWorld
from tests.support.school import School


async def test_no_answer_opens_itself_to_other_sites(world: LiveWorld) -> None:
    """CORS is absent: not one header of it, whoever asks and whatever for."""
    surface = await surface_of(world.app)
    client = world.signed_in(Role.OWNER)
    client.headers["Origin"] = "https://evil.example"
    asked = 0
    for endpoint in (each for each in surface.endpoints if each.method == "GET" and not each.parameters):
        preflight = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
        for answer in (await client.get(endpoint.path), await client.options(endpoint.path, headers=preflight)):
            asked += 1
            assert not [name for name in answer.headers if name.startswith("access-control-")], endpoint.name
    assert asked > 100


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "TRACK"])
async def test_methods_that_nobody_needs_are_not_there(world: LiveWorld, method: str) -> None:
    answer = await world.nobody().request(method, "/sign-in", headers={"Cookie": "scholr_session=secret"})
    assert answer.status_code in (404, 405)
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/static/", "/static/dist/", "/.git/config", "/static/dist/../../page.py", "/.env"])
async def test_folders_and_what_lies_beside_them_are_not_shown(world: LiveWorld, path: str) -> None:
    assert (await world.nobody().get(path)).status_code in (404, 405)


async def test_answers_do_not_say_what_they_were_made_with(world: LiveWorld) -> None:
    answer = await world.nobody().get("/sign-in")
    assert not {"server", "x-powered-by", "via"} & set(answer.headers)


async def test_the_same_field_twice_is_one_field_to_everybody(platform: Platform, school: School) -> None:
    """Parameter pollution: what is checked is what is used, in forms, in addresses and in JSON."""
    someone, other = await account(school), await account(school)
    body = f"email={other.email}&email={someone.email}&password={PASSWORD}"
    async with browser(platform) as client:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        answer = await client.post("/sign-in", content=body.replace("@", "%40").replace(" ", "+"), headers=kind)
        if answer.status_code == 303:
            page = (await client.get("/account")).text
            assert (someone.email in page) != (other.email in page)
    async with browser(platform, await account(school, Role.OWNER)) as client:
        client.headers["accept"] = "application/json"
        double = await client.get("/api/courses?limit=1&limit=100000")
        assert double.status_code in (200, 400, 422)
        assert len(double.json().get("items", [])) <= 1
        mixed = await client.post("/api/groups?name=Other", json={"name": "Tutors"})
        assert mixed.json()["name"] == "Tutors", "a query never stands in for a body"


async def test_signing_out_clears_what_the_browser_kept(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        page = await client.get("/account")
        assert "no-cache" in page.headers["cache-control"] or "no-store" in page.headers["cache-control"]
        assert "private" in page.headers["cache-control"] or "no-store" in page.headers["cache-control"]
        assert (await client.post("/sign-out")).headers["clear-site-data"] == '"cache"'


async def test_a_line_of_the_log_cannot_be_made_by_a_visitor() -> None:
    """One line is one JSON object, whatever somebody typed into it."""
    out = io.StringIO()
    renderer = structlog.processors.JSONRenderer()
    hostile = 'x\n{"level": "info", "event": "signed in"}\r\x1b[2K\u2028'
    out.write(str(renderer(logging.getLogger(), "info", {"event": hostile, "route": hostile})) + "\n")
    [line] = out.getvalue().split("\n")[:-1]
    assert json.loads(line)["event"] == hostile
    assert not [character for character in line if ord(character) < 32]


async def test_finders_of_holes_are_told_where_to_go(platform: Platform) -> None:
    http = dataclasses.replace(in_production(platform).http, security_contact="mailto:security@scholr.example")
    async with browser(dataclasses.replace(platform, http=http)) as client:
        found = await client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in found.text.splitlines())
    assert found.headers["content-type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:security@scholr.example"
    assert lines["Expires"].endswith("Z")
    assert lines["Canonical"] == "https://scholr.example/.well-known/security.txt"
    async with browser(platform) as client:
        assert (await client.get("/.well-known/security.txt")).status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("wrong", ["security@x.example", "http://x.example", "mailto:a@b.c\nExpires: never"])
def test_a_contact_is_an_address_and_one_line(wrong: str) -> None:
    with pytest.raises(ValueError, match="security_contact"):
        Environment(security_contact=wrong)
