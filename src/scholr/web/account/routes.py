"""The routes of the account area."""

from typing import Any

ROUTES: tuple[Any, ...] = ()
