"""What is collected, part by part: ids of organisations and memberships, numbers, names of our own."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from importlib.metadata import Distribution, distributions
from platform import python_version
from typing import Any

from scholr import __version__
from scholr.contexts.auth import facade as auth
from scholr.contexts.compliance import facade as compliance
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.evidence.asked import Asked, Facts, Part
from scholr.entrypoints.evidence.people import erasures, holds, operators, retention
from scholr.entrypoints.wiring import live_flags
from scholr.kernel.actor import Role
from scholr.platform.db.head import head_revision
from scholr.platform.flags.ledger import all_rules, history
from scholr.platform.flags.rules import Rule
from scholr.platform.jobs.store import list_failed
from scholr.platform.observability import queries as figures
from scholr.platform.observability.tidying import KEPT
from scholr.platform.outbox.parked import list_dead_letters

PRIVILEGED = (Role.OWNER, Role.ADMIN, Role.INSTRUCTOR, Role.ASSISTANT, Role.AUDITOR, Role.OBSERVER)

_TABLES = """
select c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity as row_security,
    c.relforcerowsecurity as forced,
    array(select p.polname::text from pg_policy p where p.polrelid = c.oid order by 1) as policies,
    array(select distinct g.grantee || ': ' || g.privilege_type from (
        select pg_get_userbyid(a.grantee) as grantee, a.privilege_type
        from aclexplode(c.relacl) a where a.grantee <> c.relowner) g order by 1) as granted
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1
"""
_ROLES = """
select r.rolname as name, r.rolcanlogin as can_log_in, r.rolsuper as is_superuser, r.rolbypassrls as bypasses_policies,
    r.rolcreaterole as creates_roles, r.rolcreatedb as creates_databases,
    array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
        where m.member = r.oid order by 1) as member_of
from pg_roles r where r.rolname !~ '^pg_' order by 1
"""
_DEFINERS = """
select p.proname as name, pg_get_userbyid(p.proowner) as owner, p.proconfig as settings
from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef order by 1
"""
_PERIODIC = "select name, next_at from platform_periodic order by name"


async def audit(asked: Asked) -> Facts:
    """Each log, proven now as `scholr audit verify` proves it, with the checkpoints outside the database."""
    platform, found = asked.platform, {}
    signer, shelf = compliance.signer_of(platform), compliance.StoredShelf(platform.storage)
    for tenant_id in sorted(await compliance.logs_to_verify(asked.worker_db, shelf)):
        verdict = await compliance.verify(platform.db, tenant_id, signer.public, shelf)
        found[str(tenant_id)] = {
            "is_whole": verdict.is_whole,
            "entries": verdict.entries,
            "checkpoints": verdict.checkpoints,
            "signed_upto": verdict.signed_upto,
            "findings": [str(finding.fault) for finding in verdict.findings],
        }
    return {
        "all_whole": all(each["is_whole"] for each in found.values()),
        "public_keys": [key.hex() for key in signer.public],
        "organizations": found,
    }


async def database(asked: Asked) -> Facts:
    """Tables with their policies and rights, roles, and the functions that run above the policies."""
    async with asked.platform.db.read(None) as rx:
        tables = [dict(row) for row in await rx.raw.fetch(_TABLES)]
        roles = [dict(row) for row in await rx.raw.fetch(_ROLES)]
        definers = [dict(row) for row in await rx.raw.fetch(_DEFINERS)]
        server = await rx.raw.fetchval("show server_version")
    ours = [each for each in roles if is_ours(each)]
    others = [each for each in roles if not is_ours(each)]
    bare = [each["name"] for each in tables if not (each["row_security"] and each["forced"])]
    return {
        "server_version": server,
        "tables_without_forced_policies": bare,
        "program_bypasses_policies": await asked.platform.db.may_bypass_policies(),
        "tables": tables,
        "roles": ours,
        "other_roles": {  # a login of the server may be named for somebody
            "number": len(others),
            "superusers": sum(each["is_superuser"] for each in others),
            "bypass_policies": sum(each["bypasses_policies"] for each in others),
        },
        "definer_functions": definers,
    }


def is_ours(role: Mapping[str, Any]) -> bool:
    return any(name.startswith("scholr") for name in (role["name"], *role["member_of"]))


async def schema(asked: Asked) -> Facts:
    stands_at, head = await asked.platform.db.schema_revision(), head_revision()
    return {"stands_at": stands_at, "this_version_has": head, "is_current": stands_at == head}


async def settings(asked: Asked) -> Facts:
    """Numbers, switches and choices as they are; of every text and secret only whether it is set."""
    return {name: _shown(getattr(asked.environment, name)) for name in sorted(type(asked.environment).model_fields)}


def _shown(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, bool | int | float) else "set" if value else "not set"


async def software(_asked: Asked) -> Facts:
    """What is installed, with the hash of each package's own list of file hashes."""
    packages = {
        each.name.lower(): {"version": each.version, "record_sha256": _record(each)} for each in distributions()
    }
    return {"scholr": __version__, "python": python_version(), "packages": packages}


def _record(package: Distribution) -> str | None:
    text = package.read_text("RECORD")
    return hashlib.sha256(text.encode()).hexdigest() if text else None


async def access(asked: Asked) -> Facts:
    """For each organisation: of whom it asks a second step, members with more rights than a learner, and API tokens
    with their ages in days."""
    found = {}
    for tenant_id in await asked.organizations():
        async with asked.platform.db.read(tenant_id) as rx:
            members = await identity.privileged_members(rx, PRIVILEGED)
            tokens = await auth.token_ages(rx, asked.now)
            second_step = await auth.second_step_asked_of(rx)
        found[str(tenant_id)] = {
            "second_step_asked_of": second_step.value,
            "members": [
                {
                    "membership": each.membership_id,
                    "roles": sorted(each.roles),
                    "status": each.status,
                    "since": each.since,
                    "last_seen_at": each.last_seen_at,
                }
                for each in members
            ],
            "tokens": [
                {
                    "token": each.id,
                    "membership": each.membership_id,
                    "scopes": sorted(each.scopes),
                    "age_days": (asked.now - each.created_at).days,
                    "expires_at": each.expires_at,
                    "last_used_at": each.last_used_at,
                }
                for each in tokens
            ],
        }
    return {"organizations": found}


async def activity(asked: Asked) -> Facts:
    """How often each action was entered: failed sign-ins, refusals, changes of rights, exports, erasures, looks."""
    found, total = {}, Counter[str]()
    for tenant_id in await asked.organizations():
        async with asked.platform.db.read(tenant_id) as rx:
            found[str(tenant_id)] = await compliance.action_counts(rx, asked.since)
        total.update(found[str(tenant_id)])
    return {
        "failed_sign_ins": total["auth.sign_in_failed"],
        "refusals": total["platform.access_refused"],
        "all": dict(total),
        "organizations": found,
    }


async def objectives(asked: Asked) -> Facts:
    """Budgets of this month, and each class of work over the period, as far back as figures are kept."""
    budgets = await figures.budgets(asked.platform)
    since = max(asked.since, asked.now - KEPT)
    classes = await figures.golden_signals(asked.platform, over=asked.now - since, until=asked.now)
    return {
        "budgets_of_this_month": [
            {
                "objective": each.objective.name,
                "says": each.objective.sentence,
                "target": each.objective.target,
                "good": each.good,
                "total": each.total,
                "left": each.left,
                "is_on_course": each.is_on_course,
            }
            for each in budgets
        ],
        "classes_since": since,
        "classes": [
            {"class": each.class_name, "ok": each.ok, "refused": each.refused, "failed": each.failed, "p95": each.p95}
            for each in classes
        ],
    }


async def background(asked: Asked) -> Facts:
    """Failed jobs and events, without what they said; periodic work, among it retention; queues and live workers."""
    async with asked.worker_db.read(None) as rx:
        failed, dead = await list_failed(rx), await list_dead_letters(rx)
        periodic = [dict(row) for row in await rx.raw.fetch(_PERIODIC)]
    late = [each["name"] for each in periodic if each["next_at"] < asked.now - timedelta(hours=1)]
    return {
        "failed_jobs": Counter(each.name for each in failed),
        "dead_events": Counter(f"{each.event_type} → {each.consumer}" for each in dead),
        "periodic_work": periodic,
        "periodic_work_that_is_late": late,
        "queues": await figures.backlog(asked.platform),
    }


async def flags(asked: Asked) -> Facts:
    """Flags of this version, rules, and changes in the period. Who and why stay in `scholr flags history`."""
    async with asked.worker_db.read(None) as rx:
        rules, changes = await all_rules(rx), await history(rx, since=asked.since, limit=100_000)
    return {
        "declared": [
            {"key": each.key, "owner": each.owner, "default": each.default, "expires": each.expires}
            for each in live_flags()
        ],
        "rules": [_rule(each) for each in rules],
        "changes": [
            {"seq": each.seq, "at": each.changed_at, "action": each.action, **_rule(each.rule)} for each in changes
        ],
    }


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "key": rule.key,
        "scope": rule.scope.value,
        "subject": rule.subject,
        "variant": rule.variant,
        "share": rule.share,
        "organization": rule.tenant_id,
    }


PARTS: Mapping[str, Part] = {
    "access": access,
    "activity": activity,
    "audit": audit,
    "background": background,
    "database": database,
    "erasures": erasures,
    "flags": flags,
    "holds": holds,
    "objectives": objectives,
    "operators": operators,
    "retention": retention,
    "schema": schema,
    "settings": settings,
    "software": software,
}
