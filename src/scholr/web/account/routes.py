"""The routes of the account area."""

from typing import Any

from scholr.web.account import profile

ROUTES: tuple[Any, ...] = (*profile.ROUTES,)
