"""Where somebody who found a hole reports it (RFC 9116)."""

from datetime import timedelta
from typing import Any

from litestar import Response

from scholr.kernel.errors import NotFound
from scholr.platform.http.api import page_get
from scholr.platform.http.given import ThePlatform

# RFC 9116 wants an end within a year; what is made at each request is never older than that.
_LASTS = timedelta(days=180)


@page_get("/.well-known/security.txt", public=True)
async def security_txt(platform: ThePlatform) -> Response[Any]:
    if not platform.http.security_contact:
        raise NotFound
    ends = (platform.clock.now() + _LASTS).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = (
        f"Contact: {platform.http.security_contact}\nExpires: {ends}\nPreferred-Languages: en\n"
        f"Canonical: {platform.http.public_url}/.well-known/security.txt\n"
    )
    return Response(text, media_type="text/plain", headers={"cache-control": "public, max-age=86400"})


ROUTES: tuple[Any, ...] = (security_txt,)
