"""Values that parsers and databases stumble over, in every field of every form and every parameter of every page."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import quote_plus, urlencode
from zlib import crc32

import httpx
import pytest

from scholr.kernel.actor import Role
from tests.isolation.harvest import harvest
from tests.isolation.known import CAPABILITIES
from tests.isolation.sending import send_undone
from tests.isolation.templates import Template, path_of
from tests.support.endpoints import surface_of
from tests.support.forms import SentForm, forms_of, typed_in
from tests.support.populated import LiveWorld

# As they are sent. ² is a digit to `str.isdigit` and no number to `int`; ٣ is one to both; more than 4,300 digits are
# refused by `int`, and fewer by a column.
VALUES = (
    *map(quote_plus, ("", " ", "\x00", "in the\x00middle", "²", "٣", "-1", "1e9", "0x10", "9" * 20, "9" * 5_000)),
    *map(quote_plus, ("x" * 60_000, "{{7*7}} %s ' or 1=1 --", "<script>", "\u202e\ufeff", "../../etc/passwd", "[[]]")),
    *map(quote_plus, ("0001-01-01", "9999-12-31", "2026-02-30", "25:99", "00000000-0000-0000-0000-000000000000")),
    "%ED%A0%80",  # half a surrogate pair
    "%FF%FE",
    "%",
)
A_FEW = 1
STRANGERS = ("/sign-in", "/forgot", "/verify")
_ASKED = re.compile(r'(?<=\.get\(")[a-z_]+(?=")|[a-z_]+(?=: FromQuery)')


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a form, or a parameter of an address, with all that is sent beside it."""

    method: str
    path: str
    name: str
    others: Mapping[str, str]

    def request(self, value: str) -> httpx.Request:
        pairs = [urlencode(self.others), f"{quote_plus(self.name)}={value}"]
        sent = "&".join(filter(None, pairs))
        if self.method == "GET":
            return httpx.Request("GET", f"http://localhost{self.path}?{sent}")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return httpx.Request(self.method, f"http://localhost{self.path}", content=sent.encode(), headers=headers)

    @property
    def role(self) -> Role | None:
        """Who sends it; None is a stranger."""
        if self.path.startswith(STRANGERS):
            return None
        return Role.LEARNER if self.path.startswith("/learn") else Role.OWNER


async def test_no_form_and_no_address_stumbles(world: LiveWorld) -> None:
    places = await places_of(world)
    posted = {place.path for place in places if place.method == "POST"}
    assert len(posted) > 50
    assert {"/sign-in", "/forgot"} <= posted
    assert len({place.path for place in places if place.method == "GET"}) > 30
    await none_stumbles(world, places, _some)


@pytest.mark.slow
async def test_no_form_and_no_address_stumbles_over_anything(world: LiveWorld) -> None:
    await none_stumbles(world, await places_of(world), lambda _place: VALUES)


def _some(place: Place) -> Sequence[str]:
    """Another part of the values for each place, the same in each run."""
    begin = crc32(f"{place.path} {place.name}".encode())
    return [VALUES[(begin + each * 7) % len(VALUES)] for each in range(A_FEW)]


async def none_stumbles(world: LiveWorld, places: Sequence[Place], values: Callable[[Place], Sequence[str]]) -> None:
    """Nothing is answered with 500, nor refused because it was too much at once."""
    found = []
    clients = {None: world.nobody(), **{role: world.signed_in(role) for role in (Role.OWNER, Role.LEARNER)}}
    for client in clients.values():
        client.headers["accept"] = "text/html"
    for place in places:
        for value in values(place):
            answer = await send_undone(world, clients[place.role], place.request(value))
            if answer.status_code >= 500 or answer.status_code == 429:
                found.append(f"{place.method} {place.path} {place.name}={value[:40]}: {answer.status_code}")
    assert not found, "\n".join(found)


async def places_of(world: LiveWorld) -> list[Place]:
    forms = [*(await harvest(world, await surface_of(world.app))).values(), *await _public_forms(world)]
    fields = [
        Place("POST", form.path, name, {other: text for other, text in typed_in(form).items() if other != name})
        for form in forms
        for name in form.fields
        if form.method == "POST"
    ]
    return [*fields, *await _parameters(world)]


async def _public_forms(world: LiveWorld) -> list[SentForm]:
    """Those that strangers fill in; the code after a password as somebody who has just typed one."""
    client, found = world.nobody(), [SentForm("POST", "/sign-in/code?next=%2F", {"code": "123456"})]
    client.headers["accept"] = "text/html"
    for path in STRANGERS:
        found += forms_of((await client.get(path)).text, path)
    return found


async def _parameters(world: LiveWorld) -> list[Place]:
    """Every name that a page's module asks for, in an address of that page."""
    found = []
    for endpoint in (await surface_of(world.app)).pages:
        if endpoint.method == "GET" and not set(endpoint.parameters) & set(CAPABILITIES):
            asked = Template(endpoint, path_of(endpoint, world.ours.ids)).filled(lambda hole: world.ours.ids[hole.kind])
            found += [Place("GET", asked.url.path, name, {}) for name in _names(endpoint.module)]
    return found


@cache
def _names(module: str) -> tuple[str, ...]:
    source = Path(import_module(module).__file__ or "").read_text()
    return tuple(sorted(set(_ASKED.findall(source)))) if "query" in source.lower() else ()
