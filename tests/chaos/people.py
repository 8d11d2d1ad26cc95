"""Learners who take up a course, work through it and sit its exam, whatever breaks meanwhile.

Each step is sent again, with the same key, until it is acknowledged; what was acknowledged is kept, to be looked for
afterwards.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.world import World

PAUSE = 0.1
"""Seconds between a step that failed and the next try."""


@dataclass(slots=True)
class Acknowledged:
    """What the server said is done. `scores` by attempt; `turned_away` are those for whom no seat was left;
    `is_over` lets those who are learning end, and no one else begin. `problems` are answers that were no
    acknowledgement, with the moment of each in seconds of `time.monotonic`.
    """

    seats: set[str] = field(default_factory=set)
    turned_away: set[str] = field(default_factory=set)
    lessons: set[tuple[str, str]] = field(default_factory=set)
    saved: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    steps: int = 0
    problems: list[tuple[float, str]] = field(default_factory=list)
    longest_wait: float = 0.0
    is_over: bool = False

    def problem_kinds(self) -> str:
        counts = Counter(kind for _at, kind in self.problems)
        return ", ".join(f"{kind} × {count}" for kind, count in sorted(counts.items())) or "none"


@dataclass(frozen=True, slots=True)
class Course:
    """Where they learn. `answers` is what each question is answered with."""

    course_id: str
    cohort_id: str
    lesson_ids: Sequence[str]
    assessment_id: str
    answers: dict[str, list[str]]


class Person:
    """One learner, driven by the owner's key for brevity: `learner_id` says who."""

    def __init__(self, client: httpx.AsyncClient, learner_id: str, course: Course, done: Acknowledged) -> None:
        self._client = client
        self._id = learner_id
        self._course = course
        self._done = done

    async def learn(self) -> None:
        if await self._step("POST", f"/api/cohorts/{self._course.cohort_id}/enrollments", self._for_me) is None:
            self._done.turned_away.add(self._id)
            return
        self._done.seats.add(self._id)
        for lesson in self._course.lesson_ids:
            path = f"/api/courses/{self._course.course_id}/lessons/{lesson}/complete"
            await self._step("POST", path, self._for_me)
            self._done.lessons.add((self._id, lesson))
        attempt = await self._step("POST", f"/api/assessments/{self._course.assessment_id}/attempts", self._for_me)
        path = f"/api/attempts/{attempt['id']}"
        for question, entries in self._course.answers.items():
            await self._step("PUT", f"{path}/answers", {"answers": {question: entries}})
            self._done.saved[attempt["id"], question] = entries
        self._done.scores[attempt["id"]] = (await self._step("POST", f"{path}/submit", {}))["score"]

    @property
    def _for_me(self) -> dict[str, Any]:
        return {"learner_id": self._id}

    async def _step(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The answer of the first try that was acknowledged, or None for a cohort that is full."""
        key, began = secrets.token_hex(16), time.monotonic()
        while True:
            try:
                answer = await self._client.request(method, path, json=body, headers={"Idempotency-Key": key})
                if answer.is_success:
                    self._done.steps += 1
                    self._done.longest_wait = max(self._done.longest_wait, time.monotonic() - began)
                    return answer.json()
                code = answer.json().get("code", "")
                if code == "cohort_full":
                    return None
                assert answer.status_code in (409, 429) or answer.status_code >= 500, answer.text
                kind = f"{answer.status_code} {code}"
            except httpx.TransportError as error:
                kind = type(error).__name__
            self._done.problems.append((time.monotonic(), kind))
            await asyncio.sleep(PAUSE)


async def learn_all(
    deployed: World, course: Course, learner_ids: Sequence[str], done: Acknowledged, *, at_once: int
) -> None:
    """Returns when each of them is through, or was turned away."""
    waiting = list(learner_ids)
    headers = {"X-Tenant-Id": deployed.school.tenant_id}
    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    url = f"http://localhost:{deployed.port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, limits=limits) as client:

        async def one_after_another() -> None:
            while waiting and not done.is_over:
                await Person(client, waiting.pop(), course, done).learn()

        await asyncio.gather(*(one_after_another() for _ in range(at_once)))


def open_course(deployed: World, *, capacity: int, questions: int = 4) -> Course:
    """A course with lessons, an exam whose right answers are known, and a cohort of few seats."""
    school = deployed.school
    with deployed.deployment.client(school.tenant_id) as client:

        def made(path: str, body: dict[str, Any]) -> str:
            answer = client.post(path, json=body)
            answer.raise_for_status()
            return str(answer.json()["id"])

        course = made("/api/courses", {"title": "Under fire"})
        section = made(f"/api/courses/{course}/sections", {"title": "One"})
        lessons = [made(f"/api/sections/{section}/lessons", {"title": f"Lesson {n}"}) for n in range(3)]
        client.post(f"/api/courses/{course}/publish").raise_for_status()
        exam = made(
            "/api/assessments", {"course_id": course, "title": "Exam", "max_attempts": 1, "time_limit_seconds": 7200}
        )
        single = {"type": "single", "points": 1, "options": ["a", "b", "c"], "answer_key": ["1"]}
        added = [made(f"/api/assessments/{exam}/questions", {"prompt": f"{n}?", **single}) for n in range(questions)]
        cohort = made("/api/cohorts", {"course_id": course, "capacity": capacity})
    # Every second one is answered wrongly, so that a score says something.
    answers = {question: ["1" if number % 2 == 0 else "2"] for number, question in enumerate(added)}
    return Course(course, cohort, lessons, exam, answers)
