"""Learning and sync over HTTP: completing lessons, certificates, what a device kept."""

from httpx import AsyncClient

from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.delivery import settle
from tests.support.school import School


async def published_course(client: AsyncClient, *, lessons: int = 2) -> tuple[str, list[str]]:
    course = (await client.post("/api/courses", json={"title": "Rates"})).json()["id"]
    section = (await client.post(f"/api/courses/{course}/sections", json={"title": "One"})).json()["id"]
    ids = []
    for number in range(lessons):
        made = await client.post(f"/api/sections/{section}/lessons", json={"title": f"Lesson {number}"})
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
    published = await client.post(f"/api/courses/{course}/publish")
    assert published.status_code < 300, published.text
    return course, ids


async def seated_learner(client: AsyncClient, course: str) -> str:
    learner = (await client.post("/api/users", json={"email": "ada@example.org", "name": "Ada"})).json()["id"]
    cohort = (await client.post("/api/cohorts", json={"course_id": course, "capacity": 5})).json()["id"]
    seat = await client.post(f"/api/cohorts/{cohort}/enrollments", json={"learner_id": learner})
    assert seat.status_code == 201, seat.text
    return str(learner)


async def test_completing_every_lesson_earns_a_certificate_that_a_stranger_can_verify(
    platform: Platform, school: School
) -> None:
    async with api_client(platform, school.tenant_id) as client:
        course, lessons = await published_course(client)
        learner = await seated_learner(client, course)
        for lesson in [*lessons, lessons[0]]:
            answer = await client.post(f"/api/courses/{course}/lessons/{lesson}/complete", json={"learner_id": learner})
            assert answer.status_code == 200, answer.text
        assert answer.json()["percent"] == 100
        held = (await client.get("/api/certificates", params={"learner_id": learner})).json()["items"]
    assert [each["learner_name"] for each in held] == ["Ada"]
    async with api_client(platform) as stranger:
        seen = await stranger.get(f"/api/verify/{held[0]['code'].lower()}")
        assert seen.json()["state"] == "valid"
        assert (await stranger.get("/api/verify/0000-0000-0000-0000-0")).status_code == 404


async def test_what_a_device_kept_becomes_progress(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        course, lessons = await published_course(client)
        learner = await seated_learner(client, course)
        batch = {"learner_id": learner, "course_id": course, "completed_lessons": [lessons[0], "old-lesson"]}
        first = await client.post("/api/sync", json=batch)
        again = await client.post("/api/sync", json=batch)
        assert first.status_code == 200, first.text
        assert first.json() == again.json()
        assert first.json()["completed_count"] == 2
        await settle(platform)
        progress = (await client.get(f"/api/courses/{course}/progress", params={"learner_id": learner})).json()
    assert progress["completed_lessons"] == [lessons[0]]
    assert progress["percent"] == 50
