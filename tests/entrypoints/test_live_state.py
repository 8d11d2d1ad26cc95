"""What `scholr doctor` says of processes, dependencies and queues."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from scholr.entrypoints.findings import State
from scholr.entrypoints.live_state import (
    examine_dependencies,
    examine_live_state,
    examine_processes,
    examine_queues,
)
from scholr.platform.observability.queries import ProcessView
from tests.support.database import TestDatabase

NOW = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
EMPTY = {
    "events_waiting": 0.0,
    "events_oldest_seconds": 0.0,
    "mail_oldest_seconds": 0.0,
    "jobs_failed": 0.0,
    "deliveries_dead": 0.0,
}


def _process(ago: float, breaker: str = "closed", *, ended: bool = False) -> ProcessView:
    row = {
        **dict.fromkeys(
            ("calls", "failures", "timeouts", "refused_open", "refused_full", "retries", "in_use", "waiting"), 1
        ),
        "dependency": "search",
        "breaker": breaker,
        "seconds_in_state": 30,
        "last_error": "ConnectError",
    }
    facts = {"host": "one", "pid": 7, "began_at": 0, "ended": ended, "sources": {"dependencies": [row]}}
    return ProcessView(UUID(int=1), "web", NOW - timedelta(seconds=ago), facts)


def test_a_silent_process_is_warned_of_and_one_that_ended_is_not() -> None:
    (none, silent) = examine_processes([_process(120)], NOW)
    assert (none.state, none.found) == (State.WARN, "none has reported lately")
    assert (silent.state, silent.found) == (State.WARN, "web one/7: silent for 2 minutes")
    assert [each.state for each in examine_processes([_process(5)], NOW)] == [State.OK]
    assert len(list(examine_processes([_process(5, ended=True)], NOW))) == 1


def test_an_open_breaker_comes_with_its_reason_and_its_fallback() -> None:
    (search,) = examine_dependencies([_process(0, "open")], NOW)
    assert (search.state, search.found) == (State.WARN, "breaker open, not closed for 30 seconds")
    assert search.remedy.startswith("bring it back (ConnectError); meanwhile: PostgreSQL finds words")
    (well,) = examine_dependencies([_process(0)], NOW)
    assert (well.state, well.found) == (State.OK, "breaker closed for 30 seconds, 1 calls, 1 failed")


def test_queues_that_wait_and_what_failed_for_good() -> None:
    assert [each.state for each in examine_queues(EMPTY)] == [State.OK]
    late = {
        "events_waiting": 4.0,
        "events_oldest_seconds": 61.0,
        "mail_oldest_seconds": 301.0,
        "jobs_failed": 2.0,
        "deliveries_dead": 1.0,
    }
    found = {each.name: each for each in examine_queues(late)}
    assert set(found) == {"Outbox", "Mail queue", "Jobs", "Events"}
    assert all(each.state is State.WARN and each.remedy for each in found.values())
    assert found["Outbox"].found == "4 events wait, the oldest for 1 minute"


async def test_it_is_read_from_the_database_itself(own_database: TestDatabase) -> None:
    connection = await asyncpg.connect(own_database.admin)
    try:
        found = await examine_live_state(connection)
    finally:
        await connection.close()
    assert [each.name for each in found] == ["Processes", "Outbox"]
    assert found[0].remedy == "start it: scholr up, or web and worker"
