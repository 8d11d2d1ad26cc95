"""Organisations say of whom they ask a second step, and a session says with each request what it has shown."""

from scholr.migrations.ddl import TENANT, definer_function, open_to_definer, protect_tenant_table, run

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"
_STAFF = "array['owner', 'admin', 'instructor', 'assistant', 'auditor']"

# Without a row nobody is asked.
_RULE = """
    create table auth_sign_in_rule (
        tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
        second_step text not null,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        constraint pk_auth_sign_in_rule primary key (tenant_id),
        constraint ck_auth_sign_in_rule_second_step check (second_step in ('nobody', 'staff', 'everybody'))
    )
"""

# The visit as it was, and what the organisation asks; older processes go on calling the function inside.
_RESOLVE_VISITOR = f"""
create function auth_resolve_visitor(wanted_hash bytea, at timestamptz)
returns table (session_id uuid, person_id uuid, email text, person_name text, theme text, locale text, time_zone text,
               tenant_id uuid, membership_id uuid, display_name text, roles text[], organization_name text,
               brand_colour text, logo_digest text, organizations bigint, proof text, is_operator boolean,
               second_step text)
language plpgsql {_DEFINER} as $$
#variable_conflict use_column
begin
    return query select v.*, coalesce(r.second_step, 'nobody')
    from auth_resolve_visit(wanted_hash, at) v left join auth_sign_in_rule r on r.tenant_id = v.tenant_id;
end $$
"""

# How far the bound organisation has come: counts, and nobody's name.
_SECOND_STEPS = f"""
create function auth_second_steps()
returns table (is_staff boolean, people bigint, protected bigint)
language sql stable {_DEFINER} as $$
    select m.roles && {_STAFF}, count(*), count(*) filter (
        where exists (select from auth_totp t where t.person_id = m.person_id and t.confirmed_at is not null)
        or exists (select from auth_passkey k where k.person_id = m.person_id))
    from identity_viewer m where m.tenant_id = {TENANT} group by 1
$$
"""


def upgrade() -> None:
    run(_RULE)
    protect_tenant_table("auth_sign_in_rule")
    open_to_definer("auth_sign_in_rule")
    definer_function("auth_resolve_visitor(bytea, timestamptz)", _RESOLVE_VISITOR)
    definer_function("auth_second_steps()", _SECOND_STEPS)
