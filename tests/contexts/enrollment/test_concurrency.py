"""A cohort is never oversold: many requests at once over real sockets, to the server as a process of its own."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import httpx
import pytest

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.enrollment.facade import CohortView
from scholr.contexts.identity import facade as identity
from scholr.kernel.actor import Role
from scholr.kernel.ids import MembershipId
from tests.support.cohorts import open_cohort
from tests.support.database import TestDatabase
from tests.support.school import School
from tests.support.server import running_server


@pytest.fixture(scope="module")
def server(database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(database, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
async def client(server: str, school: School) -> AsyncIterator[httpx.AsyncClient]:
    """A client with as many connections as there are requests; it acts as the school's owner."""
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=500)
    headers = {"X-Tenant-Id": str(school.tenant_id)}
    async with httpx.AsyncClient(base_url=server, headers=headers, limits=limits, timeout=60) as found:
        yield found


async def people(school: School, count: int) -> list[MembershipId]:
    async def one(number: int) -> MembershipId:
        added = await identity.add_member(
            school.platform,
            school.owner,
            email=f"l{number}.{school.tenant_id.hex[-12:]}@example.org",
            name=f"Learner {number}",
            role=Role.LEARNER,
        )
        return added.id

    return [await one(number) for number in range(count)]


async def events_of(school: School, cohort: CohortView) -> Counter[str]:
    async with school.platform.db.read(school.tenant_id) as rx:
        rows = await rx.raw.fetch(
            "select type from platform_outbox where tenant_id = $1 and payload->>'cohort_id' = $2",
            school.tenant_id,
            str(cohort.id),
        )
    return Counter(row["type"] for row in rows)


async def seats(school: School, cohort: CohortView) -> tuple[int, int, int]:
    """taken, waiting, and how many rows are active."""
    async with school.platform.db.read(school.tenant_id) as rx:
        found = await enrollment.cohort(rx, cohort.id)
        active = await enrollment.learner_ids(rx, cohort_id=cohort.id)
    assert found is not None
    return found.taken, found.waiting, len(active)


async def test_500_at_once_on_50_seats_give_exactly_50(client: httpx.AsyncClient, school: School) -> None:
    cohort, learners = await open_cohort(school, capacity=50), await people(school, 500)

    async def enrol(learner_id: MembershipId) -> tuple[int, str]:
        """A slow machine turns some away before anything was done; they come again, as they are told to."""
        while True:
            answer = await client.post(f"/api/cohorts/{cohort.id}/enrollments", json={"learner_id": str(learner_id)})
            code = answer.json().get("code", "")
            if code != "overloaded":
                return answer.status_code, code
            await asyncio.sleep(random.uniform(0.0, 0.5))

    answers = Counter(await asyncio.gather(*(enrol(each) for each in learners)))
    assert answers == {(201, ""): 50, (409, "cohort_full"): 450}
    assert await seats(school, cohort) == (50, 0, 50)
    assert await events_of(school, cohort) == {"enrollment.learner_enrolled": 50}


async def test_200_times_the_same_give_one_row_and_one_event(client: httpx.AsyncClient, school: School) -> None:
    cohort, (learner,) = await open_cohort(school, capacity=1), await people(school, 1)

    async def enrol() -> tuple[int, str]:
        while True:
            answer = await client.post(f"/api/cohorts/{cohort.id}/enrollments", json={"learner_id": str(learner)})
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer.status_code, answer.json()["id"]
            await asyncio.sleep(random.uniform(0.0, 0.5))

    answers = Counter(await asyncio.gather(*(enrol() for _ in range(200))))
    assert sorted(status for status, _ in answers) == [200, 201]
    assert len({enrollment_id for _, enrollment_id in answers}) == 1
    assert {status: count for (status, _), count in answers.items()} == {201: 1, 200: 199}
    assert await seats(school, cohort) == (1, 0, 1)
    assert await events_of(school, cohort) == {"enrollment.learner_enrolled": 1}


async def test_seats_given_back_at_once_all_go_to_the_queue_in_order(client: httpx.AsyncClient, school: School) -> None:
    cohort, learners = await open_cohort(school, capacity=20), await people(school, 60)
    url = f"/api/cohorts/{cohort.id}/enrollments"
    found = [
        (await client.post(url, json={"learner_id": str(each), "waitlist": True})).json() for each in learners[:50]
    ]
    waiting = [each["id"] for each in found[20:]]

    async def withdraw(enrollment_id: str) -> int:
        return (await client.post(f"/api/enrollments/{enrollment_id}/withdraw")).status_code

    async def newcomer(learner_id: MembershipId) -> int:
        return (await client.post(url, json={"learner_id": str(learner_id)})).status_code

    leaving = [each["id"] for each in found[:20]]
    statuses = await asyncio.gather(
        *(withdraw(each) for each in leaving for _ in range(2)), *(newcomer(each) for each in learners[50:])
    )
    assert Counter(statuses) == {200: 40, 409: 10}
    async with school.platform.db.read(school.tenant_id) as rx:
        still = [each.id for each in await enrollment.queue(rx, cohort.id)]
    assert still == [UUID(each) for each in waiting[20:]]
    assert await seats(school, cohort) == (20, 10, 20)
    events = await events_of(school, cohort)
    assert (events["enrollment.learner_withdrawn"], events["enrollment.learner_enrolled"]) == (20, 40)


async def test_two_cohorts_that_swap_people_do_not_block_each_other(client: httpx.AsyncClient, school: School) -> None:
    first = await open_cohort(school, capacity=30)
    second = await open_cohort(school, first.course_id, capacity=30)
    learners = await people(school, 40)

    async def enrol(cohort: CohortView, learner_id: MembershipId) -> str:
        answer = await client.post(f"/api/cohorts/{cohort.id}/enrollments", json={"learner_id": str(learner_id)})
        found: str = answer.json()["id"]
        return found

    async def move(enrollment_id: str, to: CohortView) -> int:
        answer = await client.post(f"/api/enrollments/{enrollment_id}/transfer", json={"cohort_id": str(to.id)})
        return answer.status_code

    here = [await enrol(first, each) for each in learners[:20]]
    there = [await enrol(second, each) for each in learners[20:]]
    moves = await asyncio.gather(*(move(each, second) for each in here), *(move(each, first) for each in there))
    assert set(moves) <= {200, 409}
    (taken, _, active), (taken_there, _, active_there) = await seats(school, first), await seats(school, second)
    assert (taken + taken_there, taken, taken_there) == (40, active, active_there)
