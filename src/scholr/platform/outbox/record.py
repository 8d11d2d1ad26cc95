"""Writing an event into the outbox, in the caller's transaction."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from scholr.kernel.events import Event
from scholr.platform.outbox.codec import encode_payload
from scholr.platform.outbox.origin import encode_origin
from scholr.platform.outbox.trace import current_traceparent

# Columns are those that Debezium's Outbox Event Router expects, plus tenant, time, trace and origin.
INSERT = """
insert into platform_outbox (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent,
    origin)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def insert_events(raw: "asyncpg.Connection[Any]", events: Sequence[Event]) -> None:
    """In their order, and in one round trip however many they are."""
    if len(events) == 1:
        await raw.execute(INSERT, *_row(events[0]))
    elif events:
        await raw.executemany(INSERT, [_row(event) for event in events])


def _row(event: Event) -> tuple[object, ...]:
    return (
        event.event_id,
        event.aggregate_type,
        event.aggregate_id,
        event.event_type,
        encode_payload(event),
        event.tenant_id,
        event.occurred_at,
        current_traceparent.get(),
        encode_origin(event.tenant_id),
    )
