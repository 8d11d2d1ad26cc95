"""Feature flags: rules that operators give, and a history of them that only grows."""

from scholr.migrations.ddl import definer_function, open_to_definer, open_to_worker, run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Nothing when the last change is the one that the asker knows of; otherwise all rules, or one row without any.
_RULES = """
create function platform_flag_rules(known bigint)
returns table (version bigint, key text, scope text, subject text, variant text, share integer)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select v.version, r.key, r.scope, r.subject, r.variant, r.share
    from (select coalesce(max(c.seq), 0) as version from platform_flag_change c) v
    left join platform_flag_rule r on true
    where v.version is distinct from known
$$
"""

_REFUSE = """
create function platform_flag_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'the history of flags is append-only' using errcode = '42501';
end $$
"""


def upgrade() -> None:
    run(
        """
        create table platform_flag_rule (
            tenant_id uuid not null,
            key text not null,
            scope text not null,
            subject text not null,
            variant text not null,
            share integer not null,
            changed_at timestamptz not null default clock_timestamp(),
            constraint pk_platform_flag_rule primary key (tenant_id, key, scope, subject),
            constraint ck_platform_flag_rule_scope check (scope in ('kill', 'tenant', 'cohort', 'share')),
            constraint ck_platform_flag_rule_share check (share between 0 and 10000)
        )
        """,
        """
        create table platform_flag_change (
            tenant_id uuid not null,
            seq bigint generated always as identity,
            changed_at timestamptz not null default clock_timestamp(),
            action text not null,
            key text not null,
            scope text not null,
            subject text not null,
            variant text not null,
            share integer not null,
            operator text not null,
            reason text not null,
            constraint pk_platform_flag_change primary key (tenant_id, seq),
            constraint ck_platform_flag_change_action check (action in ('set', 'clear'))
        )
        """,
        "create index ix_platform_flag_change_seq on platform_flag_change (seq)",
        "create index ix_platform_flag_change_changed_at on platform_flag_change (changed_at)",
    )
    # No organisation chooses what is switched on for it: the application has no right to either table.
    for table, privileges in (
        ("platform_flag_rule", "select, insert, update, delete"),
        ("platform_flag_change", "select, insert"),
    ):
        run(f"alter table {table} enable row level security", f"alter table {table} force row level security")
        open_to_worker(table, privileges)
        open_to_definer(table)
    definer_function("platform_flag_rules(bigint)", _RULES)
    run(
        _REFUSE,
        "create trigger append_only before update or delete on platform_flag_change for each row"
        " execute function platform_flag_refuse()",
        "create trigger never_emptied before truncate on platform_flag_change execute function platform_flag_refuse()",
    )
