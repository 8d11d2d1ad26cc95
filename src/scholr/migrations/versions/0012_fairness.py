"""Turns between organisations: which plan each has. (Whose job is next was there from the beginning.)"""

from scholr.migrations.ddl import definer_function, open_to_definer, open_to_worker, run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Those that were changed since; all when `since` is null. Every process asks every few seconds.
_PLANS = """
create function platform_tenant_plans(since timestamptz)
returns table (tenant_id uuid, plan text, changed_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select p.tenant_id, p.plan, p.changed_at from platform_tenant_plan p
    where p.changed_at >= coalesce(since, '-infinity'::timestamptz)
$$
"""


def upgrade() -> None:
    run(
        """
        create table platform_tenant_plan (
            tenant_id uuid not null,
            plan text not null,
            changed_at timestamptz not null default clock_timestamp(),
            constraint pk_platform_tenant_plan primary key (tenant_id)
        )
        """,
        "create index ix_platform_tenant_plan_changed_at on platform_tenant_plan (changed_at)",
        # No organisation chooses its own limits, so the application has no right to the table at all.
        "alter table platform_tenant_plan enable row level security",
        "alter table platform_tenant_plan force row level security",
    )
    open_to_worker("platform_tenant_plan")
    open_to_definer("platform_tenant_plan")
    definer_function("platform_tenant_plans(timestamptz)", _PLANS)
