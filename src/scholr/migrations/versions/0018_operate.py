"""Operators switch capabilities from the operate area: through functions that ask the database who asks.

And auditors are told of operators: how long each has been one and what they did, without naming anybody.
"""

from scholr.migrations.ddl import definer_function, run

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_DEFINER = "security definer set search_path = pg_catalog, public"
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"

# What each of them is told of flags; of a cohort only which organisation's it is.
_RULES = f"""
create function platform_operate_flag_rules(p_person uuid)
returns table (key text, scope text, subject text, variant text, share integer, tenant_id uuid, organization text,
               changed_at timestamptz)
language plpgsql stable {_DEFINER} as $$
#variable_conflict use_column
begin
    perform auth_demand_operator(p_person);
    return query select r.key, r.scope, r.subject, r.variant, r.share, nullif(r.tenant_id, {_NOBODY}), o.name,
           r.changed_at
        from platform_flag_rule r left join identity_organization o on o.tenant_id = r.tenant_id
        order by r.key, r.scope, o.name, r.subject;
end $$
"""

_CHANGES = f"""
create function platform_operate_flag_changes(p_person uuid, p_key text, p_most integer)
returns table (key text, scope text, subject text, variant text, share integer, tenant_id uuid, organization text,
               changed_at timestamptz, action text, operator text, reason text)
language plpgsql stable {_DEFINER} as $$
#variable_conflict use_column
begin
    perform auth_demand_operator(p_person);
    return query select c.key, c.scope, c.subject, c.variant, c.share, nullif(c.tenant_id, {_NOBODY}), o.name,
           c.changed_at, c.action, c.operator, c.reason
        from platform_flag_change c left join identity_organization o on o.tenant_id = c.tenant_id
        where p_key is null or c.key = p_key order by c.seq desc limit p_most;
end $$
"""

# By its id or its whole name; two of the same name are both told.
_ORGANIZATION = f"""
create function platform_operate_organization(p_person uuid, p_wanted text)
returns table (id uuid, name text)
language plpgsql stable {_DEFINER} as $$
#variable_conflict use_column
begin
    perform auth_demand_operator(p_person);
    return query select o.tenant_id, o.name from identity_organization o
        where o.tenant_id::text = lower(btrim(p_wanted)) or lower(o.name) = lower(btrim(p_wanted)) limit 2;
end $$
"""

# The history, and what the operator did, in the transaction of the change. Called by the two functions below alone.
_NOTE = f"""
create function platform_operate_flag_note(p_person uuid, p_tenant uuid, p_action text, p_key text, p_scope text,
                                           p_subject text, p_variant text, p_share integer, p_reason text)
returns void language plpgsql {_DEFINER} as $$
begin
    insert into platform_flag_change (tenant_id, action, key, scope, subject, variant, share, operator, reason)
    values (p_tenant, p_action, p_key, p_scope, p_subject, p_variant, p_share,
            (select p.email from identity_person p where p.id = p_person), left(p_reason, 300));
    insert into auth_operator_act (person_id, act, subject)
    values (p_person, 'flag.' || p_action, concat_ws(' ', p_key, p_scope, nullif(p_subject, '')));
end $$
"""

# One change after another, as `scholr flags` does it: the numbers of the history come in the order of the commits.
# A rule says of itself whose it is, so that nothing can be written for one organisation in another one's name.
_DEMAND = f"""
    perform auth_demand_operator(p_person);
    if btrim(p_reason) = '' then
        raise exception 'a change of a flag has a reason' using errcode = '23514';
    end if;
    if (p_scope in ('kill', 'share')) is distinct from (p_tenant = {_NOBODY})
            or p_scope = 'tenant' and p_subject is distinct from p_tenant::text then
        raise exception 'not whose rule it is' using errcode = '23514';
    end if;
    perform pg_advisory_xact_lock(hashtext('platform_flag_change'));
"""

_PUT = f"""
create function platform_operate_flag_put(p_person uuid, p_tenant uuid, p_key text, p_scope text, p_subject text,
                                          p_variant text, p_share integer, p_reason text)
returns text language plpgsql {_DEFINER} as $$
begin
{_DEMAND}
    if p_scope = 'cohort' or p_scope = 'tenant' and not exists (
            select from identity_organization o where o.tenant_id = p_tenant) then
        return 'unknown';
    end if;
    if p_scope = 'share' and p_share > 10000 - (
            select coalesce(sum(r.share), 0) from platform_flag_rule r
            where r.key = p_key and r.scope = 'share' and r.subject <> p_subject) then
        return 'too much';
    end if;
    insert into platform_flag_rule as known (tenant_id, key, scope, subject, variant, share)
    values (p_tenant, p_key, p_scope, p_subject, p_variant, p_share)
    on conflict (tenant_id, key, scope, subject)
    do update set variant = excluded.variant, share = excluded.share, changed_at = clock_timestamp()
    where (known.variant, known.share) is distinct from (excluded.variant, excluded.share);
    if not found then
        return 'was';
    end if;
    perform platform_operate_flag_note(p_person, p_tenant, 'set', p_key, p_scope, p_subject, p_variant, p_share,
                                       p_reason);
    return 'changed';
end $$
"""

_TAKE = f"""
create function platform_operate_flag_take(p_person uuid, p_tenant uuid, p_key text, p_scope text, p_subject text,
                                           p_reason text)
returns text language plpgsql {_DEFINER} as $$
declare gone platform_flag_rule;
begin
{_DEMAND}
    delete from platform_flag_rule r
    where r.tenant_id = p_tenant and r.key = p_key and r.scope = p_scope and r.subject = p_subject
    returning * into gone;
    if not found then
        return 'was';
    end if;
    perform platform_operate_flag_note(p_person, p_tenant, 'clear', p_key, p_scope, p_subject, '', gone.share,
                                       p_reason);
    return 'changed';
end $$
"""

# A stay as an operator is told by its own id: who that was is for `scholr operator list` to say.
_STAYS = f"""
create function auth_operator_stays()
returns table (stay uuid, added_at timestamptz, removed_at timestamptz, has_second_step boolean)
language sql stable {_DEFINER} as $$
    select o.id, o.added_at, o.removed_at,
           exists (select from auth_totp t where t.person_id = o.person_id and t.confirmed_at is not null)
           or exists (select from auth_passkey k where k.person_id = o.person_id)
    from auth_operator o order by o.added_at, o.id
$$
"""

_DEEDS = f"""
create function auth_operator_deeds(p_since timestamptz)
returns table (at timestamptz, stay uuid, act text, subject text)
language sql stable {_DEFINER} as $$
    select a.at, (select o.id from auth_operator o where o.person_id = a.person_id and o.added_at <= a.at
                  order by o.added_at desc limit 1), a.act, a.subject
    from auth_operator_act a where a.at >= p_since order by a.at, a.id
$$
"""

_FOR_THE_WORKER = {
    "auth_operator_stays()": _STAYS,
    "auth_operator_deeds(timestamptz)": _DEEDS,
}
_FOR_THE_PROGRAM = {
    "platform_operate_flag_rules(uuid)": _RULES,
    "platform_operate_flag_changes(uuid, text, integer)": _CHANGES,
    "platform_operate_organization(uuid, text)": _ORGANIZATION,
    "platform_operate_flag_put(uuid, uuid, text, text, text, text, integer, text)": _PUT,
    "platform_operate_flag_take(uuid, uuid, text, text, text, text)": _TAKE,
}


def upgrade() -> None:
    # The policies of both tables let the definer's functions see every row since 0015.
    run(
        "grant insert, update, delete on platform_flag_rule to scholr_definer",
        "grant insert on platform_flag_change to scholr_definer",
    )
    note = "platform_operate_flag_note(uuid, uuid, text, text, text, text, text, integer, text)"
    run(_NOTE, f"revoke all on function {note} from public", f"alter function {note} owner to scholr_definer")
    for signature, sql in _FOR_THE_PROGRAM.items():
        definer_function(signature, sql)
    for signature, sql in _FOR_THE_WORKER.items():
        definer_function(signature, sql, to="scholr_worker")
