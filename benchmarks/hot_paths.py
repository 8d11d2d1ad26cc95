"""The hot paths, each measured in turn with its floor, so that a noisy machine disturbs both alike."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.deployment import Deployment
from benchmarks.load import Outcome, drive, request
from benchmarks.pgbench import pgbench
from benchmarks.school import BenchSchool, new_cohort, new_course

CONNECTIONS = 16
FLOOR_ENROLMENTS = 8_000

_ENROL = """\
with next as materialized (select nextval('bench_seq') as n)
 select e.* from next join bench_learner l using (n), lateral enrollment_enrol('{tenant}', '{cohort}', l.id,
 gen_random_uuid(), gen_random_uuid(), now(), false, false, null, null, null) e;
""".replace("\n ", " ")


@dataclass(slots=True)
class Figure:
    """One hot path. `floor` is what its rate is compared with; `target` is the ratio that is asked for, if any."""

    name: str
    floor: str
    target: float | None = None
    floor_rates: list[float] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    cpu_seconds: float = 0.0
    database_cpu_seconds: float = 0.0

    @property
    def ratio(self) -> float:
        floor = sum(self.floor_rates) / len(self.floor_rates)
        return self.outcome.rate / floor

    @property
    def cpu_ms(self) -> float:
        """CPU of the web process for one request, in milliseconds."""
        return self.cpu_seconds / max(1, self.outcome.count) * 1000

    @property
    def database_cpu_ms(self) -> float:
        """CPU of PostgreSQL for one request, in milliseconds."""
        return self.database_cpu_seconds / max(1, self.outcome.count) * 1000


def measure(deployment: Deployment, school: BenchSchool, session: str, *, rounds: int, seconds: float) -> list[Figure]:
    """Every figure once in each round, the floor right before it."""
    learners = iter(school.learner_ids)
    prepare_floor(deployment, school)
    paths = [
        _enrol(deployment, school, learners),
        _catalogue(deployment, school),
        _lesson(deployment, school, session),
        _cached_list(deployment, session),
    ]
    for _ in range(rounds):
        for figure, floor, requests in paths:
            figure.floor_rates.append(floor(seconds))
            web, database = deployment.cpu_seconds(deployment.web), deployment.database_cpu_seconds()
            figure.outcome.merge(drive(deployment.port, requests(), connections=CONNECTIONS, seconds=seconds))
            figure.cpu_seconds += deployment.cpu_seconds(deployment.web) - web
            figure.database_cpu_seconds += deployment.database_cpu_seconds() - database
    return [figure for figure, _, _ in paths]


Path = tuple[Figure, Callable[[float], float], Callable[[], Iterator[bytes]]]


def prepare_floor(deployment: Deployment, school: BenchSchool) -> None:
    """Numbered members for pgbench to enrol."""
    deployment.execute(
        "create sequence bench_seq; grant usage on sequence bench_seq to public;"
        "create table bench_learner (n bigint primary key, id uuid not null);"
        "grant select on bench_learner to public;"
        "insert into bench_learner select row_number() over (order by id), id from identity_membership"
        f" where tenant_id = '{school.tenant_id}'"
    )


def _enrol(deployment: Deployment, school: BenchSchool, learners: Iterator[str]) -> Path:
    cohort = new_cohort(deployment, school, 1_000_000)
    headers = {"X-Tenant-Id": school.tenant_id}

    def floor(_seconds: float) -> float:
        """Every learner once, in a course that nobody is in: to enrol somebody again would be less work."""
        deployment.execute("alter sequence bench_seq restart")
        cohort = new_cohort(deployment, school, 1_000_000, new_course(deployment, school))
        script = _ENROL.format(tenant=school.tenant_id, cohort=cohort)
        return pgbench(deployment.app_dsn, script, clients=CONNECTIONS, transactions=FLOOR_ENROLMENTS).rate

    def requests() -> Iterator[bytes]:
        for learner in learners:
            body = json.dumps({"learner_id": learner}).encode()
            yield request("POST", f"/api/cohorts/{cohort}/enrollments", body=body, headers=headers)

    return Figure("enrol", "pgbench, the same statement", 0.45), floor, requests


def _catalogue(deployment: Deployment, school: BenchSchool) -> Path:
    script = f"select * from catalog_list_courses('{school.tenant_id}', false, null, 51);\n"
    message = request("GET", "/api/courses", headers={"X-Tenant-Id": school.tenant_id})
    floor = _pgbench_floor(deployment, script)
    return (
        Figure("catalogue list, uncached", "pgbench, the same statement", 0.20),
        floor,
        lambda: itertools.repeat(message),
    )


def _lesson(deployment: Deployment, school: BenchSchool, session: str) -> Path:
    path = f"/learn/courses/{school.course_id}/lessons/{school.lesson_ids[3]}"
    message = request("GET", path, headers={"cookie": session, "accept": "text/html"})
    return Figure("lesson page", "bare ASGI hello"), _hello_floor(deployment), lambda: itertools.repeat(message)


def _cached_list(deployment: Deployment, session: str) -> Path:
    message = request("GET", "/catalogue", headers={"cookie": session, "accept": "text/html"})
    return Figure("catalogue page", "bare ASGI hello"), _hello_floor(deployment), lambda: itertools.repeat(message)


def _pgbench_floor(deployment: Deployment, script: str) -> Callable[[float], float]:
    return lambda seconds: pgbench(deployment.app_dsn, script, clients=CONNECTIONS, seconds=seconds).rate


def _hello_floor(deployment: Deployment) -> Callable[[float], float]:
    message = request("GET", "/")
    return lambda seconds: (
        drive(deployment.hello_port, itertools.repeat(message), connections=CONNECTIONS, seconds=seconds).rate
    )
