"""The JSON routes of identity."""

from typing import Any

from scholr.contexts.identity.routes import groups, organizations, people

ROUTES: tuple[Any, ...] = (*organizations.ROUTES, *people.ROUTES, *groups.ROUTES)
