"""Mail that waits is seen however many other jobs wait: it was looked for among the first ten thousand of any kind."""

from scholr.migrations.ddl import run

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# As in 0019, but for `mail`, which is looked for by itself (ix_platform_job_waiting, ix_platform_job_running).
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
        select state from platform_job where state in ('waiting', 'running') limit 10000
    ), mail as (
        select created_at from platform_job
        where state in ('waiting', 'running') and name = 'platform.deliver_mail' limit 10000
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
    # Only its owner may replace it.
    run("set local role scholr_definer", _BACKLOG, "set local role scholr_owner")
