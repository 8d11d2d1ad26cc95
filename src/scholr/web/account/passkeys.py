"""Adding and removing passkeys, and showing one again."""

from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from scholr.contexts.auth import facade as auth
from scholr.platform.http.api import page_post
from scholr.platform.http.given import TheActor, TheContext, ThePlatform
from scholr.web.account.security import SECURITY, confirm_first
from scholr.web.page import PageRequest, redirect
from scholr.web.public.passkeys import PasskeyAnswer, challenge_body
from scholr.web.session_cookie import client_of, keep_session, session_of
from scholr.web.shell import Flash
from scholr.web.where_next import local_or_home


@page_post("/account/passkeys/options")
async def options(actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    """403 `sign_in_again` or `factor_first` tells the island to lead to the page that asks for a proof."""
    return challenge_body(await auth.begin_registration(platform, actor, session_of(context)))


@page_post("/account/passkeys")
async def add_passkey(
    data: JSONBody[PasskeyAnswer], actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    started = await auth.finish_registration(
        platform,
        actor,
        session_of(context),
        challenge_id=data.challenge_id,
        credential=data.credential,
        name=data.name,
    )
    answer: Response[Any] = Response({"next": SECURITY})
    keep_session(answer, platform, started.token, started.lasts)
    return answer


@page_post("/account/passkeys/{passkey_id:uuid}/remove")
async def remove_passkey(
    passkey_id: FromPath[UUID], actor: TheActor, context: TheContext, platform: ThePlatform
) -> Response[Any]:
    try:
        await auth.remove_passkey(platform, actor, session_of(context), auth.PasskeyId(passkey_id))
    except auth.SignInAgain as error:
        return confirm_first(SECURITY, error)
    return redirect(
        SECURITY, flash=Flash(text="The passkey opens your account no more. Your other devices are signed out.")
    )


@page_post("/account/security/confirm/passkey/options")
async def confirm_options(actor: TheActor, context: TheContext, platform: ThePlatform) -> Response[Any]:
    return challenge_body(await auth.begin_passkey_confirmation(platform, actor, session_of(context)))


@page_post("/account/security/confirm/passkey")
async def confirm(
    request: PageRequest,
    data: JSONBody[PasskeyAnswer],
    actor: TheActor,
    context: TheContext,
    platform: ThePlatform,
) -> Response[Any]:
    started = await auth.confirm_passkey(
        platform,
        actor,
        session_of(context),
        challenge_id=data.challenge_id,
        credential=data.credential,
        client=client_of(request, context),
    )
    answer: Response[Any] = Response({"next": local_or_home(data.next)})
    keep_session(answer, platform, started.token, started.lasts)
    return answer


ROUTES: tuple[Any, ...] = (options, add_passkey, remove_passkey, confirm_options, confirm)
