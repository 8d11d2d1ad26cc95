"""What a hot path costs, counted in a way that no noisy machine disturbs: the Python functions that one request calls.

`make bench` says what it takes; here a small step too many is seen by the change that makes it. Whoever has a good
reason to go beyond a budget changes it here, where it is seen, and says in the change what the reason is.
"""

import sys
from collections import Counter
from types import FrameType

import httpx

from scholr.kernel.actor import Role
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.learning import teach
from tests.support.school import School

COUNTED = ("/scholr/", "/litestar/", "/asyncpg/", "/sqlalchemy/", "/jinja2/", "<template>")
ROUNDS = 7
"""The first ones fill what is kept; of the others the one with the fewest calls counts: what runs beside a request
now and then, such as a flush of figures, is none of its own."""


class Calls:
    """`with`: counts the Python functions that are called, by file and name."""

    def __init__(self) -> None:
        self.by_function: Counter[str] = Counter()

    def __enter__(self) -> "Calls":
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event != "call":
            return
        name = frame.f_code.co_filename
        if any(part in name for part in COUNTED) and "/tests/" not in name:
            self.by_function[f"{'/'.join(name.rsplit('/', 2)[-2:])} {frame.f_code.co_qualname}"] += 1


async def fewest_calls(client: httpx.AsyncClient, path: str) -> Calls:
    rounds = []
    for _ in range(ROUNDS):
        with Calls() as calls:
            answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        rounds.append(calls)
    return min(rounds[2:], key=lambda each: each.by_function.total())


def require_within(most: int, calls: Calls) -> None:
    made = calls.by_function.total()
    shown = "\n".join(f"{count:5} {name}" for name, count in calls.by_function.most_common(25))
    assert made <= most, f"{made} calls, {most} allowed; most often:\n{shown}"


async def test_the_list_of_courses_keeps_to_its_budget(school: School) -> None:
    await teach(school)
    async with api_client(school.platform, school.tenant_id) as client:
        require_within(300, await fewest_calls(client, "/api/courses"))


async def test_a_lesson_page_keeps_to_its_budget(school: School) -> None:
    taught, learner = await teach(school), await account(school, Role.LEARNER)
    await taught.seat(learner.actor)
    async with browser(school.platform, learner) as client:
        require_within(2260, await fewest_calls(client, taught.lesson_path(0)))


async def test_the_catalogue_keeps_to_its_budget(school: School) -> None:
    await teach(school)
    learner = await account(school, Role.LEARNER)
    async with browser(school.platform, learner) as client:
        require_within(2070, await fewest_calls(client, "/catalogue"))
