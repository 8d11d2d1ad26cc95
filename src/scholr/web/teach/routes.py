"""The routes of the teach area."""

from typing import Any

ROUTES: tuple[Any, ...] = ()
