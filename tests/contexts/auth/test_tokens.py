"""API tokens: what they may, how long, and how they end."""

from datetime import timedelta

import httpx
import pytest

from scholr.kernel.actor import Role
from scholr.kernel.ids import TenantId
from scholr.platform.runtime import Platform
from tests.support.accounts import Account, account, browser, in_production
from tests.support.client import api_client
from tests.support.clock import MovableClock
from tests.support.school import School


async def make_token(platform: Platform, who: Account, *scopes: str, days: int = 30) -> str:
    async with browser(platform, who) as client:
        answer = await client.post(
            "/api/tokens", json={"name": "Report", "scopes": list(scopes), "expires_in_days": days}
        )
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def get(platform: Platform, path: str, token: str) -> httpx.Response:
    async with api_client(platform) as client:
        return await client.get(path, headers=bearer(token))


async def test_a_token_acts_as_its_member_within_its_scopes(platform: Platform, school: School) -> None:
    admin = await account(school, Role.ADMIN)
    token = await make_token(platform, admin, "people:read")
    assert token.startswith("schlr_")
    me = (await get(platform, "/api/me", token)).json()
    assert me["id"] == str(admin.membership_id)
    assert me["scopes"] == ["people:read"]
    assert (await get(platform, "/api/users", token)).status_code == 200
    async with api_client(platform) as client:
        refused = await client.post("/api/users", json={"email": "x@example.org", "name": "X"}, headers=bearer(token))
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert refused.json()["scope"] == "people:write"


async def test_an_expired_token_is_refused(platform: Platform, school: School, clock: MovableClock) -> None:
    token = await make_token(platform, await account(school), "account:read", days=1)
    assert (await get(platform, "/api/me", token)).status_code == 200
    clock.advance(timedelta(days=1))
    answer = await get(platform, "/api/me", token)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_revoked_token_stops_with_the_next_request(platform: Platform, school: School) -> None:
    someone = await account(school)
    token = await make_token(platform, someone, "account:read")
    async with browser(platform, someone) as client:
        (listed,) = (await client.get("/api/tokens")).json()["items"]
        assert token.startswith(listed["hint"])
        assert "token" not in listed
        assert (await client.delete(f"/api/tokens/{listed['id']}")).status_code == 204
        assert (await client.delete(f"/api/tokens/{listed['id']}")).status_code == 204, "twice changes nothing"
    assert (await get(platform, "/api/me", token)).status_code == 401


async def test_a_suspended_members_tokens_and_sessions_stop_at_once(platform: Platform, school: School) -> None:
    someone, admin = await account(school, Role.INSTRUCTOR), await account(school, Role.ADMIN)
    token = await make_token(platform, someone, "people:read")
    async with browser(platform, someone) as theirs, browser(platform, admin) as client:
        assert (await client.post(f"/api/users/{someone.membership_id}/suspend")).status_code == 200
        assert (await theirs.get("/")).headers["location"] == "/switch"
        assert "No organisation yet" in (await theirs.get("/switch")).text
    assert (await get(platform, "/api/users", token)).status_code == 401


async def test_a_token_never_makes_one_that_may_more(platform: Platform, school: School) -> None:
    token = await make_token(platform, await account(school, Role.ADMIN), "security:write", "people:read")
    async with api_client(platform) as client:
        more = await client.post(
            "/api/tokens", json={"name": "More", "scopes": ["people:write"]}, headers=bearer(token)
        )
        same = await client.post("/api/tokens", json={"name": "Same", "scopes": ["people:read"]}, headers=bearer(token))
    assert (more.status_code, more.json()["code"]) == (422, "unknown_scope")
    assert same.status_code == 201


async def test_a_learners_token_gets_no_administrators_scope(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school)) as client:
        answer = await client.post("/api/tokens", json={"name": "Sly", "scopes": ["people:write"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_scope")


async def test_a_token_leaves_the_persons_account_alone(platform: Platform, school: School) -> None:
    """It belongs to one organisation; the account belongs to the person in all of them."""
    token = await make_token(platform, await account(school), "account:write", "account:read", "security:write")
    async with api_client(platform) as client:
        client.headers.update(bearer(token))
        answers = [
            await client.get("/api/me/sessions"),
            await client.patch("/api/me", json={"name": "Other"}),
            await client.put("/api/me/password", json={"old_password": "a", "new_password": "b"}),
            await client.delete("/api/me/sessions"),
        ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "person_only")}


async def test_another_organisations_token_is_not_found(
    platform: Platform, school: School, other_school: School
) -> None:
    someone, admin = await account(school), await account(other_school, Role.OWNER)
    await make_token(platform, someone, "account:read")
    async with browser(platform, someone) as client:
        (listed,) = (await client.get("/api/tokens")).json()["items"]
    async with browser(platform, admin) as client:
        assert (await client.get("/api/tokens")).json()["items"] == []
        assert (await client.delete(f"/api/tokens/{listed['id']}")).status_code == 404


async def test_administrators_see_and_end_everybodys_tokens(platform: Platform, school: School) -> None:
    someone = await account(school)
    token = await make_token(platform, someone, "account:read")
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        (listed,) = (await client.get("/api/tokens")).json()["items"]
        assert listed["membership_id"] == str(someone.membership_id)
        assert "Report" in (await client.get("/admin/security/tokens")).text
        await client.post(f"/admin/security/tokens/{listed['id']}/revoke")
    assert (await get(platform, "/api/me", token)).status_code == 401


@pytest.mark.parametrize("token", ["", "schlr_", "schlr_" + "A" * 43, "Ж" * 10])
async def test_a_made_up_token_is_refused(platform: Platform, token: str) -> None:
    async with api_client(platform) as client:
        answer = await client.get("/api/me", headers={b"Authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401


async def test_production_ignores_the_tenant_header_entirely(platform: Platform, school: School) -> None:
    """Whatever it says, with or without other proof: neither let in nor looked at."""
    production = in_production(platform)
    token = await make_token(platform, await account(school, Role.ADMIN), "people:read")
    for header in (str(school.tenant_id), "not-even-an-id"):
        headers = {"X-Tenant-Id": header}
        async with api_client(production) as client:
            assert (await client.get("/api/users", headers=headers)).status_code == 401
            assert (await client.get("/api/users", headers={**headers, **bearer(token)})).status_code == 200


async def test_the_demo_header_acts_as_the_owner_and_refuses_what_it_does_not_know(
    platform: Platform, school: School
) -> None:
    async with api_client(platform, school.tenant_id) as client:
        assert (await client.get("/api/me")).json()["roles"] == ["owner"]
    async with api_client(platform, TenantId(school.owner.membership_id)) as client:  # type: ignore[arg-type]  # some id
        assert (await client.get("/api/me")).json()["code"] == "unknown_tenant"


async def test_organisations_are_opened_by_the_operator_in_production(platform: Platform) -> None:
    async with api_client(in_production(platform)) as client:
        body = {"name": "Acme"}
        assert (await client.post("/api/organizations", json=body)).status_code == 401
        wrong = {"X-Operator-Token": "guess"}
        assert (await client.post("/api/organizations", json=body, headers=wrong)).status_code == 401
        right = {"X-Operator-Token": "an operator's token, long enough to be one"}
        assert (await client.post("/api/organizations", json=body, headers=right)).status_code == 201


async def test_the_permission_table_says_what_may_be_done(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school, Role.INSTRUCTOR)) as client:
        table = {row["name"]: row for row in (await client.get("/api/permissions")).json()["items"]}
    assert table["identity.see_people"]["allowed"]
    assert not table["identity.manage_people"]["allowed"]
    assert table["identity.manage_people"]["roles"] == ["admin", "owner"]
