"""What operators see: figures that every process writes down of itself, and the deployment's queues."""

from scholr.migrations.ddl import definer_function, open_to_definer, open_to_worker, run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = (
    # One row for each class with traffic in an interval of `width` seconds; `buckets` by the bounds in signals.py.
    """
    create table platform_signal (
        at timestamptz not null,
        width integer not null,
        process uuid not null,
        class text not null,
        ok bigint not null,
        refused bigint not null,
        failed bigint not null,
        seconds double precision not null,
        buckets bigint[] not null,
        constraint pk_platform_signal primary key (at, width, process, class)
    )
    """,
    # One row for each process and interval; `service` is web, worker, or deployment for the queues (process nil).
    """
    create table platform_signal_process (
        at timestamptz not null,
        process uuid not null,
        service text not null,
        facts jsonb not null,
        constraint pk_platform_signal_process primary key (at, process)
    )
    """,
    "create index ix_platform_signal_process_service on platform_signal_process (service, at)",
)

# Counts and ages are of at most ten thousand that wait: by then everybody knows. Mail is seen by its job: one that no
# server will ever take has failed, and waits no longer.
BACKLOG = """
create function platform_backlog(p_now timestamptz) returns jsonb
language sql stable security definer set search_path = public as $$
    with waiting as (
        select occurred_at from platform_outbox o join platform_outbox_shard s on s.shard = o.shard
        where o.xid >= pg_snapshot_xmin(s.done) and not pg_visible_in_snapshot(o.xid, s.done) limit 10000
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

# One round trip for each process and interval. Whoever is first in an interval also looks at the queues.
FLUSH = """
create function platform_signal_flush(
    p_now timestamptz, p_process uuid, p_service text, p_facts jsonb, p_classes jsonb
) returns jsonb
language plpgsql volatile security definer set search_path = public as $$
declare
    slot timestamptz := date_bin('10 seconds', p_now, 'epoch');
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    found jsonb;
begin
    insert into platform_signal_process (at, process, service, facts)
    values (p_now, p_process, left(p_service, 40), p_facts) on conflict do nothing;
    insert into platform_signal (at, width, process, class, ok, refused, failed, seconds, buckets)
    select slot, 10, p_process, left(c.class, 40), c.ok, c.refused, c.failed, c.seconds, c.buckets
    from jsonb_to_recordset(p_classes)
        as c (class text, ok bigint, refused bigint, failed bigint, seconds double precision, buckets bigint[])
    on conflict (at, width, process, class) do update set
        ok = platform_signal.ok + excluded.ok, refused = platform_signal.refused + excluded.refused,
        failed = platform_signal.failed + excluded.failed, seconds = platform_signal.seconds + excluded.seconds,
        buckets = (select array_agg(coalesce(a, 0) + coalesce(b, 0) order by i)
            from unnest(platform_signal.buckets, excluded.buckets) with ordinality as u (a, b, i));
    select facts into found from platform_signal_process where at = slot and process = nobody;
    if found is null then
        found := platform_backlog(p_now);
        insert into platform_signal_process (at, process, service, facts)
        values (slot, nobody, 'deployment', found) on conflict do nothing;
    end if;
    return found;
end $$
"""

# By class in slots of `p_step`, over all processes; the slots begin at `p_since`.
SLOTS = """
create function platform_signal_slots(p_since timestamptz, p_until timestamptz, p_step interval)
returns table (
    at timestamptz, class text, ok bigint, refused bigint, failed bigint, seconds double precision, buckets bigint[]
)
language sql stable security definer set search_path = public as $$
    with rows as (
        select date_bin(p_step, s.at, p_since) as slot, s.* from platform_signal s
        where s.at >= p_since and s.at < p_until
    ), bins as (
        select b.slot, b.class, array_agg(b.count order by b.place) as counts from (
            select r.slot, r.class, u.place, sum(u.count)::bigint as count
            from rows r cross join unnest(r.buckets) with ordinality as u (count, place)
            group by r.slot, r.class, u.place
        ) b group by b.slot, b.class
    )
    select r.slot, r.class, sum(r.ok)::bigint, sum(r.refused)::bigint, sum(r.failed)::bigint, sum(r.seconds), b.counts
    from rows r join bins b on b.slot = r.slot and b.class = r.class
    group by r.slot, r.class, b.counts
    order by r.slot, r.class
$$
"""

# By class for several spans that end now, each in seconds: what budgets and burn rates are made of.
SPANS = """
create function platform_signal_spans(p_until timestamptz, p_spans integer[])
returns table (
    span integer, class text, ok bigint, refused bigint, failed bigint, seconds double precision, buckets bigint[]
)
language sql stable security definer set search_path = public as $$
    select w.span, s.class, s.ok, s.refused, s.failed, s.seconds, s.buckets
    from unnest(p_spans) as w (span)
    cross join lateral platform_signal_slots(
        p_until - make_interval(secs => w.span), p_until, make_interval(secs => w.span)
    ) s
$$
"""

# What each process last said of itself, and the deployment's queues; nothing that is older than `p_since`.
PROCESSES = """
create function platform_signal_processes(p_since timestamptz)
returns table (at timestamptz, process uuid, service text, facts jsonb)
language sql stable security definer set search_path = public as $$
    select distinct on (p.process) p.at, p.process, p.service, p.facts
    from platform_signal_process p where p.at >= p_since order by p.process, p.at desc
$$
"""

# Statements by name over all processes: calls, failures, seconds in all, the longest one.
STATEMENTS = """
create function platform_signal_statements(p_since timestamptz)
returns table (name text, sql text, calls bigint, failed bigint, seconds double precision, longest double precision)
language sql stable security definer set search_path = public as $$
    select s.name, max(s.sql), sum(s.calls)::bigint, sum(s.failed)::bigint, sum(s.seconds), max(s.longest)
    from platform_signal_process p
    cross join jsonb_to_recordset(coalesce(p.facts -> 'statements', '[]'))
        as s (name text, sql text, calls bigint, failed bigint, seconds double precision, longest double precision)
    where p.at >= p_since
    group by s.name order by sum(s.seconds) desc limit 50
$$
"""

# The queues over time, for a chart: the highest of each slot.
QUEUES = """
create function platform_signal_queues(p_since timestamptz, p_step interval)
returns table (at timestamptz, name text, highest double precision)
language sql stable security definer set search_path = public as $$
    select date_bin(p_step, p.at, p_since), f.key, max(f.value::double precision)
    from platform_signal_process p cross join jsonb_each_text(p.facts) f
    where p.service = 'deployment' and p.at >= p_since
    group by 1, 2 order by 1, 2
$$
"""


def upgrade() -> None:
    run(*TABLES)
    for table in ("platform_signal", "platform_signal_process"):
        run(f"alter table {table} enable row level security", f"alter table {table} force row level security")
        open_to_worker(table)
        open_to_definer(table, "select, insert, update")
    # What waits in platform_outbox itself may be seen since 0011.
    for table in (
        "platform_outbox_shard",
        "platform_delivery",
        "platform_job",
        "platform_worker",
    ):
        open_to_definer(table)
    definer_function("platform_backlog(timestamptz)", BACKLOG)
    definer_function("platform_signal_flush(timestamptz, uuid, text, jsonb, jsonb)", FLUSH)
    definer_function("platform_signal_slots(timestamptz, timestamptz, interval)", SLOTS)
    definer_function("platform_signal_spans(timestamptz, integer[])", SPANS)
    definer_function("platform_signal_processes(timestamptz)", PROCESSES)
    definer_function("platform_signal_statements(timestamptz)", STATEMENTS)
    definer_function("platform_signal_queues(timestamptz, interval)", QUEUES)
