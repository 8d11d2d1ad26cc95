"""What has to be true whatever happened: looked up in the database itself, past the program."""

import asyncio
import time
from collections.abc import Hashable, Mapping, Set
from typing import TypeVar

import asyncpg

from tests.chaos.people import Acknowledged, Course
from tests.chaos.report import Drill
from tests.chaos.world import World

T = TypeVar("T", bound=Hashable)

SETTLE_SECONDS = 90.0

# What is left to do for the worker: events not yet handed on, deliveries that wait, jobs that could run now.
_LEFT = """
select (platform_backlog(clock_timestamp()) ->> 'events_waiting')::int as events,
       (select count(*) from platform_delivery) as deliveries,
       (select count(*) from platform_job where state in ('waiting', 'running') and due_at < now()) as jobs
"""

_COUNTS: Mapping[str, str] = {
    "cohorts whose seats are not those of their enrolments": """
        select count(*) from enrollment_cohort c where taken > capacity or taken <>
          (select count(*) from enrollment_enrollment e
           where e.tenant_id = c.tenant_id and e.cohort_id = c.id and e.status = 'active')""",
    "learners with two seats in one cohort": """
        select count(*) from (select 1 from enrollment_enrollment where status = 'active'
          group by tenant_id, cohort_id, learner_id having count(*) > 1) twice""",
    "progress that is not the fold of its completions": """
        select count(*) from learning_progress p where done <>
          (select count(*) from learning_completion c where c.tenant_id = p.tenant_id
           and c.learner_id = p.learner_id and c.course_id = p.course_id)""",
    "completions without their event, or the other way round": """
        select count(*) from learning_completion c full join
          (select tenant_id, aggregateid as learner_id, (payload->>'lesson_id')::uuid as lesson_id
           from platform_outbox where type = 'learning.lesson_completed') e using (tenant_id, learner_id, lesson_id)
        where c.lesson_id is null or e.lesson_id is null""",
    "attempts begun twice": """
        select count(*) from (select 1 from assessment_attempt group by tenant_id, assessment_id, learner_id, attempt_no
          having count(*) > 1) twice""",
    "seats given by staff without their entry in the audit log": """
        select count(*) from platform_outbox o left join compliance_entry a on a.tenant_id = o.tenant_id and a.id = o.id
        where o.type = 'enrollment.learner_enrolled' and o.payload->>'enrolled_by' is not null and a.id is null""",
    "events that no consumer could take": "select count(*) from platform_delivery",
    "jobs that failed": "select count(*) from platform_job where state = 'failed'",
}


def check(drill: Drill, deployed: World, course: Course, done: Acknowledged) -> None:
    """Wait until the worker has nothing left to do, then look."""
    asyncio.run(_check(drill, deployed, course, done))
    verified = deployed.scholr("audit", "verify")
    said = verified.stdout.strip().splitlines() or [verified.stderr.strip()]
    drill.note("audit log, by `scholr audit verify`", said[-1], "whole", held=verified.returncode == 0)


async def _check(drill: Drill, deployed: World, course: Course, done: Acknowledged) -> None:
    connection = await asyncpg.connect(deployed.deployment.admin_dsn)
    try:
        left = await _settled(connection)
        drill.note("what the worker has left to do", left or "nothing", "nothing", held=not left)
        for what, sql in _COUNTS.items():
            found = await connection.fetchval(sql)
            drill.note(what, str(found), "0", held=found == 0)
        await _acknowledged(drill, connection, course, done)
    finally:
        await connection.close()


async def _settled(connection: "asyncpg.Connection[asyncpg.Record]") -> str:
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        left = await connection.fetchrow(_LEFT)
        assert left is not None
        if not any(left.values()):
            return ""
        await asyncio.sleep(0.5)
    assert left is not None
    return ", ".join(f"{name} {count}" for name, count in left.items() if count)


async def _acknowledged(
    drill: Drill, connection: "asyncpg.Connection[asyncpg.Record]", course: Course, done: Acknowledged
) -> None:
    """Nothing that the server said is done may be missing, and nothing may be there twice or differently."""
    seats = await connection.fetch(
        "select learner_id::text from enrollment_enrollment where cohort_id = $1 and status = 'active'",
        course.cohort_id,
    )
    _same(drill, "seats", done.seats, {row["learner_id"] for row in seats})
    lessons = await connection.fetch(
        "select learner_id::text, lesson_id::text from learning_completion where course_id = $1", course.course_id
    )
    _same(drill, "completed lessons", done.lessons, {(row["learner_id"], row["lesson_id"]) for row in lessons})
    answers = await connection.fetch(
        "select a.attempt_id::text, a.question_id::text, a.entries->>0 as entry from assessment_answer a"
        " join assessment_attempt t on t.id = a.attempt_id where t.assessment_id = $1",
        course.assessment_id,
    )
    kept = {(row["attempt_id"], row["question_id"], row["entry"]) for row in answers}
    _same(drill, "saved answers", {(*key, entries[0]) for key, entries in done.saved.items()}, kept)
    attempts = await connection.fetch(
        "select id::text, score_micro from assessment_attempt where assessment_id = $1 and finished_at is not null",
        course.assessment_id,
    )
    graded = {(row["id"], row["score_micro"]) for row in attempts}
    _same(drill, "grades", {(key, round(score * 1_000_000)) for key, score in done.scores.items()}, graded)
    right = sum(entries == ["1"] for entries in course.answers.values())
    wrong = sum(score != right for score in done.scores.values())
    drill.note("grades that are not what the answers earn", str(wrong), "0", held=wrong == 0)


def _same(drill: Drill, what: str, acknowledged: Set[T], found: Set[T]) -> None:
    lost, more = len(acknowledged - found), len(found - acknowledged)
    drill.note(f"acknowledged {what}", f"{len(acknowledged)}, {lost} lost, {more} more", "0 lost", held=not lost | more)
