"""The manifest of catalog."""

from scholr.contexts.catalog.events import EVENTS
from scholr.contexts.catalog.policy import PERMISSIONS
from scholr.contexts.catalog.routes import courses, lessons, outline, paths
from scholr.platform.module import Module


def module() -> Module:
    return Module(
        name="catalog",
        routes=(*courses.ROUTES, *outline.ROUTES, *lessons.ROUTES, *paths.ROUTES),
        events=EVENTS,
        permissions=PERMISSIONS,
    )
