"""A note says which event it is, so that refusals are noted once an hour as looks are."""

from scholr.migrations.ddl import run

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# As in 0011, for any event. The id is made from who, what and the hour, so that a second one within it is known.
_NOTE = """
create function platform_note(
    in_tenant uuid, in_id uuid, in_kind text, in_type text, in_subject uuid, in_payload jsonb, in_at timestamptz,
    in_trace text, in_origin jsonb
) returns boolean language plpgsql set search_path = pg_catalog, public as $$
begin
    perform set_config('app.tenant_id', in_tenant::text, true);
    if exists (select from platform_outbox o where o.tenant_id = in_tenant and o.id = in_id) then
        return false;
    end if;
    insert into platform_outbox
        (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent, origin)
    values (in_id, in_kind, in_subject, in_type, in_payload, in_tenant, in_at, in_trace, in_origin)
    on conflict do nothing;
    return found;
end $$
"""

# What processes of the version before this one call, while they are replaced.
_LOOK = """
create or replace function platform_note(
    in_tenant uuid, in_id uuid, in_subject uuid, in_payload jsonb, in_at timestamptz, in_trace text, in_origin jsonb
) returns boolean language sql set search_path = pg_catalog, public as $$
    select platform_note(
        in_tenant, in_id, 'record', 'platform.record_read', in_subject, in_payload, in_at, in_trace, in_origin
    )
$$
"""


def upgrade() -> None:
    run(_NOTE, _LOOK)
