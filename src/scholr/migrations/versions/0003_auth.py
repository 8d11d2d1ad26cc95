"""Credentials, sessions, one-time links, second factors, passkeys, API tokens, throttling."""

from scholr.migrations.ddl import (
    PERSON,
    TENANT,
    definer_function,
    open_to_definer,
    protect_table,
    protect_tenant_table,
    run,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"
_OF_PERSON = "references identity_person (id) on delete cascade"

_TABLES = (
    f"""
    create table auth_credential (
        person_id uuid not null,
        password_hash text not null,
        changed_at timestamptz not null,
        constraint pk_auth_credential primary key (person_id),
        constraint fk_auth_credential_person_id foreign key (person_id) {_OF_PERSON}
    )
    """,
    f"""
    create table auth_session (
        id uuid not null,
        person_id uuid not null,
        token_hash bytea not null,
        current_tenant_id uuid,
        proof text not null,
        remembered boolean not null,
        idle_seconds integer not null,
        created_at timestamptz not null,
        proven_at timestamptz not null,
        last_seen_at timestamptz not null,
        expires_at timestamptz not null,
        user_agent text not null default '',
        address text not null default '',
        constraint pk_auth_session primary key (id),
        constraint uq_auth_session_token_hash unique (token_hash),
        constraint fk_auth_session_person_id foreign key (person_id) {_OF_PERSON}
    )
    """,
    f"""
    create table auth_one_time (
        id uuid not null,
        person_id uuid not null,
        purpose text not null,
        token_hash bytea not null,
        email text not null default '',
        remembered boolean not null default false,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        constraint pk_auth_one_time primary key (id),
        constraint uq_auth_one_time_token_hash unique (token_hash),
        constraint fk_auth_one_time_person_id foreign key (person_id) {_OF_PERSON}
    )
    """,
    f"""
    create table auth_totp (
        person_id uuid not null,
        secret bytea not null,
        confirmed_at timestamptz,
        last_step bigint not null default 0,
        created_at timestamptz not null,
        constraint pk_auth_totp primary key (person_id),
        constraint fk_auth_totp_person_id foreign key (person_id) {_OF_PERSON}
    )
    """,
    f"""
    create table auth_recovery_code (
        person_id uuid not null,
        code_hash bytea not null,
        used_at timestamptz,
        constraint pk_auth_recovery_code primary key (person_id, code_hash),
        constraint fk_auth_recovery_code_person_id foreign key (person_id) {_OF_PERSON}
    )
    """,
    f"""
    create table auth_passkey (
        id uuid not null,
        person_id uuid not null,
        credential_id bytea not null,
        public_key bytea not null,
        sign_count bigint not null,
        name text not null,
        transports text[] not null,
        backed_up boolean not null,
        created_at timestamptz not null,
        last_used_at timestamptz,
        constraint pk_auth_passkey primary key (id),
        constraint uq_auth_passkey_credential_id unique (credential_id),
        constraint fk_auth_passkey_person_id foreign key (person_id) {_OF_PERSON}
    )
    """,
    """
    create table auth_challenge (
        id uuid not null,
        purpose text not null,
        challenge bytea not null,
        expires_at timestamptz not null,
        constraint pk_auth_challenge primary key (id)
    )
    """,
    """
    create table auth_throttle (
        key bytea not null,
        failures integer not null,
        first_at timestamptz not null,
        blocked_until timestamptz not null,
        constraint pk_auth_throttle primary key (key)
    )
    """,
    """
    create table auth_api_token (
        tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
        id uuid not null,
        membership_id uuid not null,
        name text not null,
        hint text not null,
        token_hash bytea not null,
        scopes text[] not null,
        expires_at timestamptz not null,
        last_used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint pk_auth_api_token primary key (tenant_id, id)
    )
    """,
)

_INDEXES = (
    "create index ix_auth_session_person_id on auth_session (person_id)",
    "create index ix_auth_session_current_tenant_id on auth_session (current_tenant_id)",
    "create index ix_auth_session_expires_at on auth_session (expires_at)",
    "create index ix_auth_one_time_person_id on auth_one_time (person_id)",
    "create index ix_auth_one_time_expires_at on auth_one_time (expires_at)",
    "create index ix_auth_passkey_person_id on auth_passkey (person_id)",
    "create index ix_auth_challenge_expires_at on auth_challenge (expires_at)",
    "create unique index uq_auth_api_token_token_hash on auth_api_token (token_hash)",
    "create index ix_auth_api_token_membership on auth_api_token (tenant_id, membership_id)",
)

CREDENTIAL_OF = f"""
create function auth_credential_of(wanted_email text)
returns table (person_id uuid, email text, password_hash text, has_totp boolean)
language sql stable {_DEFINER} as $$
    select p.id, p.email, c.password_hash, t.confirmed_at is not null
    from identity_person_by_email(wanted_email) p
    left join auth_credential c on c.person_id = p.id
    left join auth_totp t on t.person_id = p.id
$$
"""

# The hot path: every request of a browser. One index lookup each for session, person, membership and organisation;
# one write at most once a minute.
RESOLVE_SESSION = f"""
create function auth_resolve_session(wanted_hash bytea, at timestamptz)
returns table (session_id uuid, person_id uuid, email text, person_name text, theme text, locale text, time_zone text,
               tenant_id uuid, membership_id uuid, display_name text, roles text[], organization_name text,
               brand_colour text, logo_digest text, organizations bigint)
language plpgsql {_DEFINER} as $$
declare s auth_session;
begin
    select * into s from auth_session a where a.token_hash = wanted_hash;
    if not found or s.expires_at <= at or s.last_seen_at + make_interval(secs => s.idle_seconds) <= at then
        return;
    end if;
    if s.last_seen_at <= at - interval '1 minute' or s.last_seen_at = s.created_at then
        update auth_session a set last_seen_at = at where a.id = s.id;
        perform identity_seen(v.tenant_id, v.membership_id, at) from identity_viewer v
        where v.person_id = s.person_id and v.tenant_id = s.current_tenant_id;
    end if;
    return query
        select s.id, s.person_id, p.email, p.name, p.theme, coalesce(p.locale, v.locale, 'en'),
               coalesce(p.time_zone, v.time_zone, 'UTC'), v.tenant_id, v.membership_id, v.display_name, v.roles,
               v.organization_name, v.brand_colour, v.logo_digest,
               (select count(*) from identity_viewer o where o.person_id = s.person_id)
        from identity_person p
        left join identity_viewer v on v.person_id = p.id and v.tenant_id = s.current_tenant_id
        where p.id = s.person_id;
end $$
"""

# The hot path of programs: the same for a bearer token.
RESOLVE_TOKEN = f"""
create function auth_resolve_token(wanted_hash bytea, at timestamptz)
returns table (token_id uuid, tenant_id uuid, membership_id uuid, person_id uuid, scopes text[], display_name text,
               roles text[], organization_name text, brand_colour text, logo_digest text, locale text, time_zone text)
language plpgsql {_DEFINER} as $$
declare t auth_api_token;
begin
    select * into t from auth_api_token a where a.token_hash = wanted_hash;
    if not found or t.revoked_at is not null or t.expires_at <= at then
        return;
    end if;
    if t.last_used_at is null or t.last_used_at <= at - interval '1 minute' then
        update auth_api_token a set last_used_at = at where a.tenant_id = t.tenant_id and a.id = t.id;
    end if;
    return query
        select t.id, v.tenant_id, v.membership_id, v.person_id, t.scopes, v.display_name, v.roles,
               v.organization_name, v.brand_colour, v.logo_digest, v.locale, v.time_zone
        from identity_viewer v where v.tenant_id = t.tenant_id and v.membership_id = t.membership_id;
end $$
"""

PEEK_ONE_TIME = f"""
create function auth_peek_one_time(wanted_hash bytea, wanted_purpose text, at timestamptz)
returns table (person_id uuid, email text, remembered boolean)
language sql stable {_DEFINER} as $$
    select o.person_id, o.email, o.remembered from auth_one_time o
    where o.token_hash = wanted_hash and o.purpose = wanted_purpose and o.used_at is null and o.expires_at > at
$$
"""

TAKE_ONE_TIME = f"""
create function auth_take_one_time(wanted_hash bytea, wanted_purpose text, at timestamptz)
returns table (person_id uuid, email text, remembered boolean)
language sql {_DEFINER} as $$
    update auth_one_time o set used_at = at
    where o.token_hash = wanted_hash and o.purpose = wanted_purpose and o.used_at is null and o.expires_at > at
    returning o.person_id, o.email, o.remembered
$$
"""

PASSKEY_OF = f"""
create function auth_passkey_of(wanted_credential bytea)
returns table (id uuid, person_id uuid, public_key bytea, sign_count bigint)
language sql stable {_DEFINER} as $$
    select k.id, k.person_id, k.public_key, k.sign_count from auth_passkey k where k.credential_id = wanted_credential
$$
"""

PUT_CHALLENGE = f"""
create function auth_put_challenge(fresh_id uuid, wanted_purpose text, fresh bytea, until timestamptz) returns void
language sql {_DEFINER} as $$
    insert into auth_challenge (id, purpose, challenge, expires_at) values (fresh_id, wanted_purpose, fresh, until)
$$
"""

TAKE_CHALLENGE = f"""
create function auth_take_challenge(wanted uuid, wanted_purpose text, at timestamptz)
returns table (challenge bytea)
language sql {_DEFINER} as $$
    delete from auth_challenge c where c.id = wanted and c.purpose = wanted_purpose and c.expires_at > at
    returning c.challenge
$$
"""

# Counts an attempt before it is made, so that a thousand at once are no better than one after the other. `free[i]`
# attempts pass within fifteen minutes; each further one waits twice as long, fifteen minutes at most. Returns the
# seconds to wait, 0 when the attempt may be made. Keys are locked in order, so that two callers cannot deadlock.
THROTTLE = f"""
create function auth_throttle_attempt(keys bytea[], free integer[], at timestamptz)
returns table (wait integer)
language plpgsql {_DEFINER} as $$
declare
    longest interval := interval '15 minutes';
    pause interval := interval '0';
    row_now auth_throttle;
    i integer;
begin
    for i in select n from generate_subscripts(keys, 1) n order by keys[n] loop
        insert into auth_throttle (key, failures, first_at, blocked_until) values (keys[i], 0, at, to_timestamp(0))
        on conflict (key) do nothing;
        select * into row_now from auth_throttle t where t.key = keys[i] for update;
        -- Longer than the longest pause: a clock was wrong, and nobody shall wait for it.
        if row_now.blocked_until <= at + longest then
            pause := greatest(pause, row_now.blocked_until - at);
        end if;
    end loop;
    if pause > interval '0' then
        return query select ceil(extract(epoch from pause))::integer;
        return;
    end if;
    for i in select n from generate_subscripts(keys, 1) n loop
        update auth_throttle t set
            failures = case when t.first_at between at - longest and at + longest then t.failures + 1 else 1 end,
            first_at = case when t.first_at between at - longest and at + longest then t.first_at else at end,
            blocked_until = case
                when t.first_at between at - longest and at + longest and t.failures + 1 >= free[i]
                then at + least(longest, interval '1 second' * 2 ^ least(t.failures + 1 - free[i], 12))
                else to_timestamp(0) end  -- not `at`: a server whose clock is a little behind would wait for it
        where t.key = keys[i];
    end loop;
    return query select 0;
end $$
"""

# A success: what is this person's own is forgotten, what is shared (an address) is given one attempt back.
THROTTLE_FORGIVE = f"""
create function auth_throttle_forgive(own bytea[], shared bytea[]) returns void
language sql {_DEFINER} as $$
    delete from auth_throttle where key = any(own);
    update auth_throttle set failures = greatest(failures - 1, 0), blocked_until = to_timestamp(0)
    where key = any(shared);
$$
"""

SWEEP = f"""
create function auth_sweep(at timestamptz) returns void
language sql {_DEFINER} as $$
    delete from auth_session where expires_at <= at or last_seen_at + make_interval(secs => idle_seconds) <= at;
    delete from auth_one_time where expires_at <= at - interval '1 day';
    delete from auth_challenge where expires_at <= at;
    delete from auth_throttle where first_at <= at - interval '1 day' and blocked_until <= at;
$$
"""

_PERSON_TABLES = ("auth_credential", "auth_one_time", "auth_totp", "auth_recovery_code", "auth_passkey")


def upgrade() -> None:
    run(*_TABLES, *_INDEXES)
    for table in _PERSON_TABLES:
        protect_table(table, f"person_id = {PERSON}")
    protect_sessions()
    for table in ("auth_challenge", "auth_throttle"):
        run(f"alter table {table} enable row level security", f"alter table {table} force row level security")
        open_to_definer(table, "select, insert, update, delete")
    protect_tenant_table("auth_api_token")
    open_to_definer("auth_credential")
    open_to_definer("auth_totp")
    open_to_definer("auth_passkey")
    open_to_definer("auth_session", "select, update, delete")
    open_to_definer("auth_one_time", "select, update, delete")
    open_to_definer("auth_api_token", "select")
    run("grant update (last_used_at) on auth_api_token to scholr_definer")
    for signature, sql in _FUNCTIONS.items():
        definer_function(signature, sql)


def protect_sessions() -> None:
    """People see their own sessions; an organisation sees, and may end, those that are open in it."""
    run(
        "alter table auth_session enable row level security",
        "alter table auth_session force row level security",
        f"create policy isolation on auth_session using (person_id = {PERSON}) with check (person_id = {PERSON})",
        f"create policy organization_sees on auth_session for select using (current_tenant_id = {TENANT})",
        f"create policy organization_ends on auth_session for delete using (current_tenant_id = {TENANT})",
        "grant select, insert, update, delete on auth_session to scholr_app",
    )


_FUNCTIONS = {
    "auth_credential_of(text)": CREDENTIAL_OF,
    "auth_resolve_session(bytea, timestamptz)": RESOLVE_SESSION,
    "auth_resolve_token(bytea, timestamptz)": RESOLVE_TOKEN,
    "auth_peek_one_time(bytea, text, timestamptz)": PEEK_ONE_TIME,
    "auth_take_one_time(bytea, text, timestamptz)": TAKE_ONE_TIME,
    "auth_passkey_of(bytea)": PASSKEY_OF,
    "auth_put_challenge(uuid, text, bytea, timestamptz)": PUT_CHALLENGE,
    "auth_take_challenge(uuid, text, timestamptz)": TAKE_CHALLENGE,
    "auth_throttle_attempt(bytea[], integer[], timestamptz)": THROTTLE,
    "auth_throttle_forgive(bytea[], bytea[])": THROTTLE_FORGIVE,
    "auth_sweep(timestamptz)": SWEEP,
}
