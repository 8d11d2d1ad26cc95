"""An exam over real sockets, to the server as a process of its own: a crowd at the start, and a hundred submits."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import httpx
import pytest

from scholr.contexts.assessment.facade import AssessmentPolicy
from scholr.kernel.ids import new_id
from scholr.platform.runtime import Platform
from tests.support.database import TestDatabase
from tests.support.exams import open_exam
from tests.support.school import School
from tests.support.server import running_server

CROWD = 300


@pytest.fixture(scope="module")
def server(database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(database, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
async def client(server: str, school: School) -> AsyncIterator[httpx.AsyncClient]:
    """Acts as the school's owner, with as many connections as there are requests."""
    limits = httpx.Limits(max_connections=CROWD, max_keepalive_connections=CROWD)
    headers = {"X-Tenant-Id": str(school.tenant_id)}
    async with httpx.AsyncClient(base_url=server, headers=headers, limits=limits, timeout=60) as found:
        yield found


async def _members(school: School, count: int) -> list[UUID]:
    """Many members in one statement; how they came is not what is tested."""
    ids = [new_id() for _ in range(count)]
    async with school.platform.db.write(school.tenant_id) as tx:
        await tx.raw.execute(
            "insert into identity_membership (tenant_id, id, email, display_name, roles)"
            " select $1, id, id || '@example.org', 'Learner', array['learner'] from unnest($2::uuid[]) as id",
            school.tenant_id,
            ids,
        )
    return ids


async def _events(platform: Platform, school: School, kind: str) -> int:
    async with platform.db.read(school.tenant_id) as rx:
        found: int = await rx.raw.fetchval("select count(*) from platform_outbox where type = $1", kind)
    return found


async def test_a_crowd_starts_one_exam_together_and_everybody_is_in_once(
    platform: Platform, school: School, client: httpx.AsyncClient
) -> None:
    exam, _ = await open_exam(school, policy=AssessmentPolicy(max_attempts=1, time_limit_seconds=3600))
    learners = await _members(school, CROWD // 2)

    async def begin(learner: UUID) -> tuple[int, str]:
        answer = await client.post(f"/api/assessments/{exam}/attempts", json={"learner_id": str(learner)})
        return answer.status_code, answer.json().get("id", answer.text)

    # Everybody's finger slips: each start is sent twice at the same moment.
    answers = await asyncio.gather(*(begin(learner) for learner in [*learners, *learners]))
    assert Counter(status for status, _ in answers) == {201: CROWD // 2, 200: CROWD // 2}
    assert len({attempt for _, attempt in answers}) == CROWD // 2
    assert await _events(platform, school, "assessment.attempt_started") == CROWD // 2


async def test_a_hundred_simultaneous_submits_get_one_grade_and_the_same_answer(
    platform: Platform, school: School, client: httpx.AsyncClient
) -> None:
    exam, (nearest, planets) = await open_exam(school)
    [learner] = await _members(school, 1)
    begun = await client.post(f"/api/assessments/{exam}/attempts", json={"learner_id": str(learner)})
    attempt = begun.json()["id"]

    async def submit(number: int) -> tuple[int, str]:
        answers = {nearest: [str(number % 2)], planets: [str(number % 3)]}
        answer = await client.post(f"/api/attempts/{attempt}/submit", json={"answers": answers})
        return answer.status_code, answer.text

    answers = Counter(await asyncio.gather(*(submit(number) for number in range(100))))
    assert list(answers.values()) == [100], answers
    [(status, text)] = answers
    assert (status, json.loads(text)["status"]) == (200, "submitted")
    assert await _events(platform, school, "assessment.attempt_submitted") == 1
