"""The curl walkthrough of the README, in process."""

from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.school import School


async def test_an_organisation_is_opened_and_takes_people(platform: Platform) -> None:
    async with api_client(platform) as client:
        opened = await client.post("/api/organizations", json={"name": "Acme University"})
        assert opened.status_code == 201, opened.text
        tenant = {"X-Tenant-Id": opened.json()["id"]}
        person = {"email": "Ada@Example.org", "name": "Ada"}
        first = await client.post("/api/users", json=person, headers=tenant)
        again = await client.post("/api/users", json=person, headers=tenant)
        assert (first.status_code, again.status_code) == (201, 200), first.text
        assert first.json() == again.json()
        assert first.json()["email"] == "ada@example.org"


async def test_a_bad_address_is_answered_with_its_field(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        answer = await client.post("/api/users", json={"email": "nobody", "name": "N"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_email"
    assert "email" in answer.json()["fields"]


async def test_health_answers(platform: Platform) -> None:
    async with api_client(platform) as client:
        assert (await client.get("/health/ready")).json() == {"status": "UP"}
        assert (await client.get("/openapi.json")).json()["openapi"].startswith("3.1")
        assert (await client.get("/nowhere")).json()["code"] == "not_found"
