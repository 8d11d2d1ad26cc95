"""The routes of the account area."""

from typing import Any

from scholr.web.account import profile, security, sessions

ROUTES: tuple[Any, ...] = (*profile.ROUTES, *security.ROUTES, *sessions.ROUTES)
