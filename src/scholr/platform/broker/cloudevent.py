"""CloudEvents 1.0 (https://github.com/cloudevents/spec), structured JSON mode."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from scholr.kernel.ids import TenantId

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """`data` is the event's own JSON object. `sequence` orders the events of one aggregate, with gaps.

    `origin` is who caused it, as JSON text; None for the program itself.
    """

    id: UUID
    type: str
    time: datetime
    tenant_id: TenantId
    aggregate_type: str
    aggregate_id: UUID
    sequence: int
    data: bytes
    traceparent: str | None = None
    origin: str | None = None

    def to_json(self) -> bytes:
        wire = _Wire(
            specversion="1.0",
            id=str(self.id),
            source=f"/scholr/{self.type.partition('.')[0]}",
            type=self.type,
            subject=f"{self.aggregate_type}/{self.aggregate_id}",
            time=self.time,
            datacontenttype="application/json",
            tenantid=self.tenant_id,
            partitionkey=str(self.aggregate_id),
            sequence=f"{self.sequence:020d}",
            data=msgspec.Raw(self.data),
            traceparent=self.traceparent if self.traceparent else msgspec.UNSET,
            origin=self.origin if self.origin else msgspec.UNSET,
        )
        return msgspec.json.encode(wire)

    @classmethod
    def from_json(cls, body: bytes) -> "CloudEvent":
        """Raises msgspec.ValidationError for what is not one of our events."""
        wire = msgspec.json.decode(body, type=_Wire)
        aggregate_type, _, aggregate_id = wire.subject.partition("/")
        return cls(
            id=UUID(wire.id),
            type=wire.type,
            time=wire.time,
            tenant_id=TenantId(wire.tenantid),
            aggregate_type=aggregate_type,
            aggregate_id=UUID(aggregate_id),
            sequence=int(wire.sequence),
            data=bytes(wire.data),
            traceparent=wire.traceparent or None,
            origin=wire.origin or None,
        )


class _Wire(msgspec.Struct, kw_only=True):
    """Attribute names are the standard's; partitionkey, sequence and traceparent are documented extensions.

    `origin` is one of our own; attributes are texts, so it is JSON inside a string.
    """

    specversion: Annotated[str, msgspec.Meta(pattern="^1\\.0$")]
    id: str
    source: str
    type: str
    subject: Annotated[str, msgspec.Meta(pattern="^[a-z_]+/[0-9a-f-]{36}$")]
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    datacontenttype: str
    tenantid: UUID
    partitionkey: str
    sequence: Annotated[str, msgspec.Meta(pattern="^[0-9]+$")]
    data: msgspec.Raw
    traceparent: str | msgspec.UnsetType = msgspec.UNSET
    origin: str | msgspec.UnsetType = msgspec.UNSET
