"""The demo's outbox: every letter that would have gone out, for whoever sits at this machine."""

from typing import Any

from litestar import Response

from scholr.kernel.errors import NotFound
from scholr.platform.http.api import page_get
from scholr.platform.http.given import ThePlatform
from scholr.platform.mail.local import LocalMailer
from scholr.web.page import PageRequest, show
from scholr.web.public.links import with_links

_SHOWN = 50


@page_get("/demo/mail", public=True)
async def outbox(request: PageRequest, platform: ThePlatform) -> Response[Any]:
    """Only in the demo, which answers to loopback only; letters hold links that sign people in."""
    if not platform.http.is_demo or not isinstance(platform.mailer, LocalMailer):
        raise NotFound
    letters = await platform.mailer.kept(_SHOWN)
    answer = show(
        request,
        "public/outbox.html",
        title="Outbox",
        letters=[(letter, with_links(letter.text, platform.http.public_url)) for letter in letters],
    )
    answer.headers["cache-control"] = "no-store"
    return answer


ROUTES: tuple[Any, ...] = (outbox,)
