"""Signing in with a passkey: two calls of the island on the sign-in page."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import JSONBody

from scholr.contexts.auth import facade as auth
from scholr.platform.http.api import page_post
from scholr.platform.http.given import TheContext, ThePlatform
from scholr.web.page import PageRequest
from scholr.web.session_cookie import client_of, keep_session
from scholr.web.where_next import after_sign_in, local_or_home


class PasskeyAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """`credential` is what the browser's `toJSON()` made, as text."""

    challenge_id: UUID
    credential: str
    next: str = ""
    name: str = ""
    remember: bool = False


def challenge_body(challenge: auth.Challenge) -> Response[Any]:
    body = {"challenge_id": str(challenge.id), "options": msgspec.Raw(challenge.options.encode())}
    return Response(msgspec.json.encode(body), media_type="application/json", headers={"cache-control": "no-store"})


@page_post("/sign-in/passkey/options", public=True)
async def options(platform: ThePlatform) -> Response[Any]:
    return challenge_body(await auth.begin_passkey_sign_in(platform))


@page_post("/sign-in/passkey", public=True)
async def sign_in_with_passkey(
    request: PageRequest, data: JSONBody[PasskeyAnswer], context: TheContext, platform: ThePlatform
) -> Response[Any]:
    started = await auth.finish_passkey_sign_in(
        platform,
        challenge_id=data.challenge_id,
        credential=data.credential,
        remembered=data.remember,
        client=client_of(request, context),
        tenant_id=context.brand.tenant_id if context.brand else None,
    )
    answer: Response[Any] = Response({"next": after_sign_in(started.tenant_id, local_or_home(data.next))})
    keep_session(answer, platform, started.token, started.lasts)
    return answer


ROUTES: tuple[Any, ...] = (options, sign_in_with_passkey)
