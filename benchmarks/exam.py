"""An exam: everybody starts at once, then everybody's answers are saved every few seconds."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.deployment import Deployment
from benchmarks.load import Outcome, drive, request
from benchmarks.school import BenchSchool

STARTERS = 1_000
START_SECONDS = 10.0
START_CONNECTIONS = 200
SAVE_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Exam:
    start: Outcome
    saving: Outcome


def sit_exam(deployment: Deployment, school: BenchSchool, *, seconds: float) -> Exam:
    """1,000 learners start one exam together; then autosaves as fast as they are taken."""
    assessment, question = _write_exam(deployment, school)
    headers = {"X-Tenant-Id": school.tenant_id}
    starts = (
        request(
            "POST",
            f"/api/assessments/{assessment}/attempts",
            body=json.dumps({"learner_id": learner}).encode(),
            headers=headers,
        )
        for learner in school.learner_ids[:STARTERS]
    )
    start = drive(deployment.port, starts, connections=START_CONNECTIONS, seconds=60, keep_bodies=True)
    attempts = [json.loads(body)["id"] for body in start.bodies if b'"deadline_at"' in body]
    saving = drive(deployment.port, _saves(attempts, question, headers), connections=SAVE_CONNECTIONS, seconds=seconds)
    return Exam(start, saving)


def _saves(attempts: list[str], question: str, headers: dict[str, str]) -> Iterator[bytes]:
    number = 0
    while attempts:
        for attempt in attempts:
            number += 1
            body = json.dumps({"answers": {question: [str(number % 3)]}}).encode()
            yield request("PUT", f"/api/attempts/{attempt}/answers", body=body, headers=headers)


def _write_exam(deployment: Deployment, school: BenchSchool) -> tuple[str, str]:
    with deployment.client(school.tenant_id) as client:
        made = client.post(
            "/api/assessments",
            json={"course_id": school.course_id, "title": "Exam", "max_attempts": 1, "time_limit_seconds": 3600},
        )
        made.raise_for_status()
        assessment = made.json()["id"]
        for number in range(20):
            added = client.post(
                f"/api/assessments/{assessment}/questions",
                json={
                    "type": "single",
                    "prompt": f"Question {number}",
                    "points": 1,
                    "options": ["a", "b", "c"],
                    "answer_key": ["1"],
                },
            )
            added.raise_for_status()
        return assessment, added.json()["id"]
