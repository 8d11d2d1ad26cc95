"""Of whom the organisation asks a second step, and how many could show one today."""

from typing import Any

from litestar import Response

from scholr.contexts.auth import facade as auth
from scholr.kernel.actor import Actor
from scholr.kernel.errors import DomainError
from scholr.platform.http.api import page_get, page_post
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.runtime import Platform
from scholr.platform.security.permissions import may
from scholr.web.account.security import confirm_first
from scholr.web.admin.security import SECURITY, TABS
from scholr.web.forms import errors_of, read_form
from scholr.web.page import PageRequest, redirect, show
from scholr.web.session_cookie import session_of
from scholr.web.shell import Crumb, Flash

RULE = f"{SECURITY}/second-step"
_CRUMBS = (Crumb(label="Security", href=SECURITY), Crumb(label="Second step"))
_SAVED = {
    auth.AskedOf.NOBODY: "Saved. A password is enough for everybody.",
    auth.AskedOf.STAFF: "Saved. Staff are asked for a second step with their next click.",
    auth.AskedOf.EVERYBODY: "Saved. Everybody is asked for a second step with their next click.",
}


@page_get(RULE)
async def rule(request: PageRequest, actor: TheActor, platform: ThePlatform) -> Response[Any]:
    return await _rule(request, platform, actor)


async def _rule(
    request: PageRequest, platform: Platform, actor: Actor, chosen: str = "", error: DomainError | None = None
) -> Response[Any]:
    found = await auth.sign_in_rule(platform, actor)
    return show(
        request,
        "admin/security_second_step.html",
        title="Second step",
        area="admin",
        crumbs=_CRUMBS,
        status_code=200 if error is None else 422,
        rule=found,
        chosen=chosen or found.asked_of.value,
        errors=errors_of(error, "second_step") if error else {},
        is_unproven=isinstance(error, auth.ProveYourselfFirst),
        tabs=TABS,
        may_manage=may(actor, auth.MANAGE_SIGN_IN),
    )


@page_post(RULE)
async def save_rule(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    chosen = (await read_form(request)).text("second_step")
    try:
        asked_of = auth.asked_of(chosen)
        await auth.ask_second_step(platform, actor, session_of(context), asked_of)
    except auth.SignInAgain as error:
        return confirm_first(RULE, error)
    except (auth.ProveYourselfFirst, auth.UnknownAnswer) as error:
        return await _rule(request, platform, actor, chosen, error)
    return redirect(RULE, flash=Flash(text=_SAVED[asked_of]))


ROUTES: tuple[Any, ...] = (rule, save_rule)
