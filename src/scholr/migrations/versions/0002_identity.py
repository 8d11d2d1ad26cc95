"""Organisations, people and memberships; groups, invitations, branding and domains."""

from scholr.migrations.ddl import (
    PERSON,
    TENANT_COLUMN,
    TIMESTAMPS,
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

_DEFINER = "security definer set search_path = pg_catalog, public"

FIND_OR_CREATE_PERSON = f"""
create function identity_find_or_create_person(wanted_email text, wanted_name text, fresh_id uuid)
returns table (id uuid, name text, created boolean)
language plpgsql {_DEFINER} as $$
begin
    return query
        insert into identity_person as p (id, email, name) values (fresh_id, lower(wanted_email), wanted_name)
        on conflict (email) do nothing returning p.id, p.name, true;
    if not found then
        return query select p.id, p.name, false from identity_person p where p.email = lower(wanted_email);
    end if;
end $$
"""

PERSON_BY_EMAIL = f"""
create function identity_person_by_email(wanted_email text) returns table (id uuid, email text, name text)
language sql stable {_DEFINER} as $$
    select p.id, p.email, p.name from identity_person p where p.email = lower(wanted_email)
$$
"""

VERIFY_EMAIL = f"""
create function identity_verify_email(wanted uuid, wanted_email text, at timestamptz) returns void
language sql {_DEFINER} as $$
    update identity_person set email_verified_at = coalesce(email_verified_at, at)
    where id = wanted and email = lower(wanted_email)
$$
"""

# What every request needs to know of its viewer. Not a definer function: the callers are (scholr_definer reads it).
VIEWER = """
create view identity_viewer with (security_invoker = true) as
    select m.tenant_id, m.person_id, m.id as membership_id, m.display_name, m.roles, o.name as organization_name,
           o.brand_colour, o.logo_digest, o.locale, o.time_zone
    from identity_membership m join identity_organization o on o.tenant_id = m.tenant_id
    where m.status = 'active'
"""

# Called once a minute at most for each session or token, from inside auth's definer functions.
SEEN = """
create function identity_seen(wanted_tenant uuid, wanted_membership uuid, at timestamptz) returns void
language sql as $$
    update identity_membership set last_seen_at = at
    where tenant_id = wanted_tenant and id = wanted_membership and (last_seen_at is null or last_seen_at < at)
$$
"""

OWNER = f"""
create function identity_owner(wanted_tenant uuid)
returns table (membership_id uuid, person_id uuid, display_name text, organization_name text, brand_colour text,
               logo_digest text, locale text, time_zone text)
language sql stable {_DEFINER} as $$
    select v.membership_id, v.person_id, v.display_name, v.organization_name, v.brand_colour, v.logo_digest,
           v.locale, v.time_zone
    from identity_viewer v where v.tenant_id = wanted_tenant and 'owner' = any(v.roles)
    order by v.membership_id limit 1
$$
"""

ORGANIZATIONS_OF = f"""
create function identity_organizations_of(wanted_person uuid)
returns table (tenant_id uuid, membership_id uuid, organization_name text, brand_colour text, roles text[])
language sql stable {_DEFINER} as $$
    select v.tenant_id, v.membership_id, v.organization_name, v.brand_colour, v.roles
    from identity_viewer v where v.person_id = wanted_person order by lower(v.organization_name), v.tenant_id
$$
"""

INVITATION_FOR = f"""
create function identity_invitation_for(wanted_hash bytea, at timestamptz)
returns table (tenant_id uuid, id uuid, email text, display_name text, roles text[], organization_name text,
               brand_colour text, locale text)
language sql stable {_DEFINER} as $$
    select i.tenant_id, i.id, i.email, i.display_name, i.roles, o.name, o.brand_colour, o.locale
    from identity_invitation i join identity_organization o on o.tenant_id = i.tenant_id
    where i.token_hash = wanted_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > at
$$
"""

TENANT_OF_HOST = f"""
create function identity_tenant_of_host(wanted_host text)
returns table (tenant_id uuid, organization_name text, brand_colour text, logo_digest text, locale text,
               time_zone text)
language sql stable {_DEFINER} as $$
    select o.tenant_id, o.name, o.brand_colour, o.logo_digest, o.locale, o.time_zone
    from identity_domain d join identity_organization o on o.tenant_id = d.tenant_id
    where d.host = wanted_host and d.verified_at is not null
$$
"""

_TABLES = (
    f"""
    create table identity_organization (
        {TENANT_COLUMN},
        name text not null,
        brand_colour text not null default '#2348bd',
        logo_digest text,
        locale text not null default 'en',
        time_zone text not null default 'UTC',
        {TIMESTAMPS},
        constraint pk_identity_organization primary key (tenant_id)
    )
    """,
    f"""
    create table identity_logo (
        {TENANT_COLUMN},
        content bytea not null,
        media_type text not null,
        constraint pk_identity_logo primary key (tenant_id),
        constraint fk_identity_logo_tenant_id foreign key (tenant_id)
            references identity_organization (tenant_id) on delete cascade
    )
    """,
    """
    create table identity_person (
        id uuid not null,
        email text not null,
        name text not null default '',
        email_verified_at timestamptz,
        locale text,
        time_zone text,
        theme text not null default 'system',
        created_at timestamptz not null default now(),
        constraint pk_identity_person primary key (id),
        constraint uq_identity_person_email unique (email)
    )
    """,
    f"""
    create table identity_membership (
        {TENANT_COLUMN},
        id uuid not null,
        person_id uuid,
        email text not null,
        display_name text not null,
        roles text[] not null,
        status text not null default 'active',
        last_seen_at timestamptz,
        {TIMESTAMPS},
        constraint pk_identity_membership primary key (tenant_id, id),
        constraint fk_identity_membership_person_id foreign key (person_id) references identity_person (id),
        constraint ck_identity_membership_status check (status in ('active', 'suspended')),
        constraint ck_identity_membership_roles check (cardinality(roles) > 0)
    )
    """,
    f"""
    create table identity_group (
        {TENANT_COLUMN},
        id uuid not null,
        name text not null,
        description text not null default '',
        {TIMESTAMPS},
        constraint pk_identity_group primary key (tenant_id, id)
    )
    """,
    f"""
    create table identity_group_member (
        {TENANT_COLUMN},
        group_id uuid not null,
        membership_id uuid not null,
        added_at timestamptz not null default now(),
        constraint pk_identity_group_member primary key (tenant_id, group_id, membership_id),
        constraint fk_identity_group_member_tenant_id_group_id foreign key (tenant_id, group_id)
            references identity_group (tenant_id, id) on delete cascade,
        constraint fk_identity_group_member_tenant_id_membership_id foreign key (tenant_id, membership_id)
            references identity_membership (tenant_id, id) on delete cascade
    )
    """,
    f"""
    create table identity_invitation (
        {TENANT_COLUMN},
        id uuid not null,
        email text not null,
        display_name text not null default '',
        roles text[] not null,
        token_hash bytea not null,
        invited_by uuid,
        expires_at timestamptz not null,
        last_sent_at timestamptz not null,
        times_sent integer not null default 1,
        accepted_at timestamptz,
        accepted_by uuid,
        revoked_at timestamptz,
        {TIMESTAMPS},
        constraint pk_identity_invitation primary key (tenant_id, id)
    )
    """,
    f"""
    create table identity_domain (
        {TENANT_COLUMN},
        id uuid not null,
        host text not null,
        challenge text not null,
        verified_at timestamptz,
        last_checked_at timestamptz,
        {TIMESTAMPS},
        constraint pk_identity_domain primary key (tenant_id, id)
    )
    """,
)

_INDEXES = (
    "create unique index uq_identity_membership_person on identity_membership (tenant_id, person_id)",
    "create index ix_identity_membership_person on identity_membership (person_id)",
    "create index ix_identity_membership_email on identity_membership (tenant_id, lower(email))",
    "create index ix_identity_membership_name on identity_membership (tenant_id, lower(display_name), id)",
    "create index ix_identity_membership_owner on identity_membership (tenant_id, id) where 'owner' = any(roles)",
    "create unique index uq_identity_group_name on identity_group (tenant_id, lower(name))",
    "create index ix_identity_group_member_membership on identity_group_member (tenant_id, membership_id)",
    "create unique index uq_identity_invitation_token_hash on identity_invitation (token_hash)",
    """
    create unique index uq_identity_invitation_open on identity_invitation (tenant_id, email)
    where accepted_at is null and revoked_at is null
    """,
    "create unique index uq_identity_domain_tenant on identity_domain (tenant_id, host)",
    # A claim that nobody proved blocks nobody: only a verified host is unique over all organisations.
    "create unique index uq_identity_domain_host on identity_domain (host) where verified_at is not null",
)

_TENANT_TABLES = (
    "identity_organization",
    "identity_logo",
    "identity_membership",
    "identity_group",
    "identity_group_member",
    "identity_invitation",
    "identity_domain",
)


# Published to other contexts, which join it inside their own single statements: who may be given a seat, and
# by what name a roster is sorted. security_invoker: the reader's row-level security applies, not the owner's.
MEMBER = """
create view identity_member with (security_invoker = true) as
    select tenant_id, id, email, display_name, status, last_seen_at from identity_membership
"""


def upgrade() -> None:
    run(*_TABLES, *_INDEXES)
    run(MEMBER, "grant select on identity_member to scholr_app")
    for table in _TENANT_TABLES:
        protect_tenant_table(table)
    protect_table("identity_person", f"id = {PERSON}")
    open_to_definer("identity_person", "select, insert, update")
    open_to_definer("identity_organization")
    open_to_definer("identity_membership")
    open_to_definer("identity_invitation")
    open_to_definer("identity_domain")
    run(
        "grant update (last_seen_at) on identity_membership to scholr_definer",
        VIEWER,
        "grant select on identity_viewer to scholr_definer",
        SEEN,
        "revoke all on function identity_seen(uuid, uuid, timestamptz) from public",
        "grant execute on function identity_seen(uuid, uuid, timestamptz) to scholr_definer",
    )
    definer_function("identity_find_or_create_person(text, text, uuid)", FIND_OR_CREATE_PERSON)
    definer_function("identity_person_by_email(text)", PERSON_BY_EMAIL)
    definer_function("identity_verify_email(uuid, text, timestamptz)", VERIFY_EMAIL)
    definer_function("identity_owner(uuid)", OWNER)
    definer_function("identity_organizations_of(uuid)", ORGANIZATIONS_OF)
    definer_function("identity_invitation_for(bytea, timestamptz)", INVITATION_FOR)
    definer_function("identity_tenant_of_host(text)", TENANT_OF_HOST)
