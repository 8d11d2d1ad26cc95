"""Sending what a generator made up to the application in this process."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
from schemathesis import Case
from schemathesis.schemas import APIOperation

from scholr.kernel.actor import Role
from tests.isolation.known import FIELD_IDS, PLAIN
from tests.isolation.sending import send_undone
from tests.support.endpoints import Endpoint, Surface
from tests.support.populated import LiveWorld

Operation: TypeAlias = "APIOperation[Any, Any, Any, Any]"
AnyCase: TypeAlias = "Case[Any]"


@dataclass(frozen=True, slots=True)
class Fuzzed:
    runner: asyncio.Runner
    world: LiveWorld
    surface: Surface

    def endpoint(self, operation: Operation) -> Endpoint:
        name = f"{operation.method.upper()} {operation.path}"
        return next(each for each in self.surface.endpoints if each.name == name)

    def send(self, request: httpx.Request) -> httpx.Response:
        """As the owner, in a session; what the request did is undone."""
        client = self.world.signed_in(Role.OWNER)
        return self.runner.run(send_undone(self.world, client, request))

    def with_real_ids(self, case: AnyCase, chance: random.Random) -> None:
        """Made-up ids find nothing: most are exchanged for those of our school, so that more than 404 is seen."""
        known = {**self.world.ours.ids, **PLAIN}
        for part in (case.path_parameters, case.query, case.body):
            _exchange(part, known, chance)


def _exchange(part: Any, known: Mapping[str, str], chance: random.Random) -> None:
    if isinstance(part, list):
        for each in part:
            _exchange(each, known, chance)
    if not isinstance(part, dict):
        return
    for name, value in part.items():
        kind = FIELD_IDS.get(str(name), str(name))
        if kind not in known or chance.random() < 0.2:
            _exchange(value, known, chance)
        elif isinstance(value, list):
            part[name] = [known[kind] if isinstance(each, str) else each for each in value]
        elif isinstance(value, str):
            part[name] = known[kind]


def request_of(case: AnyCase) -> httpx.Request:
    """The case as the bytes that a client would send."""
    sent = case.as_transport_kwargs(base_url="http://localhost")
    headers = {str(name): str(value) for name, value in dict(sent.get("headers") or {}).items()}
    return httpx.Request(
        sent["method"],
        sent["url"],
        params=sent.get("params"),
        headers=headers,
        json=sent.get("json") if "json" in sent else None,
        content=sent.get("data"),
    )
