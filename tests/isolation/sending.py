"""Sending a template with chosen ids, undoing what it did, and comparing what comes back."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import httpx

from tests.isolation.templates import Hole, Template
from tests.support.populated import LiveWorld

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NONCE = re.compile(r'nonce="[^"]+"')


Choose = Callable[[Hole], str]
"""Picks the id that goes into a hole."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer without what differs between any two: ids that were sent, request ids, nonces."""

    status: int
    code: str
    text: str
    location: str


def seen(answer: httpx.Response) -> Seen:
    code = ""
    if "json" in answer.headers.get("content-type", ""):
        body = answer.json()
        code = str(body.get("code", "")) if isinstance(body, dict) else ""
    location = _UUID.sub("<id>", answer.headers.get("location", ""))
    return Seen(answer.status_code, code, _NONCE.sub("", _UUID.sub("<id>", answer.text)), location)


def leaks(world: LiveWorld, answer: httpx.Response) -> bool:
    """Whether anything that only the other school may see is in the answer, beyond what was asked with."""
    whole = (answer.text + str(answer.headers.raw)).replace(answer.request.url.path, "")
    return any(secret in whole for secret in world.theirs.secrets)


class Undo(Exception):
    """Ends a transaction that must leave nothing behind."""


async def send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send a template's request with the client's address, headers and cookies; no redirect is followed."""
    headers = {k: v for k, v in request.headers.items() if k in ("content-type",)}
    return await client.request(request.method, str(request.url), content=request.content, headers=headers)


async def send_undone(world: LiveWorld, client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send, and undo every effect in the database, so that the next request finds the school as it was."""
    answer: httpx.Response | None = None
    try:
        async with world.platform.db.ambient_write(None):
            answer = await send(client, request)
            raise Undo
    except Undo:
        pass
    assert answer is not None
    return answer


def places(template: Template) -> Iterable[tuple[str, ...]]:
    """Each place of an id by itself, and all that are in the path together."""
    found = sorted({hole.place for hole in template.holes})
    in_path = tuple(place for place in found if place.startswith("path."))
    return [*((place,) for place in found), *([in_path] if len(in_path) > 1 else [])]


def swapped(world: LiveWorld, where: tuple[str, ...], other: Choose) -> Choose:
    """Our own ids, except in the places named."""
    return lambda hole: other(hole) if hole.place in where else world.ours.ids[hole.kind]


def ours(world: LiveWorld) -> Choose:
    return lambda hole: world.ours.ids[hole.kind]


def theirs(world: LiveWorld) -> Choose:
    return lambda hole: world.theirs.ids[hole.kind]
