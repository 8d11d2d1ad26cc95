"""Passkeys, with a device in software."""

import re
from datetime import timedelta

import httpx
import pytest
from webauthn.helpers import bytes_to_base64url

from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser, sign_in
from tests.support.authenticator import SoftwareAuthenticator
from tests.support.clock import MovableClock
from tests.support.school import School
from tests.web.account.test_security import switch_on
from tests.web.admin.test_sign_in_rule import REQUIRED, ask_of

ORIGIN, RP_ID = "http://localhost:8080", "localhost"
JSON = {"Accept": "application/json"}


@pytest.fixture
def device() -> SoftwareAuthenticator:
    return SoftwareAuthenticator(ORIGIN, RP_ID)


async def add(client: httpx.AsyncClient, device: SoftwareAuthenticator) -> httpx.Response:
    asked = (await client.post("/account/passkeys/options", json={}, headers=JSON)).json()
    credential = device.create(asked["options"])
    body = {"challenge_id": asked["challenge_id"], "credential": credential, "name": "Blue key"}
    return await client.post("/account/passkeys", json=body, headers=JSON)


async def use(client: httpx.AsyncClient, device: SoftwareAuthenticator, **more: str) -> httpx.Response:
    asked = (await client.post("/sign-in/passkey/options", json={}, headers=JSON)).json()
    assert "allowCredentials" not in asked["options"] or asked["options"]["allowCredentials"] == []
    body = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"]), **more}
    return await client.post("/sign-in/passkey", json=body, headers=JSON)


async def test_a_passkey_is_added_and_signs_in_without_anything_else(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    async with browser(platform, await account(school)) as client:
        before = client.cookies["scholr_session"]
        assert (await add(client, device)).json() == {"next": "/account/security"}
        assert client.cookies["scholr_session"] != before
        assert "Blue key" in (await client.get("/account/security")).text
        await switch_on(client, clock)
    async with browser(platform) as client:
        answer = await use(client, device, next="/account/security")
        assert answer.json() == {"next": "/account/security"}, "no second step: the device has checked its holder"
        assert (await client.get("/account/security")).status_code == 200


async def test_an_answer_cannot_be_replayed(platform: Platform, school: School, device: SoftwareAuthenticator) -> None:
    async with browser(platform, await account(school)) as client:
        await add(client, device)
    async with browser(platform) as client:
        asked = (await client.post("/sign-in/passkey/options", json={}, headers=JSON)).json()
        body = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"])}
        assert (await client.post("/sign-in/passkey", json=body, headers=JSON)).status_code == 200
        assert (await client.post("/sign-in/passkey", json=body, headers=JSON)).status_code == 422


async def test_a_copied_device_is_noticed(platform: Platform, school: School, device: SoftwareAuthenticator) -> None:
    async with browser(platform, await account(school)) as client:
        await add(client, device)
    async with browser(platform) as client:
        device.counter = 10
        assert (await use(client, device)).status_code == 200
        device.counter = 3
        answer = await use(client, device)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")


@pytest.mark.parametrize(
    "device",
    [
        SoftwareAuthenticator("http://evil.example", RP_ID),
        SoftwareAuthenticator(ORIGIN, "evil.example"),
        SoftwareAuthenticator(ORIGIN, RP_ID, verifies=False),
    ],
    ids=["another origin", "another site", "a device that checks nobody"],
)
async def test_what_is_not_for_us_is_refused(platform: Platform, school: School, device: SoftwareAuthenticator) -> None:
    async with browser(platform, await account(school)) as client:
        assert (await add(client, device)).json()["code"] == "passkey_refused"
        assert "Blue key" not in (await client.get("/account/security")).text


@pytest.mark.parametrize("credential", ["", "{}", "[]", '{"id": "\\u0000"}', '{"id": "AAAA", "response": {}}', "null"])
async def test_nonsense_is_refused_calmly(platform: Platform, school: School, credential: str) -> None:
    async with browser(platform, await account(school)) as client:
        for base in ("/account/passkeys", "/sign-in/passkey"):
            asked = (await client.post(f"{base}/options", json={}, headers=JSON)).json()
            body = {"challenge_id": asked["challenge_id"], "credential": credential}
            assert (await client.post(base, json=body, headers=JSON)).json()["code"] == "passkey_refused"


async def test_one_persons_challenge_is_nobody_elses(
    platform: Platform, school: School, device: SoftwareAuthenticator
) -> None:
    async with browser(platform, await account(school)) as one, browser(platform, await account(school)) as two:
        asked = (await one.post("/account/passkeys/options", json={}, headers=JSON)).json()
        body = {"challenge_id": asked["challenge_id"], "credential": device.create(asked["options"])}
        assert (await two.post("/account/passkeys", json=body, headers=JSON)).status_code == 422


async def test_a_removed_passkey_opens_nothing(
    platform: Platform, school: School, device: SoftwareAuthenticator
) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        await add(client, device)
        page = (await client.get("/account/security")).text
        remove = re.search(r'action="(/account/passkeys/[^"]+/remove)"', page)
        assert remove is not None
        async with browser(platform, await account(school)) as other, browser(platform) as lost:
            assert (await other.post(remove[1])).status_code == 404
            assert (await use(lost, device)).status_code == 200
            await client.post(remove[1])
            assert (await lost.get("/account")).status_code == 303, "a device that is lost is signed out"
        assert (await client.get("/account")).status_code == 200
    async with browser(platform) as client:
        assert (await use(client, device)).status_code == 422


async def test_adding_one_needs_a_fresh_proof(platform: Platform, school: School, clock: MovableClock) -> None:
    someone = await account(school)
    async with browser(platform) as client:
        await sign_in(client, someone.email)
        clock.advance(timedelta(minutes=16))
        answer = await client.post("/account/passkeys/options", json={}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")


async def confirm(client: httpx.AsyncClient, device: SoftwareAuthenticator, next_path: str = "") -> httpx.Response:
    asked = (await client.post("/account/security/confirm/passkey/options", json={}, headers=JSON)).json()
    body = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"]), "next": next_path}
    return await client.post("/account/security/confirm/passkey", json=body, headers=JSON)


async def test_a_passkey_is_shown_in_place_of_the_password(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    someone = await account(school)
    async with browser(platform, someone) as client:
        assert "Use a passkey" not in (await client.get("/account/security/confirm")).text
        await add(client, device)
        clock.advance(timedelta(minutes=16))
        assert (await client.post("/account/passkeys/options", json={}, headers=JSON)).status_code == 403
        assert "Use a passkey" in (await client.get("/account/security/confirm")).text
        before = client.cookies["scholr_session"]
        assert (await confirm(client, device, "/account/tokens")).json() == {"next": "/account/tokens"}
        assert client.cookies["scholr_session"] != before
        assert (await client.post("/account/passkeys/options", json={}, headers=JSON)).status_code == 200
        assert (await confirm(client, device, "https://evil.example/")).json() == {"next": "/"}


async def test_the_device_is_asked_for_ones_own_passkeys_only(
    platform: Platform, school: School, device: SoftwareAuthenticator
) -> None:
    async with browser(platform, await account(school)) as client:
        await add(client, device)
        asked = (await client.post("/account/security/confirm/passkey/options", json={}, headers=JSON)).json()
    assert [each["id"] for each in asked["options"]["allowCredentials"]] == [bytes_to_base64url(device.credential_id)]


async def test_nobody_is_confirmed_by_somebody_elses_passkey(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    async with browser(platform, await account(school)) as client:
        await add(client, device)
    async with browser(platform, await account(school)) as other:
        clock.advance(timedelta(minutes=16))
        answer = await confirm(other, device)
        assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")
        assert (await other.post("/account/passkeys/options", json={}, headers=JSON)).status_code == 403


async def test_a_challenge_to_sign_in_confirms_nothing(
    platform: Platform, school: School, device: SoftwareAuthenticator
) -> None:
    async with browser(platform, await account(school)) as client:
        await add(client, device)
        asked = (await client.post("/sign-in/passkey/options", json={}, headers=JSON)).json()
        body = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"])}
        assert (await client.post("/account/security/confirm/passkey", json=body, headers=JSON)).status_code == 422


async def test_whoever_has_to_show_more_shows_the_passkey_and_is_in(
    platform: Platform, school: School, device: SoftwareAuthenticator, clock: MovableClock
) -> None:
    teacher = await account(school, Role.INSTRUCTOR)
    async with browser(platform, teacher) as client:
        await add(client, device)
        await ask_of(platform, school, clock, "staff")
        assert (await client.get("/teach/courses")).headers["location"] == REQUIRED
        assert "Use your passkey" in (await client.get(REQUIRED)).text
        assert (await confirm(client, device)).status_code == 200
        assert (await client.get("/teach/courses")).status_code == 200
