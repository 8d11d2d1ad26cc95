"""What the deployment's processes last said of themselves, for `scholr doctor`: the figures of the operate page."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec

from scholr.entrypoints.findings import Finding, State
from scholr.platform.observability.queries import ALIVE, ProcessView
from scholr.web.operate.board import REMEMBERED, lost_among
from scholr.web.operate.dependencies_view import dependencies_of
from scholr.web.operate.verdict import LATE_EVENTS, LATE_MAIL, spoken

_PROCESSES = "select process, service, at, facts::text from platform_signal_processes($1) where service <> 'deployment'"
_BACKLOG = "select platform_backlog($1)::text"


async def examine_live_state(connection: "asyncpg.Connection[Any]", now: datetime | None = None) -> list[Finding]:
    """Over an administrator's connection; the schema has to be this program's."""
    now = now or datetime.now(UTC)
    rows = await connection.fetch(_PROCESSES, now - REMEMBERED)
    heard = [ProcessView(row[0], row[1], row[2], msgspec.json.decode(row[3])) for row in rows]
    backlog = msgspec.json.decode(await connection.fetchval(_BACKLOG, now), type=dict[str, float])
    return [*examine_processes(heard, now), *examine_dependencies(heard, now), *examine_queues(backlog)]


def examine_processes(heard: Sequence[ProcessView], now: datetime) -> Iterator[Finding]:
    alive = _alive(heard, now)
    services = [each.service for each in alive]
    found = ", ".join(f"{services.count(name)} {name}" for name in sorted(set(services)))
    if alive:
        yield Finding("Processes", State.OK, f"{found} reporting")
    else:
        yield Finding("Processes", State.WARN, "none has reported lately", "start it: scholr up, or web and worker")
    for each in lost_among(heard, alive, now):
        silent = spoken((now - each.seen_at).total_seconds())
        found = f"{each.service} {each.facts.get('host')}/{each.facts.get('pid')}: silent for {silent}"
        yield Finding("Process", State.WARN, found, "see its log; start it again if it ended")


def examine_dependencies(heard: Sequence[ProcessView], now: datetime) -> Iterator[Finding]:
    for each in dependencies_of(_alive(heard, now)):
        if not each.is_used or each.worst is None:
            continue
        name = f"→ {each.name}"
        lasts = spoken((now - each.worst.since).total_seconds())
        if each.breaker == "closed":
            found = f"breaker closed for {lasts}, {each.calls} calls, {each.failures} failed"
            yield Finding(name, State.OK, found)
            continue
        found = f"breaker {each.words.lower()}, not closed for {lasts}"
        remedy = f"bring it back ({each.worst.last_error or 'no answer'}); meanwhile: {each.policy.fallback}"
        yield Finding(name, State.WARN, found, remedy)


def examine_queues(backlog: Mapping[str, float]) -> Iterator[Finding]:
    oldest, waiting = backlog["events_oldest_seconds"], int(backlog["events_waiting"])
    if waiting and oldest > LATE_EVENTS:
        found = f"{waiting} events wait, the oldest for {spoken(oldest)}"
        yield Finding("Outbox", State.WARN, found, "start a worker: scholr worker (runbook ScholrEventsLate)")
    else:
        yield Finding("Outbox", State.OK, f"{waiting} events wait")
    if backlog["mail_oldest_seconds"] > LATE_MAIL:
        found = f"the oldest letter waits for {spoken(backlog['mail_oldest_seconds'])}"
        yield Finding("Mail queue", State.WARN, found, "look at the mail server (runbook ScholrMailLate)")
    if jobs := int(backlog["jobs_failed"]):
        yield Finding(
            "Jobs", State.WARN, f"{jobs} failed in every attempt", "scholr jobs list, mend, scholr jobs retry"
        )
    if dead := int(backlog["deliveries_dead"]):
        found = f"{dead} deliveries of events failed in every attempt"
        yield Finding("Events", State.WARN, found, "scholr events dead; mend the cause; scholr events replay")


def _alive(heard: Sequence[ProcessView], now: datetime) -> list[ProcessView]:
    return [each for each in heard if now - each.seen_at <= ALIVE and not each.facts.get("ended")]
