"""What only operators see and do: across organisations, through functions that ask the database who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from scholr.kernel.ids import PersonId
from scholr.platform.db.statement import DefinerCall
from scholr.platform.runtime import Platform

log = structlog.get_logger("scholr.operators")

_TROUBLES = DefinerCall("platform_operate_troubles", 2)
_RETRY = DefinerCall("platform_operate_retry", 2)
_REPLAY = DefinerCall("platform_operate_replay", 3)
_ACTS = DefinerCall("platform_operate_acts", 2)
_ORGANIZATIONS = DefinerCall("platform_operate_organizations", 3)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A job, or the delivery of an event to `consumer`, that no attempt got done. `organization` is empty for the
    platform's own work; `error` is the last one."""

    kind: str
    id: UUID
    tenant_id: UUID
    organization: str
    name: str
    consumer: str
    attempts: int
    error: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator changed."""

    at: datetime
    who: str
    act: str
    subject: str


@dataclass(frozen=True, slots=True)
class OrganizationLoad:
    """What the processes did for one organisation; `seconds` is how long its requests were worked on, in all."""

    id: UUID
    name: str
    plan: str
    requests: int
    refused: int
    failed: int
    seconds: float


async def troubles(platform: Platform, person_id: PersonId, *, most: int = 50) -> Sequence[Trouble]:
    """Failed jobs and dead deliveries, the oldest first, at most `most` of each."""
    rows = await platform.db.ask(_TROUBLES, person_id, most)
    return [Trouble(row[0], row[1], row[2], row[3] or "", *row[4:]) for row in map(tuple, rows)]


async def retry_job(platform: Platform, person_id: PersonId, job_id: UUID) -> bool:
    """Let a failed job run again with all its attempts; False when it is not among the failed any more."""
    rows = await platform.db.ask(_RETRY, person_id, job_id)
    log.info("an operator acted", act="job.retry", person_id=str(person_id), subject=str(job_id))
    return bool(rows[0][0])


async def replay(platform: Platform, person_id: PersonId, event_id: UUID, consumer: str) -> bool:
    """Deliver an event again to the one consumer that refused it; False when it is not dead any more."""
    rows = await platform.db.ask(_REPLAY, person_id, event_id, consumer)
    log.info("an operator acted", act="event.replay", person_id=str(person_id), subject=f"{consumer} {event_id}")
    return bool(rows[0][0])


async def acts(platform: Platform, person_id: PersonId, *, most: int = 10) -> Sequence[Act]:
    """The newest first."""
    return [Act(*row.values()) for row in await platform.db.ask(_ACTS, person_id, most)]


async def organizations(
    platform: Platform, person_id: PersonId, *, over: timedelta = timedelta(hours=1), most: int = 20
) -> Sequence[OrganizationLoad]:
    """Those that were worked for longest, as far as processes told of them: each tells of its twenty."""
    since = platform.clock.now() - over
    rows = await platform.db.ask(_ORGANIZATIONS, person_id, since, most)
    return [OrganizationLoad(row[0], row[1] or "", *row[2:]) for row in map(tuple, rows)]
