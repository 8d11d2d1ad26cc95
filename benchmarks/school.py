"""A school with enough in it to measure, made through the JSON API."""

from dataclasses import dataclass

import httpx

from benchmarks.deployment import Deployment
from scholr.kernel.ids import new_id

TEXT = "<p>" + "A total is a weighted average, and each treatment brings its own weights. " * 12 + "</p>"
COURSES = 40
LESSONS = 12


@dataclass(frozen=True, slots=True)
class BenchSchool:
    """Ids as texts, as the API gives them."""

    tenant_id: str
    course_id: str
    lesson_ids: list[str]
    learner_ids: list[str]


def furnish(deployment: Deployment, *, learners: int, plan: str = "unlimited") -> BenchSchool:
    """`plan`: what is measured is how fast the program is, not how fast it lets one organisation be."""
    with deployment.client() as client:
        tenant_id = _made(client.post("/api/organizations", json={"name": "Bench"}))
    deployment.execute(f"insert into platform_tenant_plan (tenant_id, plan) values ('{tenant_id}', '{plan}')")
    with deployment.client(tenant_id) as client:
        course_id, lesson_ids = _course(client, "Reading Evidence", lessons=LESSONS)
        for number in range(COURSES - 1):
            _course(client, f"Course {number}", lessons=1)
        first = _made(client.post("/api/users", json={"email": "l0@bench.example", "name": "Learner 0"}))
    return BenchSchool(tenant_id, course_id, lesson_ids, [first, *_members(deployment, tenant_id, learners - 1)])


def _members(deployment: Deployment, tenant_id: str, count: int) -> list[str]:
    """Many members at once; how they came is not what is measured."""
    ids = [str(new_id()) for _ in range(count)]
    listed = ", ".join(f"('{each}'::uuid, {n})" for n, each in enumerate(ids, start=1))
    deployment.execute(
        "insert into identity_membership (tenant_id, id, email, display_name, roles)"
        f" select '{tenant_id}', id, 'l' || n || '@bench.example', 'Learner ' || n, array['learner']"
        f" from (values {listed}) v (id, n)"
    )
    return ids


def new_cohort(deployment: Deployment, school: BenchSchool, capacity: int, course_id: str | None = None) -> str:
    """In the school's course, unless another one is given."""
    with deployment.client(school.tenant_id) as client:
        course = course_id or school.course_id
        return _made(client.post("/api/cohorts", json={"course_id": course, "capacity": capacity}))


def new_course(deployment: Deployment, school: BenchSchool) -> str:
    """A published course with one lesson."""
    with deployment.client(school.tenant_id) as client:
        return _course(client, "Another", lessons=1)[0]


def _course(client: httpx.Client, title: str, *, lessons: int) -> tuple[str, list[str]]:
    course = _made(client.post("/api/courses", json={"title": title}))
    section = _made(client.post(f"/api/courses/{course}/sections", json={"title": "One"}))
    ids = [_lesson(client, section, number) for number in range(lessons)]
    client.post(f"/api/courses/{course}/publish").raise_for_status()
    return course, ids


def _lesson(client: httpx.Client, section: str, number: int) -> str:
    lesson = _made(client.post(f"/api/sections/{section}/lessons", json={"title": f"Lesson {number}"}))
    blocks = [
        {"type": "heading", "text": "Two treatments", "level": 2},
        *({"type": "rich_text", "html": TEXT} for _ in range(4)),
        {"type": "callout", "tone": "tip", "title": "Confounder", "html": TEXT},
        {"type": "table", "caption": "All", "rows": [["a", "b", "c"]] * 6},
        {"type": "code", "language": "python", "code": "import pandas as pd\nprint(pd.__version__)\n" * 6},
    ]
    client.put(f"/api/lessons/{lesson}/blocks", json={"blocks": blocks}).raise_for_status()
    return lesson


def _made(answer: httpx.Response) -> str:
    answer.raise_for_status()
    found: str = answer.json()["id"]
    return found
