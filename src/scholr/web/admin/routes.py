"""The routes of the admin area."""

from typing import Any

ROUTES: tuple[Any, ...] = ()
