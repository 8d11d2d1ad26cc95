"""Data keys of people, the erasure ledger, retention and holds."""

from scholr.migrations.ddl import TENANT_COLUMN, definer_function, open_to_definer, protect_tenant_table, run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"

# The key under which a member's words are sealed, itself sealed by a secret of the deployment. A destroyed one stays
# as a row without a key, so that no second one is ever made.
_DATA_KEY = f"""
create table platform_data_key (
    {TENANT_COLUMN},
    member_id uuid not null,
    wrapped bytea,
    secret text not null,
    created_at timestamptz not null default now(),
    destroyed_at timestamptz,
    constraint pk_platform_data_key primary key (tenant_id, member_id),
    constraint ck_platform_data_key_destroyed check ((wrapped is null) = (destroyed_at is not null))
)
"""

# The member's key, made from `in_wrapped` when there is none yet; whoever comes second gets the first one's. One row
# with a null key for somebody who was erased.
_KEY_OF = """
create function platform_data_key_of(in_tenant uuid, in_member uuid, in_wrapped bytea, in_secret text)
returns table (wrapped bytea, secret text) language plpgsql set search_path = pg_catalog, public as $$
#variable_conflict use_column
begin
    perform set_config('app.tenant_id', in_tenant::text, true);
    insert into platform_data_key (tenant_id, member_id, wrapped, secret)
    values (in_tenant, in_member, in_wrapped, in_secret) on conflict do nothing;
    return query select k.wrapped, k.secret from platform_data_key k
    where k.tenant_id = in_tenant and k.member_id = in_member;
end $$
"""

# What was destroyed stays destroyed, also for the tables' owner.
_STAYS_DESTROYED = """
create function platform_data_key_stays_destroyed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.destroyed_at is not null and new.wrapped is not null then
        raise exception 'a destroyed key does not come back' using errcode = '42501';
    end if;
    return new;
end $$
"""

_ERASURE = f"""
create table compliance_erasure (
    {TENANT_COLUMN},
    id uuid not null,
    member_id uuid not null,
    ground text not null,
    requested_by uuid,
    requested_at timestamptz not null,
    confirmed_by uuid,
    confirmed_at timestamptz,
    withdrawn_at timestamptz,
    completed_at timestamptz,
    constraint pk_compliance_erasure primary key (tenant_id, id)
)
"""
_ONE_OPEN = """
create unique index uq_compliance_erasure_member on compliance_erasure (tenant_id, member_id)
where withdrawn_at is null
"""

# What each part of the program has reported; `counts` is rows by what was done with them.
_ERASURE_PART = f"""
create table compliance_erasure_part (
    {TENANT_COLUMN},
    erasure_id uuid not null,
    part text not null,
    counts jsonb not null,
    done_at timestamptz not null,
    constraint pk_compliance_erasure_part primary key (tenant_id, erasure_id, part),
    constraint fk_compliance_erasure_part_erasure_id foreign key (tenant_id, erasure_id)
        references compliance_erasure (tenant_id, id)
)
"""

_NO_GOING_BACK = """
create function compliance_erasure_forward() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.confirmed_at is not null and (new.confirmed_at, new.member_id, new.id, new.withdrawn_at)
            is distinct from (old.confirmed_at, old.member_id, old.id, old.withdrawn_at) then
        raise exception 'an erasure that was confirmed stays' using errcode = '42501';
    end if;
    return new;
end $$
"""

# The account behind a membership: gone with its credentials when no other organisation knows the person, otherwise
# only the sessions that are in this organisation end. The caller's own organisation only.
_FORGET_ACCOUNT = f"""
create function auth_forget_account(in_tenant uuid, in_member uuid)
returns table (sessions bigint, credentials bigint) language plpgsql {_DEFINER} as $$
declare
    person uuid;
    elsewhere boolean;
begin
    if in_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid then
        raise exception 'only members of the current organisation' using errcode = '42501';
    end if;
    select m.person_id into person from identity_membership m where m.tenant_id = in_tenant and m.id = in_member;
    if person is null then
        return query select 0::bigint, 0::bigint;
        return;
    end if;
    elsewhere := exists (select from identity_membership m where m.person_id = person and m.tenant_id <> in_tenant);
    with gone as (delete from auth_session s
        where s.person_id = person and (not elsewhere or s.current_tenant_id = in_tenant) returning 1)
    select count(*) into sessions from gone;
    credentials := 0;
    if not elsewhere then
        with a as (delete from auth_credential where person_id = person returning 1),
            b as (delete from auth_passkey where person_id = person returning 1),
            c as (delete from auth_totp where person_id = person returning 1),
            d as (delete from auth_recovery_code where person_id = person returning 1),
            e as (delete from auth_one_time where person_id = person returning 1)
        select (select count(*) from a) + (select count(*) from b) + (select count(*) from c)
            + (select count(*) from d) + (select count(*) from e) into credentials;
    end if;
    return next;
end $$
"""

# The membership loses its link to a person, and a person whom nobody else knows loses name and address.
_FORGET_PERSON = f"""
create function identity_forget_person(in_tenant uuid, in_member uuid)
returns bigint language plpgsql {_DEFINER} as $$
declare
    person uuid;
begin
    if in_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid then
        raise exception 'only members of the current organisation' using errcode = '42501';
    end if;
    select m.person_id into person from identity_membership m where m.tenant_id = in_tenant and m.id = in_member;
    update identity_membership m set person_id = null, email = 'erased-' || in_member || '@erased.invalid',
        display_name = 'Former member', status = 'suspended', roles = array['learner'], last_seen_at = null
    where m.tenant_id = in_tenant and m.id = in_member;
    if person is null or exists (select from identity_membership m where m.person_id = person) then
        return 0;
    end if;
    update identity_person p set email = 'erased-' || p.id || '@erased.invalid', name = '', email_verified_at = null,
        locale = null, time_zone = null, theme = 'system' where p.id = person;
    return 1;
end $$
"""

# What the platform's own queues hold of a member: mail to the address, also what was sent for no organisation, jobs
# that failed and name it, and words in kept events from before those were sealed.
_FORGET_QUEUES = f"""
create function platform_forget_member(in_tenant uuid, in_member uuid, in_address text)
returns table (mails bigint, jobs bigint, events bigint) language plpgsql {_DEFINER} as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
begin
    if in_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid then
        raise exception 'only members of the current organisation' using errcode = '42501';
    end if;
    with gone as (delete from platform_mail m where lower(m.recipient) = lower(in_address) and in_address <> ''
        and (m.tenant_id = in_tenant or m.tenant_id = nobody and m.sent_at is not null) returning 1)
    select count(*) into mails from gone;
    with gone as (delete from platform_job j where j.tenant_id in (in_tenant, nobody) and j.state = 'failed'
        and in_address <> '' and lower(j.payload ->> 'email') = lower(in_address) returning 1)
    select count(*) into jobs from gone;
    with changed as (update platform_outbox o set payload = o.payload || '{{"reason": "[erased]"}}'
        where o.tenant_id = in_tenant and o.payload ? 'reason'
            and (o.aggregateid = in_member or o.payload ->> 'learner_id' = in_member::text) returning 1)
    select count(*) into events from changed;
    return next;
end $$
"""

# Judgements are never changed by the application; what was written beside those over a member's attempts before words
# were sealed is emptied here, and nothing else of them.
_FORGET_REASONS = f"""
create function assessment_forget_reasons(in_tenant uuid, in_member uuid) returns bigint
language plpgsql {_DEFINER} as $$
declare
    many bigint;
begin
    if in_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid then
        raise exception 'only members of the current organisation' using errcode = '42501';
    end if;
    update assessment_override o set reason = '[erased]' from assessment_attempt t
    where t.tenant_id = in_tenant and t.learner_id = in_member and o.tenant_id = in_tenant and o.attempt_id = t.id
        and o.reason <> '[erased]';
    get diagnostics many = row_count;
    return many;
end $$
"""


def upgrade() -> None:
    _keys_and_erasure()


def _keys_and_erasure() -> None:
    run(_DATA_KEY, _KEY_OF, _STAYS_DESTROYED, _ERASURE, _ONE_OPEN, _ERASURE_PART, _NO_GOING_BACK)
    for table in ("platform_data_key", "compliance_erasure", "compliance_erasure_part"):
        protect_tenant_table(table)
        run(f"revoke delete on {table} from scholr_app")
    run("revoke update on compliance_erasure_part from scholr_app")
    run(
        "create trigger stays_destroyed before update or delete on platform_data_key for each row"
        " execute function platform_data_key_stays_destroyed()",
        "create trigger only_forward before update or delete on compliance_erasure for each row"
        " execute function compliance_erasure_forward()",
        "revoke all on function platform_data_key_of(uuid, uuid, bytea, text) from public",
        "grant execute on function platform_data_key_of(uuid, uuid, bytea, text) to scholr_app",
        "create policy worker on platform_data_key to scholr_worker using (true) with check (true)",
        "grant select, update on platform_data_key to scholr_worker",
    )
    for table in ("credential", "passkey", "totp", "recovery_code", "one_time", "session"):
        run(f"grant select, delete on auth_{table} to scholr_definer")
    run(
        "grant select, update on identity_membership to scholr_definer",
        "grant select, update on identity_person to scholr_definer",
    )
    open_to_definer("platform_mail", "select, delete")
    run("grant select, delete on platform_job to scholr_definer")
    run("grant update on platform_outbox to scholr_definer")
    definer_function("platform_forget_member(uuid, uuid, text)", _FORGET_QUEUES)
    open_to_definer("assessment_override", "select, update")
    run("grant select (id, learner_id) on assessment_attempt to scholr_definer")
    definer_function("assessment_forget_reasons(uuid, uuid)", _FORGET_REASONS)
    definer_function("auth_forget_account(uuid, uuid)", _FORGET_ACCOUNT)
    definer_function("identity_forget_person(uuid, uuid)", _FORGET_PERSON)
