"""`scholr flags`: what is switched on for whom, and switching it off at three in the morning."""

import asyncio
import getpass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from scholr.contexts.enrollment import facade as enrollment
from scholr.contexts.identity import facade as identity
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.reach import the_platform, the_workers_database
from scholr.entrypoints.settings import kill_file
from scholr.entrypoints.wiring import live_flags
from scholr.kernel.ids import TenantId
from scholr.platform.flags.errors import InvalidRule
from scholr.platform.flags.flag import Flag
from scholr.platform.flags.kill_file import read_keys, write_keys
from scholr.platform.flags.ledger import Said, all_rules, flag_named, history, put_rule, take_rule
from scholr.platform.flags.rules import Rule, Scope
from scholr.platform.flags.switches import HEARD_WITHIN

flags = App(name="flags", help="What is switched on for whom; kill switches.")

out = Console(highlight=False, soft_wrap=True)

Why = Annotated[str, Parameter(name="--why")]


@flags.command(name="list")
def list_flags() -> None:
    """Every flag of this version, what it is by default, and the rules that say otherwise."""
    here, stored = _killed_here(), asyncio.run(_stored())
    known = live_flags()
    for flag in known:
        until = f"until {flag.expires:%F}, kept by {flag.owner}"
        out.print(f"[bold]{flag.key}[/bold]: {flag.default}, one of {', '.join(flag.variants)}; {until}")
        out.print(f"  {flag.description}")
        for rule in stored:
            if rule.key == flag.key:
                out.print(f"  {_words(rule)}")
        if flag.key in here:
            out.print("  killed in this machine's kill file")
    for key in sorted({rule.key for rule in stored} | here - {flag.key for flag in known}):
        if key not in {flag.key for flag in known}:
            out.print(f"{key}: rules of a flag that this version does not have")


@flags.command(name="set")
def set_rule(
    key: str,
    variant: str,
    *,
    organization: UUID | None = None,
    cohort: UUID | None = None,
    percent: float | None = None,
    why: Why = "",
) -> None:
    """Give an organisation, one of its cohorts, or a share of all people another variant (on, off, …)."""
    flag = flag_named(live_flags(), key)
    rule = _rule(flag, variant=variant, organization=organization, cohort=cohort, percent=percent)
    if rule.scope is Scope.KILL:
        raise InvalidRule("Say for whom: --organization, --organization with --cohort, or --percent.")
    _tell(rule, changed=asyncio.run(_put(flag, rule, why)))


@flags.command
def kill(key: str, *, here: bool = False, why: Why = "") -> None:
    """Switch a capability off for everybody, whatever its rules say.

    `--here` needs no database: it writes this machine's kill file.
    """
    flag = flag_named(live_flags(), key)
    if here:
        write_keys(kill_file(Environment()), _killed_here() | {flag.key})
        _tell(Rule(key=flag.key, scope=Scope.KILL), changed=True)
        return
    rule = Rule(key=flag.key, scope=Scope.KILL)
    _tell(rule, changed=asyncio.run(_put(flag, rule, why)))


@flags.command
def clear(
    key: str,
    *,
    organization: UUID | None = None,
    cohort: UUID | None = None,
    share_of: str = "",
    here: bool = False,
    why: Why = "",
) -> None:
    """Take a rule away: an organisation's, a cohort's, a share (`--share-of on`); without any of these, the kill.

    The key may be one that this version no longer has.
    """
    if here:
        write_keys(kill_file(Environment()), _killed_here() - {key})
        out.print(f"{key}: no longer killed in this machine's kill file")
        return
    rule = _named_rule(key, variant=share_of, organization=organization, cohort=cohort, share=0 if share_of else None)
    changed = asyncio.run(_take(rule, why))
    out.print(f"{key}: taken away, heard within {HEARD_WITHIN:g} s" if changed else f"{key}: there was no such rule")


@flags.command(name="history")
def show_history(*, days: int = 90) -> None:
    """Who changed what, and why; the latest first."""

    async def run() -> Table:
        table = Table("at", "by", "did", "rule", "why")
        async with the_workers_database(Environment()) as database, database.read(None) as rx:
            for each in await history(rx, since=datetime.now(UTC) - timedelta(days=days)):
                said = each.said
                table.add_row(f"{each.changed_at:%F %T}", said.operator, each.action, _named(each.rule), said.reason)
        return table

    out.print(asyncio.run(run()))


def _rule(flag: Flag, *, variant: str, organization: UUID | None, cohort: UUID | None, percent: float | None) -> Rule:
    share = None if percent is None else round(percent * 100)
    return _named_rule(flag.key, variant=variant, organization=organization, cohort=cohort, share=share)


def _named_rule(key: str, *, variant: str, organization: UUID | None, cohort: UUID | None, share: int | None) -> Rule:
    if share is not None:
        if organization or cohort:
            raise InvalidRule("A share is one of everybody: name no organisation and no cohort beside it.")
        return Rule(key=key, scope=Scope.SHARE, subject=variant, variant=variant, share=share)
    if cohort is not None:
        if organization is None:
            raise InvalidRule("Name the cohort's organisation, too: --organization.")
        return Rule(key=key, scope=Scope.COHORT, subject=str(cohort), variant=variant, tenant_id=organization)
    if organization is not None:
        return Rule(key=key, scope=Scope.TENANT, subject=str(organization), variant=variant, tenant_id=organization)
    return Rule(key=key, scope=Scope.KILL)


async def _put(flag: Flag, rule: Rule, why: str) -> bool:
    tenant_id = TenantId(rule.tenant_id) if rule.tenant_id else None
    if tenant_id is not None:
        async with the_platform(Environment()) as platform, platform.db.read(tenant_id) as rx:
            await identity.require_organization(rx)
            if rule.scope is Scope.COHORT and await enrollment.cohort(rx, UUID(rule.subject)) is None:
                raise InvalidRule("That organisation has no such cohort.", fields={"cohort": "unknown"})
    async with the_workers_database(Environment()) as database, database.write(tenant_id) as tx:
        return await put_rule(tx, flag, rule, Said(getpass.getuser(), why))


async def _take(rule: Rule, why: str) -> bool:
    tenant_id = TenantId(rule.tenant_id) if rule.tenant_id else None
    async with the_workers_database(Environment()) as database, database.write(tenant_id) as tx:
        return await take_rule(tx, rule, Said(getpass.getuser(), why))


async def _stored() -> list[Rule]:
    async with the_workers_database(Environment()) as database, database.read(None) as rx:
        return await all_rules(rx)


def _killed_here() -> frozenset[str]:
    path = kill_file(Environment())
    return read_keys(path) if path.exists() else frozenset()


def _tell(rule: Rule, *, changed: bool) -> None:
    heard = f", heard within {HEARD_WITHIN:g} s" if changed else " already"
    out.print(f"{rule.key}: {_words(rule)}{heard}")


def _words(rule: Rule) -> str:
    match rule.scope:
        case Scope.KILL:
            return "killed"
        case Scope.SHARE:
            return f"{rule.variant} for {rule.share / 100:g} %"
        case Scope.COHORT:
            return f"{rule.variant} for cohort {rule.subject} of {rule.tenant_id}"
        case Scope.TENANT:
            return f"{rule.variant} for {rule.subject}"


def _named(rule: Rule) -> str:
    return f"{rule.key}: {_words(rule)}"
