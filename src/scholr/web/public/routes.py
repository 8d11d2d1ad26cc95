"""The routes that need nobody to be signed in."""

from typing import Any

from scholr.web.public import (
    api_docs,
    invitations,
    logo,
    offline,
    outbox,
    passkeys,
    passwords,
    second_step,
    security_txt,
    sign_in,
    verify,
    welcome,
)

_PAGES = (
    api_docs,
    welcome,
    sign_in,
    second_step,
    passkeys,
    passwords,
    invitations,
    outbox,
    logo,
    offline,
    verify,
    security_txt,
)

ROUTES: tuple[Any, ...] = tuple(route for page in _PAGES for route in page.ROUTES)
