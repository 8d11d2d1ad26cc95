"""The platform's own tables: outbox and what stands beside it."""

from scholr.migrations.ddl import open_to_worker, protect_tenant_table, run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(
        "grant select on alembic_version to scholr_app, scholr_worker",
        """
        create table platform_outbox (
            seq bigint generated always as identity,
            xid xid8 not null default pg_current_xact_id(),
            tenant_id uuid not null,
            id uuid not null,
            aggregatetype text not null,
            aggregateid uuid not null,
            type text not null,
            payload jsonb not null,
            occurred_at timestamptz not null,
            traceparent text,
            primary key (tenant_id, id)
        )
        """,
        "create index ix_platform_outbox_cursor on platform_outbox (xid, seq)",
    )
    protect_tenant_table("platform_outbox")
    open_to_worker("platform_outbox")
