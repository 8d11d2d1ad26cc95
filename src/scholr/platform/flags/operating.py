"""Flags in the operate area: seen and changed through functions in the database that are told who asks.

The application's login has no right to the tables. Each change is in the history and among the operator's acts, and of
one organisation's rule on its way to that organisation's audit log, all in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from scholr.kernel.ids import PersonId, TenantId
from scholr.platform.db.retry import retried
from scholr.platform.db.statement import DefinerCall
from scholr.platform.flags.errors import InvalidRule, TooMuch
from scholr.platform.flags.flag import Flag
from scholr.platform.flags.ledger import LONGEST_REASON, check_rule, tell_organization
from scholr.platform.flags.rules import Rule, Scope
from scholr.platform.outbox.origin import originating
from scholr.platform.runtime import Platform
from scholr.platform.tenantless import row_tenant

log = structlog.get_logger("scholr.operators")

_RULES = DefinerCall("platform_operate_flag_rules", 1)
_CHANGES = DefinerCall("platform_operate_flag_changes", 3)
_ORGANIZATION = DefinerCall("platform_operate_organization", 2)
_PUT = DefinerCall("platform_operate_flag_put", 8)
_TAKE = DefinerCall("platform_operate_flag_take", 6)

CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class RuleView:
    """`organization` is the name of whose rule it is; empty for the deployment's own, or one that is gone."""

    rule: Rule
    organization: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A line of the history. `action` is set or clear; `operator` is a login of the machine, or an e-mail address."""

    rule: Rule
    organization: str
    changed_at: datetime
    action: str
    operator: str
    reason: str


async def rules_in_force(platform: Platform, person_id: PersonId) -> list[RuleView]:
    """Every rule, of flags too that this version does not know."""
    rows = await platform.db.ask(_RULES, person_id)
    return [RuleView(_rule(row), row["organization"] or "", row["changed_at"]) for row in rows]


async def last_changes(
    platform: Platform, person_id: PersonId, *, key: str | None = None, most: int = 20
) -> list[ChangeView]:
    """The latest first; of one flag when its `key` is given."""
    rows = await platform.db.ask(_CHANGES, person_id, key, most)
    return [
        ChangeView(
            _rule(row), row["organization"] or "", row["changed_at"], row["action"], row["operator"], row["reason"]
        )
        for row in rows
    ]


async def organization_named(platform: Platform, person_id: PersonId, wanted: str) -> UUID:
    """By its id or its whole name. Raises InvalidRule for none, and for two of the same name."""
    rows = await platform.db.ask(_ORGANIZATION, person_id, wanted)
    if len(rows) == 1:
        return UUID(str(rows[0]["id"]))
    said = "Two organisations have this name. Give the id." if rows else "There is no organisation of this name or id."
    raise InvalidRule(said, fields={"organization": said})


@retried
async def put_as_operator(platform: Platform, person_id: PersonId, flag: Flag, rule: Rule, reason: str) -> bool:
    """Make the rule true; False when it was so already. Raises InvalidRule."""
    check_rule(flag, rule)
    reason = checked_reason(reason)
    tenant_id = TenantId(rule.tenant_id) if rule.tenant_id else None
    with originating(None):  # the organisation is told what was done, and not by whom or from where
        async with platform.db.write(tenant_id) as tx:
            said = await tx.ask(
                _PUT,
                person_id,
                row_tenant(tenant_id),
                rule.key,
                rule.scope,
                rule.subject,
                rule.variant,
                rule.share,
                reason,
            )
            changed = _outcome(said)
            if changed:
                await tell_organization(tx, rule, rule.variant)
    _noted(person_id, "flag.set", rule)
    return changed


@retried
async def take_as_operator(platform: Platform, person_id: PersonId, rule: Rule, reason: str) -> bool:
    """Take the rule away; False when there was none."""
    reason = checked_reason(reason)
    tenant_id = TenantId(rule.tenant_id) if rule.tenant_id else None
    with originating(None):
        async with platform.db.write(tenant_id) as tx:
            said = await tx.ask(_TAKE, person_id, row_tenant(tenant_id), rule.key, rule.scope, rule.subject, reason)
            changed = _outcome(said)
            if changed:
                await tell_organization(tx, rule, "")
    _noted(person_id, "flag.clear", rule)
    return changed


def checked_reason(reason: str) -> str:
    if not reason.strip():
        said = "Say why: whoever looks here next needs it."
        raise InvalidRule(said, fields={"reason": said})
    return reason.strip()[:LONGEST_REASON]


def _outcome(rows: Sequence[asyncpg.Record]) -> bool:
    match rows[0][0]:
        case "too much":
            raise TooMuch
        case "unknown":
            raise InvalidRule("There is no such organisation.", fields={"organization": "There is none of this id."})
        case outcome:
            return bool(outcome == CHANGED)


def _noted(person_id: PersonId, act: str, rule: Rule) -> None:
    subject = f"{rule.key} {rule.scope} {rule.subject}".rstrip()
    log.info("an operator acted", act=act, person_id=str(person_id), subject=subject)


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        key=row["key"],
        scope=Scope(row["scope"]),
        subject=row["subject"],
        variant=row["variant"],
        share=row["share"],
        tenant_id=row["tenant_id"],
    )
