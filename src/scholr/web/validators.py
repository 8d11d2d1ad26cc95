"""Validators of pages: made of what a page shows and to whom, so that a page that is still good is not made again."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from litestar import Response

from scholr.platform.http.context import cookie, request_context
from scholr.platform.http.idempotency import FLASH_COOKIE
from scholr.platform.http.validators import is_current, not_modified, weak_validator
from scholr.web.assets import DIST
from scholr.web.page import PageRequest
from scholr.web.rendering import TEMPLATES

VARY = "Cookie, Authorization, Accept, HX-Request"


@dataclass(frozen=True, slots=True)
class Validator:
    """`tag` None: this rendering is not one to come back to, such as one with a message for once."""

    tag: str | None
    is_current: bool

    @property
    def headers(self) -> dict[str, str]:
        found = {"cache-control": "private, no-cache", "vary": VARY}
        return found if self.tag is None else {**found, "etag": self.tag}

    def unchanged(self) -> Response[Any]:
        return not_modified(self.headers)

    def on(self, page: Response[Any]) -> Response[Any]:
        """The page with its validator."""
        page.headers.update(self.headers)
        return page


def page_validator(request: PageRequest, *content: object) -> Validator:
    """`content` is what the page shows beside its frame: what msgspec encodes, and different whenever it is.

    The frame is the reader (name, roles, language, time zone, theme), the organisation, the address, and the
    program. Weak, since two renderings differ in their nonce and in the keys of their forms.
    """
    if cookie(request.scope, FLASH_COOKIE):
        return Validator(None, is_current=False)
    context = request_context(request.scope)
    actor = context.actor
    tag = weak_validator(
        program(),
        request.scope["path"],
        request.scope["query_string"],
        (actor.kind, actor.tenant_id, actor.membership_id, actor.roles, actor.scopes),
        context.viewer,
        context.brand,
        context.offline_page,
        content,
    )
    return Validator(tag, is_current(request.scope, tag))


@cache
def program() -> str:
    """Of every template and every built file: another release makes other pages of the same content."""
    found = hashlib.blake2b(digest_size=8)
    for path in sorted(TEMPLATES.rglob("*.html")):
        found.update(path.read_bytes())
    manifest = DIST / "manifest.json"
    if manifest.exists():
        found.update(manifest.read_bytes())
    return found.hexdigest()
