"""Turns between organisations for events, too: whoever has many waiting has a lane beside its shard's line."""

from scholr.migrations.ddl import open_to_definer, open_to_worker, run

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# What the shard's cursor passed over. Of this tenant's events in this shard everything visible in `since` is
# published; while a window is open, what `upto` sees and `since` does not is published up to `position`.
_LANE = """
    create table platform_outbox_lane (
        tenant_id uuid not null,
        shard smallint not null,
        since pg_snapshot not null,
        upto pg_snapshot,
        position bigint not null default 0,
        served_at timestamptz not null default '-infinity',
        constraint pk_platform_outbox_lane primary key (tenant_id, shard)
    )
"""

# As in 0013; what waits in lanes waits, too.
_BACKLOG = """
create or replace function platform_backlog(p_now timestamptz) returns jsonb
language sql stable security definer set search_path = public as $$
    with waiting as (
        select occurred_at from platform_outbox o join platform_outbox_shard s on s.shard = o.shard
        where o.xid >= pg_snapshot_xmin(s.done) and not pg_visible_in_snapshot(o.xid, s.done)
        union all
        select occurred_at from platform_outbox_lane l
        join platform_outbox_shard s on s.shard = l.shard
        join platform_outbox o on o.shard = l.shard and o.tenant_id = l.tenant_id
        where o.xid >= pg_snapshot_xmin(l.since) and not pg_visible_in_snapshot(o.xid, l.since)
            and pg_visible_in_snapshot(o.xid, s.done)
            and not (l.upto is not null and pg_visible_in_snapshot(o.xid, l.upto) and o.seq <= l.position)
        limit 10000
    ), jobs as (
        select state, name, created_at from platform_job where state in ('waiting', 'running') limit 10000
    ), mail as (
        select created_at from jobs where name = 'platform.deliver_mail'
    ), due as (
        select due_at from platform_job where state = 'waiting' and due_at <= p_now limit 10000
    )
    select jsonb_build_object(
        'events_waiting', (select count(*) from waiting),
        'events_oldest_seconds', (select coalesce(extract(epoch from p_now - min(occurred_at)), 0) from waiting),
        'deliveries_parked', (select count(*) from (
            select 1 from platform_delivery where state = 'waiting' limit 10000) d),
        'deliveries_dead', (select count(*) from (select 1 from platform_delivery where state = 'dead' limit 10000) d),
        'jobs_waiting', (select count(*) from jobs where state = 'waiting'),
        'jobs_running', (select count(*) from jobs where state = 'running'),
        'jobs_failed', (select count(*) from (select 1 from platform_job where state = 'failed' limit 10000) f),
        'jobs_oldest_due_seconds', (select coalesce(extract(epoch from p_now - min(due_at)), 0) from due),
        'mail_waiting', (select count(*) from mail),
        'mail_oldest_seconds', (select coalesce(extract(epoch from p_now - min(created_at)), 0) from mail),
        'workers', (select count(*) from platform_worker where seen_at > clock_timestamp() - interval '30 seconds')
    )
$$
"""


def upgrade() -> None:
    run(
        _LANE,
        "alter table platform_outbox_lane enable row level security",
        "alter table platform_outbox_lane force row level security",
        # Whether a worker knows that lanes exist; one of the release before does not say so.
        "alter table platform_worker add column knows_lanes boolean not null default false",
    )
    open_to_worker("platform_outbox_lane")
    open_to_definer("platform_outbox_lane")
    # Only its owner may replace it.
    run("set local role scholr_definer", _BACKLOG, "set local role scholr_owner")
