"""Limits as clients meet them: header fields, refusals, and who pays for what."""

import dataclasses

import httpx

from scholr.contexts.auth.service.throttling import count_attempt
from scholr.kernel.actor import Role
from scholr.platform.http.problems import MEDIA_TYPE
from scholr.platform.ratelimit.headers import PROBLEM_TYPE
from scholr.platform.ratelimit.plans import PlanDirectory, set_plan
from scholr.platform.ratelimit.quotas import EXPENSIVE, RateSettings
from scholr.platform.ratelimit.start import start_limits
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.delivery import worker_db
from tests.support.school import School
from tests.support.statements import counted_statements

# A person has 30 units at once and 1.5 a second, an organisation 1,000 and 50, an address 150 and 2.5.
_NARROW = RateSettings(factor=0.05, refresh=3600)


def narrow(platform: Platform, settings: RateSettings = _NARROW) -> Platform:
    return dataclasses.replace(platform, limits=start_limits(settings, platform.db, platform.guards))


def left(answer: httpx.Response, scope: str) -> int:
    """What the answer says is left of a bucket."""
    [item] = [each for each in answer.headers["ratelimit"].split(", ") if each.startswith(f'"{scope}"')]
    return int(item.split(";r=")[1].split(";")[0])


async def until_refused(client: httpx.AsyncClient, path: str, **options: object) -> httpx.Response:
    for _ in range(1_100):
        answer = await client.get(path, **options)  # type: ignore[arg-type]  # handed through
        if answer.status_code == 429:
            return answer
    raise AssertionError(f"{path} was never refused")


async def test_every_answer_says_how_the_buckets_stand(platform: Platform, school: School) -> None:
    async with browser(narrow(platform), await account(school)) as client:
        found = await client.get("/api/courses")
        missing = await client.get("/api/nothing-of-the-kind")
    assert found.headers["ratelimit-policy"] == '"tenant";q=1000;w=20, "person";q=30;w=20'
    assert left(missing, "person") == left(found, "person") - 1, "what is not found costs as well"


async def test_a_program_that_is_too_fast_gets_a_problem_and_a_time(platform: Platform, school: School) -> None:
    async with browser(narrow(platform), await account(school)) as client:
        refused = await until_refused(client, "/api/courses")
    assert refused.headers["content-type"] == MEDIA_TYPE
    body = refused.json()
    assert (body["type"], body["code"], body["violated-policies"]) == (PROBLEM_TYPE, "rate_limited", ["person"])
    assert int(refused.headers["retry-after"]) >= 1
    assert '"person";r=0;t=' in refused.headers["ratelimit"]
    assert refused.headers["cache-control"] == "no-store"


async def test_a_person_who_is_too_fast_gets_a_page(platform: Platform, school: School) -> None:
    async with browser(narrow(platform), await account(school)) as client:
        refused = await until_refused(client, "/learn", headers={"Accept": "text/html"})
    assert refused.headers["content-type"].startswith("text/html")
    assert "Nothing was changed. Please try again in" in refused.text


async def test_refusing_a_flood_costs_no_statement(platform: Platform, school: School) -> None:
    async with browser(narrow(platform), await account(school)) as client:
        await until_refused(client, "/api/courses")
        with counted_statements() as sent:
            refused = [await client.get("/api/courses") for _ in range(5)]
    assert {answer.status_code for answer in refused} == {429}
    assert sent == []


async def test_somebody_elses_haste_is_not_mine(platform: Platform, school: School, other_school: School) -> None:
    narrowed = narrow(platform)
    async with browser(narrowed, await account(school)) as client:
        await until_refused(client, "/api/courses")
    async with browser(narrowed, await account(school)) as client:
        assert (await client.get("/api/courses")).status_code == 200
    narrower = narrow(platform, RateSettings(factor=0.002, refresh=3600))
    async with api_client(narrower, school.tenant_id) as client:
        assert (await until_refused(client, "/api/courses")).json()["violated-policies"] == ["tenant"]
    async with api_client(narrower, other_school.tenant_id) as client:
        assert (await client.get("/api/courses")).status_code == 200


async def test_strangers_pay_for_their_address_and_members_there_do_not(platform: Platform, school: School) -> None:
    narrowed = narrow(platform)
    async with browser(narrowed, await account(school)) as member, browser(narrowed) as stranger:
        refused = await until_refused(stranger, "/sign-in", headers={"Accept": "application/json"})
        assert refused.json()["violated-policies"] == ["address"]
        assert (await member.get("/api/courses")).status_code == 200


async def test_guessing_tokens_costs_the_address(platform: Platform) -> None:
    async with api_client(narrow(platform)) as client:
        for number in range(200):
            client.headers["Authorization"] = f"Bearer guess{number}"
            answer = await client.get("/api/courses")
            if answer.status_code == 429:
                break
        assert answer.status_code == 429
        assert number >= 149, answer.text


async def test_what_goes_through_much_costs_more(platform: Platform, school: School) -> None:
    async with browser(narrow(platform), await account(school, Role.ADMIN)) as client:
        before = await client.get("/api/courses")
        after = await client.get("/api/reports/courses")
        assert left(after, "person") in (left(before, "person") - EXPENSIVE, left(before, "person") - EXPENSIVE + 1)
        refused = await until_refused(client, "/api/reports/courses")
    assert refused.headers["content-type"] == MEDIA_TYPE


async def test_health_and_static_files_are_free(platform: Platform) -> None:
    async with api_client(narrow(platform)) as client:
        for path in ("/health/live", "/health/ready"):
            assert "ratelimit" not in (await client.get(path)).headers


async def test_a_refused_write_can_be_sent_again_with_its_key(platform: Platform, school: School) -> None:
    narrowed, teacher = narrow(platform), await account(school, Role.INSTRUCTOR)
    async with browser(narrowed, teacher) as client:
        client.headers["Idempotency-Key"] = "once"
        while left(await client.get("/api/courses"), "person") > 1:
            pass
        assert (await client.post("/api/courses", json={"title": "Knots"})).status_code == 429
    async with browser(platform, teacher) as client:
        client.headers["Idempotency-Key"] = "once"
        made = [await client.post("/api/courses", json={"title": "Knots"}) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json()["id"] == made[1].json()["id"]


async def test_an_operator_changes_a_plan_and_the_process_hears_of_it(platform: Platform, school: School) -> None:
    directory = PlanDirectory(platform.db, RateSettings(refresh=3600))
    database = await worker_db(platform)
    assert directory.of(school.tenant_id).name == "standard"
    for name in ("small", "large", "standard"):
        async with database.write(None) as tx:
            await set_plan(tx, school.tenant_id, name)
        await directory.look()
        assert directory.of(school.tenant_id).name == name


async def test_a_plan_may_bound_how_long_a_statement_runs(platform: Platform, school: School) -> None:
    directory, show = PlanDirectory(platform.db, RateSettings(refresh=3600)), "show statement_timeout"
    async with platform.db.read(school.tenant_id) as rx:
        assert await rx.raw.fetchval(show) == "15s"
    async with (await worker_db(platform)).write(None) as tx:
        await set_plan(tx, school.tenant_id, "small")
    await directory.look()
    async with platform.db.read(school.tenant_id) as rx, platform.db.write(None) as other:
        assert await rx.raw.fetchval(show) == "5s"
        assert await other.raw.fetchval(show) == "15s"
    async with platform.db.read(None) as rx:
        assert await rx.raw.fetchval(show) == "15s", "it ends with the transaction"


async def test_a_class_of_two_hundred_may_be_signing_in_at_once(platform: Platform) -> None:
    """Each attempt counts until it has succeeded, and passwords take their time."""
    for number in range(200):
        await count_attempt(platform, action="sign-in", account=f"pupil{number}@school.example", address="192.0.2.7")
