"""Uploaded files: what they are and how far they have come. The bytes lie in the object store."""

from scholr.migrations.ddl import protect_tenant_table, run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


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
            failure text not null default '',
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_media_asset primary key (tenant_id, id),
            constraint ck_media_asset_state check (state in ('awaited', 'uploaded', 'transcoding', 'ready', 'failed'))
        )
        """,
        "create index ix_media_asset_owner on media_asset (tenant_id, owner_id, id)",
    )
    protect_tenant_table("media_asset")
