"""Changing rules: by operators only, through the worker's login, with a line in the history for each change.

What they do in the operate area goes through `operating.py`, and says the same things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from scholr.platform.db.unit import ReadUnit, WriteUnit
from scholr.platform.flags.errors import InvalidRule, TooMuch, UnknownFlag
from scholr.platform.flags.events import FlagChanged
from scholr.platform.flags.flag import Flag
from scholr.platform.flags.rules import WHOLE, Rule, Scope
from scholr.platform.tenantless import PLATFORM_TENANT, row_tenant

LONGEST_REASON = 300

# One change after another: the numbers of the history then come in the order of the commits, and processes ask by them.
_TURN = "select pg_advisory_xact_lock(hashtext('platform_flag_change'))"
_PUT = """
insert into platform_flag_rule as known (tenant_id, key, scope, subject, variant, share) values ($1, $2, $3, $4, $5, $6)
on conflict (tenant_id, key, scope, subject)
do update set variant = excluded.variant, share = excluded.share, changed_at = clock_timestamp()
where (known.variant, known.share) is distinct from (excluded.variant, excluded.share)
"""
_TAKE = "delete from platform_flag_rule where tenant_id = $1 and key = $2 and scope = $3 and subject = $4"
_NOTE = """
insert into platform_flag_change (tenant_id, action, key, scope, subject, variant, share, operator, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_RULES = "select tenant_id, key, scope, subject, variant, share from platform_flag_rule order by key, scope, subject"
_OTHER_SHARES = """
select coalesce(sum(share), 0) from platform_flag_rule where key = $1 and scope = 'share' and subject <> $2
"""
_HISTORY = """
select seq, changed_at, tenant_id, action, key, scope, subject, variant, share, operator, reason
from platform_flag_change where changed_at >= $1 order by seq desc limit $2
"""


@dataclass(frozen=True, slots=True)
class Said:
    """By whom and why, as the operator gives it."""

    operator: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the history. `action` is set or clear."""

    seq: int
    changed_at: datetime
    action: str
    rule: Rule
    said: Said


def check_rule(flag: Flag, rule: Rule) -> None:
    """Raises InvalidRule for what could be no rule of this flag, whatever other rules there are."""
    if rule.scope is not Scope.KILL and rule.variant not in flag.variants:
        said = f"{flag.key} is one of {', '.join(flag.variants)}."
        raise InvalidRule(said, fields={"variant": said})
    if rule.scope is Scope.SHARE and not 0 <= rule.share <= WHOLE:
        raise TooMuch


async def put_rule(tx: WriteUnit, flag: Flag, rule: Rule, said: Said) -> bool:
    """Make the rule true; False when it was so already. Raises InvalidRule."""
    check_rule(flag, rule)
    await tx.raw.execute(_TURN)
    if rule.scope is Scope.SHARE:
        others = await tx.raw.fetchval(_OTHER_SHARES, rule.key, rule.subject)
        if rule.share > WHOLE - others:
            raise TooMuch
    status = await tx.raw.execute(
        _PUT, row_tenant(tx.tenant_id), rule.key, rule.scope, rule.subject, rule.variant, rule.share
    )
    return await _noted(tx, "set", rule, said, changed=not status.endswith(" 0"))


async def take_rule(tx: WriteUnit, rule: Rule, said: Said) -> bool:
    """Take the rule away; False when there was none."""
    await tx.raw.execute(_TURN)
    status = await tx.raw.execute(_TAKE, row_tenant(tx.tenant_id), rule.key, rule.scope, rule.subject)
    return await _noted(tx, "clear", rule, said, changed=not status.endswith(" 0"))


async def _noted(tx: WriteUnit, action: str, rule: Rule, said: Said, *, changed: bool) -> bool:
    """In the history, and, of one organisation's rule, in the outbox on its way to that organisation's audit log."""
    if not changed:
        return False
    variant = rule.variant if action == "set" else ""
    await tx.raw.execute(
        _NOTE,
        row_tenant(tx.tenant_id),
        action,
        rule.key,
        rule.scope,
        rule.subject,
        variant,
        rule.share,
        said.operator[:LONGEST_REASON],
        said.reason[:LONGEST_REASON],
    )
    await tell_organization(tx, rule, variant)
    return True


async def tell_organization(tx: WriteUnit, rule: Rule, variant: str) -> None:
    """Of a rule of its own; rules of the whole deployment are in no organisation's log."""
    if tx.tenant_id is None:
        return
    await tx.emit(
        FlagChanged(
            tenant_id=tx.tenant_id,
            aggregate_id=tx.tenant_id,
            occurred_at=await tx.raw.fetchval("select now()"),
            key=rule.key,
            scope=rule.scope,
            subject=rule.subject,
            variant=variant,
        )
    )


async def all_rules(rx: ReadUnit) -> list[Rule]:
    """Every rule, of flags too that this version does not know."""
    return [_rule(row) for row in await rx.raw.fetch(_RULES)]


async def history(rx: ReadUnit, *, since: datetime, limit: int = 1000) -> list[Change]:
    """The latest change first."""
    rows = await rx.raw.fetch(_HISTORY, since, limit)
    return [
        Change(row["seq"], row["changed_at"], row["action"], _rule(row), Said(row["operator"], row["reason"]))
        for row in rows
    ]


def flag_named(flags: Sequence[Flag], key: str) -> Flag:
    """Raises UnknownFlag, and says which there are."""
    known: Mapping[str, Flag] = {flag.key: flag for flag in flags}
    if key not in known:
        raise UnknownFlag(f"There is no flag {key!r}; there are {', '.join(sorted(known))}.")
    return known[key]


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        key=row["key"],
        scope=Scope(row["scope"]),
        subject=row["subject"],
        variant=row["variant"],
        share=row["share"],
        tenant_id=None if row["tenant_id"] == PLATFORM_TENANT else row["tenant_id"],
    )
