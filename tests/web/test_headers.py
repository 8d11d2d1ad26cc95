"""What every answer carries, and what is refused before any route is reached."""

from html.parser import HTMLParser

import httpx
import pytest

from scholr.entrypoints.site import build_http
from scholr.kernel.actor import Role
from tests.isolation.known import CAPABILITIES
from tests.isolation.sending import send, send_undone
from tests.isolation.templates import Template, path_of
from tests.support.accounts import PASSWORD, in_production
from tests.support.endpoints import Endpoint, surface_of
from tests.support.populated import LiveWorld, client_of

READERS = (Role.OWNER, Role.INSTRUCTOR, Role.LEARNER)
_SANDBOXED = "sandbox"


class Offences(HTMLParser):
    """What a strict content security policy would refuse, or what would weaken it."""

    def __init__(self, nonce: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._nonce = nonce

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "style" in given:
            self.found.append(f"<{tag} style={given['style']!r}>")
        self.found += [f"<{tag} {name}>" for name in given if name.startswith("on")]
        self.found += [
            f"<{tag} {name}={value[:40]!r}>"
            for name, value in given.items()
            if value.strip().lower().startswith("javascript:")
        ]
        if tag == "style" or (tag == "script" and "src" not in given):
            data_only = given.get("type", "") in ("application/json", "application/ld+json")
            if given.get("nonce") != self._nonce and not data_only:
                self.found.append(f"<{tag}> without this answer's nonce")
        if tag in ("script", "link") and given.get("src", given.get("href", "/")).startswith(("http:", "https:", "//")):
            self.found.append(f"<{tag}> from another site: {given}")


def nonce_of(answer: httpx.Response) -> str:
    policy = answer.headers["content-security-policy"]
    return str(policy.split("'nonce-", 1)[1].split("'", 1)[0])


async def _page(world: LiveWorld, client: httpx.AsyncClient, endpoint: Endpoint) -> httpx.Response:
    known = {**world.ours.ids, **dict.fromkeys(CAPABILITIES, "nothing"), "code": world.ours.ids["code"]}
    request = Template(endpoint, path_of(endpoint, known)).filled(lambda hole: known[hole.kind])
    return await send(client, request)


async def test_every_page_obeys_its_own_policy(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    problems, nonces, pages = [], set(), 0
    clients = [world.nobody(), *(world.signed_in(role) for role in READERS)]
    for client in clients:
        client.headers["accept"] = "text/html"
        for endpoint in (each for each in surface.pages if each.method == "GET"):
            answer = await _page(world, client, endpoint)
            problems += [f"{endpoint.name}: {offence}" for offence in _offences(answer)]
            if answer.headers.get("content-type", "").startswith("text/html") and answer.text:
                pages += 1
                nonces.add(nonce_of(answer))
    assert pages > 100
    assert len(nonces) == pages, "a nonce was used twice"
    assert not problems, "\n".join(problems)


def _offences(answer: httpx.Response) -> list[str]:
    found = [] if answer.headers.get("x-content-type-options") == "nosniff" else ["without nosniff"]
    policy = answer.headers.get("content-security-policy", "")
    if "unsafe-inline" in policy or "unsafe-eval" in policy or "default-src 'none'" not in policy:
        found.append(f"a weak policy: {policy}")
    if _SANDBOXED not in policy and "frame-ancestors 'none'" not in policy:
        found.append("may be framed")
    if answer.headers.get("content-type", "").startswith("text/html") and answer.text:
        parser = Offences(nonce_of(answer))
        parser.feed(answer.text)
        found += parser.found
    keeping = answer.headers.get("cache-control", "nothing is said")
    if answer.status_code == 200 and not ("private" in keeping or "no-store" in keeping):
        found.append(f"may be kept by others: {keeping}")
    return found


async def test_cookies_are_kept_from_scripts_and_other_sites(world: LiveWorld) -> None:
    email = world.ours.accounts[Role.LEARNER].email
    form = {"email": email, "password": PASSWORD, "remember": "on"}
    for app, base_url, prefix in (
        (world.app, "http://localhost", "scholr_"),
        (build_http(in_production(world.platform)), "https://scholr.example", "__Host-"),
    ):
        async with client_of(app, {"Accept": "text/html"}, base_url=base_url) as client:
            answer = await client.post("/sign-in", data=form)
        assert answer.status_code == 303, answer.text
        session = next(each for each in answer.headers.get_list("set-cookie") if "session" in each)
        assert session.startswith(prefix)
        flags = {part.strip().lower() for part in session.split(";")[1:]}
        assert {"httponly", "path=/"} <= flags
        assert flags & {"samesite=lax", "samesite=strict"}
        assert ("secure" in flags) == base_url.startswith("https")
        assert not any(flag.startswith("domain=") for flag in flags)


async def test_production_insists_on_https(world: LiveWorld) -> None:
    client = client_of(build_http(in_production(world.platform)), base_url="https://scholr.example")
    assert "max-age=" in (await client.get("/sign-in")).headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://localhost"}, False),
        ({}, False),
    ],
)
async def test_no_other_site_sends_a_form(world: LiveWorld, headers: dict[str, str], refused: bool) -> None:
    surface = await surface_of(world.app)
    problems = []
    for endpoint in (each for each in surface.endpoints if each.method != "GET" and not each.is_framework):
        known = {**world.ours.ids, **dict.fromkeys(CAPABILITIES, "nothing")}
        client = world.signed_in(Role.OWNER)
        client.headers.update(headers)
        if not refused and endpoint.path != "/api/groups":
            continue
        path = endpoint.path.format(**{name: known.get(name, "1") for name in endpoint.parameters})
        answer = await send_undone(world, client, httpx.Request(endpoint.method, path, json={"name": "Tutors"}))
        was_refused = answer.status_code == 403 and "cross_site" in answer.text
        if was_refused != refused:
            problems.append(f"{endpoint.name}: {answer.status_code}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("acme.localhost:8080", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.nip.io", 403),
        ("192.168.1.10:8080", 403),
        ("", 403),
        ("[", 403),
    ],
)
async def test_the_demo_answers_to_loopback_names_only(world: LiveWorld, host: str, status: int) -> None:
    client = world.owner_by_header()
    answer = await client.get("/api/courses", headers={"Host": host})
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["code"] == "foreign_host"


async def test_bodies_that_cannot_be_taken_are_refused_with_a_problem(world: LiveWorld) -> None:
    client = world.owner_by_header()
    json_type = {"content-type": "application/json"}
    most = world.platform.http.max_body
    cases: list[tuple[bytes, dict[str, str], int]] = [
        (b'{"title": ', json_type, 400),
        (b"", json_type, 400),
        (b"\xff\xfe\x00", json_type, 400),
        (b"[" * 100_000, json_type, 400),
        (b'{"title": "x", "title2": 1}', json_type, 400),
        (b"title=x", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b'{"title": "x"}', {"content-type": "text/plain"}, 415),
        (b"<title>x</title>", {"content-type": "application/xml"}, 415),
        (b'{"title": "' + b"x" * most + b'"}', json_type, 413),
    ]
    for content, headers, status in cases:
        answer = await client.post("/api/courses", content=content, headers=headers)
        assert answer.status_code == status, (content[:40], headers, answer.text[:300])
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["status"] == status
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_addresses_with_nul_are_refused_everywhere(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    client = world.signed_in(Role.OWNER)
    for endpoint in (each for each in surface.endpoints if each.method == "GET" and not each.parameters):
        answer = await client.get(f"{endpoint.path}?q=a%00b")
        assert answer.status_code == 400, endpoint.name
