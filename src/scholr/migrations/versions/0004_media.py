"""Uploaded files: what they are and how far they have come. The bytes lie in the object store."""

from scholr.migrations.ddl import definer_function, open_to_definer, protect_tenant_table, run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The organisations that have files, or were going to: what the sweep looks through.
WITH_FILES = """
create function media_tenants_with_files(moment timestamptz) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public as $$
    select distinct tenant_id from media_asset where created_at < moment
$$
"""


def upgrade() -> None:
    run(
        """
        create table media_asset (
            tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
            id uuid not null,
            owner_id uuid not null,
            filename text not null,
            alt text not null default '',
            state text not null,
            kind text not null,
            content_type text not null default '',
            size bigint not null,
            stored_as text not null default '',
            failure text not null default '',
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_media_asset primary key (tenant_id, id),
            constraint ck_media_asset_state check (state in ('awaited', 'uploaded', 'transcoding', 'ready', 'failed'))
        )
        """,
        "create index ix_media_asset_owner on media_asset (tenant_id, owner_id, id)",
        "create index ix_media_asset_awaited on media_asset (tenant_id, created_at) where state = 'awaited'",
    )
    protect_tenant_table("media_asset")
    open_to_definer("media_asset", "select (tenant_id, created_at)")
    definer_function("media_tenants_with_files(timestamptz)", WITH_FILES, to="scholr_worker")
