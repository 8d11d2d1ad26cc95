"""What a 304 saves: CPU of the web process for a page and for the answer that it has not changed, alternating.

`python -m benchmarks.validators`
"""

import sys
from collections.abc import Iterator
from itertools import repeat

from benchmarks.deployment import Deployment, deployed
from benchmarks.load import drive, request
from benchmarks.school import BenchSchool, furnish
from benchmarks.session import learner_session

ROUNDS = 3
SECONDS = 3.0
CONNECTIONS = 4


def main() -> int:
    with deployed() as deployment:
        school = furnish(deployment, learners=10)
        cookie = learner_session(deployment, school)
        for name, path in _pages(school).items():
            headers = {"cookie": cookie, "accept": "text/html"}
            with deployment.client() as client:
                tag = client.get(path, headers=headers).headers["etag"]
            full, saved = request("GET", path, headers=headers), {**headers, "if-none-match": tag}
            costs = [_cost(deployment, full, 200), _cost(deployment, request("GET", path, headers=saved), 304)]
            for _ in range(ROUNDS - 1):
                costs[0] = min(costs[0], _cost(deployment, full, 200))
                costs[1] = min(costs[1], _cost(deployment, request("GET", path, headers=saved), 304))
            sys.stdout.write(f"{name}: 200 {costs[0]:.2f} ms, 304 {costs[1]:.2f} ms of CPU\n")
    return 0


def _pages(school: BenchSchool) -> dict[str, str]:
    course = f"/learn/courses/{school.course_id}"
    return {
        "catalogue page": "/catalogue",
        "course page": course,
        "lesson page": f"{course}/lessons/{school.lesson_ids[2]}",
        "list of courses (JSON)": "/api/courses",
    }


def _cost(deployment: Deployment, message: bytes, status: int) -> float:
    """Milliseconds of the web process's CPU for one answer."""
    messages: Iterator[bytes] = repeat(message)
    before = deployment.cpu_seconds(deployment.web)
    outcome = drive(deployment.port, messages, connections=CONNECTIONS, seconds=SECONDS)
    if set(outcome.statuses) != {status}:
        raise RuntimeError(f"expected {status}, got {dict(outcome.statuses)}")
    return (deployment.cpu_seconds(deployment.web) - before) / outcome.count * 1000


if __name__ == "__main__":
    sys.exit(main())
