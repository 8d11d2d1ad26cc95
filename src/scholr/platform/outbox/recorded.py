"""An event as the outbox holds it, in the form in which it is handed over."""

from typing import Any
from uuid import UUID

from scholr.kernel.ids import TenantId
from scholr.platform.broker.cloudevent import CloudEvent


def recorded_event(event_id: UUID, row: Any) -> CloudEvent:  # an asyncpg record
    return CloudEvent(
        id=event_id,
        type=row["type"],
        time=row["occurred_at"],
        tenant_id=TenantId(row["tenant_id"]),
        aggregate_type=row["aggregatetype"],
        aggregate_id=row["aggregateid"],
        sequence=row["seq"],
        data=row["payload"].encode(),
        traceparent=row["traceparent"],
        origin=row["origin"],
    )
