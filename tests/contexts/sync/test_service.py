"""Merging through the API: any order, any number of times, any number of devices at once."""

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from scholr.contexts.learning import facade as learning
from scholr.kernel.actor import Actor, Role
from scholr.platform.db.statement import statement
from scholr.platform.runtime import Platform
from tests.support.accounts import account, browser
from tests.support.client import api_client
from tests.support.delivery import settle
from tests.support.learning import Taught, teach
from tests.support.school import School

_COMPLETED = statement(
    "select payload->>'lesson_id' as lesson from platform_outbox"
    " where tenant_id = $1 and aggregateid = $2 and type = 'learning.lesson_completed'"
)


async def learner_in(taught: Taught) -> Actor:
    learner = await taught.school.person(Role.LEARNER)
    await taught.seat(learner)
    return learner


def batch(taught: Taught, learner: Actor, lessons: list[str], position: tuple[str, datetime] | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "learner_id": str(learner.membership_id),
        "course_id": str(taught.course),
        "completed_lessons": lessons,
    }
    if position:
        body |= {"last_position_lesson": position[0], "last_position_at": position[1].isoformat()}
    return body


async def send(client: AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/sync", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def announced(school: School, learner: Actor) -> Counter[str]:
    async with school.platform.db.read(school.tenant_id) as rx:
        return Counter(row["lesson"] for row in await rx.fetch(_COMPLETED, learner.membership_id))


@pytest.mark.parametrize("seed", range(5))
async def test_batches_in_any_order_with_repetitions_give_one_state(
    platform: Platform, school: School, seed: int
) -> None:
    chance, taught, now = random.Random(seed), await teach(school, lessons=4), platform.clock.now()
    names = [*(str(each) for each in taught.lessons), "unknown-1", "unknown-2"]
    sent = [
        (
            chance.sample(names, chance.randrange(0, 4)),
            (chance.choice(names), now - timedelta(minutes=chance.randrange(600))) if chance.random() < 0.8 else None,
        )
        for _ in range(6)
    ]
    states = []
    async with api_client(platform, school.tenant_id) as client:
        for _ in range(3):
            learner = await learner_in(taught)
            for lessons, position in [*chance.sample(sent, len(sent)), *chance.choices(sent, k=2)]:
                state = await send(client, batch(taught, learner, lessons, position))
            states.append(state)
    assert states[0] == states[1] == states[2]
    wanted = sorted({lesson for lessons, _ in sent for lesson in lessons})
    assert states[0]["completed_lessons"] == wanted


async def test_two_devices_at_once_lose_nothing(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=10)
    learner = await learner_in(taught)
    async with api_client(platform, school.tenant_id) as client:
        await asyncio.gather(
            *(send(client, batch(taught, learner, [str(each)], None)) for each in [*taught.lessons, *taught.lessons])
        )
        query = {"learner_id": str(learner.membership_id), "course_id": str(taught.course)}
        state = (await client.get("/api/sync", params=query)).json()
    assert state["completed_count"] == 10
    await settle(platform)
    assert await announced(school, learner) == Counter(str(each) for each in taught.lessons)


async def test_what_was_completed_online_and_offline_is_recorded_once(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=3)
    learner = await learner_in(taught)
    await taught.complete(learner, 0)
    async with api_client(platform, school.tenant_id) as client:
        both = [str(taught.lessons[0]), str(taught.lessons[1])]
        state = await send(client, batch(taught, learner, both, None))
        assert state["completed_count"] == 2
        await settle(platform)
        await taught.complete(learner, 1)
        await send(client, batch(taught, learner, both, None))
        await settle(platform)
    assert await announced(school, learner) == Counter(both)


async def test_the_state_includes_what_was_completed_online(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=2)
    learner = await learner_in(taught)
    await taught.complete(learner, 1)
    async with api_client(platform, school.tenant_id) as client:
        query = {"learner_id": str(learner.membership_id), "course_id": str(taught.course)}
        state = (await client.get("/api/sync", params=query)).json()
    assert state["completed_lessons"] == [str(taught.lessons[1])]


async def test_unknown_lessons_are_kept_in_the_state_and_complete_nothing(platform: Platform, school: School) -> None:
    taught, stray = await teach(school, lessons=1), str(uuid4())
    learner = await learner_in(taught)
    async with api_client(platform, school.tenant_id) as client:
        state = await send(client, batch(taught, learner, [stray, "from-an-old-app"], None))
    assert state["completed_lessons"] == sorted([stray, "from-an-old-app"])
    await settle(platform)
    assert await announced(school, learner) == Counter()
    found = await learning.course_standing(platform, learner, course_id=taught.course)
    assert found.progress.done == 0


async def test_offline_completions_finish_the_course(platform: Platform, school: School) -> None:
    taught = await teach(school, lessons=2)
    learner = await learner_in(taught)
    async with api_client(platform, school.tenant_id) as client:
        await send(client, batch(taught, learner, [str(each) for each in taught.lessons], None))
    await settle(platform)
    [held] = await learning.certificates(platform, learner)
    assert held.course_id == taught.course


async def test_nobody_syncs_for_another_or_into_a_course_they_are_not_in(
    platform: Platform, school: School, other_school: School
) -> None:
    taught, me = await teach(school), await account(school)
    other = await learner_in(taught)
    foreign = await teach(other_school)
    async with browser(platform, me) as client:
        for body in (
            batch(taught, other, [], None),
            batch(taught, me.actor, [], None),
            batch(foreign, me.actor, [], None),
        ):
            assert (await client.post("/api/sync", json=body)).status_code == 404
            query = {"learner_id": body["learner_id"], "course_id": body["course_id"]}
            assert (await client.get("/api/sync", params=query)).status_code == 404
