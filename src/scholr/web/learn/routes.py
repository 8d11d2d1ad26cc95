"""The routes of the learn area."""

from typing import Any

ROUTES: tuple[Any, ...] = ()
