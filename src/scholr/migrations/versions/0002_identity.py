"""Organisations, people and memberships."""

from scholr.migrations.ddl import (
    PERSON,
    definer_function,
    open_to_definer,
    protect_table,
    protect_tenant_table,
    run,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FIND_OR_CREATE_PERSON = """
create function identity_find_or_create_person(wanted_email text, fresh_id uuid) returns uuid
language plpgsql security definer set search_path = pg_catalog, public as $$
declare found uuid;
begin
    insert into identity_person (id, email) values (fresh_id, lower(wanted_email))
    on conflict (email) do nothing returning id into found;
    if found is null then
        select id into found from identity_person where email = lower(wanted_email);
    end if;
    return found;
end $$
"""


def upgrade() -> None:
    run(
        """
        create table identity_organization (
            tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
            name text not null,
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_identity_organization primary key (tenant_id)
        )
        """,
        """
        create table identity_person (
            id uuid not null,
            email text not null,
            created_at timestamptz not null default now(),
            constraint pk_identity_person primary key (id),
            constraint uq_identity_person_email unique (email)
        )
        """,
        """
        create table identity_membership (
            tenant_id uuid not null default (nullif(current_setting('app.tenant_id', true), ''))::uuid,
            id uuid not null,
            person_id uuid,
            email text not null,
            display_name text not null,
            roles text[] not null,
            status text not null default 'active',
            created_at timestamptz not null default now(),
            updated_at timestamptz not null default now(),
            constraint pk_identity_membership primary key (tenant_id, id),
            constraint fk_identity_membership_person_id foreign key (person_id) references identity_person (id)
        )
        """,
        "create unique index uq_identity_membership_person on identity_membership (tenant_id, person_id)",
        "create index ix_identity_membership_email on identity_membership (tenant_id, lower(email))",
    )
    run(
        # Published to other contexts: who may be given a seat, joined inside their own single statements.
        # security_invoker, so that the reader's row-level security applies and not the owner's.
        """
        create view identity_active_member with (security_invoker = true) as
            select tenant_id, id from identity_membership where status = 'active'
        """,
        "grant select on identity_active_member to scholr_app",
    )
    protect_tenant_table("identity_organization")
    protect_tenant_table("identity_membership")
    protect_table("identity_person", f"id = {PERSON}")
    open_to_definer("identity_person", "select, insert")
    definer_function("identity_find_or_create_person(text, uuid)", FIND_OR_CREATE_PERSON)
