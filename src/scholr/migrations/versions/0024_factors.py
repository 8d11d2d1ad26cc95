"""Whose factors a password alone may not change, and of how many people a stolen password opens the account."""

from scholr.migrations.ddl import TENANT, definer_function

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"
_STAFF = "array['owner', 'admin', 'instructor', 'assistant', 'auditor']"
_PERSON = "(nullif(current_setting('app.person_id', true), ''))::uuid"

# Of the bound person: has a factor, and belongs to an organisation that asks them for one, or operates the deployment.
_FACTOR_FIRST = f"""
create function auth_factor_first() returns boolean
language sql stable {_DEFINER} as $$
    select (exists (select from auth_totp t where t.person_id = {_PERSON} and t.confirmed_at is not null)
            or exists (select from auth_passkey k where k.person_id = {_PERSON}))
        and (exists (select from auth_operator o where o.person_id = {_PERSON} and o.removed_at is null)
            or exists (
                select from identity_viewer m join auth_sign_in_rule r on r.tenant_id = m.tenant_id
                where m.person_id = {_PERSON}
                    and (r.second_step = 'everybody' or (r.second_step = 'staff' and m.roles && {_STAFF}))))
$$
"""

# As auth_second_steps in 0020, which older processes go on calling, and who would be let in by a password alone: a
# passkey is another door, and no second lock on this one.
_PROTECTION = f"""
create function auth_protection()
returns table (is_staff boolean, people bigint, protected bigint, by_password bigint)
language sql stable {_DEFINER} as $$
    with member as (
        select m.roles && {_STAFF} as is_staff,
            exists (select from auth_totp t where t.person_id = m.person_id and t.confirmed_at is not null) as has_totp,
            exists (select from auth_passkey k where k.person_id = m.person_id) as has_passkey
        from identity_viewer m where m.tenant_id = {TENANT}
    )
    select is_staff, count(*), count(*) filter (where has_totp or has_passkey), count(*) filter (where not has_totp)
    from member group by 1
$$
"""


def upgrade() -> None:
    definer_function("auth_factor_first()", _FACTOR_FIRST)
    definer_function("auth_protection()", _PROTECTION)
