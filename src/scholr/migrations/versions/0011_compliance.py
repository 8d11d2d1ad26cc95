"""The audit log: append-only, chained; who caused an event travels with it."""

from scholr.migrations.ddl import TENANT, definer_function, open_to_definer, run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"

# Who caused the event, in which request; null for what the program did by itself, and for what older programs write.
ORIGIN = "alter table platform_outbox add column origin jsonb"

# That records of others were read, in one round trip. The id is made from who, what and the hour, so that a second
# look within it is known already.
NOTE = """
create function platform_note(
    in_tenant uuid, in_id uuid, in_subject uuid, in_payload jsonb, in_at timestamptz, in_trace text, in_origin jsonb
) returns boolean language plpgsql set search_path = pg_catalog, public as $$
begin
    perform set_config('app.tenant_id', in_tenant::text, true);
    if exists (select from platform_outbox o where o.tenant_id = in_tenant and o.id = in_id) then
        return false;
    end if;
    insert into platform_outbox
        (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent, origin)
    values (in_id, 'record', in_subject, 'platform.record_read', in_payload, in_tenant, in_at, in_trace, in_origin)
    on conflict do nothing;
    return found;
end $$
"""

# What happened to an account is told to every organisation of its person, or to the one that it happened in. Only
# facts of auth, and only where the person is an active member: the person who acts is this one, under the name that
# each organisation knows.
TELL = f"""
create function auth_tell(
    in_person uuid, in_tenant uuid, in_type text, in_payload jsonb, in_at timestamptz, in_trace text, in_origin jsonb
) returns table (tenant_id uuid) language plpgsql {_DEFINER} as $$
begin
    if in_type not like 'auth.%' then
        raise exception 'auth tells of its own facts only' using errcode = '42501';
    end if;
    return query
    insert into platform_outbox as o
        (id, aggregatetype, aggregateid, type, payload, tenant_id, occurred_at, traceparent, origin)
    select gen_random_uuid(), 'membership', v.membership_id, in_type, in_payload, v.tenant_id, in_at, in_trace,
           case when in_origin ->> 'kind' = 'person'
                then in_origin || jsonb_build_object('member', v.membership_id) else in_origin end
    from identity_viewer v
    where v.person_id = in_person and (in_tenant is null or v.tenant_id = in_tenant)
    returning o.tenant_id;
end $$
"""

TABLES = (
    # `details` is the text that was hashed, byte for byte: jsonb would be free to write it differently one day.
    """
    create table compliance_entry (
        tenant_id uuid not null,
        seq bigint not null,
        id uuid not null,
        happened_at timestamptz not null,
        recorded_at timestamptz not null,
        actor_kind text not null,
        actor_id uuid,
        token_id uuid,
        action text not null,
        subject_kind text not null,
        subject_id uuid not null,
        request_id uuid,
        address text,
        details text not null,
        prev_hash bytea not null,
        hash bytea not null,
        constraint pk_compliance_entry primary key (tenant_id, seq),
        constraint uq_compliance_entry_id unique (tenant_id, id)
    )
    """,
    "create index ix_compliance_entry_happened on compliance_entry (tenant_id, happened_at)",
    "create index ix_compliance_entry_actor on compliance_entry (tenant_id, actor_id, seq)",
    "create index ix_compliance_entry_subject on compliance_entry (tenant_id, subject_id, seq)",
    "create index ix_compliance_entry_action on compliance_entry (tenant_id, action, seq)",
    # Where each chain ends.
    """
    create table compliance_chain (
        tenant_id uuid not null,
        seq bigint not null,
        hash bytea not null,
        constraint pk_compliance_chain primary key (tenant_id)
    )
    """,
    """
    create table compliance_checkpoint (
        tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
        seq bigint not null,
        key text not null,
        hash bytea not null,
        signed_at timestamptz not null,
        signature bytea not null,
        constraint pk_compliance_checkpoint primary key (tenant_id, seq, key)
    )
    """,
)

# Each field as its length in bytes and its text, null as "-": no two entries are written the same, whatever they hold.
# `model.encoded` is the same in Python; a test compares them.
ENCODE = """
create function compliance_encode(e compliance_entry) returns bytea
language sql stable set search_path = pg_catalog, public as $$
    select convert_to(string_agg(coalesce(octet_length(f.v) || ':' || f.v || ',', '-'), '' order by f.n), 'UTF8')
    from unnest(array[
        'scholr.audit.1', e.tenant_id::text, e.seq::text, e.id::text,
        ((extract(epoch from e.happened_at) * 1000000)::bigint)::text,
        ((extract(epoch from e.recorded_at) * 1000000)::bigint)::text,
        e.actor_kind, e.actor_id::text, e.token_id::text, e.action, e.subject_kind, e.subject_id::text,
        e.request_id::text, e.address, e.details
    ]) with ordinality as f (v, n)
$$
"""

# The only way in. The lock makes appends of one organisation take turns until the transaction ends, so that numbers
# have no gaps; other organisations do not wait. What was appended already keeps its number.
APPEND = f"""
create function compliance_append(
    in_tenant uuid, in_id uuid, in_happened timestamptz, in_actor_kind text, in_actor uuid, in_token uuid,
    in_action text, in_subject_kind text, in_subject uuid, in_request uuid, in_address text, in_details text
) returns bigint language plpgsql {_DEFINER} as $$
declare
    e compliance_entry;
begin
    if in_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid or in_tenant is null then
        raise exception 'an entry belongs to the current organisation' using errcode = '42501';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('scholr.audit.' || in_tenant::text, 0));
    select x.seq into e.seq from compliance_entry x where x.tenant_id = in_tenant and x.id = in_id;
    if found then
        return e.seq;
    end if;
    select c.seq + 1, c.hash into e.seq, e.prev_hash from compliance_chain c where c.tenant_id = in_tenant;
    if not found then
        e.seq := 1;
        e.prev_hash := decode(repeat('00', 32), 'hex');
    end if;
    e.tenant_id := in_tenant;
    e.id := in_id;
    e.happened_at := in_happened;
    e.recorded_at := clock_timestamp();
    e.actor_kind := in_actor_kind;
    e.actor_id := in_actor;
    e.token_id := in_token;
    e.action := in_action;
    e.subject_kind := in_subject_kind;
    e.subject_id := in_subject;
    e.request_id := in_request;
    e.address := in_address;
    e.details := in_details;
    e.hash := sha256(e.prev_hash || compliance_encode(e));
    insert into compliance_entry values (e.*);
    insert into compliance_chain (tenant_id, seq, hash) values (in_tenant, e.seq, e.hash)
    on conflict (tenant_id) do update set seq = excluded.seq, hash = excluded.hash;
    return e.seq;
end $$
"""

# Also for the tables' owner. A superuser can switch triggers off; what that leaves behind is found by the chain and
# by the checkpoints outside the database (docs/adr/0016).
REFUSE = """
create function compliance_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only' using errcode = '42501';
end $$
"""

FORWARD = """
create function compliance_forward() returns trigger language plpgsql as $$
begin
    if new.tenant_id <> old.tenant_id or new.seq <> old.seq + 1 then
        raise exception 'a chain only grows, one entry at a time' using errcode = '42501';
    end if;
    return new;
end $$
"""

# Every organisation that has left any trace here, found from entry to entry by the key (a loose index scan).
CHAINS = f"""
create function compliance_chains() returns table (tenant_id uuid) language sql stable {_DEFINER} as $$
    with recursive t as (
        (select e.tenant_id from compliance_entry e order by e.tenant_id limit 1)
        union all
        select (select e.tenant_id from compliance_entry e where e.tenant_id > t.tenant_id order by 1 limit 1)
        from t where t.tenant_id is not null
    )
    select t.tenant_id from t where t.tenant_id is not null
    union select c.tenant_id from compliance_chain c
    union select k.tenant_id from compliance_checkpoint k
    order by 1
$$
"""

# Those with entries after their last checkpoint, and those whose last one is a month old: it is signed again, so that
# a key may be retired a month after its successor came.
TO_SIGN = f"""
create function compliance_tenants_to_sign(now timestamptz) returns setof uuid language sql stable {_DEFINER} as $$
    select c.tenant_id from compliance_chain c
    left join lateral (
        select k.seq, max(k.signed_at) over () as last from compliance_checkpoint k
        where k.tenant_id = c.tenant_id order by k.seq desc limit 1
    ) k on true
    where k.seq is null or k.seq < c.seq or k.last < now - interval '30 days'
$$
"""


def upgrade() -> None:
    run(ORIGIN, NOTE, *TABLES, ENCODE, REFUSE, FORWARD)
    open_to_definer("platform_outbox", "insert, select")
    definer_function("auth_tell(uuid, uuid, text, jsonb, timestamptz, text, jsonb)", TELL)
    _protect()
    run(
        "revoke all on function compliance_encode(compliance_entry) from public",
        "grant execute on function compliance_encode(compliance_entry) to scholr_definer, scholr_app",
    )
    definer_function(
        "compliance_append(uuid, uuid, timestamptz, text, uuid, uuid, text, text, uuid, uuid, text, text)", APPEND
    )
    definer_function("compliance_chains()", CHAINS, to="scholr_worker")
    definer_function("compliance_tenants_to_sign(timestamptz)", TO_SIGN, to="scholr_worker")


def _protect() -> None:
    """The application reads its tenant's rows and writes checkpoints; entries come through the function only."""
    for table in ("compliance_entry", "compliance_chain", "compliance_checkpoint"):
        run(
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy isolation on {table} using (tenant_id = {TENANT}) with check (tenant_id = {TENANT})",
            f"grant select on {table} to scholr_app",
        )
    run("grant insert on compliance_checkpoint to scholr_app")
    open_to_definer("compliance_entry", "select, insert")
    open_to_definer("compliance_chain", "select, insert, update")
    open_to_definer("compliance_checkpoint", "select")
    for table, changes in (
        ("compliance_entry", "update or delete"),
        ("compliance_checkpoint", "update or delete"),
        ("compliance_chain", "delete"),
    ):
        run(
            f"create trigger append_only before {changes} on {table} for each row execute function compliance_refuse()",
            f"create trigger never_emptied before truncate on {table} execute function compliance_refuse()",
        )
    run(
        "create trigger only_forward before update on compliance_chain for each row"
        " execute function compliance_forward()",
    )
