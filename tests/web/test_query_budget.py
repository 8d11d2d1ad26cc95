"""No page asks more of the database than eight statements: every page, as every role, in a school full of objects.

The statement that finds out who asks is one of the eight. What begins, ends and binds a transaction is not counted:
it goes with the first statement or is none of its own.
"""

from collections import Counter

from scholr.kernel.actor import Role
from tests.isolation.known import CAPABILITIES
from tests.isolation.sending import send
from tests.isolation.templates import Template, path_of
from tests.support.endpoints import Endpoint, surface_of
from tests.support.populated import LiveWorld
from tests.support.statements import counted_statements

MOST = 8
READERS = (Role.OWNER, Role.INSTRUCTOR, Role.LEARNER, Role.AUDITOR)


async def test_every_page_keeps_to_its_budget(world: LiveWorld) -> None:
    surface = await surface_of(world.app)
    opened: dict[str, int] = {}
    answered: Counter[tuple[Role, int]] = Counter()
    offenders = []
    for endpoint in (each for each in surface.pages if each.method == "GET"):
        for role in READERS:
            status, sent = await _opened(world, endpoint, role)
            if status != 200:
                continue
            opened[endpoint.name] = max(len(sent), opened.get(endpoint.name, 0))
            if len(sent) > MOST:
                statements = "\n    ".join(" ".join(each.split())[:110] for each in sent)
                offenders.append(f"{endpoint.name} as {role}: {len(sent)} statements\n    {statements}")
    assert len(opened) > 30, f"only {len(opened)} pages could be opened: {answered}"
    assert sum(opened.values()) > len(opened), "statements are counted at all"
    assert not offenders, "\n".join(offenders)


async def _opened(world: LiveWorld, endpoint: Endpoint, role: Role) -> tuple[int, list[str]]:
    known = {**world.ours.ids, **dict.fromkeys(CAPABILITIES, "nothing")}
    known["code"] = world.ours.ids["code"]
    request = Template(endpoint, path_of(endpoint, known)).filled(lambda hole: known[hole.kind])
    client = world.signed_in(role)
    client.headers["accept"] = "text/html"
    with counted_statements() as sent:
        answer = await send(client, request)
    return answer.status_code, [each for each in sent if "set_config" not in each]
