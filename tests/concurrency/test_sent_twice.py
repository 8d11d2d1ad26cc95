"""A form that is sent twice, by a finger that taps twice or a connection that repeats: no second effect.

Every form of every page is sent as it stands there, twice in a row, and the rows of the school are counted.
"""

import asyncio
from dataclasses import dataclass

import httpx

from scholr.kernel.actor import Role
from tests.isolation.harvest import READERS, harvest
from tests.isolation.sending import Undo, send
from tests.support.endpoints import surface_of
from tests.support.forms import SentForm, forms_of, typed_in
from tests.support.populated import LiveWorld

_OF_THE_SENDING_ITSELF = "platform_idempotency"


@dataclass(frozen=True, slots=True)
class Twice:
    """What two sendings did: the answers, and by table how many rows each of them added or took."""

    first: httpx.Response
    second: httpx.Response
    by_first: dict[str, int]
    by_second: dict[str, int]


async def test_no_form_has_its_effect_twice(world: LiveWorld) -> None:
    forms = await harvest(world, await surface_of(world.app))
    problems, effects = [], 0
    for endpoint, form in forms.items():
        for role in READERS:
            twice = await _twice(world, role, form)
            effects += bool(twice.by_first)
            say = f"{endpoint.name} as {role}: {twice.first.status_code}, then {twice.second.status_code}"
            if twice.by_second:
                problems.append(f"{say}, with {twice.by_second}")
            if twice.second.status_code >= 500:
                problems.append(say)
            if not _lead_to_one_place(twice):
                problems.append(f"{say}, to {twice.second.headers.get('location')}")
    assert len(forms) > 50
    assert effects > 30
    assert not problems, "\n".join(problems)


def _lead_to_one_place(twice: Twice) -> bool:
    """What gives the browser a new session ends the old one, with which the second sending comes: sign in again."""
    if not twice.first.is_redirect:
        return True
    address = twice.second.headers.get("location", "")
    session_changed = any("session" in cookie for cookie in twice.first.headers.get_list("set-cookie"))
    return address == twice.first.headers["location"] or (session_changed and address.startswith("/sign-in"))


async def _twice(world: LiveWorld, role: Role, form: SentForm) -> Twice:
    client = world.signed_in(role)
    client.headers["accept"] = "text/html"
    request = httpx.Request(form.method, form.action, data=typed_in(form))
    found: Twice | None = None
    try:
        async with world.platform.db.ambient_write(None):
            before = await _counts(world)
            first = await send(client, request)
            between = await _counts(world)
            second = await send(client, request)
            after = await _counts(world)
            found = Twice(first, second, _changed(before, between), _changed(between, after))
            raise Undo
    except Undo:
        pass
    assert found is not None
    return found


def _changed(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    changes = {name: count - before[name] for name, count in after.items()}
    return {name: change for name, change in changes.items() if change and name != _OF_THE_SENDING_ITSELF}


async def _counts(world: LiveWorld) -> dict[str, int]:
    """How many rows of our school each table holds, as far as the application may read it."""
    async with world.platform.db.read(world.ours.tenant_id) as rx:
        names = await rx.raw.fetch(
            "select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where a.attname = 'tenant_id' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
            " and has_table_privilege(c.oid, 'select')"
        )
        counted = " union all ".join(f"select '{row['name']}' as name, count(*) from {row['name']}" for row in names)
        return {row["name"]: row["count"] for row in await rx.raw.fetch(counted)}


async def _course_form(client: httpx.AsyncClient) -> dict[str, str]:
    page = await client.get("/teach/courses")
    form = next(each for each in forms_of(page.text, "/teach/courses") if each.method == "POST")
    return typed_in(form)


async def _titles(client: httpx.AsyncClient, title: str) -> int:
    listed = (await client.get("/api/courses", headers={"accept": "application/json"})).json()["items"]
    return sum(each["title"] == title for each in listed)


async def test_two_taps_at_the_same_moment_lead_to_the_same_place(world: LiveWorld) -> None:
    client = world.signed_in(Role.OWNER)
    client.headers["accept"] = "text/html"
    form = {**await _course_form(client), "title": "Tapped twice"}
    answers = await asyncio.gather(*(client.post("/teach/courses", data=form) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await _titles(client, "Tapped twice") == 1


async def test_a_form_that_was_changed_after_going_back_is_a_new_request(world: LiveWorld) -> None:
    client = world.signed_in(Role.OWNER)
    client.headers["accept"] = "text/html"
    form = await _course_form(client)
    first = await client.post("/teach/courses", data={**form, "title": "Before going back"})
    second = await client.post("/teach/courses", data={**form, "title": "After going back"})
    assert first.headers["location"] != second.headers["location"]
    assert await _titles(client, "After going back") == 1


async def test_the_same_words_in_a_fresh_form_are_a_new_request(world: LiveWorld) -> None:
    client = world.signed_in(Role.OWNER)
    client.headers["accept"] = "text/html"
    for _ in range(2):
        form = {**await _course_form(client), "title": "Meant twice"}
        assert (await client.post("/teach/courses", data=form)).status_code == 303
    assert await _titles(client, "Meant twice") == 2


async def test_a_script_that_sends_the_same_form_again_means_it(world: LiveWorld) -> None:
    client = world.signed_in(Role.OWNER)
    client.headers["accept"] = "text/html"
    form = {**await _course_form(client), "title": "By script"}
    for _ in range(2):
        await client.post("/teach/courses", data=form, headers={"Sec-Fetch-Mode": "cors"})
    assert await _titles(client, "By script") == 2


async def test_a_repeated_page_keeps_the_policy_that_its_scripts_need(world: LiveWorld) -> None:
    client = world.signed_in(Role.OWNER)
    client.headers["accept"] = "text/html"
    page = await client.get("/account/tokens")
    form = next(each for each in forms_of(page.text, "/account/tokens") if each.path == "/account/tokens")
    filled = {**typed_in(form), "name": "Shown twice"}
    first = await client.post("/account/tokens", data=filled)
    second = await client.post("/account/tokens", data=filled)
    assert first.status_code == 200, first.text
    assert second.text == first.text
    assert second.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert second.headers["idempotency-replayed"] == "true"
