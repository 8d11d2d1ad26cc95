"""Work that belongs to no organisation: a password reset, the creation of an organisation, a sweep."""

from uuid import UUID

from scholr.kernel.ids import TenantId

PLATFORM_TENANT = TenantId(UUID(int=0))
"""Stands in `tenant_id` where there is none, so that one rule of row-level security covers every row.

No organisation can have it (ids are UUIDv7) and no actor ever gets it. A unit of work without a tenant
may add such rows to the job and mail queues and cannot read them back; the platform's own engines open
a unit *for* this tenant.
"""


def row_tenant(tenant_id: TenantId | None) -> TenantId:
    return tenant_id or PLATFORM_TENANT
