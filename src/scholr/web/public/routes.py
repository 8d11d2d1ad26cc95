"""The routes of the public area."""

from typing import Any

ROUTES: tuple[Any, ...] = ()
