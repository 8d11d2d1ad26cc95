"""What somebody sees whose organisation asks for more than a password."""

from typing import Any

from litestar import Response

from scholr.contexts.auth import facade as auth
from scholr.platform.http.api import page_get
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.platform.http.respond import SECOND_STEP
from scholr.web.account.profile import person_of
from scholr.web.page import PageRequest, redirect, show
from scholr.web.shell import Crumb


@page_get(SECOND_STEP)
async def required(request: PageRequest, actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    person_id = person_of(actor)
    if not context.is_held or context.viewer is None:
        return redirect("/")
    async with platform.db.read(None, person_id=person_id) as rx:
        protection = await auth.protection_of(rx, person_id)
    return show(
        request,
        "account/required.html",
        title="One more step",
        area="account",
        crumbs=(Crumb(label="One more step"),),
        asks=context.viewer.organization_name,
        is_set_up=bool(protection.has_totp or protection.passkeys),
        has_passkey=bool(protection.passkeys),
        has_others=context.viewer.organizations > 1,
    )


ROUTES: tuple[Any, ...] = (required,)
