"""The walkthrough of assessment through the JSON API, as the owner types it."""

from uuid import uuid4

import httpx

from scholr.platform.runtime import Platform
from tests.support.client import api_client
from tests.support.school import School


async def _course(client: httpx.AsyncClient) -> str:
    made = await client.post("/api/courses", json={"title": "Intro to Astrophysics"})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def _learner(client: httpx.AsyncClient) -> str:
    body = {"email": f"{uuid4().hex}@example.org", "name": "Ada"}
    return str((await client.post("/api/users", json=body)).json()["id"])


async def test_an_assessment_is_made_taken_and_graded(platform: Platform, school: School) -> None:
    async with api_client(platform, school.tenant_id) as client:
        course, learner = await _course(client), await _learner(client)
        body = {"course_id": course, "title": "Checkpoint", "max_attempts": 1, "time_limit_seconds": 600}
        made = await client.post("/api/assessments", json=body)
        assert made.status_code == 201, made.text
        assessment = made.json()["id"]
        question = {
            "type": "single",
            "prompt": "Which star is nearest?",
            "points": 2,
            "options": ["Sirius", "The Sun"],
            "answer_key": ["1"],
        }
        added = await client.post(f"/api/assessments/{assessment}/questions", json=question)
        assert added.status_code == 201, added.text
        assert "answer_key" not in added.json()
        started = await client.post(f"/api/assessments/{assessment}/attempts", json={"learner_id": learner})
        again = await client.post(f"/api/assessments/{assessment}/attempts", json={"learner_id": learner})
        assert (started.status_code, again.status_code) == (201, 200), started.text
        assert started.json() == again.json()
        assert started.json()["attempt_no"] == 1 and started.json()["deadline_at"]
        attempt = started.json()["id"]
        saved = await client.put(f"/api/attempts/{attempt}/answers", json={"answers": {added.json()["id"]: ["1"]}})
        assert saved.status_code == 200, saved.text
        assert saved.json()["receipts"][0]["sequence"] == 1
        first = await client.post(f"/api/attempts/{attempt}/submit", json={})
        second = await client.post(f"/api/attempts/{attempt}/submit")
        assert first.status_code == 200, first.text
        assert first.json() == {"score": 2, "max_score": 2, "percentage": 100.0, "status": "submitted"}
        assert second.json() == first.json(), second.text
        refused = await client.post(f"/api/assessments/{assessment}/attempts", json={"learner_id": learner})
        assert (refused.status_code, refused.json()["code"]) == (409, "attempts_exhausted")
        listed = await client.get(f"/api/courses/{course}/assessments")
        assert [item["id"] for item in listed.json()["items"]] == [assessment]
        shown = await client.get(f"/api/attempts/{attempt}")
        assert shown.json()["answers"] == {added.json()["id"]: ["1"]}
