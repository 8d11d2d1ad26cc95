"""Who looks after the deployment, what they may see across organisations, and what they did."""

from scholr.migrations.ddl import definer_function, open_to_definer, run

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = public"

TABLES = (
    # A row is one stay as an operator: it ends and is kept. Nobody but the definer's functions sees the table.
    """
    create table auth_operator (
        id uuid not null default gen_random_uuid(),
        person_id uuid not null,
        added_at timestamptz not null,
        added_by text not null,
        removed_at timestamptz,
        removed_by text,
        constraint pk_auth_operator primary key (id),
        constraint fk_auth_operator_person_id_identity_person
            foreign key (person_id) references identity_person (id) on delete cascade
    )
    """,
    "create unique index uq_auth_operator_person_id on auth_operator (person_id) where removed_at is null",
    # What operators changed, written in the transaction of the change.
    """
    create table auth_operator_act (
        id uuid not null default gen_random_uuid(),
        at timestamptz not null default clock_timestamp(),
        person_id uuid not null,
        act text not null,
        subject text not null,
        constraint pk_auth_operator_act primary key (id)
    )
    """,
    "create index ix_auth_operator_act_at on auth_operator_act (at)",
)

# The session as it was, and two more facts of it; older processes go on calling the function inside.
RESOLVE_VISIT = f"""
create function auth_resolve_visit(wanted_hash bytea, at timestamptz)
returns table (session_id uuid, person_id uuid, email text, person_name text, theme text, locale text, time_zone text,
               tenant_id uuid, membership_id uuid, display_name text, roles text[], organization_name text,
               brand_colour text, logo_digest text, organizations bigint, proof text, is_operator boolean)
language plpgsql {_DEFINER} as $$
#variable_conflict use_column
begin
    return query select s.session_id, s.person_id, s.email, s.person_name, s.theme, s.locale, s.time_zone, s.tenant_id,
           s.membership_id, s.display_name, s.roles, s.organization_name, s.brand_colour, s.logo_digest,
           s.organizations, a.proof,
           exists (select from auth_operator o where o.person_id = s.person_id and o.removed_at is null)
    from auth_resolve_session(wanted_hash, at) s join auth_session a on a.id = s.session_id;
end $$
"""

# Only an administrator of the database may call these three: the running program can make nobody an operator.
ADD = f"""
create function auth_operator_add(wanted_email text, p_by text, p_now timestamptz) returns text
language plpgsql {_DEFINER} as $$
declare who uuid := (select p.id from identity_person p where p.email = lower(wanted_email));
begin
    if who is null then
        return 'unknown';
    end if;
    insert into auth_operator (person_id, added_at, added_by) values (who, p_now, p_by) on conflict do nothing;
    return case when found then 'added' else 'was' end;
end $$
"""

REMOVE = f"""
create function auth_operator_remove(wanted_email text, p_by text, p_now timestamptz) returns text
language plpgsql {_DEFINER} as $$
begin
    update auth_operator o set removed_at = p_now, removed_by = p_by from identity_person p
    where p.id = o.person_id and p.email = lower(wanted_email) and o.removed_at is null;
    return case when found then 'removed' else 'unknown' end;
end $$
"""

LIST = f"""
create function auth_operator_list()
returns table (email text, name text, added_at timestamptz, added_by text, removed_at timestamptz, removed_by text,
               has_second_step boolean)
language sql stable {_DEFINER} as $$
    select p.email, p.name, o.added_at, o.added_by, o.removed_at, o.removed_by,
           exists (select from auth_totp t where t.person_id = p.id and t.confirmed_at is not null)
           or exists (select from auth_passkey k where k.person_id = p.id)
    from auth_operator o join identity_person p on p.id = o.person_id
    order by o.removed_at nulls first, o.added_at
$$
"""

# Every function below is told who asks and refuses whoever is no operator: the program's check is not the only one.
DEMAND = f"""
create function auth_demand_operator(p_person uuid) returns void
language plpgsql stable {_DEFINER} as $$
begin
    if not exists (select from auth_operator o where o.person_id = p_person and o.removed_at is null) then
        raise insufficient_privilege using message = 'not an operator';
    end if;
end $$
"""

TROUBLES = f"""
create function platform_operate_troubles(p_person uuid, p_most integer)
returns table (kind text, id uuid, tenant_id uuid, organization text, name text, consumer text, attempts integer,
               error text, since timestamptz)
language plpgsql stable {_DEFINER} as $$
#variable_conflict use_column
begin
    perform auth_demand_operator(p_person);
    return query
        select t.kind, t.id, t.tenant_id, o.name, t.name, t.consumer, t.attempts, left(t.error, 300), t.since from (
            (select 'job' as kind, j.id, j.tenant_id, j.name, '' as consumer, j.attempts,
                    coalesce(j.last_error, '') as error, j.created_at as since
             from platform_job j where j.state = 'failed' order by j.created_at, j.id limit p_most)
            union all
            (select 'event', d.event_id, d.tenant_id, e.type, d.consumer, d.attempts, coalesce(d.last_error, ''),
                    d.created_at
             from platform_delivery d join platform_outbox e on e.tenant_id = d.tenant_id and e.id = d.event_id
             where d.state = 'dead' order by d.created_at, d.event_id limit p_most)
        ) t left join identity_organization o on o.tenant_id = t.tenant_id order by t.since, t.id;
end $$
"""

RETRY = f"""
create function platform_operate_retry(p_person uuid, p_job uuid) returns integer
language plpgsql {_DEFINER} as $$
declare j platform_job;
begin
    perform auth_demand_operator(p_person);
    select * into j from platform_job where id = p_job and state = 'failed' for update;
    if not found then
        return 0;
    end if;
    insert into auth_operator_act (person_id, act, subject) values (p_person, 'job.retry', j.name || ' ' || p_job);
    -- One whose key waits again already is done by that one.
    if exists (select from platform_job twin where twin.state = 'waiting' and twin.tenant_id = j.tenant_id
               and twin.name = j.name and twin.key = j.key) then
        delete from platform_job where tenant_id = j.tenant_id and id = j.id;
    else
        update platform_job set state = 'waiting', attempts = 0, due_at = now()
        where tenant_id = j.tenant_id and id = j.id;
    end if;
    return 1;
end $$
"""

REPLAY = f"""
create function platform_operate_replay(p_person uuid, p_event uuid, p_consumer text) returns integer
language plpgsql {_DEFINER} as $$
declare many integer;
begin
    perform auth_demand_operator(p_person);
    update platform_delivery set state = 'waiting', attempts = 0, due_at = '-infinity'
    where state = 'dead' and event_id = p_event and consumer = p_consumer;
    get diagnostics many = row_count;
    if many > 0 then
        insert into auth_operator_act (person_id, act, subject)
        values (p_person, 'event.replay', p_consumer || ' ' || p_event);
    end if;
    return many;
end $$
"""

ACTS = f"""
create function platform_operate_acts(p_person uuid, p_most integer)
returns table (at timestamptz, who text, act text, subject text)
language plpgsql stable {_DEFINER} as $$
#variable_conflict use_column
begin
    perform auth_demand_operator(p_person);
    return query select a.at, coalesce(nullif(p.name, ''), p.email, 'somebody'), a.act, a.subject
        from auth_operator_act a left join identity_person p on p.id = a.person_id order by a.at desc limit p_most;
end $$
"""

# Whom the processes worked for longest, by what they wrote down; the plan is the one that the limits go by.
ORGANIZATIONS = f"""
create function platform_operate_organizations(p_person uuid, p_since timestamptz, p_most integer)
returns table (id uuid, name text, plan text, requests bigint, refused bigint, failed bigint, seconds double precision)
language plpgsql stable {_DEFINER} as $$
#variable_conflict use_column
begin
    perform auth_demand_operator(p_person);
    return query
        select t.tenant, o.name, coalesce(r.plan, ''), t.requests, t.refused, t.failed, t.seconds from (
            select s.tenant, sum(s.requests)::bigint as requests, sum(s.refused)::bigint as refused,
                   sum(s.failed)::bigint as failed, sum(s.seconds) as seconds
            from platform_signal_process p
            cross join jsonb_to_recordset(coalesce(p.facts -> 'organizations', '[]'))
                as s (tenant uuid, requests bigint, refused bigint, failed bigint, seconds double precision)
            where p.at >= p_since group by s.tenant order by sum(s.seconds) desc limit p_most
        ) t left join identity_organization o on o.tenant_id = t.tenant
        left join platform_tenant_plan r on r.tenant_id = t.tenant
        order by t.seconds desc;
end $$
"""

_BUCKETS = "array[" + ", ".join(f"coalesce(sum(s.buckets[{place}]::integer), 0)" for place in range(1, 17)) + "]"
"""Sums of integers are plain additions, where those of bigint are numeric and take ten times as long."""

# The same answers as in 0013, from one pass over the rows and without taking the arrays apart.
SLOTS = f"""
create or replace function platform_signal_slots(p_since timestamptz, p_until timestamptz, p_step interval)
returns table (
    at timestamptz, class text, ok bigint, refused bigint, failed bigint, seconds double precision, buckets bigint[]
)
language sql stable {_DEFINER} as $$
    select date_bin(p_step, s.at, p_since), s.class, sum(s.ok::integer), sum(s.refused::integer),
           sum(s.failed::integer), sum(s.seconds), {_BUCKETS}
    from platform_signal s where s.at >= p_since and s.at < p_until
    group by 1, 2 order by 1, 2
$$
"""

# Each row is added up once, in the ring between two spans that it lies in; a span is all rings up to its own.
SPANS = f"""
create or replace function platform_signal_spans(p_until timestamptz, p_spans integer[])
returns table (
    span integer, class text, ok bigint, refused bigint, failed bigint, seconds double precision, buckets bigint[]
)
language sql stable {_DEFINER} as $$
    with wanted as (
        select array_agg(w order by w)::double precision[] as ends, max(w) as longest from unnest(p_spans) as u (w)
    ), rings as (
        select width_bucket(extract(epoch from p_until - s.at)::double precision - 0.000001, ends) as ring, s.class,
               sum(s.ok::integer) as ok, sum(s.refused::integer) as refused, sum(s.failed::integer) as failed,
               sum(s.seconds) as seconds, {_BUCKETS} as buckets
        from wanted cross join lateral (
            select * from platform_signal p where p.at >= p_until - make_interval(secs => longest) and p.at < p_until
        ) s group by 1, 2
    )
    select w.span, s.class, sum(s.ok)::bigint, sum(s.refused)::bigint, sum(s.failed)::bigint, sum(s.seconds),
           {_BUCKETS}
    from wanted cross join unnest(ends::integer[]) with ordinality as w (span, place)
    join rings s on s.ring < w.place
    group by 1, 2
$$
"""

_FOR_ADMINISTRATORS = {
    "auth_operator_add(text, text, timestamptz)": ADD,
    "auth_operator_remove(text, text, timestamptz)": REMOVE,
    "auth_operator_list()": LIST,
    "auth_demand_operator(uuid)": DEMAND,
}
_FOR_THE_PROGRAM = {
    "auth_resolve_visit(bytea, timestamptz)": RESOLVE_VISIT,
    "platform_operate_troubles(uuid, integer)": TROUBLES,
    "platform_operate_retry(uuid, uuid)": RETRY,
    "platform_operate_replay(uuid, uuid, text)": REPLAY,
    "platform_operate_acts(uuid, integer)": ACTS,
    "platform_operate_organizations(uuid, timestamptz, integer)": ORGANIZATIONS,
}


def upgrade() -> None:
    run(*TABLES)
    for table, privileges in (("auth_operator", "select, insert, update"), ("auth_operator_act", "select, insert")):
        run(f"alter table {table} enable row level security", f"alter table {table} force row level security")
        open_to_definer(table, privileges)
    open_to_definer_more()
    # Only their owner may replace them.
    run("set role scholr_definer", SLOTS, SPANS, "set role scholr_owner")
    for signature, sql in _FOR_ADMINISTRATORS.items():
        run(
            sql,
            f"revoke all on function {signature} from public",
            f"alter function {signature} owner to scholr_definer",
        )
    for signature, sql in _FOR_THE_PROGRAM.items():
        definer_function(signature, sql)


def open_to_definer_more() -> None:
    """Running a failed job or a dead delivery again; both tables may be seen since 0013."""
    run(
        "grant update, delete on platform_job to scholr_definer",
        "grant update on platform_delivery to scholr_definer",
    )
