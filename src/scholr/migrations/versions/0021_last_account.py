"""Nothing of an account stays when the last organisation that knew its person forgets them, whatever the order.

Two organisations that forget the same person in overlapping times each saw the other's membership and left the account
to the other. Who the member was goes last in each: whichever is the very last finds nobody, and takes all that is left.
"""

from scholr.migrations.ddl import run

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# As in 0014, with the person's row locked first, so that of two at once one is the last; and with the account's rows.
_FORGET_PERSON = """
create or replace function identity_forget_person(in_tenant uuid, in_member uuid)
returns bigint language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    person uuid;
begin
    if in_tenant is distinct from nullif(current_setting('app.tenant_id', true), '')::uuid then
        raise exception 'only members of the current organisation' using errcode = '42501';
    end if;
    select m.person_id into person from identity_membership m where m.tenant_id = in_tenant and m.id = in_member;
    perform from identity_person p where p.id = person for no key update;
    update identity_membership m set person_id = null, email = 'erased-' || in_member || '@erased.invalid',
        display_name = 'Former member', status = 'suspended', roles = array['learner'], last_seen_at = null
    where m.tenant_id = in_tenant and m.id = in_member;
    if person is null or exists (select from identity_membership m where m.person_id = person) then
        return 0;
    end if;
    delete from auth_session where person_id = person;
    delete from auth_credential where person_id = person;
    delete from auth_passkey where person_id = person;
    delete from auth_totp where person_id = person;
    delete from auth_recovery_code where person_id = person;
    delete from auth_one_time where person_id = person;
    update identity_person p set email = 'erased-' || p.id || '@erased.invalid', name = '', email_verified_at = null,
        locale = null, time_zone = null, theme = 'system' where p.id = person;
    return 1;
end $$
"""


def upgrade() -> None:
    # Only its owner may replace it.
    run("set local role scholr_definer", _FORGET_PERSON, "set local role scholr_owner")
