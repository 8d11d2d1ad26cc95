"""Writing an event into the outbox, in the caller's transaction."""

from typing import Any

import asyncpg

from scholr.kernel.events import Event
from scholr.platform.outbox.codec import encode_payload
from scholr.platform.outbox.trace import current_traceparent

# Columns are those that Debezium's Outbox Event Router expects, plus tenant, time and trace.
INSERT = """
insert into platform_outbox (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""


async def insert_event(raw: "asyncpg.Connection[Any]", event: Event) -> None:
    await raw.execute(
        INSERT,
        event.event_id,
        event.aggregate_type,
        event.aggregate_id,
        event.event_type,
        encode_payload(event),
        event.tenant_id,
        event.occurred_at,
        current_traceparent.get(),
    )
