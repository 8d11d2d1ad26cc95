"""What is switched on for whom; switching it off at three in the morning, and on again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from litestar import Response
from litestar.params import FromPath

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Actor
from scholr.kernel.errors import NotFound
from scholr.kernel.ids import PersonId, parse_id
from scholr.platform.flags.errors import InvalidRule
from scholr.platform.flags.flag import Flag
from scholr.platform.flags.operating import (
    ChangeView,
    RuleView,
    last_changes,
    organization_named,
    put_as_operator,
    rules_in_force,
    take_as_operator,
)
from scholr.platform.flags.rules import WHOLE, Rule, Scope
from scholr.platform.flags.switches import HEARD_WITHIN
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.context import RequestContext
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.observability.operate import organizations
from scholr.platform.runtime import Platform
from scholr.web.account.security import confirm_first
from scholr.web.forms import Form, errors_of, read_form
from scholr.web.localisation import percent
from scholr.web.operate.gate import require_operator
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import session_of
from scholr.web.shell import Crumb, Flash

FLAGS = "/operate/flags"
Change = Callable[[PersonId, Flag, Form], Awaitable[bool]]
_TONES = ("bad", "warn", "good")
_HEARD = f"Every process has heard of it in {HEARD_WITHIN:g} seconds."


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag with its rules, the strongest first. `is_killed_here`: by this machine's kill file."""

    flag: Flag
    rules: Sequence[RuleView]
    is_killed_here: bool

    @property
    def more(self) -> str:
        """What its description says after its name."""
        return self.flag.description.removeprefix(self.flag.name).lstrip(". ")

    @property
    def is_killed(self) -> bool:
        return any(each.rule.scope is Scope.KILL for each in self.rules)

    @property
    def exceptions(self) -> Sequence[RuleView]:
        return [each for each in self.rules if each.rule.scope is not Scope.KILL]

    @property
    def tone(self) -> str:
        return "bad" if self.is_killed or self.is_killed_here else "warn" if self.exceptions else "good"

    @property
    def state(self) -> str:
        if self.is_killed:
            return "Switched off for everybody"
        if self.is_killed_here:
            return "Switched off on this machine"
        default = self.flag.default.capitalize()
        return f"{default}, with exceptions" if self.exceptions else f"{default} for everybody"


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was sent and refused: which, with what in it, and what is wrong."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def whom(each: RuleView | ChangeView) -> str:
    """For whom a rule speaks, as the end of a sentence."""
    rule, name = each.rule, each.organization or "an organisation that is gone"
    match rule.scope:
        case Scope.KILL:
            return "everybody"
        case Scope.SHARE:
            return f"{percent(rule.share / WHOLE, 0 if rule.share % 100 == 0 else 2)} of everybody"
        case Scope.TENANT:
            return name
        case Scope.COHORT:
            return f"a cohort of {name}"


def deed(change: ChangeView) -> str:
    """What an operator did, as a sentence after the name."""
    if change.rule.scope is Scope.KILL:
        return "switched it off for everybody" if change.action == "set" else "switched it on again"
    if change.action == "set":
        return f"set it to {change.rule.variant} for {whom(change)}"
    return f"took the rule for {whom(change)} away"


@page_get(FLAGS)
async def flags_page(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    """Three statements: the session, the rules, the history."""
    operator = require_operator(actor)
    views = sorted(await _views(platform, operator), key=lambda each: _TONES.index(each.tone))
    return show(
        request,
        "operate/flags.html",
        title="Flags",
        area="operate",
        crumbs=(Crumb(label="Flags"),),
        views=views,
        changes=await last_changes(platform, operator),
        names={each.flag.key: each.flag.name for each in views},
        whom=whom,
        deed=deed,
        heard_within=HEARD_WITHIN,
    )


@page_get(f"{FLAGS}/{{flag:str}}")
async def flag_page(
    request: PageRequest, flag: FromPath[str], actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    """Where it is changed; whoever comes here has shown lately who they are."""
    operator = require_operator(actor)
    found = _declared(platform, flag)
    try:
        await auth.require_recent_proof(platform, actor, session_of(context))
    except auth.SignInAgain as error:
        return confirm_first(_address(found), error)
    return await _flag_page(request, platform, operator, found, Tried())


async def _flag_page(
    request: PageRequest, platform: Platform, operator: PersonId, flag: Flag, tried: Tried
) -> Response[Any]:
    view = next(each for each in await _views(platform, operator) if each.flag is flag)
    return show(
        request,
        "operate/flag.html",
        title=view.flag.name,
        area="operate",
        crumbs=(Crumb(label="Flags", href=FLAGS), Crumb(label=view.flag.name)),
        status_code=422 if tried.errors else 200,
        view=view,
        changes=await last_changes(platform, operator, key=flag.key),
        busy=await organizations(platform, operator),
        variants=[(each, each.capitalize()) for each in flag.variants],
        tried=tried,
        whom=whom,
        deed=deed,
        heard_within=HEARD_WITHIN,
    )


@page_post(f"{FLAGS}/kill")
async def kill(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Off for everybody, whatever its rules say."""

    async def change(operator: PersonId, flag: Flag, form: Form) -> bool:
        return await put_as_operator(
            platform, operator, flag, Rule(key=flag.key, scope=Scope.KILL), form.text("reason")
        )

    return await _changed(request, actor, context, platform, change, "It is switched off.")


@page_post(f"{FLAGS}/restore")
async def restore(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Its rules and its default count again."""

    async def change(operator: PersonId, flag: Flag, form: Form) -> bool:
        return await take_as_operator(platform, operator, Rule(key=flag.key, scope=Scope.KILL), form.text("reason"))

    return await _changed(request, actor, context, platform, change, "It is switched on again.")


@page_post(f"{FLAGS}/rule")
async def put_rule(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Another variant for one organisation, or for a share of everybody."""

    async def change(operator: PersonId, flag: Flag, form: Form) -> bool:
        variant = form.text("variant")
        if form.text("form") == "organization":
            tenant_id = await organization_named(platform, operator, form.text("organization"))
            scope, subject = Scope.TENANT, str(tenant_id)
            rule = Rule(key=flag.key, scope=scope, subject=subject, variant=variant, tenant_id=tenant_id)
        else:
            share = _share(form.text("percent"))
            rule = Rule(key=flag.key, scope=Scope.SHARE, subject=variant, variant=variant, share=share)
        return await put_as_operator(platform, operator, flag, rule, form.text("reason"))

    return await _changed(request, actor, context, platform, change, "The rule is set.")


@page_post(f"{FLAGS}/clear")
async def clear(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """Take a rule away."""

    async def change(operator: PersonId, flag: Flag, form: Form) -> bool:
        scope, subject = form.text("scope"), form.text("subject")
        if scope not in (Scope.TENANT, Scope.COHORT, Scope.SHARE):
            raise NotFound
        tenant_id = parse_id(form.text("tenant"))
        rule = Rule(key=flag.key, scope=Scope(scope), subject=subject, tenant_id=tenant_id)
        if (tenant_id is None) is not (rule.scope is Scope.SHARE):
            raise NotFound
        return await take_as_operator(platform, operator, rule, form.text("reason"))

    return await _changed(request, actor, context, platform, change, "The rule is gone.")


async def _changed(
    request: PageRequest,
    actor: Actor,
    context: RequestContext,
    platform: Platform,
    change: Change,
    said: str,
) -> Response[Any]:
    """Back to the flag with what came of it; refused forms stand there as they were sent."""
    operator = require_operator(actor)
    form = await read_form(request)
    flag = _declared(platform, form.text("flag"))
    try:
        await auth.require_recent_proof(platform, actor, session_of(context))
    except auth.SignInAgain as error:
        return confirm_first(_address(flag), error)
    try:
        changed = await change(operator, flag, form)
    except InvalidRule as error:
        which = form.text("form")
        values = {name: form.text(name) for name in ("organization", "percent", "variant", "reason")}
        return await _flag_page(request, platform, operator, flag, Tried(which, values, errors_of(error, "reason")))
    text = f"{said} {_HEARD}" if changed else "It was so already."
    return redirect(_address(flag), flash=Flash(text=text))


async def _views(platform: Platform, operator: PersonId) -> list[FlagView]:
    rules = await rules_in_force(platform, operator)
    return [
        FlagView(flag, [each for each in rules if each.rule.key == flag.key], platform.flags.is_killed_here(flag.key))
        for flag in platform.flags.declared
    ]


def _declared(platform: Platform, key: str) -> Flag:
    found = next((each for each in platform.flags.declared if each.key == key), None)
    if found is None:
        raise NotFound
    return found


def _share(text: str) -> int:
    try:
        share = round(float(text.replace(",", ".").removesuffix("%")) * 100)
    except (ValueError, OverflowError):
        share = -1
    if not 0 < share <= WHOLE:
        said = "A share is a number above 0, at most 100."
        raise InvalidRule(said, fields={"percent": said})
    return share


def _address(flag: Flag) -> str:
    return f"{FLAGS}/{flag.key}"


ROUTES: tuple[Any, ...] = (flags_page, flag_page, kill, restore, put_rule, clear)
