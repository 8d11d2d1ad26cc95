"""The routes of the account area."""

from typing import Any

from scholr.web.account import passkeys, privacy, profile, required, security, sessions

_PAGES = (profile, security, required, passkeys, sessions, privacy)

ROUTES: tuple[Any, ...] = tuple(route for page in _PAGES for route in page.ROUTES)
