"""One template sent by many people with many ids: what is wrong with the answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from scholr.kernel.actor import Role
from tests.isolation.known import CAPABILITIES, OPAQUE
from tests.isolation.sending import Choose, Seen, leaks, ours, places, seen, send, send_undone, swapped, theirs
from tests.isolation.templates import Template, UnknownId, nobodys, template_of
from tests.support.endpoints import surface_of
from tests.support.populated import LiveWorld

_REFUSED_BEFORE_LOOKING = frozenset({400, 401, 403, 404, 405, 415})
_SIGN_IN = "/sign-in"

Where = tuple[str, ...]
"""Places of a template whose ids are exchanged together."""


@dataclass(frozen=True, slots=True)
class Asker:
    name: str
    client: httpx.AsyncClient


def askers(world: LiveWorld) -> list[Asker]:
    """People of our school: its owner in both ways in, and two who may do less."""
    people = [Asker(role, world.signed_in(role)) for role in (Role.OWNER, Role.INSTRUCTOR, Role.LEARNER)]
    return [Asker("owner by header", world.owner_by_header()), *people]


async def json_templates(world: LiveWorld) -> list[Template]:
    """A template for each JSON route with an id in it. A route that the sweep cannot fill fails."""
    surface = await surface_of(world.app)
    found, unknown = [], []
    for endpoint in surface.endpoints:
        if not endpoint.is_api or set(endpoint.parameters) & set(CAPABILITIES):
            continue
        try:
            found.append(template_of(surface, endpoint, world.ours.ids))
        except UnknownId as problem:
            unknown.append(str(problem))
    assert not unknown, "\n".join(unknown)
    return [each for each in found if each.holes]


async def sweep_problems(world: LiveWorld, template: Template, people: list[Asker]) -> AsyncIterator[str]:
    """A sentence for each thing that is wrong when these people send the template with ids that are not ours."""
    async for problem in Sweep(world, template).problems(people):
        yield problem


@dataclass(frozen=True, slots=True)
class Sweep:
    world: LiveWorld
    template: Template

    async def problems(self, people: list[Asker]) -> AsyncIterator[str]:
        reached: set[Where] = set()
        for asker in people:
            own = await self._seen(asker, ours(self.world))
            for where in places(self.template):
                answer = await self._answer(asker, where, theirs(self.world))
                random = seen(await self._answer(asker, where, nobodys))
                problem = await self._problem(asker, where, own, seen(answer), random)
                if problem is not None:
                    yield f"{self._name} as {asker.name}, with their {', '.join(where)}: {problem}"
                if leaks(self.world, answer):
                    yield f"{self._name} as {asker.name}, with their {', '.join(where)}: shows something of theirs"
                if own.status not in _REFUSED_BEFORE_LOOKING and own != seen(answer):
                    reached.add(where)
        for where in places(self.template):
            if where not in reached and not self._is_opaque(where):
                yield f"{self._name}: our own {', '.join(where)} makes no difference to anybody, so this proves nothing"

    @property
    def _name(self) -> str:
        return self.template.endpoint.name

    def _is_opaque(self, where: Where) -> bool:
        return (self._name, where[0]) in OPAQUE

    async def _answer(self, asker: Asker, where: Where, other: Choose) -> httpx.Response:
        """For good, except where success is expected, whose effects would change the next answer."""
        request = self.template.filled(swapped(self.world, where, other))
        if self._is_opaque(where):
            return await send_undone(self.world, asker.client, request)
        return await send(asker.client, request)

    async def _seen(self, asker: Asker, choose: Choose) -> Seen:
        return seen(await send_undone(self.world, asker.client, self.template.filled(choose)))

    async def _problem(self, asker: Asker, where: Where, own: Seen, answer: Seen, random: Seen) -> str | None:
        if answer != random:
            return f"a hint: {answer} where an id that nobody has gets {random}"
        if answer.status >= 500:
            return f"answered {answer.status}"
        if answer.status in (401, 403):
            allowed = await self._never_allowed(asker, where, own, answer)
            return None if allowed else f"answered {answer.status}"
        if self._is_opaque(where) or answer.location.startswith(_SIGN_IN):
            return None
        must_be_404 = where[0].startswith("path.")
        allowed = answer.status == 404 or (not must_be_404 and answer.status >= 300)
        return None if allowed else f"answered {answer.status} {answer.code}"

    async def _never_allowed(self, asker: Asker, where: Where, own: Seen, answer: Seen) -> bool:
        """Whether it is the asker's role that is refused: also with our own id, or our own other learner's."""
        if own == answer:
            return True
        colleague = swapped(self.world, where, lambda _: self.world.ours.ids["sia_id"])
        return where[0].endswith("learner_id") and await self._seen(asker, colleague) == answer
