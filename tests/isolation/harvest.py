"""Templates of pages: their addresses, and the forms that they really show, with our ids taken out again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scholr.kernel.actor import Role
from tests.isolation.known import CAPABILITIES, ROUTE_IDS
from tests.isolation.sending import send_undone
from tests.isolation.templates import Hole, Template, UnknownId, path_of
from tests.support.endpoints import Endpoint, Surface, surface_of
from tests.support.forms import SentForm, forms_of, typed_in
from tests.support.populated import LiveWorld

READERS = (Role.OWNER, Role.INSTRUCTOR, Role.LEARNER)


async def page_templates(world: LiveWorld) -> list[Template]:
    """A template for each page and each form target with an id in it. A route that cannot be filled fails."""
    surface = await surface_of(world.app)
    concerned = [each for each in surface.pages if each.parameters and not set(each.parameters) & set(CAPABILITIES)]
    unknown, opened = [], []
    for endpoint in concerned:
        try:
            opened.append(Template(endpoint, path_of(endpoint, world.ours.ids)))
        except UnknownId as problem:
            unknown.append(str(problem))
    assert not unknown, "\n".join(unknown)
    forms = await harvest(world, surface)
    return [_with_form(world, template, forms.get(template.endpoint)) for template in opened]


async def harvest(world: LiveWorld, surface: Surface) -> dict[Endpoint, SentForm]:
    """One form for each target, as our people see it on the pages of our school."""
    targets = [_Target(each) for each in surface.pages if each.method == "POST"]
    found: dict[Endpoint, SentForm] = {}
    for role in READERS:
        client = world.signed_in(role)
        client.headers["accept"] = "text/html"
        for endpoint in surface.pages:
            if endpoint.method != "GET" or set(endpoint.parameters) & set(CAPABILITIES):
                continue
            template = Template(endpoint, path_of(endpoint, world.ours.ids))
            request = template.filled(lambda hole: world.ours.ids[hole.kind])
            answer = await send_undone(world, client, request)
            for form in forms_of(answer.text, str(request.url)):
                target = next((each for each in targets if form.method == "POST" and each.takes(form)), None)
                if target is not None:
                    found.setdefault(target.endpoint, form)
    return found


@dataclass(frozen=True, slots=True)
class _Target:
    endpoint: Endpoint

    def takes(self, form: SentForm) -> bool:
        pattern = "[^/]+".join(map(re.escape, re.split(r"\{\w+\}", self.endpoint.path)))
        return re.fullmatch(pattern, form.path) is not None


def _with_form(world: LiveWorld, template: Template, form: SentForm | None) -> Template:
    """POSTs send what the form on our page would, with holes where it names our objects."""
    if template.endpoint.method != "POST":
        return template
    kinds = {value: kind for kind, value in world.ours.ids.items()}
    fields = typed_in(form) if form is not None else {}
    body = {name: _hole(name, value, kinds) for name, value in fields.items()}
    return Template(template.endpoint, template.path, body=body, is_form=True)


def _hole(name: str, value: str, kinds: Mapping[str, str]) -> Any:
    return Hole(kinds[value], f"form.{name}") if value in kinds else value


__all__ = ["READERS", "ROUTE_IDS", "harvest", "page_templates"]
