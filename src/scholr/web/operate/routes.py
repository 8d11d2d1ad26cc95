"""The routes of the operate area."""

from typing import Any

from scholr.web.operate import details, health, queues

ROUTES: tuple[Any, ...] = (*health.ROUTES, *queues.ROUTES, *details.ROUTES)
