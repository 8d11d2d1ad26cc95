"""The routes of the operate area."""

from typing import Any

from scholr.web.operate import details, flags, health, queues

ROUTES: tuple[Any, ...] = (*health.ROUTES, *queues.ROUTES, *flags.ROUTES, *details.ROUTES)
