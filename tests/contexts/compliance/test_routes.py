"""The log as JSON and as files."""

import csv
import io

import msgspec

from scholr.kernel.actor import Role
from tests.contexts.compliance.log import actions_of, entries_of, with_entries
from tests.support.client import api_client
from tests.support.delivery import settle
from tests.support.school import School


async def test_pages_lead_from_the_newest_to_the_first(school: School) -> None:
    last = len(await with_entries(school, 5))
    seen, cursor = [], ""
    async with api_client(school.platform, school.tenant_id) as client:
        while True:
            answer = (await client.get(f"/api/audit?limit=2{cursor}")).json()
            seen += [item["seq"] for item in answer["items"]]
            if answer["next_cursor"] is None:
                break
            cursor = f"&cursor={answer['next_cursor']}"
    assert seen == list(range(last, 0, -1))


async def test_a_search_narrows_by_who_what_whom_and_when(school: School) -> None:
    person = await school.person(Role.INSTRUCTOR)
    await with_entries(school, 2)
    added = next(each for each in await entries_of(school) if each.subject_id == person.membership_id)
    async with api_client(school.platform, school.tenant_id) as client:

        async def found(query: str) -> list[int]:
            answer = await client.get(f"/api/audit?{query}")
            assert answer.status_code == 200, answer.text
            return [item["seq"] for item in answer.json()["items"]]

        everything = await found("")
        assert await found(f"subject_id={person.membership_id}") == [added.seq]
        assert len(await found("action=identity.member_added")) == 3
        assert await found("action=identity") == everything
        assert await found("action=identit") == []
        assert await found(f"actor_id={person.membership_id}") == []
        assert await found("since=2999-01-01T00:00:00Z") == []
        assert await found("until=2999-01-01T00:00:00") == everything
        refused = await client.get("/api/audit?cursor=x")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_search")


async def test_files_hold_every_entry_and_taking_them_is_entered(school: School) -> None:
    await with_entries(school, 3)
    async with api_client(school.platform, school.tenant_id) as client:
        lines = (await client.get("/api/audit/export")).text.splitlines()
        table = (await client.get("/api/audit/export?file_format=csv")).text
    entries = await entries_of(school)
    objects = [msgspec.json.decode(line) for line in lines]
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [each["hash"] for each in reversed(objects)] == [each.hash.hex() for each in entries]
    assert [each["hash"] for each in reversed(rows)] == [each.hash.hex() for each in entries]
    assert rows[0]["details"] == entries[-1].details
    assert objects[0]["details"] == msgspec.json.decode(entries[-1].details)
    await settle(school.platform)
    assert (await actions_of(school)).count("compliance.log_exported") == 2
