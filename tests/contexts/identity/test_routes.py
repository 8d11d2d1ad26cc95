"""What the pages can do, done by a program."""

from uuid import uuid4

import pytest

from scholr.kernel.actor import Role
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser, in_production
from tests.support.client import api_client
from tests.support.school import School


async def test_in_the_demo_a_person_can_be_made_without_an_organisation(
    platform: Platform, school: School, other_school: School
) -> None:
    """The person's id belongs to no organisation; each organisation gives one of its own."""
    body = {"email": f"ada.{school.tenant_id.hex[-8:]}@example.org", "name": "Ada"}
    async with api_client(platform) as client:
        first, again = [await client.post("/api/users", json=body) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        ids = {first.json()["id"]}
        for tenant in (school, other_school):
            headers = {"X-Tenant-Id": str(tenant.tenant_id)}
            ids.add((await client.post("/api/users", json=body, headers=headers)).json()["id"])
    assert len(ids) == 3


async def test_in_production_nobody_is_made_by_nobody(platform: Platform) -> None:
    async with api_client(in_production(platform)) as client:
        answer = await client.post("/api/users", json={"email": "x@example.org", "name": "X"})
    assert answer.status_code == 401


async def test_people_are_listed_shown_renamed_and_given_roles(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with api_client(platform, school.tenant_id) as client:
        path = f"/api/users/{someone.membership_id}"
        assert (await client.get(path)).json()["roles"] == ["learner"]
        assert (await client.patch(path, json={"name": "Nadia"})).json()["name"] == "Nadia"
        given = await client.put(f"{path}/roles", json={"roles": ["instructor", "assistant"]})
        assert given.json()["roles"] == ["assistant", "instructor"]
        assert (await client.put(f"{path}/roles", json={"roles": []})).status_code in (400, 422)
        assert (await client.put(f"{path}/roles", json={"roles": ["king"]})).status_code in (400, 422)
        assert (await client.post(f"{path}/suspend")).json()["status"] == "suspended"
        assert (await client.post(f"{path}/reactivate")).json()["status"] == "active"
        first = (await client.get("/api/users?limit=1")).json()
        assert len(first["items"]) == 1
        assert (await client.get("/api/users?limit=0")).status_code == 422
        assert (await client.get("/api/users?q=nadia")).json()["items"][0]["id"] == str(someone.membership_id)


async def test_a_signed_in_member_is_seen(platform: Platform, school: School) -> None:
    someone = await account(school)
    async with api_client(platform, school.tenant_id) as client:
        assert (await client.get(f"/api/users/{someone.membership_id}")).json()["last_seen_at"] is None
        async with browser(platform, someone) as theirs:
            await theirs.get("/account")
        assert (await client.get(f"/api/users/{someone.membership_id}")).json()["last_seen_at"] is not None


async def test_invitations_are_sent_listed_and_withdrawn(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        body = {"email": "New@Example.org", "roles": ["instructor"]}
        first, again = [await client.post("/api/invitations", json=body) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        (listed,) = (await client.get("/api/invitations?only_open=true")).json()["items"]
        assert (listed["email"], listed["state"], listed["times_sent"]) == ("new@example.org", "open", 1)
        path = f"/api/invitations/{listed['id']}"
        assert (await client.post(f"{path}/resend")).status_code == 429
        assert (await client.delete(path)).status_code == 204
        assert (await client.delete(path)).status_code == 204
        assert (await client.post(f"{path}/resend")).status_code == 404
        assert (await client.get("/api/invitations?only_open=true")).json()["items"] == []
        member = await account(school)
        taken = await client.post("/api/invitations", json={"email": member.email})
        assert (taken.status_code, taken.json()["code"]) == (409, "already_member")


async def test_groups_are_made_filled_and_emptied(platform: Platform, school: School, other_school: School) -> None:
    one, stranger = await account(school), await account(other_school)
    async with api_client(platform, school.tenant_id) as client:
        made = await client.post("/api/groups", json={"name": "Nursing"})
        assert (await client.post("/api/groups", json={"name": "NURSING"})).json() == made.json()
        path = f"/api/groups/{made.json()['id']}"
        members = {"member_ids": [str(one.membership_id)]}
        assert [(await client.post(f"{path}/members", json=members)).json()["changed"] for _ in range(2)] == [1, 0]
        foreign = await client.post(f"{path}/members", json={"member_ids": [str(stranger.membership_id)]})
        assert foreign.status_code == 404
        assert (await client.get(path)).json()["members"] == 1
        assert len((await client.get(f"/api/users?group_id={made.json()['id']}")).json()["items"]) == 1
        other = (await client.post("/api/groups", json={"name": "Midwifery"})).json()["id"]
        taken = await client.put(f"/api/groups/{other}", json={"name": "nursing"})
        assert (taken.status_code, taken.json()["code"]) == (409, "group_name_taken")
        assert [item["name"] for item in (await client.get("/api/groups?limit=1")).json()["items"]] == ["Midwifery"]
        assert (await client.post(f"{path}/members/remove", json=members)).json() == {"changed": 1}
        assert (await client.delete(path)).status_code == 204
    async with api_client(platform, other_school.tenant_id) as client:
        assert (await client.get(f"/api/groups/{other}")).status_code == 404


async def test_the_profile_and_the_organisation_are_changed(platform: Platform, school: School) -> None:
    async with browser(platform, await account(school, Role.ADMIN)) as client:
        assert (await client.patch("/api/me", json={"name": "Ingrid", "theme": "dark"})).status_code == 204
        me = (await client.get("/api/me")).json()
        assert (me["name"], me["theme"], len(me["organizations"])) == ("Ingrid", "dark", 1)
        changed = await client.patch("/api/organization", json={"brand_colour": "#AA3311"})
        assert (changed.json()["brand_colour"], changed.json()["name"]) == ("#aa3311", "Aldersea")
        assert (await client.patch("/api/me", json={"theme": "pink"})).json()["code"] == "invalid_preference"
    async with browser(platform, await account(school)) as client:
        assert (await client.patch("/api/organization", json={"name": "Mine"})).status_code == 403
        assert (await client.get("/api/organization")).json()["name"] == "Aldersea"


@pytest.mark.parametrize(
    "path",
    [
        "/api/users/{}",
        "/api/groups/{}",
        "/api/users/{}/suspend",
        "/api/invitations/{}/resend",
        "/api/domains/{}/verify",
    ],
)
async def test_what_is_not_there_is_not_found(platform: Platform, school: School, path: str) -> None:
    async with api_client(platform, school.tenant_id) as client:
        method = "GET" if path.endswith("{}") else "POST"
        assert (await client.request(method, "/api/" + path.format(uuid4()))).status_code == 404


async def test_a_repeated_request_with_a_key_changes_nothing_again(platform: Platform, school: School) -> None:
    """Also where a use case works for a person instead of a tenant."""
    someone = await account(school, Role.ADMIN)
    async with browser(platform, someone) as client:
        key = {"Idempotency-Key": "one-and-the-same"}
        body = {"name": "Report", "scopes": ["people:read"]}
        first, again = [await client.post("/api/tokens", json=body, headers=key) for _ in range(2)]
        assert first.content == again.content
        assert len((await client.get("/api/tokens")).json()["items"]) == 1
        key = {"Idempotency-Key": "another"}
        asked = [await client.post("/api/me/email-verification", headers=key) for _ in range(2)]
        assert [answer.status_code for answer in asked] == [202, 202]
        opened = [
            await client.post("/api/organizations", json={"name": "Opened once"}, headers={"Idempotency-Key": "third"})
            for _ in range(2)
        ]
        assert opened[0].json() == opened[1].json()
