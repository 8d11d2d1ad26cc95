"""What people see who have not signed in, and what lists show to people of another tenant."""

import dataclasses

import httpx

from scholr.entrypoints.site import build_http
from scholr.kernel.actor import Role
from tests.isolation.known import CAPABILITIES, PLAIN
from tests.isolation.public import PUBLIC, SHOWS_EVERYBODY
from tests.isolation.sending import leaks, ours, send, send_undone
from tests.isolation.templates import Template, path_of, template_of
from tests.support.accounts import in_production
from tests.support.endpoints import Endpoint, Surface, surface_of
from tests.support.populated import LiveWorld, client_of

READING = (Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.LEARNER, Role.AUDITOR)


def simplest(world: LiveWorld, surface: Surface, endpoint: Endpoint) -> Template:
    """A request for any route at all; capabilities are filled with what our school has."""
    if endpoint.is_api and not set(endpoint.parameters) & set(CAPABILITIES):
        return template_of(surface, endpoint, world.ours.ids)
    known = {**world.ours.ids, **dict.fromkeys(endpoint.parameters, "nothing"), **PLAIN}
    return Template(endpoint, path_of(endpoint, {**known, **world.ours.ids}), body={}, is_form=not endpoint.is_api)


async def test_everything_that_is_not_declared_public_wants_a_person(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    problems = []
    for endpoint in surface.endpoints:
        if endpoint.name in PUBLIC or endpoint.is_framework:
            continue
        client = world.nobody()
        client.headers["accept"] = "application/json" if endpoint.is_api else "text/html"
        answer = await send(client, simplest(world, surface, endpoint).filled(ours(world)))
        if not _sent_away(endpoint, answer):
            problems.append(f"{endpoint.name}: {answer.status_code} {answer.headers.get('location', '')}")
    assert not problems, "\n".join(problems)


def _sent_away(endpoint: Endpoint, answer: httpx.Response) -> bool:
    if endpoint.is_api:
        return answer.status_code == 401 and answer.json()["code"] == "unauthenticated"
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


async def test_what_is_declared_public_exists_and_shows_nothing_of_any_school(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    by_name = {endpoint.name: endpoint for endpoint in surface.endpoints}
    assert not PUBLIC.keys() - by_name.keys(), "public routes that are gone"
    problems = []
    for name in PUBLIC.keys() - SHOWS_EVERYBODY:
        template = simplest(world, surface, by_name[name])
        request = template.filled(lambda hole: world.theirs.ids.get(hole.kind, "nothing"))
        answer = await send_undone(world, world.nobody(), request)
        if answer.status_code >= 500 or (
            leaks(world, answer) and not set(by_name[name].parameters) & set(CAPABILITIES)
        ):
            problems.append(f"{name}: {answer.status_code} {answer.text[:200]}")
    assert not problems, "\n".join(problems)


async def test_no_list_and_no_page_shows_anything_of_another_tenant(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    whole = [each for each in surface.endpoints if each.method == "GET" and not each.parameters]
    whole = [each for each in whole if each.name not in SHOWS_EVERYBODY and not each.is_framework]
    problems, shown = [], 0
    for asker in (world.owner_by_header(), *(world.signed_in(role) for role in READING)):
        for endpoint in whole:
            template = template_of(surface, endpoint, world.ours.ids) if endpoint.is_api else Template(endpoint, {})
            answer = await send_undone(world, asker, template.filled(ours(world)))
            shown += world.ours.canary in answer.text
            if leaks(world, answer) or answer.status_code >= 500:
                problems.append(f"{endpoint.name}: {answer.status_code} {answer.text[:300]}")
    assert not problems, "\n".join(problems)
    assert shown > 40, "our own people saw their own things on hardly any page: the canary does not work"


async def test_production_knows_no_tenant_header(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    app = build_http(in_production(world.platform))
    problems = []
    for endpoint in surface.endpoints:
        if endpoint.name in PUBLIC or endpoint.is_framework or (endpoint.is_api is False and endpoint.parameters):
            continue
        client = client_of(app, {"X-Tenant-Id": str(world.ours.tenant_id)}, base_url="https://scholr.example")
        client.headers["accept"] = "application/json" if endpoint.is_api else "text/html"
        answer = await send(client, simplest(world, surface, endpoint).filled(ours(world)))
        if not _sent_away(endpoint, answer):
            problems.append(f"{endpoint.name}: {answer.status_code}")
    assert not problems, "\n".join(problems)


async def test_production_has_no_outbox_to_look_into(world: LiveWorld) -> None:
    client = client_of(build_http(in_production(world.platform)), base_url="https://scholr.example")
    for name in SHOWS_EVERYBODY:
        answer = await client.get(name.removeprefix("GET "))
        assert answer.status_code == 404, name
        assert not leaks(world, answer)


async def test_a_host_of_one_tenant_opens_nothing_to_the_people_of_another(world: LiveWorld) -> None:
    """A session proves its own tenant, whatever name the request was sent to."""
    platform = dataclasses.replace(world.platform, http=in_production(world.platform).http)
    app = build_http(platform)
    cookie = f"__Host-{world.ours.cookies[Role.OWNER]}"
    host = f"https://learn.{world.theirs.canary}.example.org"
    client = client_of(app, {"Cookie": cookie}, base_url=host)
    answer = await client.get("/api/courses")
    assert not leaks(world, answer)
    if answer.status_code == 200:
        assert world.ours.canary in answer.text
