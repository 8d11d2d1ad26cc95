"""The routes of the account area."""

from typing import Any

from scholr.web.account import passkeys, privacy, profile, security, sessions

ROUTES: tuple[Any, ...] = (*profile.ROUTES, *security.ROUTES, *passkeys.ROUTES, *sessions.ROUTES, *privacy.ROUTES)
